"""The row engine against the oracle on generated files: same rows, codes and numbers.

`DIFFERENTIAL_FILES` says how many; failures shrink, and their seeds are kept by hypothesis.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings

from rows.cut import BatchCutter
from rows.dialect import sniff
from rows.limits import Limits
from rows.parse import BatchOutcome, parse_batch
from schemas.events import DialectSpec
from tests.differential import oracle
from tests.differential.files import Sample, samples
from tests.differential.oracle import Asked, Bounds
from tests.differential.outcomes import (
    found,
    invalid,
    options,
    reported,
    seen_dialect,
    wanted_dialect,
)

FILES = int(os.environ.get("DIFFERENTIAL_FILES", "600"))
# Every row a batch of its own, some rows to a batch, the whole file.
BATCH_BYTES = (1, 100, 1 << 20)


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
    report = reported(rows)
    for batch_bytes in BATCH_BYTES:
        chunk = 7 if batch_bytes == 100 else 1 << 20
        outcomes = processed(sample.data, dialect, limits, batch_bytes, chunk)
        assert found(outcomes) == expected, (sample, batch_bytes)
        assert invalid(outcomes) == report, (sample, batch_bytes)
