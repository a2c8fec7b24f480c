"""Two API processes that share a Redis: what they serve when files change, and when it is unavailable."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from redis import Redis

from schemas.arrow import SENSOR_RESULTS
from schemas.file_record import FileRecord
from schemas.tables import Table
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import Stack
from tests.harness.services import Service, free_port
from tests.integration.ingest.test_uploads import uploaded

SERVER = shutil.which("redis-server")
pytestmark = pytest.mark.needs("redis-server")
NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("redis")
    port = free_port()
    command = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
               "--dir", str(folder)]  # fmt: skip
    service = Service(command, port, {}, folder / "redis.log")
    service.start()
    yield service
    service.kill()


@pytest.fixture(scope="module")
def apis(running: Stack, redis: Service) -> Iterator[list[Service]]:
    env = {"REDIS_URL": f"redis://127.0.0.1:{redis.port}/0"}
    found = [running.new_api(env, f"cached-{number}") for number in range(2)]
    for api in found:
        api.start()
    yield found
    for api in found:
        api.kill()


@pytest.fixture
async def clients(stack: Stack, apis: list[Service]) -> AsyncIterator[list[httpx.AsyncClient]]:
    one, other = (stack.client(api) for api in apis)
    async with one, other:
        yield [one, other]


async def finish(sink: ClickHouseSink, record: FileRecord, sensor: str) -> FileRecord:
    """Write what the stream would write of a file with one sensor."""
    row: dict[str, Any] = dict.fromkeys(SENSOR_RESULTS.names, 1)
    row |= {"file_id": record.file_id, "generation": record.generation, "sensor_id": sensor,
            "first_timestamp": NOW, "last_timestamp": NOW}  # fmt: skip
    results = pa.Table.from_pylist([row], schema=SENSOR_RESULTS)
    await sink.write(SinkBatch(Table.SENSOR_RESULTS, results))
    terminal = record.terminal(
        "processed", finished_at=NOW, processing_ms=1, row_count=1, sensor_count=1, batches=1
    )
    await sink.write(SinkBatch.of(terminal))
    return terminal


async def sensors_of(client: httpx.AsyncClient, file_id: str) -> tuple[list[str], list[str]]:
    """Sensors of the document, and of the list of sensors."""
    document = (await client.get(f"/api/v1/files/{file_id}")).json()
    page = (await client.get(f"/api/v1/files/{file_id}/sensors")).json()
    listed = [item["sensor_id"] for item in page["items"]]
    return list(document["aggregations"]["per_sensor_count"]), listed


async def test_one_process_serves_what_another_has_read(
    clients: list[httpx.AsyncClient], database: Database, sink: ClickHouseSink, redis: Service
) -> None:
    one, other = clients
    record = await uploaded(one, database)
    await finish(sink, record, "first")
    assert await sensors_of(one, record.file_id) == (["first"], ["first"])
    with Redis(port=redis.port) as kept:
        (key,) = kept.keys(f"*{record.file_id}*counts")
        kept.set(key, b'{"from redis":1}')
    assert (await sensors_of(other, record.file_id))[0] == ["from redis"]


async def test_a_replayed_or_deleted_file_is_never_served_as_it_was(
    clients: list[httpx.AsyncClient], database: Database, sink: ClickHouseSink
) -> None:
    record = await uploaded(clients[0], database)
    live = await finish(sink, record, "first")
    for client in clients:
        assert await sensors_of(client, record.file_id) == (["first"], ["first"])
    again = live.next_generation(recorded_at=NOW)
    await sink.write(SinkBatch.of(again))
    for client in clients:
        assert await sensors_of(client, record.file_id) == (["first"], ["first"])
    live = await finish(sink, again, "second")
    for client in clients:
        assert await sensors_of(client, record.file_id) == (["second"], ["second"])
    await sink.write(SinkBatch.of(live.deletion(recorded_at=NOW)))
    for client in clients:
        for path in ("", "/sensors"):
            answer = await client.get(f"/api/v1/files/{record.file_id}{path}")
            assert answer.status_code == 404


async def test_totals_are_kept_until_something_else_is_live(
    clients: list[httpx.AsyncClient], database: Database, sink: ClickHouseSink, redis: Service
) -> None:
    one, other = clients
    record = await uploaded(one, database)
    assert await totals(one, "kept") == ([], [])
    live = await finish(sink, record, "kept")
    with Redis(port=redis.port) as kept:
        # A seal may be written between any two requests; what is live has another name then. Until
        # the next one, half a minute later, it may have two names: of a file that was replayed, one
        # process may have seen more than the other.
        async with asyncio.timeout(180):
            found: list[Any] = []
            while found != ["from redis"]:
                assert await totals(one, "kept") == ([1], [record.file_id])
                for key in kept.keys("* all * sensors *kept*"):
                    kept.set(key, b'{"items":[{"files":"from redis"}]}')
                found, files = await totals(other, "kept")
                assert files == [record.file_id]
    third = await uploaded(other, database)
    fresh = await uploaded(other, database)
    known = (await one.get("/api/v1/stats")).json()["sensor_count"]
    assert (await other.get("/api/v1/stats")).json()["sensor_count"] == known
    await finish(sink, third, "kept")
    for client in clients:
        assert (await totals(client, "kept"))[0] == [2]
    await finish(sink, fresh, "another")
    for client in clients:
        assert (await client.get("/api/v1/stats")).json()["sensor_count"] == known + 1
    again = live.next_generation(recorded_at=NOW)
    await sink.write(SinkBatch.of(again))
    await finish(sink, again, "renamed")
    for client in clients:
        assert await totals(client, "kept") == ([1], [third.file_id])
    await sink.write(SinkBatch.of(third.deletion(recorded_at=NOW)))
    for client in clients:
        assert await totals(client, "kept") == ([], [])


async def totals(client: httpx.AsyncClient, sensor_id: str) -> tuple[list[Any], list[str]]:
    """Of how many files a sensor's total is, and which they are."""
    asked = {"sensor_id": sensor_id}
    page = (await client.get("/api/v1/sensors", params=asked)).json()
    files = (await client.get("/api/v1/sensor-results", params=asked)).json()
    return (
        [item["files"] for item in page["items"]],
        [item["file_id"] for item in files["items"]],
    )


@pytest.mark.parametrize("how", ["hangs", "is gone"])
async def test_redis_away_is_slower_not_broken(
    clients: list[httpx.AsyncClient],
    apis: list[Service],
    database: Database,
    sink: ClickHouseSink,
    redis: Service,
    how: str,
) -> None:
    records = [await uploaded(clients[0], database) for _ in range(3)]
    for record in records:
        await finish(sink, record, "first")
    if how == "hangs":
        redis.pause()
    else:
        redis.kill()
    before = [rests(api) for api in apis]
    began = time.monotonic()
    try:
        for client in clients:
            for record in records:
                assert await sensors_of(client, record.file_id) == (["first"], ["first"])
        # Asked once, it is left alone for five seconds then.
        most = 1 + (time.monotonic() - began) // 5
        for api, seen in zip(apis, before, strict=True):
            assert rests(api) - seen <= most
            assert rests(api) >= 1
    finally:
        if how == "hangs":
            redis.resume()
        else:
            redis.start()


def rests(api: Service) -> int:
    """How often a process found Redis away."""
    return api.log.read_text().count("Redis is left alone")
