"""Files in other encodings, compressed and damaged, through the real workers, in many small batches."""

from __future__ import annotations

import gzip
import zlib

import pytest

from runtime.zstd import zstd
from tests.harness.feed import Feed
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate
from tests.harness.sql_comparison import differences, differences_from

_SMALL = 4 << 10


@pytest.mark.parametrize("batch_bytes", [_SMALL, 8 << 20])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp1252"])
async def test_other_encodings_give_the_same_results(
    feed: Feed, encoding: str, batch_bytes: int
) -> None:
    if encoding == "cp1252":
        text = generate("quoted", 2_000, 6).data.decode().replace("\ns", "\nFühler €")
    else:
        text = generate("unicode", 2_000, 6).data.decode()
    upload = await feed.upload(text.encode(encoding), batch_bytes=batch_bytes)
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    assert await differences(feed, upload.file_id, text.encode(), row) == []


def _members(data: bytes) -> bytes:
    return b"".join(gzip.compress(data[n : n + 9_999]) for n in range(0, len(data), 9_999))


@pytest.mark.parametrize("batch_bytes", [_SMALL, 8 << 20])
@pytest.mark.parametrize("kind", ["dirty", "quoted"])
@pytest.mark.parametrize("compress", [_members, zstd.compress])
async def test_compressed_files_give_the_same_results(
    feed: Feed, kind: str, compress: object, batch_bytes: int
) -> None:
    assert callable(compress)
    data = generate(kind, 3_000, 7).data
    # The name says nothing: the first bytes do.
    upload = await feed.upload(compress(data), batch_bytes=batch_bytes)
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    assert await differences(feed, upload.file_id, data, row) == []
    left = [o async for o in feed.store.list(feed.settings.bucket, f"partials/{upload.file_id}/")]
    assert left == []


@pytest.mark.parametrize("batch_bytes", [_SMALL, 8 << 20])
@pytest.mark.parametrize("damage", ["truncated", "corrupt"])
async def test_a_damaged_file_keeps_the_rows_before(
    feed: Feed, damage: str, batch_bytes: int
) -> None:
    data = generate("dirty", 3_000, 8).data
    if damage == "truncated":
        packed = gzip.compress(data)
        packed = packed[: len(packed) // 2]
        readable, at = zlib.decompressobj(wbits=31).decompress(packed), len(packed)
    else:
        # After the ten bytes of a member's header a block begins; there are none of the type 3.
        readable = data[: len(data) // 2]
        sound, broken = gzip.compress(readable), bytearray(gzip.compress(data[len(readable) :]))
        broken[10] = 0xFF
        packed, at = sound + broken, len(sound) + 10
    upload = await feed.upload(packed, batch_bytes=batch_bytes, filename="a.csv.gz")
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    assert row["status"] == "partial"
    assert row["error"].startswith(f"compression_{damage}: the gzip stream")
    assert f"at byte {at}" in row["error"]
    readable = readable[: readable.rindex(b"\n") + 1]
    expected = expect(readable)
    wrong = await differences_from(feed, upload.file_id, expected, row)
    assert [w for w in wrong if "error" not in w] == []


async def test_a_bomb_is_stopped_with_the_rows_before(feed: Feed) -> None:
    line = b"a,2024-05-01T00:00:00Z,1\n"
    bomb = zstd.compress(line * 2_000_000)
    upload = await feed.upload(bomb, filename="bomb.csv.zst")
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    assert row["status"] == "partial"
    assert row["error"].startswith("expansion_ratio: ")
    assert 0 < row["row_count"] <= (16 << 20) // len(line)


async def test_compressed_bytes_that_are_no_csv_are_reported(feed: Feed) -> None:
    files = [gzip.compress(b"\x89PNG\r\n\x1a\n\0\0"), gzip.compress(gzip.compress(b"a,0,1\n"))]
    uploads = await feed.upload_many(files, filename="a.csv.gz")
    rows = await feed.ended([u.file_id for u in uploads])
    errors = [rows[u.file_id]["error"] for u in uploads]
    assert "looks like a PNG image" in errors[0]
    assert "compress it once only" in errors[1]
    assert {row["status"] for row in rows.values()} == {"failed"}


async def test_a_compressed_file_of_no_rows(feed: Feed) -> None:
    files = [gzip.compress(b"sensor_id,timestamp,value\n"), gzip.compress(b"")]
    uploads = await feed.upload_many(files)
    rows = await feed.ended([u.file_id for u in uploads])
    assert {(r["status"], r["row_count"]) for r in rows.values()} == {("processed", 0)}
