"""Merging: the partials of a file's batches to one row per sensor, shard by shard if need be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from rows.kernels import merge
from rows.schema import PARTIALS

_WORDS = (
    *("row_count", "first_timestamp", "first_row", "last_timestamp", "last_row"),
    *("missing_count", "excluded_count", "end_timestamp", "begin_timestamp", "begin_row"),
    *("back_count", "back_row", "repeated_count", "repeated_row"),
)
_FLOATS = ("min_value", "max_value", "sum_hi", "sum_lo", "first_value", "last_value")
_EMPTY = pa.RecordBatch.from_arrays(
    [pa.nulls(0, field.type) for field in PARTIALS], schema=PARTIALS
)


def merge_partials(parts: Sequence[pa.RecordBatch | pa.Table]) -> pa.RecordBatch:
    """One row per sensor of all `parts`, ordered by (sensor_hash, sensor_id as bytes).

    Args:
        parts: tables of `schema.PARTIALS` in the order of their batches: of equal extremes the
            first one counts.

    What comes out can itself be merged with later parts. Memory: about three times that of `parts`.
    """
    table = _table(parts)
    rows = table.num_rows
    if rows == 0:
        return _EMPTY
    batch = table.combine_chunks().to_batches()[0]
    hashes = arrow.values(batch.column("sensor_hash"), np.uint64)
    words = np.stack([arrow.values(batch.column(name), np.int64) for name in _WORDS], axis=1)
    floats = np.stack([arrow.values(batch.column(name), np.float64) for name in _FLOATS], axis=1)
    ids = batch.column("sensor_id")
    _, offset_buffer, text_buffer = ids.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[ids.offset : ids.offset + rows + 1]
    order = np.argsort(hashes, kind="stable")
    group = np.empty(rows, np.int64)
    text = text_buffer.address if text_buffer is not None else 0
    count = merge.merge(order, hashes.astype(np.int64), offsets.copy(), text, words, floats, group)
    group = group[:count]
    group = _ties_by_id(group, hashes[group], ids)
    merged: dict[str, pa.Array] = {
        "sensor_hash": arrow.numbers(hashes[group], pa.uint64()),
        "sensor_id": ids.take(arrow.numbers(group, pa.int64())),
    }
    for k, name in enumerate(_WORDS):
        merged[name] = arrow.numbers(words[group, k], pa.int64())
    for k, name in enumerate(_FLOATS):
        merged[name] = arrow.numbers(floats[group, k], pa.float64())
    return pa.RecordBatch.from_arrays([merged[name] for name in PARTIALS.names], schema=PARTIALS)


def _table(parts: Iterable[pa.RecordBatch | pa.Table]) -> pa.Table:
    tables = [p if isinstance(p, pa.Table) else pa.Table.from_batches([p]) for p in parts]
    return pa.concat_tables(tables) if tables else PARTIALS.empty_table()


def _ties_by_id(group: np.ndarray, hashes: np.ndarray, ids: pa.StringArray) -> np.ndarray:
    """`group` with the sensors of one hash in the order of their ids; hardly ever are there any."""
    if not (hashes[1:] == hashes[:-1]).any():
        return group
    keyed = zip(hashes.tolist(), (ids[int(k)].as_py().encode() for k in group), group, strict=True)
    return np.array([k for *_, k in sorted(keyed)], np.int64)
