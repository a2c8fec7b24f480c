"""Uploads while a service is unavailable, goes away in the middle, or hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from sinks.clickhouse.client import Database
from sinks.queries import file_by_id
from storage.obstore_base import PART_BYTES
from tests.harness.api_process import Stack
from tests.harness.services import Service
from tests.harness.waiting import eventually
from tests.integration.ingest.test_uploads import new_csv, post, problem, raw

CODES = {
    "store": "store_unavailable",
    "broker": "broker_unavailable",
    "database": "database_unavailable",
}
PARTS = {"store": "store", "broker": "kafka", "database": "clickhouse"}


@pytest.fixture(params=list(CODES))
async def away(request: pytest.FixtureRequest, stack: Stack) -> AsyncIterator[str]:
    """The name of a service that a test may kill; everything is up again afterwards."""
    name: str = request.param
    yield name
    await bring_back(stack, name)


async def bring_back(stack: Stack, name: str) -> None:
    service: Service = getattr(stack, name)
    service.kill()
    service.start()
    async with stack.client() as client:
        await eventually(lambda: is_ready(client), "everything is ready again")


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def seen(stack: Stack) -> tuple[set[str], set[str]]:
    return await stack.keys(), await stack.file_ids()


async def test_a_service_that_is_away_is_named_and_the_repeated_request_is_accepted(
    stack: Stack, client: httpx.AsyncClient, database: Database, away: str
) -> None:
    objects, files = await seen(stack)
    service: Service = getattr(stack, away)
    service.kill()
    # What readiness heard before counts for a second.
    await eventually(lambda: is_not_ready(client), "the API notices")
    data = new_csv(1000)
    key = {"Idempotency-Key": f"repeated after {away} was unavailable"}
    started = time.monotonic()
    answer = await post(client, **raw(data), headers=key)
    assert time.monotonic() - started < 12
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    failure = problem(answer)
    assert failure["code"] == CODES[away]

    # Health says the same, and what is still there is said to be there.
    health = await client.get("/health/ready")
    assert health.status_code == 503
    parts = {name: part["ready"] for name, part in health.json()["parts"].items()}
    services = {name: parts[name] for name in ("kafka", "store", "clickhouse")}
    assert services == {name: name != PARTS[away] for name in services}
    assert (await client.get("/health/live")).status_code == 200

    await bring_back(stack, away)
    failed = {failure["file_id"]} if "file_id" in failure else set()
    assert bool(failed) == (away == "store")
    assert await seen(stack) == (objects, files | failed)
    for file_id in failed:
        document = (await client.get(f"/api/v1/files/{file_id}")).json()
        assert (document["status"], document["generation"]) == ("failed", 0)
        assert "storage error" in document["error"]
        replay = await client.post(f"/api/v1/files/{file_id}/replay")
        assert (replay.status_code, problem(replay)["code"]) == (404, "raw_file_missing")
    # The same request is accepted, with its key or without; no record of the failure is left.
    again = await post(client, **raw(data), headers=key if away != "store" else {})
    assert again.status_code == 202, again.text
    file_id = again.json()["file_id"]
    assert failed <= {file_id}
    assert await stack.file_ids() == files | {file_id}
    assert again.json()["status"] == "waiting"
    assert (await post(client, **raw(data), headers=key)).json() == again.json()
    record = await file_by_id(database, file_id)
    assert record is not None
    assert (record.generation, record.error) == (1, None)


async def is_not_ready(client: httpx.AsyncClient) -> bool:
    return not await is_ready(client)


@pytest.mark.parametrize("rows", [3, 60_000], ids=["small", "larger than is held in memory"])
async def test_a_file_that_is_recorded_is_accepted_although_the_broker_is_away(
    stack: Stack, client: httpx.AsyncClient, rows: int
) -> None:
    data = new_csv(rows)
    sent, killed = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield data[: len(data) // 2]
        sent.set()
        await killed.wait()
        yield data[len(data) // 2 :]

    try:
        uploading = asyncio.create_task(post(client, **raw(b"") | {"content": body()}))
        await asyncio.wait_for(sent.wait(), 90)
        await asyncio.to_thread(stack.broker.kill)
        killed.set()
        answer = await uploading
    finally:
        await bring_back(stack, "broker")
    assert answer.status_code == 202, answer.text
    file_id = answer.json()["file_id"]

    async def announced() -> bool:
        return any(event.file_id == file_id for event in await stack.announced())

    await eventually(announced, "the reconciler announces it")
    assert (await post(client, **raw(data))).json() == answer.json()


@pytest.mark.parametrize("away", ["store", "database"], indirect=True)
async def test_a_service_that_goes_away_in_the_middle_of_a_body(
    stack: Stack, client: httpx.AsyncClient, away: str
) -> None:
    objects, files = await seen(stack)
    service: Service = getattr(stack, away)
    data = new_csv(30_000)
    chunks = 2 * PART_BYTES // len(data) + 2

    async def body() -> AsyncIterator[bytes]:
        for number in range(chunks):
            if number == chunks // 2:
                service.kill()
            yield data
            await asyncio.sleep(0)

    answer = await post(client, **raw(b"") | {"content": body()})
    assert answer.status_code == 503
    failure = problem(answer)
    assert failure["code"] == CODES[away]
    await bring_back(stack, away)

    if away == "store":
        # What the store had begun is its own to forget; the record says what happened, and the
        # repeated request takes its place.
        document = (await client.get(f"/api/v1/files/{failure['file_id']}")).json()
        assert document["status"] == "failed"
        assert "storage error" in document["error"]
        again = await post(client, **raw(data * chunks))
        assert (again.status_code, again.json()["file_id"]) == (202, failure["file_id"])
        assert again.json()["status"] == "waiting"
        assert await stack.file_ids() == files | {failure["file_id"]}
        return
    await eventually(lambda: is_seen(stack, objects, files), "nothing is left of the upload")


async def is_seen(stack: Stack, objects: set[str], files: set[str]) -> bool:
    return await seen(stack) == (objects, files)


@pytest.mark.slow
async def test_a_service_that_hangs_always_has_its_own_code(
    stack: Stack, client: httpx.AsyncClient, away: str
) -> None:
    """Also when the client that noticed it first was dropped, and readiness is what notices it."""
    service: Service = getattr(stack, away)
    service.pause()
    try:
        started = time.monotonic()
        # What readiness heard before counts for a second.
        await eventually(lambda: is_not_ready(client), "readiness notices it")
        assert time.monotonic() - started < 9
        for _ in range(3):
            started = time.monotonic()
            answer = await post(client, **raw(new_csv()))
            assert (answer.status_code, problem(answer)["code"]) == (503, CODES[away])
            assert time.monotonic() - started < 30
            await asyncio.sleep(1.1)
    finally:
        service.resume()


async def test_reading_says_that_the_database_is_away(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
    stack.database.kill()
    try:
        for path in ("", f"/{file_id}", f"/{file_id}/sensors", f"/{file_id}/raw"):
            answer = await client.get(f"/api/v1/files{path}")
            assert answer.status_code == 503
            assert problem(answer)["code"] == "database_unavailable"
            assert answer.headers["retry-after"]
    finally:
        await bring_back(stack, "database")
    assert (await client.get(f"/api/v1/files/{file_id}")).status_code == 200


async def test_a_missing_raw_file_is_reported(stack: Stack, client: httpx.AsyncClient) -> None:
    file_id = (await post(client, **raw(new_csv()))).json()["file_id"]
    (event,) = [e for e in await stack.announced() if e.file_id == file_id]
    store = stack.objects()
    await store.delete(event.raw)
    await store.close()
    answer = await client.get(f"/api/v1/files/{file_id}/raw")
    assert (answer.status_code, problem(answer)["code"]) == (404, "raw_file_missing")
