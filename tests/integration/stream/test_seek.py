"""What was fetched and dropped before anything was committed is read again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from schemas.topics import Topic
from stream.engine.patches import install as patches
from stream.engine.patches.seek_uncommitted import lost_content
from tests.harness.tansu import Tansu

TOPIC = Topic("fresh", partitions=2)
FRESH, COMMITTED = (TopicPartition(TOPIC.name, p) for p in range(2))


async def positions_after_a_seek_back(
    folder: Path, known: Mapping[TopicPartition, int] | None = None
) -> tuple[int, int, str | None]:
    """Ten messages of each partition are fetched; four of the second were committed.

    Returns both positions, and what is said of the broker's content where this process has
    committed `known`.
    """
    broker = Tansu(folder)
    await broker.start()
    await broker.create([TOPIC])
    producer = AIOKafkaProducer(bootstrap_servers=broker.address)
    await producer.start()
    for tp in (FRESH, COMMITTED):
        for _ in range(10):
            await producer.send_and_wait(TOPIC.name, b"x", partition=tp.partition)
    await producer.stop()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.address,
        group_id="seeks",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
    )
    await consumer.start()
    try:
        consumer.assign([FRESH, COMMITTED])
        fetched = 0
        while fetched < 20:
            records = await consumer.getmany(timeout_ms=50)
            fetched += sum(len(of) for of in records.values())
        await consumer.commit({COMMITTED: 4})
        app = faust.App("seeks", broker=f"kafka://{broker.address}", autodiscover=False)
        conductor: Any = app.topics
        conductor._acking_topics.add(TOPIC.name)
        transport_consumer: Any = app.consumer
        thread = transport_consumer._thread
        thread._consumer = consumer
        transport_consumer._committed_offset.update(known or {})

        async def call_thread(method: Callable[..., Awaitable[Any]], *args: Any) -> Any:
            return await method(*args)

        thread.call_thread = call_thread  # the thread itself is not started
        assert await thread.seek_to_committed() == {FRESH: None, COMMITTED: 4}
        thread._consumer = None
        return (
            await consumer.position(FRESH),
            await consumer.position(COMMITTED),
            lost_content(transport_consumer),
        )
    finally:
        await consumer.stop()
        broker.kill()


async def test_as_shipped_a_partition_without_a_commit_keeps_its_position(tmp_path: Path) -> None:
    assert await positions_after_a_seek_back(tmp_path) == (10, 4, None)


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patch alone, removed after the test."""
    monkeypatch.setattr(patches, "_installed", set())
    shipped = AIOKafkaConsumerThread.seek_to_committed
    monkeypatch.setattr(AIOKafkaConsumerThread, "seek_to_committed", shipped)
    patches.install(names=["seek_uncommitted"])


@pytest.mark.usefixtures("patched")
async def test_seek_uncommitted_begins_at_the_beginning(tmp_path: Path) -> None:
    assert await positions_after_a_seek_back(tmp_path, {COMMITTED: 4}) == (0, 4, None)


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("known", [{FRESH: 3}, {COMMITTED: 5}], ids=["nothing", "less"])
async def test_a_broker_that_knows_of_less_than_was_committed_has_lost_its_content(
    tmp_path: Path, known: dict[TopicPartition, int]
) -> None:
    *_, logged = await positions_after_a_seek_back(tmp_path, known)
    assert logged is not None
    assert "was committed up to" in logged
