"""The row engine against the oracle on generated files: same rows, codes and numbers.

`DIFFERENTIAL_FILES` says how many; failures shrink, and their seeds are kept by hypothesis.
"""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings

from rows.cut import BatchCutter
from rows.dialect import sniff
from rows.limits import Limits
from rows.merge import merge_partials
from rows.parse import BatchOutcome, parse_batch
from schemas.events import DialectSpec, ParseOptions
from tests.differential import oracle
from tests.differential.files import Sample, samples
from tests.differential.oracle import Asked, Bounds

FILES = int(os.environ.get("DIFFERENTIAL_FILES", "600"))
# Every row a batch of its own, some rows to a batch, the whole file.
BATCH_BYTES = (1, 100, 1 << 20)


def options(asked: Asked) -> ParseOptions:
    """The options of the product that say the same."""
    return ParseOptions(
        delimiter=asked.delimiter,
        quote=asked.quote,
        escape=asked.escape,
        comment=asked.comment,
        header=asked.header,
        skip_lines=asked.skip_lines or None,
        units=asked.units,
        decimal=asked.decimal,
    )


def processed(
    data: bytes, dialect: DialectSpec, limits: Limits, batch_bytes: int, chunk: int
) -> list[BatchOutcome]:
    """All batches of a file that is fed in chunks, parsed as the workers do it."""
    cutter = BatchCutter(dialect, limits, batch_bytes)
    rest = data[dialect.data_start :]
    spans = []
    for at in range(0, len(rest), chunk):
        spans += cutter.feed(rest[at : at + chunk])
    spans += cutter.finish()
    outcomes = []
    for span in spans:
        outcome = parse_batch(
            data[span.start : span.end],
            dialect,
            limits,
            first_row=span.first_row,
            first_line=span.first_line,
            first_byte=span.start,
        )
        assert outcome.row_count + outcome.invalid_count == span.rows
        outcomes.append(outcome)
    return outcomes


def found(outcomes: list[BatchOutcome]) -> dict[str, Any]:
    """What `oracle.totals` gives, of the engine."""
    codes: dict[str, int] = {}
    for outcome in outcomes:
        for code, count in outcome.codes.items():
            codes[code] = codes.get(code, 0) + count
    partials: list[pa.RecordBatch] = [o.partials for o in outcomes if o.partials.num_rows]
    merged = merge_partials(partials).to_pylist() if partials else []
    return {
        "rows": sum(o.row_count + o.invalid_count for o in outcomes),
        "codes": codes,
        "sensors": {
            m["sensor_id"]: (
                m["row_count"],
                m["min_value"],
                m["max_value"],
                (m["first_timestamp"], m["first_value"]),
                (m["last_timestamp"], m["last_value"]),
            )
            for m in merged
        },
    }


def invalid(outcomes: list[BatchOutcome]) -> list[tuple[Any, ...]]:
    rows = [row for o in outcomes for row in o.invalid_rows.to_pylist()]
    names = ("row", "line", "byte_offset", "code", "column", "raw", "truncated")
    return [tuple(row[name] for name in names) for row in rows]


@settings(
    max_examples=FILES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@example(Sample(b"", Asked(), Bounds()))
@example(Sample(b'sensor_id,timestamp,value\na,"5,1\nb,6,2\n', Asked(), Bounds()))
@given(samples())
@pytest.mark.timeout(0)
def test_the_engine_does_what_the_specification_says(sample: Sample) -> None:
    expected_dialect, rows = oracle.read(sample.data, sample.asked, sample.bounds)
    limits = Limits(
        max_record_bytes=sample.bounds.record_bytes, max_record_lines=sample.bounds.record_lines
    )
    dialect = sniff(sample.data, options(sample.asked), complete=True, limits=limits)
    assert seen_dialect(dialect) == wanted_dialect(expected_dialect), sample
    expected = oracle.totals(rows)
    reported = [
        (r.row, r.line, r.byte, r.code, r.column, r.raw, r.truncated)
        for r in rows
        if r.code is not None
    ]
    for batch_bytes in BATCH_BYTES:
        chunk = 7 if batch_bytes == 100 else 1 << 20
        outcomes = processed(sample.data, dialect, limits, batch_bytes, chunk)
        assert found(outcomes) == expected, (sample, batch_bytes)
        assert invalid(outcomes) == reported, (sample, batch_bytes)


def seen_dialect(dialect: DialectSpec) -> tuple[Any, ...]:
    return (
        *(dialect.delimiter, dialect.quote, dialect.escape or None, dialect.comment or None),
        *(dialect.decimal, dialect.header, tuple(dialect.columns), dialect.width),
        *(dialect.data_start, dialect.data_line, dialect.header_text, dialect.units_text),
    )


def wanted_dialect(of: oracle.Found) -> tuple[Any, ...]:
    d = of.dialect
    return (
        *(chr(d.delimiter), chr(d.quote), chr(d.escape) if d.escape else None),
        *(chr(d.comment) if d.comment else None, d.decimal, of.header, d.columns, d.width),
        *(of.data_start, of.data_line, _text(d.header_text), _text(d.units_text)),
    )


def _text(text: bytes | None) -> str | None:
    return None if text is None else text.decode()
