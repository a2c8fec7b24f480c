"""The reconciler of a real API process: what it announces again, and what it sweeps."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from broker.admin import ensure_topics
from broker.marker import KafkaIdentity
from broker.producer import KafkaAccess, KafkaPublisher
from broker.watch import BrokerWatch
from ingest.background.reconciler import Pace, Reconciler
from schemas import topics
from schemas.events import FileUploaded, ObjectRef
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries import file_by_id, file_states, waiting_files
from storage.base import ObjectStore
from tests.harness.api_process import BUCKET, Stack
from tests.harness.services import Service
from tests.harness.waiting import eventually
from tests.integration.ingest.test_failures import bring_back
from tests.integration.ingest.test_uploads import events_of, new_csv, post, raw


@pytest.fixture
async def hasty(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another API on the same services that announces again after half a second."""
    settings = {"RECONCILE_AFTER_SECONDS": "0.5", "RECONCILE_EVERY_SECONDS": "0.1"}
    api: Service = stack.new_api(settings, "hasty")
    api.start()
    try:
        async with stack.client(api) as client:
            yield client
    finally:
        api.kill()


@pytest.fixture
async def objects(stack: Stack) -> AsyncIterator[ObjectStore]:
    opened = stack.objects()
    yield opened
    await opened.close()


async def announced_again(client: httpx.AsyncClient) -> str:
    lines = (await client.get("/metrics")).text.splitlines()
    (line,) = [one for one in lines if one.startswith("csv_processor_announced_again_total ")]
    return line


async def test_a_file_that_stays_waiting_is_announced_by_the_very_same_event(
    stack: Stack, client: httpx.AsyncClient, hasty: httpx.AsyncClient
) -> None:
    answer = await post(client, **raw(new_csv(), delimiter=",", header="true"))
    file_id = answer.json()["file_id"]

    async def twice_more() -> bool:
        return len(await events_of(stack, file_id)) >= 3

    await eventually(twice_more, "the file is announced twice more")
    events = await events_of(stack, file_id)
    assert len(set(map(repr, events))) == 1
    # Pauses grow: half a second, one, two, ...
    await asyncio.sleep(0.4)
    assert len(await events_of(stack, file_id)) <= 4
    assert "csv_processor_announced_again_total" in (await hasty.get("/metrics")).text


async def test_a_file_that_is_terminal_deleted_or_goes_on_is_left_alone(
    stack: Stack, database: Database, sink: ClickHouseSink, objects: ObjectStore
) -> None:
    old = datetime.now(UTC) - timedelta(hours=2)
    records = [waiting(f"{name}-{old.timestamp()}", old) for name in "abcd"]
    stuck, terminal, deleted, moving = records
    progress = FileProgress(
        file_id=moving.file_id, generation=1, batches_done=1, batches_total=None, rows_done=1,
        updated_at=datetime.now(UTC),
    )  # fmt: skip
    done = terminal.terminal("processed", finished_at=old, processing_ms=1)
    await sink.write(SinkBatch.of(progress))
    await sink.write(SinkBatch.of(*records, done, deleted.deletion(recorded_at=old)))

    await reconciler(stack, database, objects, lambda: datetime.now(UTC)).round()
    for record in (terminal, deleted, moving):
        assert await events_of(stack, record.file_id) == []
    (event,) = await events_of(stack, stuck.file_id)
    assert event == stuck.upload()
    stored = await file_by_id(database, stuck.file_id)
    assert stored is not None
    assert stored.upload() == event
    # Leave nothing to announce to the tests after this one.
    rest = [record.deletion(recorded_at=old) for record in (stuck, moving)]
    await sink.write(SinkBatch.of(*rest))


def waiting(file_id: str, recorded_at: datetime, bucket: str = BUCKET) -> FileRecord:
    upload = FileUploaded(
        file_id=file_id, source="upload", raw=ObjectRef(bucket=bucket, key=f"raw/{file_id}"),
        filename="x.csv", size_bytes=3, sha256=file_id, upload_time=recorded_at, batch_bytes=77_777,
    )  # fmt: skip
    return FileRecord.from_upload(upload, recorded_at=recorded_at)


async def test_everything_is_published_again_to_a_broker_that_restarts_empty(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    answers = [await post(client, **raw(new_csv())) for _ in range(5)]
    ids = {answer.json()["file_id"] for answer in answers}
    before = {repr(e) for e in await stack.announced() if e.file_id in ids}
    assert len(before) == 5
    await bring_back(stack, "broker")

    async def all_announced() -> bool:
        return ids <= {event.file_id for event in await stack.announced()}

    await eventually(all_announced, "all waiting files are announced to the new broker")
    assert {repr(e) for e in await stack.announced() if e.file_id in ids} == before
    assert await partitions_of(stack) == {t.name: t.partitions for t in topics.ALL}
    # Noticed once: nothing is announced at the rounds that follow.
    announced = Counter(event.file_id for event in await stack.announced() if event.file_id in ids)
    rounds = await announced_again(client)
    await asyncio.sleep(1.0)
    assert await announced_again(client) == rounds
    assert max(announced.values()) == 1


async def partitions_of(stack: Stack) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.env["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    try:
        found = await admin.describe_topics()
        ours = {topic.name for topic in topics.ALL}
        return {t["topic"]: len(t["partitions"]) for t in found if t["topic"] in ours}
    finally:
        await admin.close()


async def test_a_broker_lost_while_no_api_ran_is_noticed_by_the_next_one(stack: Stack) -> None:
    async with stack.client() as client:
        file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
        stack.api.kill()
        stack.broker.kill()
        stack.broker.start()
        stack.api.start()

        async def announced() -> bool:
            return bool(await events_of(stack, file_id))

        await eventually(announced, "the file is announced by the restarted API")


async def test_partials_of_terminal_files_are_swept(
    stack: Stack, database: Database, sink: ClickHouseSink, objects: ObjectStore
) -> None:
    old = datetime.now(UTC) - timedelta(hours=2)
    done, still, gone = (waiting(f"sweep-{name}", old) for name in ("done", "still", "gone"))
    await sink.write(
        SinkBatch.of(
            done.terminal("processed", finished_at=old, processing_ms=1),
            gone.deletion(recorded_at=old),
            still,
        )
    )
    partials = [
        ObjectRef(bucket=BUCKET, key=f"partials/{file_id}/{generation}/{batch}")
        for file_id in ("sweep-done", "sweep-still", "sweep-gone", "sweep-unknown")
        for generation, batch in ((1, 0), (1, 1))
    ]
    # A generation that is only about to begin, and something that is no partial.
    partials.append(ObjectRef(bucket=BUCKET, key="partials/sweep-done/2/0"))
    partials.append(ObjectRef(bucket=BUCKET, key="partials/readme"))
    for ref in partials:
        await objects.put_bytes(ref, b"x")

    now = datetime.now(UTC)
    assert await reconciler(stack, database, objects, lambda: now).sweep() == 0
    later = now + timedelta(minutes=2)
    swept = await reconciler(stack, database, objects, lambda: later).sweep()
    left = {info.ref.key async for info in objects.list(BUCKET, "partials/")}
    assert swept == 4
    assert left == {
        "partials/sweep-still/1/0",
        "partials/sweep-still/1/1",
        "partials/sweep-unknown/1/0",
        "partials/sweep-unknown/1/1",
        "partials/sweep-done/2/0",
        "partials/readme",
    }
    await sink.write(SinkBatch.of(still.deletion(recorded_at=old)))
    for ref in partials:
        await objects.delete(ref)


def reconciler(stack: Stack, database: Database, objects: ObjectStore, clock: object) -> Reconciler:
    servers = [stack.env["KAFKA_BOOTSTRAP_SERVERS"]]

    class Files:
        async def waiting(self, before: datetime, limit: int) -> list[FileRecord]:
            return await waiting_files(database, before=before, limit=limit)

        async def states(self, file_ids: list[str]) -> object:
            return await file_states(database, file_ids)

    return Reconciler(
        files=Files(),  # type: ignore[arg-type]
        publisher=KafkaPublisher(KafkaAccess(servers, idempotent=False)),
        ensure=lambda: ensure_topics(servers),
        watch=BrokerWatch(servers),
        memory=KafkaIdentity(servers),
        store=objects,
        bucket=BUCKET,
        pace=Pace(after=3600, every=1),
        clock=clock,  # type: ignore[arg-type]
    )
