"""What other programs do on Kafka: write announcements, read what the product says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition


@asynccontextmanager
async def producer(endpoints: Mapping[str, str]) -> AsyncIterator[AIOKafkaProducer]:
    """A plain producer."""
    made = AIOKafkaProducer(bootstrap_servers=endpoints["KAFKA_BOOTSTRAP_SERVERS"])
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def first_message(
    endpoints: Mapping[str, str],
    topic: str,
    wanted: Callable[[Any], bool],
    seconds: float = 90.0,
) -> Any:
    """The first message of `topic`, from its beginning, that is `wanted`."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=endpoints["KAFKA_BOOTSTRAP_SERVERS"], enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = consumer.partitions_for_topic(topic)
        if not partitions:
            await consumer._client.force_metadata_update()
            partitions = consumer.partitions_for_topic(topic)
        assert partitions, f"there is no topic {topic}"
        assigned = [TopicPartition(topic, number) for number in sorted(partitions)]
        consumer.assign(assigned)
        await consumer.seek_to_beginning(*assigned)
        async with asyncio.timeout(seconds):
            async for message in consumer:
                if wanted(message):
                    return message
    except TimeoutError:
        raise AssertionError(f"no such message on {topic} in {seconds} s") from None
    finally:
        await consumer.stop()
    raise AssertionError(f"{topic} ended")
