"""Per-sensor partials on their way from process to aggregate.

Small ones travel as one Arrow IPC stream in the `BatchResult`, compressed (lz4) if that is worth it.
Large ones are an object in the store, cut by sensor hash so that a merge reads one range of hashes of
every batch at a time:

    magic (8 bytes), shards (u32), rows (u64), offsets (u64 each, shards + 1), little-endian,
    then per shard one Arrow IPC stream; shard n holds the hashes whose high bits are n.

Batches are in `rows.schema.PARTIALS`, sorted by sensor_hash, in both forms.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from rows.schema import PARTIALS as SCHEMA
from schemas.events import ObjectRef
from schemas.object_keys import PARTIALS

_MAGIC: Final = b"CSVPART1"
_HEAD: Final = struct.Struct("<8sIQ")
# What a shard should weigh, uncompressed, and how many there may be. Each column of each shard is
# compressed by itself: with half as much in a shard, reading it takes twice as long.
_SHARD_BYTES: Final = 512 << 10
_MAX_SHARDS: Final = 256
# A header never takes more than this many bytes.
HEADER_BYTES: Final = _HEAD.size + 8 * (_MAX_SHARDS + 1)
HASHES: Final = 1 << 64
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")
# Each column is compressed by itself. Below this size that takes twenty times as long as to write
# it, on either side, and saves a fifth.
_COMPRESSED_FROM: Final = 32 << 10
_PLAIN: Final = pa.ipc.IpcWriteOptions()


def partials_ref(
    bucket: str, file_id: str, generation: int, batch_no: int, data: bytes
) -> ObjectRef:
    """Where the partials of a batch lie, if they are too large for a message.

    The name has a hash of the content: a batch that is processed again, perhaps by another version
    of the product, never changes an object that a merge reads piece by piece.
    """
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return ObjectRef(bucket=bucket, key=f"{PARTIALS}{file_id}/{generation}/{batch_no}-{digest}")


def to_stream(batch: pa.RecordBatch) -> bytes:
    """`batch` as an IPC stream; no bytes for no rows."""
    if batch.num_rows == 0:
        return b""
    sink = pa.BufferOutputStream()
    options = _OPTIONS if batch.nbytes >= _COMPRESSED_FROM else _PLAIN
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def from_stream(data: bytes) -> list[pa.RecordBatch]:
    """What `to_stream` wrote."""
    if not data:
        return []
    with pa.ipc.open_stream(data) as reader:
        return [_current(batch) for batch in reader]


def _current(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`batch` with the columns that a version before this one did not have: counts, of 0."""
    if len(batch.schema) == len(SCHEMA):
        return batch
    columns = [
        batch.column(field.name)
        if field.name in batch.schema.names
        else pa.repeat(pa.scalar(0, field.type), batch.num_rows)
        for field in SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def to_object(batch: pa.RecordBatch) -> bytes:
    """`batch` as an object of shards."""
    shards = 1
    while shards < _MAX_SHARDS and batch.nbytes / shards > _SHARD_BYTES:
        shards *= 2
    hashes = batch.column("sensor_hash").to_numpy()
    cuts = [0, *(_first_at(hashes, n * (HASHES // shards)) for n in range(1, shards)), len(hashes)]
    streams = [to_stream(batch.slice(a, b - a)) for a, b in pairwise(cuts)]
    offsets = np.cumsum(
        [_HEAD.size + 8 * (shards + 1), *(len(s) for s in streams)], dtype=np.uint64
    )
    head = _HEAD.pack(_MAGIC, shards, batch.num_rows) + offsets.tobytes()
    return b"".join((head, *streams))


@dataclass(frozen=True, slots=True)
class ShardIndex:
    """The header of an object of shards."""

    rows: int
    offsets: tuple[int, ...]

    def span(self, low: int, high: int) -> tuple[int, int]:
        """Bytes that hold every hash in [low, high); maybe others beside them."""
        shards = len(self.offsets) - 1
        width = HASHES // shards
        return self.offsets[low // width], self.offsets[-(-high // width)]

    def streams(self, start: int, data: bytes) -> list[bytes]:
        """The streams in `data`, which are the object's bytes from `start` as `span` gave it."""
        end = start + len(data)
        inner = [o - start for o in self.offsets if start <= o <= end]
        return [data[a:b] for a, b in pairwise(inner) if b > a]


def read_index(head: bytes) -> ShardIndex:
    """The index at the front of an object of shards.

    Raises:
        ValueError: it is none.
    """
    if len(head) < _HEAD.size:
        raise ValueError("too short for partials")
    magic, shards, rows = _HEAD.unpack_from(head)
    if magic != _MAGIC or not 1 <= shards <= _MAX_SHARDS:
        raise ValueError("not an object of partials")
    offsets = struct.unpack_from(f"<{shards + 1}Q", head, _HEAD.size)
    return ShardIndex(rows, offsets)


def between(batch: pa.RecordBatch, low: int, high: int) -> pa.RecordBatch:
    """The rows of a sorted batch with hashes in [low, high); few of many rows do not keep the others
    in memory."""
    hashes = batch.column("sensor_hash").to_numpy()
    a, b = _first_at(hashes, low), _first_at(hashes, high)
    if 2 * (b - a) < batch.num_rows:
        return batch.take(pa.array(np.arange(a, b)))
    return batch.slice(a, b - a)


def ranges(passes: int) -> Sequence[tuple[int, int]]:
    """All hashes in `passes` (a power of two) ranges [low, high), in order."""
    width = HASHES // passes
    return [(n * width, (n + 1) * width) for n in range(passes)]


def _first_at(hashes: np.ndarray, low: int) -> int:
    if low >= HASHES:
        return len(hashes)
    return int(np.searchsorted(hashes, np.uint64(low)))
