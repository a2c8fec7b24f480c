"""Deletions on the running product: the results of a file leave every total, and nothing stays."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

import pytest

from embedded.stack import Stack
from runtime.settings import ServiceSettings
from schemas.events import ObjectRef
from storage.base import ObjectStore
from storage.factory import open_store
from tests.e2e.test_announced import ended_by_name
from tests.e2e.test_replay import replay, stored_generations
from tests.harness import comparison, kafka
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import SensorFile

SECONDS = 60.0
TOTALS = comparison.TOTALS_SQL


def service_settings(stack: Stack) -> ServiceSettings:
    """Settings that lead to the services of the stack."""
    return ServiceSettings.model_validate(
        {name.lower(): value for name, value in stack.endpoints.items()}
    )


@pytest.fixture
async def objects(stack: Stack) -> AsyncIterator[ObjectStore]:
    """The store of the shared stack."""
    store = open_store(service_settings(stack))
    yield store
    await store.close()


async def keys_of(stack: Stack, objects: ObjectStore, file_id: str) -> list[str]:
    """Keys of everything in the store that is of a file."""
    bucket = service_settings(stack).bucket
    return [i.ref.key async for i in objects.list(bucket, "") if file_id in i.ref.key]


async def delete(client: Client, file_id: str, status: int = 204) -> None:
    answer = await client.request("DELETE", f"/api/v1/files/{file_id}")
    assert answer.status_code == status, answer.text


def some(seed: int, rows: int = 200, sensors: int = 4) -> SensorFile:
    """A file of sensors that no other test has, with values that differ from seed to seed."""
    lines = [
        f"del-{n % sensors},2026-03-0{1 + n % 9}T{n % 24:02}:00:00Z,{(n * 37 + seed * 1001) % 997 - 500}"
        if n % 11
        else f"del-{n % sensors},yesterday,1"
        for n in range(rows)
    ]
    return SensorFile(f"deletion-{seed}.csv", "\n".join(lines).encode())


@pytest.mark.slow
async def test_totals_are_those_of_the_files_that_are_left(
    client: Client, stack: Stack, objects: ObjectStore
) -> None:
    files = {}
    for seed in range(5):
        file = some(seed)
        files[(await client.upload(file)).json()["file_id"]] = file
    for file_id in files:
        await client.ended(file_id)
    gone = list(files)[1::2]
    # One of them while it is replayed.
    await replay(client, gone[0])
    await asyncio.gather(*(delete(client, file_id) for file_id in (*gone, *gone)))
    left = [expect(file.data) for file_id, file in files.items() if file_id not in gone]
    totals = await client.sql(TOTALS)
    assert comparison.totals(left, [t for t in totals if t["sensor_id"].startswith("del-")]) == []
    for file_id in gone:
        await delete(client, file_id)
        for path in ("", "/sensors", "/invalid-rows", "/raw", "/events"):
            answer = await client.request("GET", f"/api/v1/files/{file_id}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_file")
        assert await keys_of(stack, objects, file_id) == []
        async with asyncio.timeout(SECONDS):
            while await stored_generations(client, file_id):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    await delete(client, "no-such-file", 404)
    # The same bytes under the same name are a new file.
    again = await client.upload(files[gone[0]])
    assert again.status_code == 202
    assert again.json()["file_id"] not in files
    await client.ended(again.json()["file_id"])


async def test_a_file_that_is_deleted_while_it_is_worked_on_leaves_nothing(
    client: Client, stack: Stack, objects: ObjectStore
) -> None:
    letters = "SELECT count() AS n FROM csv_processor.dead_letters"
    before = await client.sql(letters)
    # Many sensors: partials in the store; many batches: some are done, some not.
    lines = [f"midway-{n},2026-03-01T00:00:00Z,{n}" for n in range(600_000)]
    file = SensorFile("in-the-middle.csv", "\n".join(lines).encode())
    file_id = (await client.upload(file)).json()["file_id"]
    document = await client.get(f"/api/v1/files/{file_id}")
    async with asyncio.timeout(SECONDS):
        while not document["progress"]["rows_done"] and document["status"] == "waiting":
            document = await client.get(f"/api/v1/files/{file_id}")
    await delete(client, file_id)
    async with asyncio.timeout(SECONDS):
        while await keys_of(stack, objects, file_id) or await stored_generations(client, file_id):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert await client.sql(letters) == before
    assert (
        await client.sql("SELECT 1 FROM csv_processor.sensors WHERE sensor_id LIKE 'midway-%'")
        == []
    )


@pytest.mark.slow
async def test_an_object_in_a_bucket_of_others_stays_when_its_file_is_deleted(
    client: Client, stack: Stack, objects: ObjectStore
) -> None:
    file = some(77)
    theirs, ours = f"theirs-{uuid.uuid4().hex}", service_settings(stack).bucket
    await objects.ensure_bucket(theirs)
    for bucket in (theirs, ours):
        key, name = f"exports/{uuid.uuid4().hex}.csv", f"{uuid.uuid4().hex}.csv"
        ref = ObjectRef(bucket=bucket, key=key)
        await objects.put_bytes(ref, file.data)
        async with kafka.producer(stack.endpoints) as producer:
            said = {"bucket": bucket, "object_key": key, "filename": name}
            await producer.send_and_wait("files.announced", json.dumps(said).encode())
        file_id = await ended_by_name(client, name)
        await delete(client, file_id)
        async with asyncio.timeout(SECONDS):
            while await stored_generations(client, file_id):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        left = [info.ref.key async for info in objects.list(bucket, "exports/")]
        assert (key in left) is (bucket == theirs)
