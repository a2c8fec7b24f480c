"""Every background task of the API: none ends unnoticed after any exception."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from ingest.app import create_app
from ingest.auth.api_keys import ApiKeyStore
from ingest.background.change_feed import ChangeFeed
from ingest.background.container_sums import ContainerSums
from ingest.background.inbox_scanner import InboxScanner
from ingest.background.overlaps import OverlapSearch
from ingest.background.purger import Purger
from ingest.background.reconciler import Reconciler
from ingest.background.retention import Retention
from ingest.dependencies import open_dependencies
from ingest.files.bulk import BulkOperations
from ingest.tasks import background_tasks
from ingest.uploads.tus import ResumableUploads
from ingest.webhooks.notifier import Notifier
from runtime.metrics import API, TASK_FAILURES, text
from runtime.settings import ApiSettings
from runtime.supervise import Restarts
from runtime.version import VERSION
from sinks.clickhouse.connection import Refused
from sinks.count_seals import CountSealer
from sinks.total_seals import TotalSealer
from tests.harness.waiting import until

SETTINGS = {
    "kafka_bootstrap_servers": "127.0.0.1:1",
    "store_url": "s3://raw-files",
    "s3_endpoint": "http://127.0.0.1:1",
    "s3_access_key": "key",
    "s3_secret_key": "long enough",
    "clickhouse_url": "http://default@127.0.0.1:1/csv_processor",
    "readings": True,
    "inbox_bucket": "inbox",
    "inbox_arn": "arn:minio:sqs::inbox:kafka",
    "reconcile_after_seconds": 0.01,
    "reconcile_every_seconds": 0.01,
}
# What each task does in a round.
ROUNDS = {
    "reconciler": (Reconciler, "round"),
    "purger": (Purger, "round"),
    "retention": (Retention, "round"),
    "change feed": (ChangeFeed, "round"),
    "key usage": (ApiKeyStore, "flush"),
    "container sums": (ContainerSums, "round"),
    "upload cleaner": (ResumableUploads, "sweep"),
    "operations on many files": (BulkOperations, "round"),
    "webhooks": (Notifier, "round"),
    "totals": (TotalSealer, "round"),
    "counts": (CountSealer, "round"),
    "inbox": (InboxScanner, "scan"),
    "overlaps": (OverlapSearch, "round"),
}
FAILURES = [KeyError("a bug"), Refused("no such column", 47), asyncio.CancelledError()]


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


async def test_the_list_of_tasks_is_complete() -> None:
    deps = open_dependencies(ApiSettings.model_validate(SETTINGS))
    assert set(background_tasks(deps)) == set(ROUNDS)
    await deps.close()


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("name", ROUNDS)
async def test_a_task_that_fails_is_started_again_and_one_that_goes_on_failing_fails_live(
    monkeypatch: pytest.MonkeyPatch, name: str, failure: BaseException
) -> None:
    quick = Restarts(first=0.001, longest=0.01, stable=0.05)
    monkeypatch.setattr("runtime.supervise.Restarts", lambda: quick)
    rounds, broken = 0, True

    async def one_round(_: object) -> int:
        nonlocal rounds
        rounds += 1
        if broken:
            raise failure
        return 0

    for task, (owner, method) in ROUNDS.items():
        monkeypatch.setattr(owner, method, one_round if task == name else _idle)
    monkeypatch.setattr("ingest.auth.api_keys._FLUSH_SECONDS", 0.001)
    app = create_app(ApiSettings.model_validate(SETTINGS))
    before = TASK_FAILURES.labels(name)._value.get()
    async with running(app) as client:
        deps = app.state.deps
        with deps.change_feed.all():
            await until(deps.tasks.lost, "a task is lost")
            answer = await client.get("/health/live")
            assert answer.status_code == 503
            assert set(answer.json()["lost_tasks"]) == {name}
            assert TASK_FAILURES.labels(name)._value.get() - before >= 3
            assert f'csv_processor_task_failures_total{{task="{name}"}}'.encode() in text(API)
            broken, failed = False, rounds
            await until(lambda: rounds > failed and not deps.tasks.lost(), "the task goes on")
            assert (await client.get("/health/live")).json() == {
                "status": "live",
                "version": VERSION,
            }


async def _idle(_: object) -> int:
    return 0
