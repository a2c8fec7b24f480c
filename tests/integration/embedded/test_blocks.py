"""ClickHouse's compressed blocks, checked against what the engine itself writes to disk."""

from __future__ import annotations

import random
from pathlib import Path

import httpx
import pytest

from embedded.clickhouse.blocks import BlockEncoder, checksum, compress_block, decompress_blocks
from embedded.clickhouse.errors import QueryError
from embedded.stack import Stack


def blocks_of(path: Path) -> list[bytes]:
    """The compressed blocks of a column's file."""
    data, blocks = path.read_bytes(), []
    while data:
        size = 16 + int.from_bytes(data[17:21], "little")
        blocks.append(data[:size])
        data = data[size:]
    return blocks


def test_the_checksum_is_that_of_the_engine(tmp_path: Path) -> None:
    with Stack(tmp_path / "data", parts=["clickhouse"]) as stack:
        url = stack.endpoints["CLICKHOUSE_URL"]
        for count in (*range(1, 40), 1000, 70_000):
            for sql in (
                f"CREATE TABLE t{count} (a UInt64, s String, c UInt8) ENGINE = MergeTree ORDER BY tuple() "
                "SETTINGS min_bytes_for_wide_part = 0",
                f"INSERT INTO t{count} SELECT rand64(), randomString(rand() % 20), 1 FROM numbers({count})",
            ):
                answer = httpx.post(url.rpartition("/")[0], content=sql)
                assert answer.status_code == 200, answer.text
    sizes = set()
    for path in (tmp_path / "data" / "clickhouse").rglob("*.bin"):
        for block in blocks_of(path):
            assert checksum(block[16:]) == block[:16], len(block)
            sizes.add(len(block) - 16)
            plain = b"".join(decompress_blocks(iter([block])))
            assert len(plain) == int.from_bytes(block[21:25], "little")
    # All four ways to hash were needed.
    assert min(sizes) < 16 < 33 < 145 < max(sizes)
    assert len(sizes) > 50


@pytest.mark.parametrize("step", [1, 7, 100_000, 10_000_000])
def test_what_goes_in_comes_out(step: int) -> None:
    size = 2000 if step < 100 else 1_000_000
    data = random.Random(step).randbytes(size // 2) + bytes(size // 2)
    encoder = BlockEncoder()
    pieces = [encoder.compress(data[at : at + step]) for at in range(0, size, step)]
    packed = b"".join([*pieces, encoder.flush()])
    assert len(packed) < size * 0.6
    parts = (packed[at : at + step] for at in range(0, len(packed), step))
    assert b"".join(decompress_blocks(parts)) == data


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda block: block[:-1], "CANNOT_DECOMPRESS"),
        (lambda block: block[:10], "CANNOT_DECOMPRESS"),
        (lambda block: block[:-1] + b"x", "CHECKSUM_DOESNT_MATCH"),
        (lambda block: block[:17] + b"\xff" * 4 + block[21:], "TOO_LARGE_SIZE_COMPRESSED"),
        (lambda _: _signed(b"\x01" + compress_block(b"abc")[17:]), "UNKNOWN_COMPRESSION_METHOD"),
        (lambda _: _signed(b"\x82\x0c\0\0\0\x03\0\0\0xyz"), "CANNOT_DECOMPRESS"),
    ],
)
def test_blocks_that_are_none(spoil, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(QueryError) as caught:
        list(decompress_blocks(iter([spoil(compress_block(b"some text " * 9))])))
    assert caught.value.name == name


def _signed(block: bytes) -> bytes:
    return checksum(block) + block
