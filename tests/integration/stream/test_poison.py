"""A file that makes the worker raise fails by itself, on every path through the stream."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import orjson
import pytest

from embedded.stack import Stack
from schemas import topics
from schemas.events import ObjectRef
from schemas.file_ids import file_id_of
from tests.conftest import QUICK_RECONCILER
from tests.harness.feed import Feed, feeding
from tests.harness.sensor_files import generate
from tests.harness.waiting import until

POISON = Path(__file__).parent / "poison"
ROOT = Path(__file__).parents[3]
HEADER = b"sensor_id,timestamp,value\n"
LETTERS = "SELECT topic, code, reason FROM csv_processor.dead_letters WHERE key = {key:String}"


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose workers raise on marked files."""
    path = os.pathsep.join([str(POISON), str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**QUICK_RECONCILER, "PYTHONPATH": path, "WORKER_ERROR_LIMIT": "0"}
    env["WORKER_STALL_SECONDS"] = "3"
    with Stack(tmp_path_factory.mktemp("poisoned"), env=env) as stack:
        yield stack


@pytest.fixture
async def feed(poisoned: Stack) -> AsyncIterator[Feed]:
    async with feeding(poisoned.endpoints) as feed:
        yield feed


def starts(stack: Stack) -> list[int]:
    return [stack.starts(part) for part in stack.parts if part.startswith("worker")]


def marked(marker: str, rows: int = 20) -> bytes:
    """A good file with the marker in the middle, where a sensor may have it."""
    lines = [b"s%d,2026-01-01T00:00:%02dZ,%d\n" % (n % 7, n % 60, n) for n in range(rows)]
    lines.insert(rows // 2, f"{marker},2026-01-01,1\n".encode())
    return HEADER + b"".join(lines)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("marker", "rows", "batch_bytes", "packed", "topic"),
    [
        ("poison-parse", 20, 8 << 20, False, topics.UPLOADED),
        ("poison-split", 20, 8 << 20, False, topics.UPLOADED),
        ("poison-merge", 20, 8 << 20, False, topics.PARTIALS),
        ("poison-parse", 20, 8 << 20, True, topics.UPLOADED),
        ("poison-split", 20, 8 << 20, True, topics.UPLOADED),
        ("poison-parse", 2000, 4 << 10, False, topics.BATCHES),
        ("poison-split", 2000, 64 << 10, False, topics.UPLOADED),
        ("poison-merge", 2000, 4 << 10, False, topics.PARTIALS),
        ("poison-parse", 4000, 4 << 10, True, topics.UPLOADED),
        ("poison-merge", 4000, 4 << 10, True, topics.PARTIALS),
    ],
)
async def test_a_poison_file_fails_and_takes_no_other_with_it(
    poisoned: Stack,
    feed: Feed,
    marker: str,
    rows: int,
    batch_bytes: int,
    packed: bool,
    topic: topics.Topic,
) -> None:
    before = starts(poisoned)
    data = marked(marker, rows)
    poison = gzip.compress(data) if packed else data
    good = [generate("clean", 200, seed).data for seed in range(30)]
    uploads = await feed.upload_many(
        [*good[:15], poison, *good[15:]],
        batch_bytes=batch_bytes,
        filename="a.csv.gz" if packed else "a.csv",
    )
    bad = uploads.pop(15)
    rows_of = await feed.ended([u.file_id for u in [*uploads, bad]], 60)
    failed = rows_of.pop(bad.file_id)
    assert failed["status"] == "failed"
    assert failed["error"].startswith("worker error: KeyError: ")
    assert {row["status"] for row in rows_of.values()} == {"processed"}
    letters = await feed.until(LETTERS, key=bad.file_id)
    # A file that waits for long is announced again, and its messages are sent again.
    assert {(letter["topic"], letter["code"]) for letter in letters} == {
        (topic.name, "worker_error")
    }
    assert "Traceback" in letters[0]["reason"]
    assert starts(poisoned) == before


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("marker", "rows", "batch_bytes", "topic"),
    [
        ("deadly-parse", 20, 8 << 20, topics.UPLOADED),
        ("deadly-parse", 2000, 4 << 10, topics.BATCHES),
        ("deadly-merge", 20, 8 << 20, topics.PARTIALS),
        ("endless-parse", 20, 8 << 20, topics.UPLOADED),
    ],
)
async def test_a_file_that_ends_the_process_fails_and_takes_no_other_with_it(
    poisoned: Stack, feed: Feed, marker: str, rows: int, batch_bytes: int, topic: topics.Topic
) -> None:
    # A worker that ended in another test may be about to be started.
    await asyncio.to_thread(poisoned.wait_ready)
    before = sum(starts(poisoned))
    good = [generate("clean", 200, seed).data for seed in range(30)]
    uploads = await feed.upload_many(
        [*good[:15], marked(marker, rows), *good[15:]], batch_bytes=batch_bytes
    )
    bad = uploads.pop(15)
    rows_of = await feed.ended([u.file_id for u in [*uploads, bad]], 240)
    failed = rows_of.pop(bad.file_id)
    assert failed["status"] == "failed"
    assert failed["error"].startswith("worker error: WorkerDied: a worker's process ended 5 times")
    assert {row["status"] for row in rows_of.values()} == {"processed"}
    letters = await feed.until(LETTERS, key=bad.file_id)
    assert {(letter["topic"], letter["code"]) for letter in letters} == {
        (topic.name, "worker_error")
    }
    # Once by surprise, of each worker at most, and five times by itself.
    assert 6 <= sum(starts(poisoned)) - before <= 7
    # The workers are at work again.
    more = await feed.upload_many(good[:3])
    ended = await feed.ended([u.file_id for u in more], 60)
    assert {row["status"] for row in ended.values()} == {"processed"}


@pytest.mark.timeout(120)
async def test_a_poison_announcement_takes_no_other_with_it(poisoned: Stack, feed: Feed) -> None:
    before = starts(poisoned)
    bucket, expected = feed.settings.bucket, []
    keys = [f"laid/{name}.csv" for name in ("a", "b", "poison-announce", "c")]
    for key in keys:
        ref = ObjectRef(bucket=bucket, key=key)
        await feed.store.put_bytes(ref, generate("clean", 10, len(key)).data)
        if "poison" not in key:
            info = await feed.store.stat(ref)
            expected.append(file_id_of(bucket, key, info.etag))
    # In one group of announcements, and in one notification of several objects.
    for key in keys[:2]:
        value = orjson.dumps({"bucket": bucket, "object_key": key})
        await feed.send(topics.ANNOUNCED.name, value, key=b"k", partition=0)
    records = [
        {"eventName": "s3:ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
        for key in keys[2:]
    ]  # fmt: skip
    notification = orjson.dumps({"Records": records})
    await feed.send(topics.NOTIFICATIONS.name, notification, key=b"laid")
    rows = await feed.ended(expected, 60)
    assert {row["status"] for row in rows.values()} == {"processed"}
    letters = await feed.until(LETTERS, key="laid")
    assert [letter["code"] for letter in letters] == ["worker_error"]
    assert starts(poisoned) == before


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_if_everything_is_poison_the_worker_ends_and_the_files_wait_for_a_better_one(
    tmp_path: Path,
) -> None:
    path = os.pathsep.join([str(POISON), str(ROOT), os.environ.get("PYTHONPATH", "")])
    bad = {**QUICK_RECONCILER, "PYTHONPATH": path, "WORKER_ERROR_LIMIT": "2"}
    with Stack(tmp_path / "data", workers=1, env=bad) as stack:
        async with feeding(stack.endpoints) as feed:
            uploads = await feed.upload_many([marked("poison-parse") for _ in range(6)])
            ids = [u.file_id for u in uploads]
            # It is started again by the runner, and ends again, without failing more files.
            await until(lambda: stack.starts("worker-0") >= 3, "worker-0 is started again", 90)
            rows = await feed.rows(
                "SELECT status FROM csv_processor.files WHERE file_id IN {ids:Array(String)}",
                ids=ids,
            )
            assert sorted(row["status"] for row in rows) == ["failed"] * 2 + ["waiting"] * 4
        log = stack.log("worker-0", lines=4000)
        assert "2 files failed in the last hour by faults of the worker" in log
        assert "WORKER_ERROR_LIMIT" in log
        assert "worker-0 ended with code 70" in stack.log("runner", lines=400)
    good = {**QUICK_RECONCILER, "WORKER_ERROR_LIMIT": "2"}
    with Stack(tmp_path / "data", workers=1, env=good) as stack:
        async with feeding(stack.endpoints) as feed:
            rows_of = await feed.ended(ids, 60)
    statuses = sorted(row["status"] for row in rows_of.values())
    assert statuses == ["failed"] * 2 + ["processed"] * 4
