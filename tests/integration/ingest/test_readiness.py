"""What `/health/ready` says of a store that takes nothing, a broken schema and workers that are gone."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.commands.migrate import migrate
from embedded.stack import Stack as Embedded
from sinks.clickhouse.client import Database
from tests.harness.api_process import BUCKET, Stack
from tests.harness.refusing_store import refusing
from tests.integration.ingest.test_uploads import new_csv, post, problem, raw


async def ready(client: httpx.AsyncClient) -> tuple[int, dict[str, Any]]:
    answer = await client.get("/health/ready")
    return answer.status_code, answer.json()


async def until(client: httpx.AsyncClient, code: int, status: str) -> dict[str, Any]:
    """The body, once both are so."""
    deadline = time.monotonic() + 40
    while True:
        found, body = await ready(client)
        if (found, body["status"]) == (code, status):
            return body
        assert time.monotonic() < deadline, (found, body)
        await asyncio.sleep(0.1)


async def test_without_workers_the_api_is_degraded_and_takes_uploads(
    client: httpx.AsyncClient,
) -> None:
    body = await until(client, 200, "degraded")
    assert body["parts"]["workers"]["required"] is False
    assert body["parts"]["workers"]["reason"] == (
        "no worker is running: uploads are accepted, and wait"
    )
    assert (await post(client, **raw(new_csv()))).status_code == 202


@pytest.mark.slow
@pytest.mark.parametrize(("status", "reason"), [(507, "507"), (403, "denied")])
async def test_a_store_that_can_be_read_only_is_not_ready(
    stack: Stack, status: int, reason: str
) -> None:
    async with refusing(stack.env["S3_ENDPOINT"]) as store:
        api = stack.new_api({"S3_ENDPOINT": store.url}, f"refused-{status}")
        api.start()
        try:
            async with stack.client(api) as client:
                await until(client, 200, "degraded")
                store.buckets, store.methods, store.status = {BUCKET}, {"PUT", "POST"}, status
                body = await until(client, 503, "not ready")
                failing = {name for name, part in body["parts"].items() if not part["ready"]}
                assert failing == {"writable", "workers"}
                assert reason in body["parts"]["writable"]["reason"]
                answer = await post(client, **raw(new_csv()))
                assert (answer.status_code, problem(answer)["code"]) == (503, "store_unavailable")
                store.buckets = set()
                await until(client, 200, "degraded")
        finally:
            api.kill()


@pytest.mark.slow
async def test_a_view_that_is_missing_is_not_ready_until_migrate_restores_it(
    stack: Stack, client: httpx.AsyncClient, database: Database
) -> None:
    await until(client, 200, "degraded")
    await database.command("DROP VIEW csv_processor.sensor_results")
    try:
        body = await until(client, 503, "not ready")
        assert body["parts"]["schema"]["reason"] == (
            "the database lacks sensor_results: run `csv-processor migrate`"
        )
    finally:
        await migrate(stack.settings, 120)
    await until(client, 200, "degraded")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(tmp_path / "data") as stack:
        yield stack


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_worker_that_stops_is_named_within_seconds(embedded: Embedded) -> None:
    async with httpx.AsyncClient(base_url=embedded.endpoints["CSV_PROCESSOR_API"]) as client:
        body = await until(client, 200, "ready")
        assert body["parts"]["workers"]["detail"] == "2 of 2 ready"
        pid = embedded.pid("worker-1")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            body = await until(client, 200, "degraded")
            # As docs/operations.md says; what it waits for are timeouts, not work.
            assert time.monotonic() - stopped < 10
            reason = body["parts"]["workers"]["reason"]
            assert reason.startswith("1 of 2 workers are ready: ")
            assert embedded.endpoints["WORKER_1_URL"] in reason
            assert embedded.endpoints["WORKER_0_URL"] not in reason
        finally:
            os.kill(pid, signal.SIGCONT)
        await until(client, 200, "ready")
