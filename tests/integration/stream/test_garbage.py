"""Garbage on every topic: no worker ends, no partition is held up, and every file has its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from embedded.stack import Stack
from rows.parse import parse_batch
from rows.sniff.dialect import sniff
from schemas import topics
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from stream.aggregate.partials import to_stream
from tests.conftest import QUICK_RECONCILER
from tests.harness.feed import Feed, feeding
from tests.harness.sensor_files import generate
from tests.harness.topic_reader import all_committed
from tests.integration.stream.garbage import messages
from tests.integration.stream.test_poison import starts

FILE = b"sensor_id,timestamp,value\na,2026-01-01,1\nb,2026-01-01,2\nc,2026-01-01,3\n"
TABLES = ("csv-processor-files-changelog", "csv-processor-sensors-changelog")


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: dead letters of a hundred kinds are of no use to other tests."""
    env = {**QUICK_RECONCILER, "WORKER_ERROR_LIMIT": "0"}
    with Stack(tmp_path_factory.mktemp("garbage"), env=env) as stack:
        yield stack


@pytest.fixture
async def feed(own_stack: Stack) -> AsyncIterator[Feed]:
    async with feeding(own_stack.endpoints) as feed:
        yield feed


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_garbage_costs_no_worker_no_partition_and_no_other_file(
    own_stack: Stack, feed: Feed, seed: int
) -> None:
    before = starts(own_stack)
    dialect = sniff(FILE, ReadOptions(), complete=True)
    body = FILE.partition(b"\n")[2]
    payload = to_stream(parse_batch(body, dialect, Limits(), first_row=1, first_line=2).partials)
    # Recorded, so that they wait; their events are all wrong.
    targets = await feed.stored([FILE] * 6)
    await feed.record(targets)
    garbage = messages(seed, targets, dialect, payload)
    for one in garbage:
        await feed.send(
            one.topic, one.value, key=one.key, partition=one.partition, headers=list(one.headers)
        )
    good = await feed.upload_many([generate("clean", 300, n).data for n in range(12)])
    rows = await feed.ended([u.file_id for u in good], 300)
    assert {row["status"] for row in rows.values()} == {"processed"}
    await all_committed(feed.settings.bootstrap_servers, seconds=300)
    # The targets are announced again by the reconciler, if no event has ended them.
    ends = await feed.ended([u.file_id for u in targets], 300)
    for row in ends.values():
        # Right, or not at all.
        assert row["status"] == "failed" or (row["status"], row["row_count"]) == ("processed", 3)
    assert starts(own_stack) == before


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_garbage_in_the_changelogs_does_not_keep_workers_from_starting(
    own_stack: Stack, feed: Feed
) -> None:
    for topic in TABLES:
        for partition in range(topics.PARTIALS.partitions):
            for key, value in ((None, b"x"), (b"", b""), (b"k", b"\x00garbage"), (b"k/1", None)):
                await feed.send(topic, value, key=key, partition=partition)
    # A file whose state and partials are garbage, and that is announced.
    (upload,) = await feed.stored([FILE])
    await feed.record([upload])
    key = upload.file_id.encode()
    for partition in range(topics.PARTIALS.partitions):
        await feed.send(TABLES[0], b"garbage", key=key + b"/1", partition=partition)
        await feed.send(TABLES[1], b"Igarbage", key=key + b"/1/0", partition=partition)
    for worker in ("worker-0", "worker-1"):
        count = own_stack.starts(worker)
        own_stack.kill(worker)
        own_stack.wait_restarted(worker, count, 180)
    before = starts(own_stack)
    await feed.publish(topics.UPLOADED, upload.file_id, upload)
    good = await feed.upload_many([generate("clean", 300, n).data for n in range(8)])
    rows = await feed.ended([u.file_id for u in good], 300)
    assert {row["status"] for row in rows.values()} == {"processed"}
    await feed.ended([upload.file_id], 60)
    await asyncio.sleep(0)
    assert starts(own_stack) == before
