"""ClickHouse's own compressed blocks, which `compress=1` and `decompress=1` ask for: JDBC drivers
do, and with them DBeaver.

A block is a checksum (16 bytes, CityHash128 of what follows), the method (1 byte), the size from
the method on and the size of the plain bytes (4 bytes each), and the compressed bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import lz4.block

from embedded.clickhouse.errors import QueryError
from runtime.zstd import zstd

_NONE: Final = 0x02
_LZ4: Final = 0x82
_ZSTD: Final = 0x90
_HEAD: Final = 9
_CHECKSUM: Final = 16
# The largest block taken, as in ClickHouse; blocks of ours are smaller by far.
_LARGEST: Final = 0x40000000
_PLAIN: Final = 256 << 10


def checksum(data: bytes) -> bytes:
    """CityHash128 of version 1.0.2, as 16 bytes; later versions of it give other values."""
    # Few clients ask for blocks; the front starts without the library.
    from clickhouse_cityhash.cityhash import CityHash128

    value: int = CityHash128(data)
    return (value >> 64).to_bytes(8, "little") + (value & (1 << 64) - 1).to_bytes(8, "little")


def compress_block(data: bytes) -> bytes:
    """`data` as one block, by LZ4."""
    packed: bytes = lz4.block.compress(data, store_size=False)
    head = bytes([_LZ4]) + (len(packed) + _HEAD).to_bytes(4, "little")
    block = head + len(data).to_bytes(4, "little") + packed
    return checksum(block) + block


class BlockEncoder:
    """A stream of blocks."""

    def __init__(self) -> None:
        self._held = b""

    def compress(self, data: bytes) -> bytes:
        """The blocks that are full with `data`."""
        self._held += data
        full = len(self._held) // _PLAIN * _PLAIN
        out = [compress_block(self._held[at : at + _PLAIN]) for at in range(0, full, _PLAIN)]
        self._held = self._held[full:]
        return b"".join(out)

    def flush(self) -> bytes:
        """What is left."""
        held, self._held = self._held, b""
        return compress_block(held) if held else b""


def decompress_blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The plain bytes of a stream of blocks, block by block.

    Raises:
        QueryError: a wrong checksum, an unknown method, or an end too early.
    """
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= _CHECKSUM + _HEAD:
            size = int.from_bytes(buffer[_CHECKSUM + 1 : _CHECKSUM + 5], "little")
            plain = int.from_bytes(buffer[_CHECKSUM + 5 : _CHECKSUM + 9], "little")
            if not _HEAD <= size <= _LARGEST or plain > _LARGEST:
                raise QueryError(
                    118, "Too large size of a compressed block", "TOO_LARGE_SIZE_COMPRESSED"
                )
            if len(buffer) < _CHECKSUM + size:
                break
            block = buffer[_CHECKSUM : _CHECKSUM + size]
            if checksum(block) != buffer[:_CHECKSUM]:
                raise QueryError(
                    40, "Checksum doesn't match: corrupted data", "CHECKSUM_DOESNT_MATCH"
                )
            buffer = buffer[_CHECKSUM + size :]
            yield _plain(block, plain)
    if buffer:
        raise QueryError(271, "Cannot decompress: the last block ends early", "CANNOT_DECOMPRESS")


def _plain(block: bytes, size: int) -> bytes:
    method, packed = block[0], block[_HEAD:]
    try:
        if method == _LZ4:
            return bytes(lz4.block.decompress(packed, uncompressed_size=size))
        if method == _ZSTD:
            return bytes(zstd.decompress(packed))
    except (lz4.block.LZ4BlockError, zstd.ZstdError) as exc:
        raise QueryError(271, f"Cannot decompress: {exc}", "CANNOT_DECOMPRESS") from None
    if method == _NONE:
        return packed
    raise QueryError(89, f"Unknown compression method: {method}", "UNKNOWN_COMPRESSION_METHOD")
