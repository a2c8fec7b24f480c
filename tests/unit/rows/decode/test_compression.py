"""Compressed files: every byte before the damage, the byte where it broke, and bounds."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import pytest

from rows.decode.compression import (
    Compression,
    CorruptStream,
    Decompressor,
    compression_of,
    first_bytes,
)
from runtime.zstd import zstd
from schemas.limits import ExpansionLimits

RANDOM = random.Random(3)
TEXT = b"".join(b"sensor-%d,2024-05-01,%.3f\n" % (n % 7, RANDOM.random()) for n in range(40_000))
SKIPPED = b"\x52\x2a\x4d\x18" + (11).to_bytes(4, "little") + b"not of data"
CHECKED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
UNSIZED = zstd.ZstdCompressor()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def _expanded(
    data: bytes, compression: Compression, size: int, limits: ExpansionLimits | None = None
) -> tuple[bytes, CorruptStream | None]:
    expander = Decompressor(compression, limits)
    found = bytearray()
    try:
        for at in range(0, len(data), size):
            for piece in expander.feed(data[at : at + size]):
                found += piece
        expander.finish()
    except CorruptStream as exc:
        return bytes(found), exc
    return bytes(found), None


WHOLE: dict[str, tuple[Compression, bytes]] = {
    "gzip": ("gzip", _gzip(TEXT)),
    "gzip-members": ("gzip", b"".join(_gzip(TEXT[n : n + 999]) for n in range(0, len(TEXT), 999))),
    "gzip-empty-members": ("gzip", _gzip(b"") * 3 + _gzip(TEXT) + _gzip(b"")),
    "gzip-padded": ("gzip", _gzip(TEXT) + bytes(1000)),
    "gzip-stored": ("gzip", gzip.compress(TEXT, 0)),
    "zstd": ("zstd", zstd.compress(TEXT)),
    "zstd-checksum": ("zstd", zstd.compress(TEXT, options=CHECKED)),
    "zstd-frames": (
        "zstd",
        b"".join(zstd.compress(TEXT[n : n + 50_000]) for n in range(0, len(TEXT), 50_000)),
    ),
    "zstd-without-a-size": (
        "zstd",
        UNSIZED.compress(TEXT) + UNSIZED.flush(zstd.ZstdCompressor.FLUSH_FRAME),
    ),
    "zstd-skippable-frames": ("zstd", SKIPPED + zstd.compress(TEXT) + SKIPPED),
    "zstd-equal-bytes": ("zstd", zstd.compress(TEXT + bytes(1 << 20))),
}


@pytest.mark.parametrize("size", [1 << 20, 1000, 77])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_expand_to_what_went_in(name: str, size: int) -> None:
    compression, data = WHOLE[name]
    assert compression_of(data) == compression
    expected = TEXT + bytes(1 << 20) if name == "zstd-equal-bytes" else TEXT
    assert _expanded(data, compression, size) == (expected, None)
    if size > 77:
        assert first_bytes(data, 100) == TEXT[:100]


@pytest.mark.parametrize("compress", [_gzip, zstd.compress])
@pytest.mark.parametrize("kept", [3, 10, 100, 5_000, 100_000, -9, -1])
def test_a_truncated_file_keeps_what_was_complete(
    compress: Callable[[bytes], bytes], kept: int
) -> None:
    whole = compress(TEXT)
    data = whole[:kept]
    compression = compression_of(whole)
    assert compression is not None
    found, damage = _expanded(data, compression, 777)
    assert damage is not None
    assert (damage.code, damage.at) == ("compression_truncated", len(data))
    assert TEXT.startswith(found)
    if compression == "gzip":
        assert found == zlib.decompressobj(wbits=31).decompress(data)
    else:
        assert found == zstd.ZstdDecompressor().decompress(data)


@pytest.mark.parametrize("size", [1 << 20, 999])
@pytest.mark.parametrize("at", [12, 2_000, 70_000, 110_000])
def test_a_corrupt_gzip_file_keeps_every_byte_before(at: int, size: int) -> None:
    whole = _gzip(TEXT)
    data = whole[:at] + bytes(b ^ 0x5A for b in whole[at : at + 40]) + whole[at + 40 :]
    found, damage = _expanded(data, "gzip", size)
    assert damage is not None
    assert damage.code == "compression_corrupt"
    assert at <= damage.at
    # All that any reader could have had, byte by byte.
    reference, expected = zlib.decompressobj(wbits=31), b""
    for n in range(len(data)):
        try:
            expected += reference.decompress(data[n : n + 1])
        except zlib.error:
            assert damage.at == n
            break
    assert found == expected
    sound = zlib.decompressobj(wbits=31).decompress(whole[:at])
    assert found.startswith(sound[: len(sound) - 300])


@pytest.mark.parametrize("size", [1 << 20, 999])
@pytest.mark.parametrize("at", [70_000, 110_000])
def test_a_corrupt_zstd_file_keeps_every_block_before(at: int, size: int) -> None:
    whole = zstd.compress(TEXT)
    data = whole[:at] + b"\xff" * 50_000 + whole[at + 50_000 :]
    found, damage = _expanded(data, "zstd", size)
    assert damage is not None
    assert damage.code == "compression_corrupt"
    assert damage.at <= at + 50_000  # a block begins there
    assert found.startswith(zstd.ZstdDecompressor().decompress(whole[: damage.at]))
    assert len(found) >= 1 << 17


@pytest.mark.parametrize("name", ["gzip", "zstd-checksum"])
def test_a_wrong_checksum_is_reported_and_all_rows_are_kept(name: str) -> None:
    compression, data = WHOLE[name]
    data = data[:-6] + bytes([data[-6] ^ 1]) + data[-5:] if name == "gzip" else data[:-1] + b"\0"
    found, damage = _expanded(data, compression, 5000)
    assert damage is not None
    assert damage.code == "compression_corrupt"
    assert found[: len(TEXT) - (1 << 17)] == TEXT[: len(TEXT) - (1 << 17)]


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_garbage_after_the_end_is_reported_and_all_rows_are_kept(name: str) -> None:
    compression, data = WHOLE[name]
    found, damage = _expanded(data + b"\0\0garbage", compression, 5000)
    assert found == TEXT
    assert damage is not None
    assert damage.code == "compression_corrupt"
    assert len(data) <= damage.at <= len(data) + 3


@pytest.mark.parametrize("compress", [_gzip, zstd.compress])
def test_bombs_are_stopped(compress: Callable[[bytes], bytes]) -> None:
    data = compress(b"a,2024-05-01,1\n" * 400_000)
    compression = compression_of(data)
    assert compression is not None
    limits = ExpansionLimits(max_ratio=20, ratio_from=1 << 20)
    found, damage = _expanded(data, compression, 1 << 20, limits)
    assert damage is not None
    assert damage.code == "expansion_ratio"
    assert len(found) <= 1 << 20
    found, damage = _expanded(data, compression, 1 << 20, ExpansionLimits(max_bytes=3_000_000))
    assert damage is not None
    assert damage.code == "expansion_size"
    assert len(found) <= 3_000_000
    # Small files may be as repetitive as they like.
    assert _expanded(data, compression, 1 << 20)[1] is None


def test_a_window_that_would_take_gigabytes_is_refused() -> None:
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 30,
        zstd.CompressionParameter.content_size_flag: 0,
    }
    compressor = zstd.ZstdCompressor(options=options)
    data = compressor.compress(TEXT) + compressor.flush(zstd.ZstdCompressor.FLUSH_FRAME)
    found, damage = _expanded(data, "zstd", 5000)
    assert damage is not None
    assert (found, damage.code, damage.at) == (b"", "compression_corrupt", 0)


def test_what_is_not_compressed() -> None:
    assert [compression_of(head) for head in (b"", b"a", b"\x1f", b"P", b"PK\x03\x04")] == [
        None
    ] * 5
