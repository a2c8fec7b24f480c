"""Merging a file's partials to its results, a range of hashes at a time if they are large."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rows.merge import merge_partials
from rows.schema import PARTIALS
from schemas.arrow import SENSOR_RESULTS
from schemas.events import ObjectRef
from schemas.file_document import MAX_SENSORS
from storage.base import ObjectStore
from stream.aggregate import partials
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import DrainSignal
from stream.runtime.retry import Retry
from stream.runtime.together import together

# Partials that are merged at once: about this many rows, which are some 130 bytes each.
_PASS_ROWS: Final = 200_000
_READS: Final = 8
_INLINE: Final = b"I"
_REF: Final = b"R"
# Partials of a small file, as they are inline: compressed to about a third.
SMALL_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BatchPartials:
    """The partials of one batch: inline, or a reference to the store."""

    batch_no: int
    inline: bytes = b""
    ref: ObjectRef | None = None


def to_entry(inline: bytes, ref: ObjectRef | None) -> bytes:
    """The value in the table `sensors`: the partials of a batch, or a reference."""
    return _INLINE + inline if ref is None else _REF + ref.model_dump_json().encode()


def from_entry(batch_no: int, entry: bytes) -> BatchPartials:
    """What `to_entry` made."""
    if entry[:1] == _INLINE:
        return BatchPartials(batch_no, inline=entry[1:])
    return BatchPartials(batch_no, ref=ObjectRef.model_validate_json(entry[1:]))


class Merger:
    """Reads and merges; memory is that of one pass, for any number of sensors."""

    def __init__(
        self, *, store: ObjectStore, cpu_pool: CpuPool, retry: Retry, drain: DrainSignal
    ) -> None:
        self._store = store
        self._kernels = cpu_pool
        self._retry = retry
        self._drain = drain
        self._reading = asyncio.Semaphore(_READS)

    async def merge(self, parts: Sequence[BatchPartials]) -> AsyncIterator[pa.RecordBatch]:
        """Merged partials of the sensors that have readings, range by range of hashes.

        Raises:
            Draining: between two ranges, if a drain began.
            ObjectMissing: partials were deleted.
        """
        ordered = sorted(parts, key=lambda p: p.batch_no)
        loaded = await self._kernels.run(
            lambda: [partials.from_stream(p.inline) if p.ref is None else [] for p in ordered]
        )
        indexes = await together(*(self._index(p) for p in ordered))
        rows = sum(b.num_rows for batches in loaded for b in batches)
        rows += sum(index.rows for index in indexes if index is not None)
        passes = 1
        while rows / passes > _PASS_ROWS and passes < 4096:
            passes *= 2
        for low, high in partials.ranges(passes):
            if low:
                self._drain.check()
            ranged = await together(
                *(
                    self._between(part, index, low, high)
                    for part, index in zip(ordered, indexes, strict=True)
                )
            )
            yield await self._kernels.run(_merge, loaded, ranged, low, high)

    async def _index(self, part: BatchPartials) -> partials.ShardIndex | None:
        if part.ref is None:
            return None
        ref = part.ref
        async with self._reading:
            head = await self._retry(
                "read an index of partials",
                lambda: self._store.get_range(ref, 0, partials.HEADER_BYTES),
            )
        return partials.read_index(bytes(head))

    async def _between(
        self, part: BatchPartials, index: partials.ShardIndex | None, low: int, high: int
    ) -> list[bytes]:
        """The streams of an object that hold hashes in [low, high)."""
        if part.ref is None or index is None:
            return []
        ref = part.ref
        start, end = index.span(low, high)
        if start == end:
            return []
        async with self._reading:
            data = await self._retry(
                "read partials", lambda: self._store.get_range(ref, start, end)
            )
        return index.streams(start, bytes(data))


def _merge(
    loaded: Sequence[list[pa.RecordBatch]], ranged: Sequence[list[bytes]], low: int, high: int
) -> pa.RecordBatch:
    """Merge the hashes in [low, high) of each batch, in the order of the batches."""
    found: list[pa.RecordBatch] = []
    for batches, streams in zip(loaded, ranged, strict=True):
        found += [partials.between(batch, low, high) for batch in batches]
        for stream in streams:
            found += [partials.between(b, low, high) for b in partials.from_stream(stream)]
    return _with_readings(merge_partials([b for b in found if b.num_rows]))


@dataclass(frozen=True, slots=True)
class MergedFile:
    """The merged partials of the sensors of a small file that have readings, with the counts of the
    first ones by id."""

    merged: pa.RecordBatch
    first: dict[str, int]


def is_small(parts: Sequence[BatchPartials]) -> bool:
    """Whether a file's partials are few enough to be merged at once, with those of others."""
    return all(p.ref is None for p in parts) and sum(len(p.inline) for p in parts) <= SMALL_BYTES


def merge_small(files: Sequence[Sequence[BatchPartials]]) -> list[MergedFile]:
    """Merge the partials of many small files."""
    found = []
    for parts in files:
        batches = [
            batch
            for part in sorted(parts, key=lambda p: p.batch_no)
            for batch in partials.from_stream(part.inline)
        ]
        merged = _with_readings(batches[0] if len(batches) == 1 else merge_partials(batches))
        first = SensorCounts()
        first.add(merged)
        found.append(MergedFile(merged, first.counts()))
    return found


def _with_readings(merged: pa.RecordBatch) -> pa.RecordBatch:
    """Partials without the sensors that have missing or excluded cells only: they are sensors of the
    file neither in its results nor in its counts."""
    some = pc.greater(merged.column("row_count"), 0)
    return merged if pc.all(some).as_py() in (None, True) else merged.filter(some)


def results_of(files: Sequence[tuple[str, int, pa.RecordBatch]]) -> pa.Table:
    """Merged partials of many files, with file_id and generation, as rows for the database."""
    sizes = [merged.num_rows for _, _, merged in files]
    which = np.repeat(np.arange(len(files), dtype=np.int32), sizes)
    file_ids = pa.DictionaryArray.from_arrays(
        which, pa.array([f for f, _, _ in files], pa.string())
    )
    generations = np.repeat(np.array([g for _, g, _ in files], np.int64), sizes)
    together = pa.Table.from_batches([merged for _, _, merged in files], schema=PARTIALS)
    columns = {
        "file_id": file_ids,
        "generation": pa.array(generations),
    }
    return pa.table(
        [
            (columns[f.name] if f.name in columns else together.column(f.name)).cast(f.type)
            for f in SENSOR_RESULTS
        ],
        schema=SENSOR_RESULTS,
    )


class SensorCounts:
    """Counts of the first sensors by id, of merged partials that come in any order."""

    def __init__(self, limit: int = MAX_SENSORS) -> None:
        self._limit = limit
        self._ids: pa.Array = pa.array([], pa.string())
        self._counts: pa.Array = pa.array([], pa.int64())

    def add(self, merged: pa.RecordBatch) -> None:
        if len(self._ids) == self._limit:
            # Few of many are before those that are first so far: to sort all of them takes longer.
            before = pc.less(merged.column("sensor_id"), self._ids[-1])
            merged = merged.filter(before)
        ids = pa.concat_arrays([self._ids, merged.column("sensor_id")])
        counts = pa.concat_arrays([self._counts, merged.column("row_count")])
        first = pc.sort_indices(ids).slice(0, self._limit)
        self._ids, self._counts = ids.take(first), counts.take(first)

    def counts(self) -> dict[str, int]:
        return dict(zip(self._ids.to_pylist(), self._counts.to_pylist(), strict=True))
