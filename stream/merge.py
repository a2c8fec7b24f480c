"""Merging a file's partials to its results, a range of hashes at a time where they are large."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from rows.merge import merge_partials
from rows.schema import PARTIALS
from schemas.document import MAX_SENSORS
from schemas.events import ObjectRef
from storage.base import ObjectStore
from stream import partials
from stream.interruption import Interruption
from stream.kernels import Kernels
from stream.retry import Retry

# Partials that are merged at once: about this many rows, which are some 130 bytes each.
_PASS_ROWS: Final = 200_000
_READS: Final = 8


@dataclass(frozen=True, slots=True)
class Part:
    """The partials of one batch: inline, or where they lie."""

    batch_no: int
    inline: bytes = b""
    ref: ObjectRef | None = None


class Merger:
    """Reads and merges; memory is that of one pass, whatever the number of sensors."""

    def __init__(
        self, *, store: ObjectStore, kernels: Kernels, retry: Retry, interruption: Interruption
    ) -> None:
        self._store = store
        self._kernels = kernels
        self._retry = retry
        self._interruption = interruption
        self._reading = asyncio.Semaphore(_READS)

    async def merge(self, parts: Sequence[Part]) -> AsyncIterator[pa.RecordBatch]:
        """Merged partials, range by range of hashes.

        Raises:
            Interrupted: between two ranges, where an interruption began.
            ObjectMissing: partials were deleted.
        """
        ordered = sorted(parts, key=lambda p: p.batch_no)
        loaded = await self._kernels.run(
            lambda: [partials.from_stream(p.inline) if p.ref is None else [] for p in ordered]
        )
        indexes = await asyncio.gather(*(self._index(p) for p in ordered))
        rows = sum(b.num_rows for batches in loaded for b in batches)
        rows += sum(index.rows for index in indexes if index is not None)
        passes = 1
        while rows / passes > _PASS_ROWS and passes < 4096:
            passes *= 2
        for low, high in partials.ranges(passes):
            if low:
                self._interruption.check()
            ranged = await asyncio.gather(
                *(
                    self._between(part, index, low, high)
                    for part, index in zip(ordered, indexes, strict=True)
                )
            )
            yield await self._kernels.run(_merge, loaded, ranged, low, high)

    async def _index(self, part: Part) -> partials.ShardIndex | None:
        if part.ref is None:
            return None
        ref = part.ref
        async with self._reading:
            head = await self._retry(
                "read an index of partials",
                lambda: self._store.get_range(ref, 0, partials.HEADER_BYTES),
            )
        return partials.read_index(head)

    async def _between(
        self, part: Part, index: partials.ShardIndex | None, low: int, high: int
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
        return index.streams(start, data)


def _merge(
    loaded: Sequence[list[pa.RecordBatch]], ranged: Sequence[list[bytes]], low: int, high: int
) -> pa.RecordBatch:
    """Merge what lies in [low, high) of each batch, in the order of the batches."""
    found: list[pa.RecordBatch] = []
    for batches, streams in zip(loaded, ranged, strict=True):
        found += [partials.between(batch, low, high) for batch in batches]
        for stream in streams:
            found += [partials.between(b, low, high) for b in partials.from_stream(stream)]
    return merge_partials([b for b in found if b.num_rows])


class FirstSensors:
    """Counts of the first sensors by id, of merged partials that come in any order."""

    def __init__(self, limit: int = MAX_SENSORS) -> None:
        self._limit = limit
        self._kept: pa.Table = PARTIALS.empty_table().select(["sensor_id", "row_count"])

    def add(self, merged: pa.RecordBatch) -> None:
        more = pa.Table.from_batches([merged]).select(["sensor_id", "row_count"])
        together = pa.concat_tables([self._kept, more])
        self._kept = together.sort_by("sensor_id").slice(0, self._limit).combine_chunks()

    def counts(self) -> dict[str, int]:
        ids, counts = self._kept.column("sensor_id"), self._kept.column("row_count")
        return dict(zip(ids.to_pylist(), counts.to_pylist(), strict=True))
