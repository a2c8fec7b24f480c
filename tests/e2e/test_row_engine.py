"""The row engine alone against the oracle: every kind of file, cut at every sort of place."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rows.merge import merge_partials
from rows.outcome import BatchOutcome
from rows.parse import parse_batch
from rows.sniff.dialect import sniff
from rows.split.splitter import RecordSplitter
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from tests.harness import comparison
from tests.harness.oracle import expect
from tests.harness.sensor_files import KINDS, generate

_HEAD = 256 << 10


def outcomes(data: bytes, batch_bytes: int, chunk: int) -> list[BatchOutcome]:
    """`data` cut in batches of `batch_bytes`, fed in chunks, each batch parsed by itself."""
    limits = Limits()
    dialect = sniff(data[:_HEAD], ReadOptions(), complete=len(data) <= _HEAD)
    cutter = RecordSplitter(dialect, limits, batch_bytes)
    spans = []
    for start in range(dialect.data_start, len(data), chunk):
        spans += cutter.feed(data[start : start + chunk])
    spans += cutter.finish()
    return [
        parse_batch(
            data[span.start : span.end],
            dialect,
            limits,
            first_row=span.first_row,
            first_line=span.first_line,
            first_byte=span.start,
        )
        for span in spans
    ]


@pytest.mark.parametrize(
    ("batch_bytes", "chunk"), [(1 << 30, 1 << 30), (4_000, 1_000), (300, 70), (1, 1 << 20)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_at_any_batch_boundaries(
    kind: str, batch_bytes: int, chunk: int
) -> None:
    file = generate(kind, 2_000, seed=5)
    expected = expect(file.data)
    found = outcomes(file.data, batch_bytes, chunk)
    assert sum(batch.row_count for batch in found) == expected.row_count
    assert sum(batch.invalid_count for batch in found) == len(expected.invalid)
    invalid: list[dict[str, Any]] = [r for b in found for r in b.invalid_rows.to_pylist()]
    assert comparison.invalid_rows(expected, invalid) == []
    assert all(row["error"] for row in invalid)
    sensors = merge_partials([batch.partials for batch in found]).to_pylist()
    for row in sensors:
        mean = (row["sum_hi"] + row["sum_lo"]) / row["row_count"]
        row["mean_value"] = mean if math.isfinite(mean) else None
    assert comparison.sensors(expected, sensors) == []
    if expected.row_count:
        assert min(b.min_value for b in found if b.min_value is not None) == expected.min_value
        assert max(b.max_value for b in found if b.max_value is not None) == expected.max_value
