"""The end of a changelog is reported right if the broker's ListOffsets is short."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import Topic
from stream.engine.patches.highwaters import ends_by_fetch
from tests.harness.tansu import Tansu

TOPIC = Topic("tail", partitions=3)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Tansu]:
    tansu = Tansu(tmp_path)
    await tansu.start()
    yield tansu
    tansu.kill()


async def test_highwaters_see_the_records_of_the_last_batch(broker: Tansu) -> None:
    await broker.create([TOPIC])
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, linger_ms=50)
    await producer.start()
    for _ in range(2):
        sent = [await producer.send(TOPIC.name, b"x", partition=0) for _ in range(10)]
        for future in sent:
            await future
    await producer.send_and_wait(TOPIC.name, b"x", partition=1)
    await producer.stop()
    tps = [TopicPartition(TOPIC.name, p) for p in range(3)]
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.address)
    await consumer.start()
    try:
        # As the broker reports it: the first record of the last batch, and one.
        assert (await consumer.end_offsets(tps))[tps[0]] == 11
        assert await ends_by_fetch(consumer, tps) == {tps[0]: 20, tps[1]: 1, tps[2]: 0}
        assert await ends_by_fetch(consumer, []) == {}
    finally:
        await consumer.stop()
