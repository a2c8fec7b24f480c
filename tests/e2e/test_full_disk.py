"""A full disk under the whole stack: nothing that was accepted is lost, and it recovers by itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from embedded.stack import Stack
from tests.conftest import QUICK_RECONCILER
from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import Expected, expect
from tests.harness.sensor_files import generate
from tests.harness.small_disk import fill, small_disk
from tests.harness.waiting import until

_ENV = {**QUICK_RECONCILER, "READINGS": "on"}
_SECONDS = 90.0


async def health(http: httpx.AsyncClient) -> tuple[int, dict[str, Any]]:
    answer = await http.get("/health/ready")
    return answer.status_code, answer.json()


async def until_ready(http: httpx.AsyncClient, code: int) -> dict[str, Any]:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            found, body = await health(http)
            if found == code:
                return body
        except httpx.TransportError:
            body = {}
        assert time.monotonic() < deadline, body
        await asyncio.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_full_disk_loses_nothing_and_is_recovered_from(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 400) as disk, Stack(disk / "data", env=_ENV) as stack:
        client = Client.of(stack.endpoints)
        try:
            await _fill_and_recover(stack, client, disk)
        finally:
            await client.close()


async def _fill_and_recover(stack: Stack, client: Client, disk: Path) -> None:
    files = [generate("dirty", 300, seed=7700 + n) for n in range(24)]
    accepted: dict[str, Expected] = {}

    async def upload(number: int) -> httpx.Response:
        file = files[number]
        answer = await client.http.post(
            "/api/v1/files", params={"filename": f"{number}-{file.name}"}, content=file.data
        )
        if answer.status_code in (200, 202):
            accepted[answer.json()["file_id"]] = expect(file.data)
        return answer

    assert [(await upload(n)).status_code for n in range(4)] == [202] * 4
    runner = stack.runner_pid
    ballast = disk / "ballast"
    await asyncio.to_thread(fill, ballast)
    # Some of them may be accepted: what is free is less than is needed, and not nothing.
    refused = [answer for n in range(4, 12) if (answer := await upload(n)).status_code != 202]
    assert refused
    for answer in refused:
        assert answer.status_code in (503, 507), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] in (
            "database_unavailable",
            "store_unavailable",
            "storage_full",
        )
    not_ready = await until_ready(client.http, 503)
    assert "MB are free" in not_ready["parts"]["writable"]["reason"]
    # Parts that die meanwhile do not take the runner with them.
    parts = [name for name in ("worker-0", "clickhouse", "api") if stack.pid(name) is not None]
    killed = [stack.kill(name) for name in parts]
    starts = {name: stack.starts(name) for name in parts}
    await until(lambda: not any(map(psutil.pid_exists, killed)), "the runner noticed their ends")
    assert psutil.Process(runner).status() != psutil.STATUS_ZOMBIE
    ballast.unlink()
    await asyncio.to_thread(stack.wait_ready, _SECONDS)
    await until_ready(client.http, 200)
    assert stack.runner_pid == runner
    assert all(stack.starts(name) > before for name, before in starts.items())
    for number in range(4, 12):
        answer = await client.request(
            "POST",
            "/api/v1/files",
            _SECONDS,
            params={"filename": f"{number}-{files[number].name}"},
            content=files[number].data,
        )
        assert answer.status_code in (200, 202), answer.text
        accepted[answer.json()["file_id"]] = expect(files[number].data)
    assert len(accepted) == 12
    for file_id, expected in accepted.items():
        await client.ended(file_id, _SECONDS)
        assert await verification.one_file(client, file_id, expected) == []
    assert await verification.whole_database(client, accepted) == []
