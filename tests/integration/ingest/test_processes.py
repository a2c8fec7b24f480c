"""The process of the API and `migrate`: how they start, wait and end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from cli.commands.migrate import migrate
from schemas import topics
from schemas.errors import Unavailable
from tests.harness.api_process import BUCKET, Stack
from tests.harness.services import listens
from tests.harness.waiting import SECONDS, eventually, until, wait_until
from tests.integration.ingest.test_failures import is_ready
from tests.integration.ingest.test_reconciler import partitions_of
from tests.integration.ingest.test_uploads import new_csv, post, raw


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own, of which nothing runs yet."""
    stack = Stack(tmp_path)
    yield stack
    stack.kill()


async def test_migrate_waits_makes_everything_and_may_be_repeated(
    own: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "cli.commands.migrate")
    waiting = asyncio.create_task(migrate(own.settings, 120))
    await until(lambda: caplog.text.count("waiting: ") >= 3, "it waits for each service")
    assert not waiting.done()
    await asyncio.to_thread(own.start_services)
    await waiting
    for _ in range(2):
        assert await partitions_of(own) == {t.name: t.partitions for t in topics.ALL}
        store = own.objects()
        await store.ping(BUCKET)
        await store.close()
        assert await own.file_ids() == set()
        await migrate(own.settings, 120)


async def test_migrate_gives_up_if_a_service_does_not_start(own: Stack) -> None:
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
        await migrate(own.settings, 120)
        await eventually(lambda: is_ready(client), "the API is ready")
        assert (await post(client, **raw(new_csv()))).status_code == 202


async def uploads_in_progress(client: httpx.AsyncClient) -> bool:
    """Whether the API has begun to answer a POST: a client's bytes may be in a buffer only."""
    text = (await client.get("/metrics")).text
    return 'csv_processor_http_requests_in_progress{method="POST"} 1.0' in text


async def test_an_upload_in_progress_is_completed_at_shutdown(stack: Stack) -> None:
    api = stack.new_api({"SHUTDOWN_SECONDS": "60"}, "stopping")
    await asyncio.to_thread(api.start)
    try:
        data = new_csv(50_000)
        stopping = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield data[: len(data) // 2]
            await stopping.wait()
            yield data[len(data) // 2 :]

        async with stack.client(api) as client:
            upload = asyncio.create_task(post(client, **raw(b"") | {"content": body()}))
            async with stack.client(api) as observer:
                await eventually(lambda: uploads_in_progress(observer), "the upload has begun")
            os.kill(api.pid, signal.SIGTERM)
            await until(lambda: not listens(api.port), lambda: "the API listens no more")
            stopping.set()
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
            timeout=SECONDS,
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
