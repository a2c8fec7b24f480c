"""The ClickHouse front as a process: what survives `kill -9`, memory, a password."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from embedded.clickhouse.merges import NICE, merge_threads
from embedded.stack import Stack
from tests.harness.waiting import wait_until

MIB = 1 << 20


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A database of the test's own, to be killed at will."""
    with Stack(tmp_path / "data", parts=["clickhouse"]) as running:
        yield running


def client(stack: Stack) -> httpx.Client:
    url = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
    return httpx.Client(
        base_url=f"http://127.0.0.1:{url.port}",
        auth=(url.username or "", url.password or ""),
        timeout=60,
    )


def run(web: httpx.Client, sql: str) -> str:
    answer = web.post("/", content=sql)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_merges_give_way_to_queries(stack: Stack) -> None:
    with client(stack) as web:
        run(web, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    pid = stack.pid("clickhouse")
    assert pid is not None

    def priorities() -> set[int]:
        return {os.getpriority(os.PRIO_PROCESS, thread) for thread in merge_threads(pid)}

    wait_until(lambda: priorities() == {NICE}, "merges have a lower priority")


def test_merges_leave_memory_to_queries(stack: Stack) -> None:
    with client(stack) as web:
        found = run(
            web,
            "SELECT name, toUInt64(value) FROM system.server_settings WHERE name IN"
            " ('max_server_memory_usage', 'merges_mutations_memory_usage_soft_limit')",
        )
    limits = dict(line.split("\t") for line in found.splitlines())
    of_all, of_merges = sorted(map(int, limits.values()), reverse=True)
    assert len(limits) == 2
    assert 0 < of_merges <= of_all / 4


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9(stack: Stack) -> None:
    with client(stack) as web:
        run(web, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    numbers = itertools.count()
    acknowledged: list[int] = []
    enough = threading.Event()
    over = threading.Event()

    def insert() -> None:
        with client(stack) as web:
            while not over.is_set():
                number = next(numbers)
                try:
                    answer = web.post("/", content=f"INSERT INTO t FORMAT CSV\n{number}\n")
                except httpx.TransportError:
                    over.wait(0.01)
                    continue
                if answer.status_code == 200:
                    acknowledged.append(number)
                if len(acknowledged) > 200:
                    enough.set()

    threads = [threading.Thread(target=insert) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        assert enough.wait(30)
        starts = stack.starts("clickhouse")
        stack.kill("clickhouse")
        stack.wait_restarted("clickhouse", starts)
        acknowledged_before = len(acknowledged)
        wait_until(lambda n=acknowledged_before: len(acknowledged) > n + 20, "inserts go on")  # type: ignore[misc]
    over.set()
    for thread in threads:
        thread.join()
    with client(stack) as web:
        stored = {int(line) for line in run(web, "SELECT a FROM t").splitlines()}
    assert set(acknowledged) <= stored
    assert len(acknowledged) > 260


def own_memory(pid: int) -> int:
    """Bytes the process holds for itself; the engine's 200 MB of mapped code are not counted."""
    memory = psutil.Process(pid).memory_info()
    return int(memory.rss - memory.shared)


@contextmanager
def watching(pid: int) -> Iterator[Callable[[], int]]:
    """Gives the most memory the process held while the context was open."""
    peak = 0
    over = threading.Event()

    def look() -> None:
        nonlocal peak
        while not over.wait(0.02):
            peak = max(peak, own_memory(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield lambda: peak
    finally:
        over.set()
        watcher.join()


@pytest.mark.slow
def test_memory_does_not_grow_with_results_and_inserts(stack: Stack) -> None:
    pid = stack.pid("clickhouse")
    assert pid is not None
    block = b"".join(b'%d,"text of row %d"\n' % (n, n) for n in range(40_000))
    sent = 250 * MIB // len(block)
    with client(stack) as web, watching(pid) as peak:
        run(web, "CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
        query = {"query": "INSERT INTO t FORMAT CSV"}
        answer = web.post("/", params=query, content=(block for _ in range(sent)))
        assert answer.status_code == 200, answer.text
        # Arrow's batches are compressed, and the text repeats itself.
        for fmt, least in (("CSV", 240), ("JSON", 500), ("ArrowStream", 3)):
            size = 0
            sql = f"SELECT * FROM t FORMAT {fmt}"
            plain = {"Accept-Encoding": "identity"}
            with web.stream("POST", "/", content=sql, headers=plain) as result:
                for piece in result.iter_raw():
                    size += len(piece)
            assert size > least * MIB
        assert run(web, "SELECT count() FROM t") == f"{sent * 40_000}\n"
    assert peak() < 500 * MIB, f"{peak() / MIB:.0f} MiB"


def test_without_a_password_it_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "embedded.clickhouse", "--port", "0", "--path", str(tmp_path)]
    for missing in ("CLICKHOUSE_PASSWORD", "CLICKHOUSE_READER_PASSWORD"):
        env = {
            "CLICKHOUSE_PASSWORD": "x",
            "CLICKHOUSE_READER": "r",
            "CLICKHOUSE_READER_PASSWORD": "y",
        }
        done = subprocess.run(
            command,
            env={**os.environ, **env, missing: ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr.strip()) == (1, f"{missing} is not set")


def test_it_listens_on_loopback_only(stack: Stack) -> None:
    pid = stack.pid("clickhouse")
    connections = psutil.Process(pid).net_connections(kind="inet")
    listening = [c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
