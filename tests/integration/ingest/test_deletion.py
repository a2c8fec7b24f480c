"""Deletion while services are away or the API is killed: what was answered, or begun, is finished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from ingest.uploads.file_ids import new_file_id
from schemas.events import FileDropped, ObjectRef
from schemas.instants import utc_now
from schemas.topics import PARTIALS
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries import file_by_id, file_states
from storage.base import ObjectStore
from tests.harness.api_process import BUCKET, Stack
from tests.harness.services import Service
from tests.harness.waiting import eventually
from tests.integration.ingest.test_failures import bring_back
from tests.integration.ingest.test_uploads import new_csv, post, raw


@pytest.fixture
async def tidy(stack: Stack) -> AsyncIterator[Service]:
    """Another API on the same services, which purges after a second."""
    api = stack.new_api({"PURGE_AFTER_SECONDS": "1"}, "tidy")
    api.start()
    yield api
    api.kill()


@pytest.fixture
async def objects(stack: Stack) -> AsyncIterator[ObjectStore]:
    opened = stack.objects()
    yield opened
    await opened.close()


async def file_with_partials(client: httpx.AsyncClient, objects: ObjectStore) -> str:
    """A file that waits, as a worker in the middle of it has left it."""
    file_id: str = (await post(client, **raw(new_csv()))).json()["file_id"]
    await objects.put_bytes(ObjectRef(bucket=BUCKET, key=f"partials/{file_id}/1/0-ab"), b"x")
    return file_id


async def gone(stack: Stack, database: Database, file_id: str) -> bool:
    """Whether nothing is left of a file but the record that keeps it away."""
    state = (await file_states(database, [file_id])).get(file_id)
    if state is None or not state.deleted or any(file_id in key for key in await stack.keys()):
        return False
    (row,) = await database.query(
        "SELECT purged, filename, raw_key FROM file_records FINAL WHERE file_id = {id:String}",
        {"id": file_id},
    )
    return row == {"purged": 1, "filename": "", "raw_key": ""}


@pytest.mark.slow
async def test_an_api_killed_between_record_and_removal(
    stack: Stack, tidy: Service, database: Database, objects: ObjectStore
) -> None:
    async with stack.client(tidy) as client:
        file_id = await file_with_partials(client, objects)
        stack.store.pause()
        try:
            deleting = asyncio.create_task(client.delete(f"/api/v1/files/{file_id}"))

            async def recorded() -> bool:
                return await file_by_id(database, file_id) is None

            await eventually(recorded, "the deletion is recorded")
            tidy.kill()
            with pytest.raises(httpx.TransportError):
                await deleting
        finally:
            stack.store.resume()
    tidy.start()
    await eventually(lambda: gone(stack, database, file_id), "the next API removes what is left")
    dropped = [event for event, _ in await stack.messages(PARTIALS.name)]
    assert FileDropped(file_id=file_id, generation=1) in dropped


@pytest.mark.slow
@pytest.mark.parametrize("away", ["store", "broker"])
async def test_a_deletion_while_a_service_is_away(
    stack: Stack, tidy: Service, database: Database, objects: ObjectStore, away: str
) -> None:
    async with stack.client(tidy) as client:
        file_id = await file_with_partials(client, objects)
        service: Service = getattr(stack, away)
        service.kill()
        answers = await asyncio.gather(
            *(client.delete(f"/api/v1/files/{file_id}") for _ in range(2))
        )
        assert [answer.status_code for answer in answers] == [204, 204]
        assert (await client.get(f"/api/v1/files/{file_id}")).status_code == 404
        await bring_back(stack, away)
        await eventually(lambda: gone(stack, database, file_id), "everything is removed")
        assert (await client.delete(f"/api/v1/files/{file_id}")).status_code == 204


async def test_a_replay_that_was_not_announced_is_announced(
    stack: Stack, client: httpx.AsyncClient, database: Database
) -> None:
    # There is no worker here: the file is ended by hand.
    file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
    waiting = await client.post(f"/api/v1/files/{file_id}/replay")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "file_waiting")
    record = await file_by_id(database, file_id)
    assert record is not None
    done = record.terminal("processed", finished_at=record.upload_time, processing_ms=1)
    sink = ClickHouseSink(database.url)
    await sink.write(SinkBatch.of(done))
    await sink.close()
    begun = await client.post(f"/api/v1/files/{file_id}/replay")
    assert (begun.status_code, begun.json()["generation"]) == (202, 2)
    # Announced by the call; and again by the reconciler of an API that is quicker about it.
    hasty = stack.new_api(
        {"RECONCILE_AFTER_SECONDS": "0.5", "RECONCILE_EVERY_SECONDS": "0.1"}, "hasty-replay"
    )
    hasty.start()
    try:

        async def twice() -> bool:
            events = [e for e in await stack.announced() if e.file_id == file_id]
            return sum(event.generation == 2 for event in events) >= 2

        await eventually(twice, "generation 2 is announced again")
    finally:
        hasty.kill()
    events = [e for e in await stack.announced() if (e.file_id, e.generation) == (file_id, 2)]
    assert len(set(map(repr, events))) == 1
    assert (await client.delete(f"/api/v1/files/{file_id}")).status_code == 204


async def test_failed_resubmissions_are_purged_after_a_day(
    stack: Stack, client: httpx.AsyncClient, database: Database
) -> None:
    """What an API leaves that is killed between the entries and the record of their file."""
    known = (await post(client, **raw(new_csv()))).json()["file_id"]
    now = utc_now()
    old, young = new_file_id(now - timedelta(hours=25)), new_file_id(now - timedelta(hours=23))
    entered = [(known, old), (known, young), (old, known)]
    await database.command(
        "INSERT INTO resubmitted_row_rows (file_id, row, resubmission_id, resubmission_row) VALUES "
        + ", ".join(f"('{of}', 1, '{by}', 1)" for of, by in entered)
    )
    another = stack.new_api({}, "orphans")
    another.start()
    try:

        async def forgotten() -> bool:
            rows = await database.query(
                "SELECT resubmission_id AS id FROM resubmitted_row_rows WHERE resubmission_id IN"
                " {ids:Array(String)} OR file_id IN {ids:Array(String)}",
                {"ids": [old, young, known]},
            )
            return {row["id"] for row in rows} == {young}

        await eventually(forgotten, "only what may still become a file is left")
    finally:
        another.kill()
