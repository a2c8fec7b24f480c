"""The status of the service: parts, workers that stop, lag, dead letters and disks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.test_announced import put
from tests.harness import kafka
from tests.harness.command import Command
from tests.harness.polling import pauses
from tests.harness.waiting import wait_until

# As docs/operations.md says.
_VISIBLE_SECONDS = 10.0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    """A stack whose workers a test stops."""
    with Stack(tmp_path / "data", env=EVERYTHING) as stack:
        yield stack


def status_of(http: httpx.Client) -> dict[str, Any]:
    answer = http.get("/api/v1/status")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def seen(
    http: httpx.Client, wanted: Callable[[dict[str, Any]], bool], seconds: float
) -> dict[str, Any]:
    """The status once it is as wanted."""
    deadline = time.monotonic() + seconds
    for pause in pauses():
        status = status_of(http)
        if wanted(status):
            return status
        assert time.monotonic() < deadline, status
        time.sleep(pause)
    raise AssertionError


def _failing(status: dict[str, Any]) -> list[str]:
    return [worker["name"] for worker in status["workers"] or [] if not worker["ready"]]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_worker_that_is_killed_or_stopped_is_reported_within_ten_seconds(own: Stack) -> None:
    second = own.endpoints["WORKER_1_URL"]
    with httpx.Client(base_url=own.endpoints["CSV_PROCESSOR_API"], timeout=30) as http:
        seen(http, lambda s: s["status"] == "ready" and len(s["workers"]) == 2, 60)
        starts = own.starts("worker-1")
        own.kill("worker-1")
        seen(http, lambda s: _failing(s) == [second], _VISIBLE_SECONDS)
        own.wait_restarted("worker-1", starts, 120)
        seen(http, lambda s: s["status"] == "ready", 120)

        pid = own.pid("worker-1")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            status = seen(
                http,
                lambda s: _failing(s) == [second] and s["status"] == "degraded",
                _VISIBLE_SECONDS,
            )
            assert status["parts"]["workers"]["ready"] is False
            ready = http.get("/health/ready").json()
            assert ready["status"] == "degraded"
            assert second in ready["parts"]["workers"]["reason"]
            done = Command(own.endpoints["CSV_PROCESSOR_API"])("status")
            assert done.code == 0
            (line,) = (row for row in done.out.splitlines() if row.startswith(second))
            assert "not ready" in line
        finally:
            os.kill(pid, signal.SIGCONT)
        seen(http, lambda s: s["status"] == "ready", 120)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_waits_is_counted_while_no_worker_runs(own: Stack) -> None:
    pids = [pid for n in range(2) if (pid := own.pid(f"worker-{n}")) is not None]
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        with httpx.Client(base_url=own.endpoints["CSV_PROCESSOR_API"], timeout=30) as http:
            for name in ("first.csv", "second.csv"):
                body = f"{name},2026-03-01T00:00:00Z,1\n".encode()
                sent = http.post("/api/v1/files", params={"filename": name}, content=body)
                assert sent.status_code == 202
            status = seen(http, lambda s: (s["files"] or {}).get("waiting") == 2, 30)
            assert status["oldest_waiting"]["filename"] == "first.csv"
            assert status["oldest_waiting"]["waiting_seconds"] > 0
            status = seen(http, lambda s: (s["lag"] or {}).get("files.uploaded", 0) >= 2, 30)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_ready_service_names_parts_workers_lag_and_disks(stack: Stack) -> None:
    with httpx.Client(base_url=stack.endpoints["CSV_PROCESSOR_API"], timeout=30) as http:
        status = seen(http, lambda s: s["status"] == "ready" and set(s["lag"].values()) == {0}, 60)
    assert set(status["parts"]) >= {"kafka", "store", "clickhouse", "workers"}
    assert {worker["name"] for worker in status["workers"]} == {
        stack.endpoints["WORKER_0_URL"],
        stack.endpoints["WORKER_1_URL"],
    }
    assert set(status["lag"]) >= {"files.announced", "files.uploaded", "files.batches"}
    assert all(0 < disk["free_bytes"] <= disk["total_bytes"] for disk in status["disks"])
    assert status["dead_letters"]["total"] >= status["dead_letters"]["not_announced"]


async def _publish(stack: Stack, key: str, value: bytes) -> None:
    async with kafka.producer(stack.endpoints) as producer:
        await producer.send_and_wait("files.announced", value, key=key.encode())


def _items(http: httpx.Client, path: str, **params: str | int | bool) -> list[dict[str, Any]]:
    answer = http.get(path, params={"limit": 1000, **params})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_dead_letter_is_announced_again_once_its_object_is_there(stack: Stack) -> None:
    name = f"late-{time.time_ns()}.csv"
    bucket = stack.endpoints["STORE_URL"].removeprefix("s3://")
    announcement = json.dumps({"bucket": bucket, "object_key": f"others/{name}"}).encode()
    asyncio.run(_publish(stack, name, announcement))
    run = Command(stack.endpoints["CSV_PROCESSOR_API"])
    with httpx.Client(base_url=stack.endpoints["CSV_PROCESSOR_API"], timeout=30) as http:

        def letters(*, not_announced: bool) -> list[dict[str, Any]]:
            page = _items(http, "/api/v1/dead-letters", not_announced=not_announced)
            return [letter for letter in page if letter["key"] == name]

        wait_until(lambda: letters(not_announced=True), "the dead letter")
        (letter,) = letters(not_announced=True)
        assert (letter["code"], letter["action"]) == ("object_missing", "publish")
        assert name in letter["reason"]
        assert letter["preview"] == announcement.decode()
        assert letter["letter_id"] in run("dead-letters", "--limit", "1000").out

        put(stack, f"others/{name}", b"late,2026-03-01T00:00:00Z,1\n")
        done = run("announce", letter["letter_id"])
        assert (done.code, done.out) == (0, "published again\n")
        wait_until(
            lambda: _items(http, "/api/v1/files", q=name, status="processed"), "the file", 60
        )
        assert letters(not_announced=True) == []
        assert letters(not_announced=False)[0]["announced_at"] is not None
        unknown = http.post(f"/api/v1/dead-letters/{letter['letter_id']}0/announce")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_dead_letter")
