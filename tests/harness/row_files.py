"""What tests of the row engine have in common: whole files through cutting, parsing and merging."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa

from rows.merge import merge_partials
from rows.outcome import BatchOutcome
from rows.parse import parse_batch
from rows.split.splitter import BatchSpan, RecordSplitter
from schemas.events import DialectSpec
from schemas.limits import Limits
from tests.harness.row_reference import Reference

PLAIN = DialectSpec(header=False)


@dataclass(frozen=True)
class Whole:
    """The result of a whole file, for any batch boundaries."""

    valid: int
    invalid: list[dict[str, Any]]
    sensors: dict[str, dict[str, Any]]
    extremes: tuple[float | None, float | None]
    codes: dict[str, int]
    readings: list[tuple[int, str, int, float]]  # row, sensor, microseconds, value


def spans_of(
    data: bytes, dialect: DialectSpec, limits: Limits, batch_bytes: int, chunks: list[int]
) -> list[BatchSpan]:
    """The spans of a file that is fed in chunks of the given sizes, again and again."""
    cutter = RecordSplitter(dialect, limits, batch_bytes)
    spans: list[BatchSpan] = []
    at, k = dialect.data_start, 0
    while at < len(data):
        spans += cutter.feed(data[at : at + chunks[k % len(chunks)]])
        at += chunks[k % len(chunks)]
        k += 1
    return spans + cutter.finish()


def outcome_of(span: BatchSpan, data: bytes, dialect: DialectSpec, limits: Limits) -> BatchOutcome:
    """One span, parsed."""
    outcome = parse_batch(
        data[span.start : span.end],
        dialect,
        limits,
        first_row=span.first_row,
        first_line=span.first_line,
        first_byte=span.start,
        readings=True,
    )
    assert outcome.row_count + outcome.invalid_count == span.rows
    return outcome


def readings_of(outcome: BatchOutcome) -> list[tuple[int, str, int, float]]:
    """The valid rows of a batch."""
    assert outcome.readings is not None
    row, sensor, value = (
        outcome.readings.column(name).to_pylist() for name in ("row", "sensor_id", "value")
    )
    moment = outcome.readings.column("timestamp").cast(pa.int64()).to_pylist()
    return list(zip(row, sensor, moment, value, strict=True))


def whole(
    data: bytes,
    dialect: DialectSpec = PLAIN,
    limits: Limits | None = None,
    *,
    batch_bytes: int = 1 << 20,
    chunks: tuple[int, ...] = (1 << 20,),
) -> Whole:
    """A file, cut and parsed and merged."""
    limits = limits or Limits()
    spans = spans_of(data, dialect, limits, batch_bytes, list(chunks))
    assert [s.batch_no for s in spans] == list(range(len(spans)))
    assert all(s.rows > 0 for s in spans)
    outcomes = [outcome_of(s, data, dialect, limits) for s in spans]
    lows = [o.min_value for o in outcomes if o.min_value is not None]
    highs = [o.max_value for o in outcomes if o.max_value is not None]
    codes: Counter[str] = Counter()
    for outcome in outcomes:
        codes.update(outcome.codes)
    merged = merge_partials([o.partials for o in outcomes])
    return Whole(
        valid=sum(o.row_count for o in outcomes),
        invalid=[row for o in outcomes for row in o.invalid_rows.to_pylist()],
        sensors={row.pop("sensor_id"): row for row in merged.to_pylist()},
        extremes=(min(lows, default=None), max(highs, default=None)),
        codes=dict(codes),
        readings=[reading for o in outcomes for reading in readings_of(o)],
    )


def one(
    record: bytes, dialect: DialectSpec = PLAIN, limits: Limits | None = None
) -> dict[str, Any]:
    """The report of the one row in `record`, which is invalid."""
    found = whole(record, dialect, limits)
    assert (found.valid, len(found.invalid)) == (0, 1)
    return found.invalid[0]


def code_of(
    record: bytes, dialect: DialectSpec = PLAIN, limits: Limits | None = None
) -> str | None:
    """The code of the one row in `record`, None if it is valid."""
    found = whole(record, dialect, limits)
    assert found.valid + len(found.invalid) == 1
    return found.invalid[0]["code"] if found.invalid else None


def assert_equal_to(found: Whole, expected: Reference, max_raw: int = 1000) -> None:
    """The row engine and the reference say the same of a file."""
    assert found.valid + len(found.invalid) == expected.rows
    for seen, wanted in zip(found.invalid, expected.invalid, strict=True):
        column = next(
            (c for c in ("sensor_id", "timestamp", "value") if wanted.codes[0].startswith(c)), None
        )
        assert (seen["row"], seen["line"], seen["byte_offset"], seen["code"], seen["column"]) == (
            wanted.row,
            wanted.line,
            wanted.byte_offset,
            wanted.codes[0],
            column,
        )
        assert len(seen["error"].split(", expected")) - 1 >= len(wanted.codes)
        too_long = wanted.codes == ["record_too_long"]
        assert seen["truncated"] == (too_long or len(wanted.raw) > max_raw)
        if not seen["truncated"]:
            assert seen["raw"] == wanted.raw.decode("utf-8", "replace")
    assert found.codes == dict(Counter(row.codes[0] for row in expected.invalid))
    readings = [
        (row, name, moment, value)
        for name, sensor in expected.sensors.items()
        for moment, row, value in sensor.readings
    ]
    assert repr(found.readings) == repr(sorted(readings))
    assert found.sensors.keys() == expected.sensors.keys()
    for name, sensor in expected.sensors.items():
        row = dict(found.sensors[name])
        row.pop("sensor_hash")
        high, low = row.pop("sum_hi"), row.pop("sum_lo")
        assert repr(row) == repr(sensor.row())
        if low == low:  # the sum did not overflow
            off = abs(Fraction(high) + Fraction(low) - sensor.total())
            weight = sum(abs(Fraction(value)) for _, _, value in sensor.readings)
            assert off <= weight * Fraction(len(sensor.readings), 2**100)


def column_of(name: str, records: list[bytes], dialect: DialectSpec = PLAIN) -> list[Any]:
    """A column of the partials, one row per record; None if the record is invalid.

    The records lack their sensor_id: it is put before them, a number each.
    """
    delimiter = dialect.delimiter.encode()
    data = b"\n".join(b"%d" % k + delimiter + record for k, record in enumerate(records))
    outcome = parse_batch(data, dialect, Limits(), first_row=1, first_line=1)
    assert outcome.row_count + outcome.invalid_count == len(records)
    by_id = dict(
        zip(
            outcome.partials.column("sensor_id").to_pylist(),
            outcome.partials.column(name).to_pylist(),
            strict=True,
        )
    )
    return [by_id.get(str(k)) for k in range(len(records))]
