"""Partials travel whole, inline or as shards, and merge to the same by range as at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from rows.arrays import arrow
from rows.merge import merge_partials
from rows.parse import parse_batch
from rows.sniff.dialect import sniff
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from stream.aggregate import partials
from stream.aggregate.merge import SensorCounts, results_of


def batch_of(sensors: int, rows: int, seed: int = 0, first_row: int = 1) -> pa.RecordBatch:
    random_ = np.random.default_rng(seed)
    lines = [
        f"s{n},2024-01-01T00:00:{n % 60:02d}Z,{v:.3f}"
        for n, v in zip(
            random_.integers(0, sensors, rows).tolist(),
            random_.normal(0, 9, rows).tolist(),
            strict=True,
        )
    ]
    data = "\n".join(lines).encode() + b"\n"
    dialect = sniff(data, ReadOptions(), complete=True)
    return parse_batch(data, dialect, Limits(), first_row=first_row, first_line=first_row).partials


def test_a_stream_gives_back_its_batch() -> None:
    batch = batch_of(50, 500)
    assert partials.from_stream(partials.to_stream(batch)) == [batch]


def test_no_rows_are_no_bytes() -> None:
    empty = batch_of(5, 10).slice(0, 0)
    assert partials.to_stream(empty) == b""
    assert partials.from_stream(b"") == []


@pytest.mark.parametrize("sensors", [1, 40, 30_000])
@pytest.mark.parametrize("passes", [1, 4, 64])
def test_every_row_is_in_exactly_one_range(sensors: int, passes: int) -> None:
    batch = batch_of(sensors, 3 * sensors)
    data = partials.to_object(batch)
    index = partials.read_index(data[: partials.HEADER_BYTES])
    assert index.rows == batch.num_rows
    found = []
    for low, high in partials.ranges(passes):
        start, end = index.span(low, high)
        for stream in index.streams(start, data[start:end]):
            found += [partials.between(b, low, high) for b in partials.from_stream(stream)]
    assert pa.Table.from_batches(found) == pa.Table.from_batches([batch])


def test_a_large_object_is_cut_into_shards() -> None:
    index = partials.read_index(partials.to_object(batch_of(30_000, 90_000)))
    assert len(index.offsets) - 1 >= 8


@pytest.mark.parametrize("head", [b"", b"short", b"x" * 5000])
def test_what_is_no_object_of_partials_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="partials"):
        partials.read_index(head)


def test_first_sensors_are_the_first_by_id_in_any_order() -> None:
    first = SensorCounts(limit=3)
    parts = [batch_of(10, 100, seed) for seed in range(3)]
    whole = merge_partials(parts)
    for low, high in partials.ranges(8):
        first.add(partials.between(whole, low, high))
    counts = dict(
        zip(
            whole.column("sensor_id").to_pylist(),
            whole.column("row_count").to_pylist(),
            strict=True,
        )
    )
    assert first.counts() == {name: counts[name] for name in sorted(counts)[:3]}


def test_results_of_many_files_keep_apart() -> None:
    a, b = batch_of(3, 20, 1), batch_of(4, 30, 2)
    table = results_of([("a", 1, a), ("b", 7, b), ("c", 1, a.slice(0, 0))])
    assert table.column("file_id").to_pylist() == ["a"] * a.num_rows + ["b"] * b.num_rows
    assert set(table.column("generation").to_pylist()) == {1, 7}
    assert sum(table.column("row_count").to_pylist()) == 50


def test_equal_partials_are_equal_bytes_whatever_memory_is_after_their_texts() -> None:
    """A message that is sent again is known by its content."""
    offsets = np.array([0, 3, 7], np.int32)
    streams = set()
    for after in (b"", b"\0" * 9, b"garbage of another batch"):
        texts = arrow.strings(offsets, np.frombuffer(b"abcdefg" + after, np.uint8))
        assert texts.to_pylist() == ["abc", "defg"]
        streams.add(partials.to_stream(pa.RecordBatch.from_arrays([texts], ["sensor_id"])))
    assert len(streams) == 1
