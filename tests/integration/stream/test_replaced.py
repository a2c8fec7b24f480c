"""Objects that another producer replaces after they were announced: no file is read from two contents."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import pytest

from schemas import topics
from schemas.events import DialectSpec, FileSplit, FileUploaded, RowBatch
from tests.harness.feed import Feed

# Equally long: nothing but the ETag tells that they are not the same.
FIRST = b"sensor_id,timestamp,value\n" + b"r1,2026-01-01T00:00:00Z,1\n" * 400
SECOND = FIRST.replace(b",1\n", b",2\n")


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("member.csv", data)
    return out.getvalue()


async def announced(feed: Feed, data: bytes, batch_bytes: int = 8 << 20) -> FileUploaded:
    """A stored file whose event names the ETag of its object, as those of announced objects do."""
    [upload] = await feed.stored([data], batch_bytes=batch_bytes)
    info = await feed.store.stat(upload.raw)
    raw = upload.raw.model_copy(update={"etag": info.etag})
    return upload.model_copy(update={"raw": raw})


@pytest.mark.parametrize(
    ("form", "batch_bytes"),
    [(bytes, 8 << 20), (bytes, 1_000), (gzip.compress, 8 << 20), (zipped, 8 << 20)],
    ids=["small", "several batches", "gzip", "zip"],
)
async def test_a_file_whose_object_was_replaced_fails_and_says_so(
    feed: Feed, form: Callable[[bytes], bytes], batch_bytes: int
) -> None:
    upload = await announced(feed, form(FIRST), batch_bytes)
    await feed.store.put_bytes(upload.raw.model_copy(update={"etag": None}), form(SECOND))
    await feed.record([upload])
    await feed.publish(topics.UPLOADED, upload.file_id, upload)
    ended = (await feed.ended([upload.file_id]))[upload.file_id]
    assert (ended["status"], ended["row_count"]) == ("failed", 0)
    assert "was replaced by other content" in ended["error"]


async def test_an_object_with_its_etag_is_read(feed: Feed) -> None:
    upload = await announced(feed, FIRST, 1_000)
    await feed.record([upload])
    await feed.publish(topics.UPLOADED, upload.file_id, upload)
    ended = (await feed.ended([upload.file_id]))[upload.file_id]
    assert (ended["status"], ended["row_count"]) == ("processed", 400)


async def test_a_batch_of_an_object_that_was_replaced_after_the_split_fails_its_file(
    feed: Feed,
) -> None:
    upload = await announced(feed, FIRST)
    await feed.store.put_bytes(upload.raw.model_copy(update={"etag": None}), SECOND)
    await feed.record([upload])
    dialect = DialectSpec(header=True, data_start=26, data_line=2)
    batch = RowBatch(
        file_id=upload.file_id,
        generation=1,
        batch_no=0,
        source=upload.raw,
        start=26,
        end=len(FIRST),
        rows=400,
        first_row=1,
        first_line=2,
        dialect=dialect,
    )
    await feed.publish(topics.BATCHES, upload.file_id, batch)
    split = FileSplit(file=upload, batches=1, rows=400, dialect=dialect)
    await feed.publish(topics.PARTIALS, upload.file_id, split)
    ended = (await feed.ended([upload.file_id]))[upload.file_id]
    assert (ended["status"], ended["row_count"]) == ("failed", 0)
    assert "was replaced by other content" in ended["error"]
