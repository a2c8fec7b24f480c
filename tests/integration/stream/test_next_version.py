"""Events that a newer version wrote, on the way through workers of this one."""

from __future__ import annotations

import json

from schemas import topics
from schemas.events import FileUploaded, encode
from tests.harness.feed import Feed
from tests.harness.sensor_files import generate
from tests.integration.stream.test_dead_letters import letter_of


def newer(value: bytes, **fields: object) -> bytes:
    """A message with fields that this version does not know."""
    head, line_feed, payload = value.partition(b"\n")
    said = {**json.loads(head), "of_the_next": {"version": [1, 2]}, **fields}
    return json.dumps(said).encode() + line_feed + payload


async def test_unknown_fields_are_passed_over_and_unknown_versions_kept_with_a_reason(
    feed: Feed,
) -> None:
    known = await feed.upload(generate("clean", 40, 1).data)
    upload = known.model_copy(update={"file_id": f"{known.file_id}-next"})
    assert isinstance(upload, FileUploaded)
    await feed.record([upload])
    await feed.send(topics.UPLOADED.name, newer(encode(upload)), key=upload.file_id.encode())
    ended = await feed.ended([known.file_id, upload.file_id])
    assert {row["status"] for row in ended.values()} == {"processed"}
    assert {row["row_count"] for row in ended.values()} == {40}
    # Another version is another meaning: nothing is guessed, and the stream goes on.
    sent = await feed.send(topics.UPLOADED.name, newer(encode(upload), version=2), key=b"next")
    letter = await letter_of(feed, sent, topics.UPLOADED)
    assert letter["code"] == "unknown_event"
    assert "'file_uploaded' version 2" in letter["reason"]
    assert "file_uploaded v1" in letter["reason"]
    after = await feed.upload(generate("clean", 5, 2).data)
    assert (await feed.ended([after.file_id]))[after.file_id]["status"] == "processed"


async def test_a_file_that_only_a_newer_version_can_read_waits_for_it(feed: Feed) -> None:
    (known,) = await feed.stored([generate("clean", 40, 3).data])
    await feed.record([known])
    value = json.loads(encode(known))
    value["options"] = {"of_the_next": "x"}
    sent = await feed.send(
        topics.UPLOADED.name, json.dumps(value).encode(), key=known.file_id.encode()
    )
    letter = await letter_of(feed, sent, topics.UPLOADED)
    assert letter["code"] == "unknown_event"
    assert "of_the_next" in letter["reason"]
    # The file has not failed: when it is announced again, a worker that knows all of it reads it.
    rows = await feed.rows(
        "SELECT status FROM csv_processor.files WHERE file_id = {id:String}", id=known.file_id
    )
    assert rows == [{"status": "waiting"}]
    await feed.publish(topics.UPLOADED, known.file_id, known)
    assert (await feed.ended([known.file_id]))[known.file_id]["row_count"] == 40
