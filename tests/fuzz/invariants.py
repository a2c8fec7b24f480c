"""What must hold for every input: no exception but the documented ones, every row accounted for, and the
same whatever the batches are; for plain text also what the oracle of the specification says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from rows.decode.encoding import UTF8, UTF16_ORDERS
from rows.outcome import BatchOutcome
from rows.reader import FileReader
from rows.sniff.doubt import InDoubt
from rows.split.encoded_splitter import parse_source
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMN_OF, InvalidCode
from schemas.limits import ExpansionLimits, Limits
from schemas.read_plan import ReadPlan
from tests.differential import specification as oracle
from tests.differential.outcomes import (
    asked_of,
    found,
    invalid,
    reported,
    seen_dialect,
    wanted_dialect,
)
from tests.fuzz.inputs import Case

# A file that cannot be read at all fails with one of these.
REFUSALS = frozenset(
    {"not_csv", "bad_option", "too_many_columns"}
    | {"compression_corrupt", "compression_truncated", "expansion_size", "expansion_ratio"}
)
_CODES = {code.value: COLUMN_OF[code] for code in InvalidCode}
_WHOLE = 1 << 20


@dataclass(frozen=True)
class Read:
    """A file that was read to its end: how, every batch, and what broke it off."""

    dialect: DialectSpec
    outcomes: tuple[BatchOutcome, ...]
    damage: str | None

    @property
    def reported(self) -> tuple[Any, ...]:
        """What must not depend on the batches."""
        return self.dialect, self.damage, found(self.outcomes), invalid(self.outcomes)


def read(case: Case, batch_bytes: int, chunk: int) -> Read | BadData:
    """The file, fed in chunks and parsed batch by batch as the workers do it."""
    reader = FileReader(
        case.options,
        case.limits,
        batch_bytes,
        said=case.said,
        expansion=case.expansion,
        filename=case.filename,
    )
    batches = []
    try:
        for at in range(0, len(case.data), chunk):
            for few in reader.feed(case.data[at : at + chunk]):
                batches += few
        for few in reader.finish():
            batches += few
    except BadData as exc:
        if exc.code not in REFUSALS and not isinstance(exc, InDoubt):
            raise
        return exc
    dialect = reader.dialect
    assert dialect is not None
    outcomes = []
    row, byte, line = 1, 0, dialect.data_line
    for number, batch in enumerate(batches):
        span = batch.span
        assert span.batch_no == number
        assert span.rows >= 1
        assert span.first_row == row
        assert span.first_line >= line
        assert byte <= span.start < span.end
        row, byte, line = span.first_row + span.rows, span.end, span.first_line + span.lines
        outcome = parse_source(
            batch.data,
            dialect,
            case.limits,
            first_row=span.first_row,
            first_line=span.first_line,
            first_byte=span.start,
            readings=True,
            order=span.order,
        )
        assert outcome.record_count == span.rows
        outcomes.append(outcome)
    return Read(dialect, tuple(outcomes), reader.damage)


def check(case: Case, *, with_oracle: bool) -> Read | BadData:
    """All of it.

    Raises:
        AssertionError: something does not hold.
    """
    whole = read(case, _WHOLE, _WHOLE)
    # Where expansion is stopped depends on the chunks; then only batches of the same chunks are equal.
    chunk = case.chunk if case.expansion == ExpansionLimits() else _WHOLE
    other = read(case, case.batch_bytes if case.batch_bytes < _WHOLE else 1, chunk)
    if isinstance(whole, BadData) or isinstance(other, BadData):
        assert str(other) == str(whole)
        return whole
    assert other.reported == whole.reported
    for outcome in (*other.outcomes, *whole.outcomes):
        _accounted(outcome, whole.dialect.plan)
    _reported(whole, case)
    # The oracle knows files with the header sensor_id, timestamp and value only.
    if with_oracle and whole.dialect.header and whole.dialect.plan is None:
        _as_specified(whole, case)
    return whole


def _accounted(outcome: BatchOutcome, plan: ReadPlan | None) -> None:
    """Counts, numbers, sensors and readings of a batch agree."""
    wide = plan is not None and plan.layout == "wide"
    cells = outcome.row_count + outcome.missing_count + outcome.excluded_count
    width = len(plan.values) if plan is not None and wide else 1
    assert cells + outcome.invalid_cells == width * outcome.record_count
    assert sum(outcome.codes.values()) == outcome.invalid_count == outcome.invalid_rows.num_rows
    sensors = outcome.partials.to_pydict()
    assert sum(sensors["missing_count"]) <= outcome.missing_count
    assert sum(sensors["excluded_count"]) <= outcome.excluded_count
    read = pa.array([count > 0 for count in sensors["row_count"]], pa.bool_())
    sensors = outcome.partials.filter(read).to_pydict()
    assert sum(sensors["row_count"]) == outcome.row_count
    assert outcome.min_value == min(sensors["min_value"], default=None)
    assert outcome.max_value == max(sensors["max_value"], default=None)
    assert outcome.readings is not None
    readings = outcome.readings.to_pydict()
    assert len(readings["row"]) == outcome.row_count
    refused = outcome.invalid_rows.column("row").to_pylist()
    rows = sorted([*readings["row"], *refused])
    if plan is None:
        assert rows == list(range(rows[0], rows[0] + len(rows)))
    else:
        assert len(set(rows)) <= outcome.record_count
    by_sensor: dict[str, list[float]] = {}
    for sensor, value in zip(readings["sensor_id"], readings["value"], strict=True):
        by_sensor.setdefault(sensor, []).append(value)
    assert by_sensor.keys() == set(sensors["sensor_id"])
    for sensor, count, low, high in zip(
        *(sensors[name] for name in ("sensor_id", "row_count", "min_value", "max_value")),
        strict=True,
    ):
        values = by_sensor[sensor]
        assert (len(values), min(values), max(values)) == (count, low, high)


def _reported(whole: Read, case: Case) -> None:
    """The report names what is there, in order."""
    last_row, last_line, last_byte = 0, 0, -1
    for outcome in whole.outcomes:
        for row in outcome.invalid_rows.to_pylist():
            # A record of a wide file can have several invalid cells.
            if row["row"] != last_row or not _is_wide(whole.dialect):
                assert row["row"] > last_row
                assert row["line"] > last_line
                assert row["byte_offset"] > last_byte
            last_row, last_line, last_byte = row["row"], row["line"], row["byte_offset"]
            # With a plan it is the column's own name.
            if whole.dialect.plan is None:
                assert _CODES[row["code"]] == row["column"]
            assert row["error"]
            raw = row["raw"]
            assert len(raw.encode()) <= max(case.limits.max_raw_bytes * 3, 0)
            if case.text is not None:
                assert last_byte < len(case.text)
                there = case.text[last_byte : last_byte + len(raw.encode()) + 8]
                if whole.dialect.encoding == UTF8:
                    assert there.decode("utf-8", "replace").startswith(raw[:-1])
            elif case.said is None:
                assert last_byte < len(case.data)
                if whole.dialect.encoding in UTF16_ORDERS:
                    unit = case.data[last_byte : last_byte + 2]
                    first = unit.decode(whole.dialect.encoding, "replace")[:1]
                    assert not raw or first in (raw[0], "\ufffd")


def _is_wide(dialect: DialectSpec) -> bool:
    return dialect.plan is not None and dialect.plan.layout == "wide"


def _as_specified(whole: Read, case: Case) -> None:
    """The oracle, which shares no code with the engine, reads the same."""
    if (
        case.text is None
        or whole.dialect.encoding != UTF8
        or bool(case.options.timestamp_format)
        or case.limits.max_raw_bytes != Limits().max_raw_bytes
    ):
        return
    bounds = oracle.Bounds(case.limits.max_record_bytes, case.limits.max_record_lines)
    dialect, rows = oracle.read(case.text, asked_of(case.options), bounds)
    assert seen_dialect(whole.dialect) == wanted_dialect(dialect)
    assert found(whole.outcomes) == oracle.totals(rows)
    assert invalid(whole.outcomes) == reported(rows)
