"""HTTP compression in both directions, in streams: gzip, deflate, lz4 (frames) and zstd."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

import cramjam
import lz4.frame

from embedded.clickhouse.blocks import BlockEncoder
from embedded.clickhouse.errors import QueryError
from runtime.zstd import zstd

# Not an encoding of HTTP, but what the parameter `compress` asks for.
BLOCKS: Final = "blocks"
_RESPONSE_ORDER: Final = ("lz4", "zstd", "gzip", "deflate")
_ENCODINGS: Final = frozenset({"gzip", "deflate", "lz4", "zstd"})


class Encoder(Protocol):
    """A stream that compresses."""

    def compress(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


class _Lz4Encoder:
    def __init__(self) -> None:
        self._encoder = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._encoder.begin()

    def compress(self, data: bytes) -> bytes:
        out: bytes = self._head + self._encoder.compress(data)
        self._head = b""
        return out

    def flush(self) -> bytes:
        out: bytes = self._head + self._encoder.flush()
        return out


class _ZstdEncoder:
    def __init__(self) -> None:
        self._encoder = cramjam.zstd.Compressor(level=1)

    def compress(self, data: bytes) -> bytes:
        self._encoder.compress(data)
        return bytes(self._encoder.flush())

    def flush(self) -> bytes:
        return bytes(self._encoder.finish())


def choose(accept_encoding: str) -> str | None:
    """The encoding for a response, of those a client accepts; None for none."""
    accepted = {part.split(";")[0].strip().lower() for part in accept_encoding.split(",")}
    return next((name for name in _RESPONSE_ORDER if name in accepted), None)


def encoder(encoding: str) -> Encoder:
    """A compressor for `BLOCKS` or one of the encodings `choose` gives."""
    if encoding == BLOCKS:
        return BlockEncoder()
    if encoding == "lz4":
        return _Lz4Encoder()
    if encoding == "zstd":
        return _ZstdEncoder()
    return zlib.compressobj(3, zlib.DEFLATED, 31 if encoding == "gzip" else 15)


def _new_decoder(encoding: str) -> Any:
    if encoding == "lz4":
        return lz4.frame.LZ4FrameDecompressor()
    if encoding == "zstd":
        return zstd.ZstdDecompressor()
    return zlib.decompressobj(47 if encoding == "gzip" else 15)


def decode(encoding: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes of a request body that came in `encoding`; it may be several frames.

    Raises:
        QueryError: an encoding that is not known, bytes that are not of it, or an end too early.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in _ENCODINGS:
        raise QueryError(48, f"Unsupported Content-Encoding: {encoding}", "NOT_IMPLEMENTED")
    current: Any = None
    try:
        for chunk in chunks:
            data = chunk
            while data:
                if current is None:
                    current = _new_decoder(encoding)
                plain = current.decompress(data)
                if plain:
                    yield plain
                data = b""
                if current.eof:
                    data, current = current.unused_data or b"", None
    except (RuntimeError, zlib.error, ValueError, EOFError, zstd.ZstdError) as exc:
        raise QueryError(271, f"Cannot decompress {encoding}: {exc}", "CANNOT_DECOMPRESS") from None
    if current is not None:
        raise QueryError(271, f"Cannot decompress {encoding}: ends early", "CANNOT_DECOMPRESS")
