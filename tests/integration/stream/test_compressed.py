"""A compressed file whose worker is interrupted in the middle: another worker goes on, and every row is
there once. (Workers that are killed there: `tests/e2e/test_faults.py`.)"""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from rows.split.encoded_splitter import Position
from runtime.zstd import zstd
from schemas import topics
from schemas.events import FileSplit, FileUploaded, SplitContinued, encode
from schemas.instants import utc_now
from schemas.limits import ExpansionLimits, Limits
from sinks.clickhouse.sink import ClickHouseSink
from sinks.profile_catalog import ProfileCatalog
from sinks.profile_log import ProfileLog
from stream.dead_letters import DeadLetters
from stream.file_status import GenerationStatusLookup
from stream.own_profiles import StreamProfiles
from stream.process.batch_processor import BatchLimits, BatchProcessor
from stream.queries import StreamQueries
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.split.compressed import Begun, SplitCompressed
from stream.split.publish import SplitPublisher
from tests.harness import comparison
from tests.harness.feed import Feed
from tests.harness.sensor_files import generate
from tests.harness.sql_comparison import differences
from tests.harness.topic_reader import all_committed

ASKED = Message(topics.UPLOADED.name, 0, 0, 0, b"", b"")


class Interrupting:
    """Publishes to the broker of `feed`, and has an interruption begin with the nth message."""

    def __init__(self, feed: Feed, drain: DrainSignal, nth: int) -> None:
        self._feed, self._drain, self._left = feed, drain, nth

    async def publish(
        self,
        topic: topics.Topic,
        key: bytes | None,
        value: bytes,
        *,
        spread: int | None = None,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        assert spread is None
        await self._feed.send(topic.name, value, key=key, headers=headers)
        self._left -= 1
        if self._left == 0:
            self._drain.begin()


@asynccontextmanager
async def splitting(feed: Feed, interrupted_at: int) -> AsyncIterator[SplitCompressed]:
    """What a worker does with compressed files until it is asked to stop."""
    drain = DrainSignal()
    retry, cpu_pool = Retry(drain), CpuPool()
    sink = ClickHouseSink(feed.settings.clickhouse_url)
    queries = StreamQueries(feed.database)
    publisher = Interrupting(feed, drain, interrupted_at)
    try:
        yield SplitCompressed(
            store=feed.store,
            batches=BatchProcessor(
                cpu_pool=cpu_pool,
                sink=sink,
                counts=queries,
                store=feed.store,
                bucket=feed.settings.bucket,
                retry=retry,
                limits=BatchLimits(Limits(), readings=True),
            ),
            cpu_pool=cpu_pool,
            limits=Limits(),
            expansion=ExpansionLimits(),
            profiles=StreamProfiles(ProfileCatalog(ProfileLog(feed.database, utc_now)), retry),
            split_publisher=SplitPublisher(
                publisher=publisher,
                statuses=GenerationStatusLookup(queries, retry),
                dead_letters=DeadLetters(sink, publisher, retry),
                retry=retry,
            ),
            retry=retry,
            drain=drain,
        )
    finally:
        cpu_pool.close()
        await sink.close()


async def begun_by_another(feed: Feed, file: FileUploaded, batches: int) -> SplitContinued:
    """Where a worker had to stop that had published so many batches of `file`."""
    async with splitting(feed, batches) as split:
        event = await split(ASKED, file)
    assert isinstance(event, SplitContinued)
    assert 0 < batches <= event.next_batch
    return event


@pytest.mark.parametrize("compress", [lambda data: gzip.compress(data, 1), zstd.compress])
@pytest.mark.parametrize("batches", [1, 7])
async def test_a_compressed_file_is_gone_on_with(
    feed: Feed, compress: Callable[[bytes], bytes], batches: int
) -> None:
    data = generate("dirty", 60_000, 31).data
    # Two parts, so that the interruption can fall before, and going on passes over, their border.
    half = len(data) // 2
    packed = compress(data[:half]) + compress(data[half:])
    (file,) = await feed.stored([packed], batch_bytes=128 << 10, filename="readings.csv")
    await feed.record([file])
    event = await begun_by_another(feed, file, batches)
    assert event.next_byte < len(data), "the rest is the others' to do"
    # The workers of the stack go on; announced twice, they do it twice.
    for _ in range(2):
        await feed.send(topics.UPLOADED.name, encode(event), key=file.file_id.encode())
    row = (await feed.ended([file.file_id], 60))[file.file_id]
    assert await differences(feed, file.file_id, data, row) == []
    assert row["status"] == "partial"
    await all_committed(feed.settings.bootstrap_servers)
    later = (await feed.ended([file.file_id]))[file.file_id]
    assert comparison.of_itself(later) == comparison.of_itself(row)


async def test_a_continuation_reaches_the_same_batches_from_anywhere(feed: Feed) -> None:
    data = generate("dirty", 60_000, 32).data
    # Level 0, so that there are many places at which a worker looks whether to stop.
    (file,) = await feed.stored([gzip.compress(data, 0)], batch_bytes=128 << 10)
    begun: Begun | None = None
    ends: list[tuple[int, int]] = []
    # Interrupted again and again, until it is at its end.
    for _ in range(100):
        async with splitting(feed, 1) as split:
            event = await split(ASKED, file, begun)
        if isinstance(event, FileSplit):
            break
        assert isinstance(event, SplitContinued)
        ends.append((event.next_batch, event.next_row))
        at = Position(event.next_byte, event.next_row, event.next_line, event.next_batch)
        begun = event.dialect, at
    assert isinstance(event, FileSplit)
    async with splitting(feed, 10_000) as split:
        whole = await split(ASKED, file)
    assert event == whole
    assert len(ends) > 1
    assert ends == sorted(set(ends))
