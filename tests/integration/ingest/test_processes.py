"""The process of the API and `migrate`: how they start, wait and end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from cli.commands.migrate import migrate
from schemas import topics
from schemas.errors import Unavailable
from tests.harness.api_process import BUCKET, Stack
from tests.harness.services import listens, wait_until
from tests.integration.ingest.test_failures import eventually, is_ready
from tests.integration.ingest.test_reconciler import partitions_of
from tests.integration.ingest.test_uploads import new_csv, post, raw


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own, of which nothing runs yet."""
    stack = Stack(tmp_path)
    yield stack
    stack.kill()


async def test_migrate_waits_makes_everything_and_may_be_repeated(own: Stack) -> None:
    waiting = asyncio.create_task(migrate(own.settings, 60))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    await asyncio.to_thread(own.start_services)
    await waiting
    for _ in range(2):
        assert await partitions_of(own) == {t.name: t.partitions for t in topics.ALL}
        store = own.objects()
        await store.ping(BUCKET)
        await store.close()
        assert await own.file_ids() == set()
        await migrate(own.settings, 10)


async def test_migrate_gives_up_where_a_service_does_not_come(own: Stack) -> None:
    for service in (own.store, own.database):
        await asyncio.to_thread(service.start)
    with pytest.raises(Unavailable, match="Kafka"):
        await migrate(own.settings, 0.5)
    # What could be done is done.
    assert await own.file_ids() == set()


async def test_the_api_may_start_before_its_services(own: Stack) -> None:
    await asyncio.to_thread(own.api.start)
    async with own.client() as client:
        assert not await is_ready(client)
        assert (await client.get("/health/live")).status_code == 200
        await asyncio.to_thread(own.start_services)
        await migrate(own.settings, 30)
        await eventually(lambda: is_ready(client), "the API is ready")
        assert (await post(client, **raw(new_csv()))).status_code == 202


async def test_an_upload_under_way_is_finished_when_the_api_is_told_to_stop(stack: Stack) -> None:
    api = stack.new_api({}, "stopping")
    await asyncio.to_thread(api.start)
    try:
        data = new_csv(50_000)
        half, told = asyncio.Event(), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield data[: len(data) // 2]
            half.set()
            await told.wait()
            yield data[len(data) // 2 :]

        async with stack.client(api) as client:
            upload = asyncio.create_task(post(client, **raw(b"") | {"content": body()}))
            await asyncio.wait_for(half.wait(), 10)
            os.kill(api.pid, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while listens(api.port):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)
            told.set()
            answer = await upload
        assert answer.status_code == 202
        assert answer.json()["size_bytes"] == len(data)
        await asyncio.to_thread(wait_until, lambda: not api.runs(), "the API ends")
        async with stack.client() as client:
            shown = await client.get(answer.headers["location"])
        assert shown.status_code == 200
    finally:
        api.kill()


def test_a_setting_that_is_missing_or_unsafe_stops_the_start_in_one_line(stack: Stack) -> None:
    good = {**os.environ, **stack.env}
    cases = {
        "CLICKHOUSE_URL is not set": {"CLICKHOUSE_URL": ""},
        "S3_SECRET_KEY": {"S3_ENDPOINT": "http://store:9000", "S3_SECRET_KEY": "minioadmin"},
        "API_PORT": {"API_PORT": "http"},
    }
    for said, change in cases.items():
        ended = subprocess.run(
            [sys.executable, "-m", "ingest.server"],
            env={**good, **change},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == 2
        assert said in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
        assert "minioadmin" not in ended.stderr


def test_the_api_imports_neither_the_row_engine_nor_the_stream() -> None:
    code = "import ingest.server, sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"numba", "faust", "rows.kernels", "stream", "pandas", "minio", "chdb", "httpx"}
    assert not heavy & set(modules)


async def test_a_broken_request_does_not_end_the_process(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    for sent in (b"\0\0\0\r\n\r\n", b"POST /api/v1/files HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", stack.api.port)
        writer.write(sent)
        assert b"400" in await reader.read(100)
        writer.close()
    assert await is_ready(client)
