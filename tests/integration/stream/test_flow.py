"""Files through the real workers: what comes out of SQL and of the topics is what went in."""

from __future__ import annotations

import json

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from schemas.events import (
    BatchResult,
    FileSplit,
    FileUploaded,
    RowBatch,
    SplitContinued,
    decode,
    encode,
)
from schemas.instants import utc_now
from tests.harness import comparison
from tests.harness.feed import Feed
from tests.harness.sensor_files import generate
from tests.harness.sql_comparison import differences
from tests.harness.topic_reader import all_committed, messages_of


@pytest.mark.parametrize(
    ("kind", "rows", "batch_bytes"),
    [
        ("clean", 1, 8 << 20),
        ("dirty", 3_000, 8 << 20),
        ("quoted", 3_000, 2 << 10),
        # More batches than one step takes, and than may be inline.
        ("dirty", 8_000, 4 << 10),
        # Partials that are too large for a message.
        ("many_sensors", 60_000, 1 << 20),
        ("hopeless", 500, 4 << 10),
    ],
)
async def test_the_results_of_a_file_are_those_of_the_oracle(
    feed: Feed, kind: str, rows: int, batch_bytes: int
) -> None:
    data = generate(kind, rows, 5).data
    upload = await feed.upload(data, batch_bytes=batch_bytes)
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    assert await differences(feed, upload.file_id, data, row) == []
    # Nothing is left of the way there.
    left = [o async for o in feed.store.list(feed.settings.bucket, f"partials/{upload.file_id}/")]
    assert left == []


async def test_a_header_alone_is_processed(feed: Feed) -> None:
    upload = await feed.upload(b"sensor_id,timestamp,value\n")
    row = (await feed.ended([upload.file_id]))[upload.file_id]
    assert (row["status"], row["row_count"], row["min_value"]) == ("processed", 0, None)


async def test_what_is_no_csv_fails_with_its_reason(feed: Feed) -> None:
    upload = await feed.upload(b"%PDF-1.4\nnot at all\n")
    row = (await feed.ended([upload.file_id]))[upload.file_id]
    assert row["status"] == "failed"
    assert "PDF" in row["error"]
    assert row["row_count"] == 0


async def test_many_small_files_at_once(feed: Feed) -> None:
    files = [generate("dirty", 30, n).data for n in range(30)]
    uploads = await feed.upload_many(files)
    rows = await feed.ended([u.file_id for u in uploads], 60)
    for upload, data in zip(uploads, files, strict=True):
        assert await differences(feed, upload.file_id, data, rows[upload.file_id]) == []


async def test_the_result_is_published_with_what_was_wrong(feed: Feed) -> None:
    data = generate("dirty", 400, 3).data
    upload = await feed.upload(data)
    row = (await feed.ended([upload.file_id]))[upload.file_id]
    await all_committed(feed.settings.bootstrap_servers)
    document = json.loads((await messages_of(feed, topics.RESULTS, upload.file_id))[-1])
    assert document["status"] == row["status"] == "partial"
    assert document["aggregations"]["row_count"] == row["row_count"]
    assert sum(document["aggregations"]["per_sensor_count"].values()) == row["row_count"]
    assert document["invalid_count"] == row["invalid_count"]
    assert len(document["invalid_rows"]) == min(100, row["invalid_count"])


@pytest.mark.parametrize("batch_bytes", [8 << 20, 4 << 10])
async def test_every_message_delivered_again_changes_nothing(feed: Feed, batch_bytes: int) -> None:
    data = generate("dirty", 6_000, 11).data
    upload = await feed.upload(data, batch_bytes=batch_bytes)
    before = (await feed.ended([upload.file_id]))[upload.file_id]
    kinds: set[type] = set()
    for topic in (topics.UPLOADED, topics.BATCHES, topics.PARTIALS):
        for value in await messages_of(feed, topic, upload.file_id):
            event, _ = decode(value)
            kinds.add(type(event))
            if isinstance(event, FileSplit) and event.result is not None:
                kinds.add(type(event.result))
            await feed.send(topic.name, value, key=upload.file_id.encode())
    assert {FileUploaded, BatchResult, FileSplit} <= kinds
    assert (RowBatch in kinds) == (batch_bytes < len(data))
    await all_committed(feed.settings.bootstrap_servers)
    after = (await feed.ended([upload.file_id]))[upload.file_id]
    assert comparison.of_itself(after) == comparison.of_itself(before)
    assert await differences(feed, upload.file_id, data, after) == []


@pytest.mark.slow
async def test_repeated_events_while_the_file_is_processed(feed: Feed) -> None:
    data = generate("dirty", 8_000, 12).data
    upload = await feed.upload(data, batch_bytes=8 << 10)
    for _ in range(3):
        await feed.publish(topics.UPLOADED, upload.file_id, upload)
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    await all_committed(feed.settings.bootstrap_servers)
    assert await differences(feed, upload.file_id, data, row) == []


async def test_a_replay_replaces_the_results(feed: Feed) -> None:
    data = generate("dirty", 2_000, 13).data
    upload = await feed.upload(data, batch_bytes=8 << 10)
    await feed.ended([upload.file_id])
    again = upload.model_copy(update={"generation": 2})
    await feed.record([again])
    await feed.publish(topics.UPLOADED, again.file_id, again)
    row = (await feed.ended([upload.file_id]))[upload.file_id]
    assert row["generation"] == 2
    assert await differences(feed, upload.file_id, data, row) == []


async def test_a_file_that_was_deleted_is_not_worked_on(feed: Feed) -> None:
    data = generate("clean", 50, 14).data
    upload = await feed.upload(data)
    await feed.ended([upload.file_id])
    await feed.delete(upload)
    await feed.publish(topics.UPLOADED, upload.file_id, upload)
    await all_committed(feed.settings.bootstrap_servers)
    assert (
        await feed.rows(
            "SELECT * FROM csv_processor.files WHERE file_id = {id:String}", id=upload.file_id
        )
        == []
    )


async def test_an_unknown_file_is_not_worked_on(feed: Feed) -> None:
    data = generate("clean", 50, 15).data
    known = await feed.upload(data)
    unknown = known.model_copy(update={"file_id": "00000000-0000-0000-0000-000000000000"})
    await feed.publish(topics.UPLOADED, unknown.file_id, unknown)
    await feed.ended([known.file_id])
    await all_committed(feed.settings.bootstrap_servers)
    assert not await messages_of(feed, topics.PARTIALS, unknown.file_id)


async def test_progress_of_a_waiting_file_is_reported(feed: Feed) -> None:
    data = generate("dirty", 6_000, 16).data
    upload = await feed.upload(data, batch_bytes=4 << 10)
    await feed.ended([upload.file_id], 60)
    rows = await feed.rows(
        "SELECT max(batches_done) AS done, max(rows_done) AS rows FROM file_progress"
        " WHERE file_id = {id:String}",
        id=upload.file_id,
    )
    assert rows[0]["done"] > 0
    assert rows[0]["rows"] > 0


async def test_a_split_that_stops_is_continued(feed: Feed) -> None:
    """A continuation from the middle gives the same batches as one run through the file."""
    data = generate("quoted", 8_000, 17).data
    upload = await feed.upload(data, batch_bytes=4 << 10)
    row = (await feed.ended([upload.file_id], 60))[upload.file_id]
    assert await differences(feed, upload.file_id, data, row) == []
    batches = [
        decode(value)[0] for value in await messages_of(feed, topics.BATCHES, upload.file_id)
    ]
    numbers = [b.batch_no for b in batches if isinstance(b, RowBatch)]
    assert sorted(set(numbers)) == list(range(max(numbers) + 1))
    continued = [
        decode(value)[0] for value in await messages_of(feed, topics.UPLOADED, upload.file_id)
    ]
    assert any(isinstance(event, SplitContinued) for event in continued)


async def test_a_late_result_leaves_no_partials(feed: Feed) -> None:
    data = generate("many_sensors", 40_000, 18).data
    upload = await feed.upload(data, batch_bytes=1 << 20)
    await feed.ended([upload.file_id], 60)
    late = next(
        event
        for value in await messages_of(feed, topics.PARTIALS, upload.file_id)
        if isinstance(event := decode(value)[0], BatchResult) and event.partials_ref is not None
    )
    assert late.partials_ref is not None
    await feed.store.put_bytes(late.partials_ref, b"as a worker that was taken for dead")
    await feed.send(topics.PARTIALS.name, encode(late), key=upload.file_id.encode())
    await all_committed(feed.settings.bootstrap_servers)
    left = [o async for o in feed.store.list(feed.settings.bucket, f"partials/{upload.file_id}/")]
    assert left == []


async def test_committed_offsets_reach_the_ends(feed: Feed) -> None:
    upload = await feed.upload(generate("clean", 10, 19).data)
    await feed.ended([upload.file_id])
    await all_committed(feed.settings.bootstrap_servers)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=feed.settings.bootstrap_servers,
        group_id="csv-processor",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topics.UPLOADED.name, p) for p in range(4)]
        assert sum([await consumer.committed(tp) or 0 for tp in partitions]) > 0
    finally:
        await consumer.stop()
    assert utc_now() > upload.upload_time
