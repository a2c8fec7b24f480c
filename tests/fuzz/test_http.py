"""The HTTP API under hostile clients. `HTTP_FUZZ_REQUESTS` says how many requests, `HTTP_FUZZ_SEED`
which; `make fuzz-http` runs all of them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from embedded.stack import Stack
from tests.fuzz.http.attack import ABREAST, Attack, Held
from tests.fuzz.http.cases import case
from tests.harness.waiting import until

REQUESTS = int(os.environ.get("HTTP_FUZZ_REQUESTS", "1500"))
SEED = int(os.environ.get("HTTP_FUZZ_SEED", "1"))
SETTINGS = {
    # A client that sends nothing more is given up soon, so that many of them can be tried.
    "BODY_IDLE_SECONDS": "1",
    "HEADER_SECONDS": "2",
    # What is kept on purpose must not look like a leak.
    "CACHE_BYTES": "1000000",
    "READINGS": "on",
    "MAX_UPLOAD_BYTES": "1000000",
    "RECONCILE_AFTER_SECONDS": "20",
}
GROWTH = 48 << 20
ROWS = b"sensor_id,timestamp,value\n" + b"".join(
    b"s%d,2024-05-01T00:00:%02dZ,%s\n" % (n % 3, n % 60, b"x" if n % 5 == 0 else b"%d" % n)
    for n in range(300)
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("hostile"), workers=1, env=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def api(hostile: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hostile.endpoints["CSV_PROCESSOR_API"], timeout=60) as client:
        yield client


def upload(api: httpx.Client, name: str) -> str:
    answer = api.post("/api/v1/files", params={"filename": name, "force": "true"}, content=ROWS)
    assert answer.status_code == 202, answer.text
    file_id: str = answer.json()["file_id"]
    return file_id


def rows_of(api: httpx.Client, file_id: str) -> int:
    count: int = api.get(f"/api/v1/files/{file_id}").json()["aggregations"]["row_count"]
    return count


def all_ended(api: httpx.Client, seconds: float) -> list[str]:
    """Waits until no file is waiting; ids of those that still are."""
    deadline = time.monotonic() + seconds
    while True:
        items = api.get("/api/v1/files", params={"status": "waiting", "limit": 1000}).json()[
            "items"
        ]
        if not items or time.monotonic() > deadline:
            return [item["file_id"] for item in items]
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(0)
async def test_hostile_requests_are_answered_and_cost_nothing(
    hostile: Stack, api: httpx.Client
) -> None:
    files = [upload(api, f"known-{n}.csv") for n in range(3)]
    assert all_ended(api, 60) == []
    attack = Attack(int(hostile.endpoints["API_PORT"]), files)
    pid = hostile.pid("api")
    assert pid is not None
    # What is made once (compiled patterns, pools, allocator) is made within the first of them.
    first = REQUESTS // 3
    await attack.run(case(SEED, number) for number in range(first))
    before = Held.of(pid)
    await attack.run(case(SEED, number) for number in range(first, REQUESTS))
    assert not attack.findings, "\n".join(attack.findings)
    assert hostile.pid("api") == pid, "the API ended"
    # Enough of them were understood to get beyond the first checks.
    assert attack.answers["202"] > REQUESTS / 100
    assert attack.answers["200"] > REQUESTS / 20

    known = upload(api, "after.csv")
    assert all_ended(api, 120) == []
    assert rows_of(api, known) == 240
    # Connections of clients that hung up are closed by and by.
    await until(
        lambda: Held.of(pid).descriptors <= before.descriptors + ABREAST,
        lambda: f"{before} comes back; now it is {Held.of(pid)}",
    )
    after = Held.of(pid)
    assert after.children <= before.children + 2
    assert after.memory - before.memory < GROWTH, (before, after)
    log = Path(hostile.data_dir / "logs" / "api.log").read_text(errors="replace")
    assert not re.search(r"Traceback|bug in|\"level\": ?\"(ERROR|CRITICAL)\"", log), log[-5_000:]
