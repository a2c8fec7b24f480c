"""Looking at topics from outside: every message of a file, and whether all has been consumed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import (
    ANNOUNCED,
    BATCHES,
    INLINE,
    NOTIFICATIONS,
    PARTIALS,
    UPLOADED,
    WORKER_GROUP,
    Topic,
)
from tests.harness.feed import Feed

READ = (UPLOADED, BATCHES, PARTIALS, ANNOUNCED, INLINE, NOTIFICATIONS)


async def records_of(feed: Feed, topic: Topic) -> list[Any]:
    """Every record of a topic."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=feed.settings.bootstrap_servers, fetch_max_wait_ms=10
    )
    await consumer.start()
    try:
        tps = [TopicPartition(topic.name, p) for p in range(topic.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        found: list[Any] = []
        while True:
            for records in (await consumer.getmany(timeout_ms=30)).values():
                found += records
            if await _at_end(consumer, tps):
                return found
    finally:
        await consumer.stop()


async def messages_of(feed: Feed, topic: Topic, file_id: str) -> list[bytes]:
    """Values of the messages with a file's key."""
    return [r.value for r in await records_of(feed, topic) if r.key == file_id.encode()]


async def _at_end(consumer: Any, tps: list[TopicPartition]) -> bool:
    for tp in tps:
        end = consumer.highwater(tp)
        if end is None or await consumer.position(tp) < end:
            return False
    return True


async def all_committed(
    bootstrap_servers: str | list[str], topics: Sequence[Topic] = READ, seconds: float = 90
) -> None:
    """Wait until the workers have committed everything that is in the topics now."""
    group = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        group_id=WORKER_GROUP,
        enable_auto_commit=False,
        fetch_max_wait_ms=10,
    )
    await group.start()
    try:
        tps = [TopicPartition(topic.name, p) for topic in topics for p in range(topic.partitions)]
        ends = await group.end_offsets(tps)
        deadline = time.monotonic() + seconds
        while left := {
            tp: (done, end)
            for tp, end in ends.items()
            if (done := await group.committed(tp) or 0) < end
        }:
            if time.monotonic() > deadline:
                raise AssertionError(f"not consumed within {seconds} s: {left}")
            await asyncio.sleep(0.1)
    finally:
        await group.stop()
