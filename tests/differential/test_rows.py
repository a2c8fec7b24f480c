"""The row engine against the oracle on generated files: same rows, codes and numbers.

`DIFFERENTIAL_FILES` says how many, `DIFFERENTIAL_SIZES=every` has each cut at every size; failures
shrink, and their seeds are kept by hypothesis.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings

from rows.order import Order
from rows.sniff.dialect import sniff
from rows.sniff.file_types import NotCsv
from schemas.limits import Limits
from tests.differential import specification as oracle
from tests.differential.files import Sample, samples
from tests.differential.outcomes import (
    found,
    invalid,
    options,
    reported,
    seen_dialect,
    wanted_dialect,
)
from tests.differential.specification import Asked, Bounds
from tests.harness.cut_files import Cut

FILES = int(os.environ.get("DIFFERENTIAL_FILES", "600"))
# Whether batches of every single size are tried, or every one up to here and some beyond.
EVERY_SIZE = os.environ.get("DIFFERENTIAL_SIZES") == "every"
DENSE_BYTES, GROWTH = 64, 1.125


def batch_sizes(data: bytes) -> list[int]:
    """Sizes from tiny (every row a batch of its own) to whole."""
    sizes = list(range(1, len(data) + 1 if EVERY_SIZE else DENSE_BYTES)) or [1]
    while sizes[-1] < len(data):
        sizes.append(int(sizes[-1] * GROWTH) + 1)
    return sizes


@pytest.mark.slow
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
    if sample.asked.delimiter is not None and sample.asked.delimiter == sample.asked.decimal:
        # Options that contradict each other are rejected before a file is read.
        with pytest.raises(ValueError, match="another character"):
            options(sample.asked)
        return
    try:
        dialect = sniff(sample.data, options(sample.asked), complete=True, limits=limits)
    except NotCsv:
        controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in sample.data)
        assert controls > max(4, len(sample.data) / 20)  # docs/files.md
        return
    assert seen_dialect(dialect) == wanted_dialect(expected_dialect), sample
    expected = oracle.totals(rows)
    report = reported(rows)
    cut = Cut(sample.data, dialect, limits)
    seen: set[tuple[tuple[int, int, Order], ...]] = set()
    for batch_bytes in batch_sizes(sample.data):
        spans = cut.spans(batch_bytes, 7 if batch_bytes == 50 else 1 << 20)
        where = tuple((span.start, span.end, span.order) for span in spans)
        if where in seen:
            continue  # the same batches, and so the same outcomes
        seen.add(where)
        outcomes = cut.outcomes(spans)
        assert found(outcomes) == expected, (sample, batch_bytes)
        assert invalid(outcomes) == report, (sample, batch_bytes)
