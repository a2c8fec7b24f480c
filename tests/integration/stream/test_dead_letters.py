"""What cannot be understood, or refers to nothing, is kept with its reason; the stream goes on."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from schemas import topics
from schemas.events import ObjectRef, encode
from tests.harness.feed import Feed
from tests.harness.sensor_files import generate
from tests.harness.topic_reader import records_of

FOUND = "SELECT * FROM csv_processor.dead_letters WHERE topic = {topic:String} AND partition = {partition:Int32}"


async def letter_of(feed: Feed, sent: Any, topic: topics.Topic) -> dict[str, Any]:
    """The row of a dead letter, once it is there, checked against the message on the topic."""
    (row,) = await feed.until(
        f"{FOUND} AND offset = {{offset:Int64}}",
        topic=topic.name,
        partition=sent.partition,
        offset=sent.offset,
    )
    origin = f"{topic.name}/{sent.partition}/{sent.offset}".encode()
    found: list[Any] = []
    deadline = time.monotonic() + 20
    # The row is written first, the record after it.
    while not found and time.monotonic() < deadline:
        found = [
            r
            for r in await records_of(feed, topics.DEAD_LETTERS)
            if dict(r.headers).get("origin") == origin
        ]
    (record,) = found
    headers = dict(record.headers)
    assert headers["code"].decode() == row["code"]
    assert headers["reason"].decode() == row["reason"]
    row["published"] = record
    return row


@pytest.mark.parametrize("topic", [topics.UPLOADED, topics.BATCHES, topics.PARTIALS])
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"\xff\x00 no JSON at all", "undecodable"),
        (b"[1, 2]", "undecodable"),
        (b'{"type":"row_batch","version":1,"file_id":7}', "undecodable"),
        (b'{"type":"row_batch","version":99}', "unknown_event"),
        (b"", "undecodable"),
    ],
)
async def test_what_does_not_decode(
    feed: Feed, topic: topics.Topic, value: bytes, code: str
) -> None:
    sent = await feed.send(topic.name, value, key=b"some key")
    row = await letter_of(feed, sent, topic)
    assert row["code"] == code
    assert row["published"].value == value
    assert row["published"].key == b"some key"


async def test_an_event_on_the_wrong_topic(feed: Feed) -> None:
    upload = await feed.upload(generate("clean", 5, 1).data)
    sent = await feed.send(topics.BATCHES.name, encode(upload))
    row = await letter_of(feed, sent, topics.BATCHES)
    assert row["code"] == "unknown_event"
    assert "files.batches" in row["reason"]


@pytest.mark.parametrize("size", [100, 50_000_000])
async def test_a_file_whose_object_is_gone_fails(feed: Feed, size: int) -> None:
    known = await feed.upload(generate("clean", 5, 2).data)
    file_id = str(uuid.uuid4())
    gone = known.model_copy(
        update={
            "file_id": file_id,
            "raw": ObjectRef(bucket=feed.settings.bucket, key=f"raw/{file_id}"),
            "size_bytes": size,
        }
    )
    await feed.record([gone])
    sent = await feed.send(topics.UPLOADED.name, encode(gone), key=file_id.encode())
    row = (await feed.ended([file_id]))[file_id]
    assert row["status"] == "failed"
    assert row["error"].startswith("storage error")
    assert (await letter_of(feed, sent, topics.UPLOADED))["code"] == "object_missing"


async def test_the_stream_continues_after_dead_letters(feed: Feed) -> None:
    for topic in (topics.UPLOADED, topics.BATCHES, topics.PARTIALS):
        for partition in range(topic.partitions):
            await feed.send(topic.name, b"broken", partition=partition)
    uploads = await feed.upload_many(
        [generate("clean", 300, n).data for n in range(8)], batch_bytes=2 << 10
    )
    rows = await feed.ended([u.file_id for u in uploads], 60)
    assert {row["status"] for row in rows.values()} == {"processed"}
