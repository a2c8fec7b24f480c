"""The API with 10,000 files: how quick reads are while files are processed, what streams cost."""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench.client import Api
from bench.data import HEADER, sensor_file
from bench.filled import FilledFiles
from bench.report import Report
from bench.stack import Running, started
from schemas.file_record import FileRecord
from sinks.base import SinkBatch
from sinks.clickhouse.sink import ClickHouseSink

FILES = 10_000
LIMIT_MS, STREAMS_LIMIT = 50.0, 0.05
_CALLS, _STREAMS = 150, 50
_POSTED_ROWS, _POSTED_A_SECOND = 1_000, 4
_WATCHED_SECONDS = 10.0


def run(report: Report) -> None:
    """Fill a fresh stack, read under load, then open streams."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-api-") as scratch,
        started(Path(scratch)) as stack,
    ):
        filled = FilledFiles(FILES)
        asyncio.run(filled.write_sealed(stack.stack.endpoints["CLICKHOUSE_URL"]))
        api = Api(stack.api_url)
        api.run(sensor_file(_POSTED_ROWS, 50), "warm-up.csv")
        reads = _reads(api, filled)
        for read in reads.values():
            read()
        with _posting(stack.api_url) as posted:
            taken = {name: _timed(read, _CALLS) for name, read in reads.items()}
        _tell_reads(report, taken, posted())
        _tell_streams(report, _streams(stack, filled))
        api.close()


def _reads(api: Api, filled: FilledFiles) -> dict[str, Callable[[], object]]:
    chosen = random.Random(1)
    cursor = api.get("/api/v1/files?limit=100")["next_cursor"]

    def one() -> str:
        return f"/api/v1/files/{filled.file_id(chosen.randrange(FILES))}"

    return {
        "list": lambda: api.get("/api/v1/files"),
        "list, next page": lambda: api.get(f"/api/v1/files?cursor={cursor}"),
        "list, by name": lambda: api.get(f"/api/v1/files?q=gateway-{chosen.randrange(100):02d}"),
        "show": lambda: api.get(one()),
        "sensors of a file": lambda: api.get(f"{one()}/sensors"),
        "sensors over all files": lambda: api.get("/api/v1/sensors"),
        "stats": lambda: api.get("/api/v1/stats"),
    }


def _timed(read: Callable[[], object], calls: int) -> list[float]:
    """Milliseconds of each call, smallest first."""
    taken = []
    for _ in range(calls):
        began = time.perf_counter()
        read()
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken)


@contextmanager
def _posting(url: str) -> Iterator[Callable[[], float]]:
    """Files are uploaded meanwhile; the call reports how many a second."""
    lines = sensor_file(100_000, 50).read_bytes().splitlines(keepends=True)[1:]
    ended = threading.Event()
    count, began = 0, time.perf_counter()

    def post() -> None:
        nonlocal count
        api = Api(url)
        while not ended.wait(1 / _POSTED_A_SECOND):
            start = count * _POSTED_ROWS % len(lines)
            api.post(HEADER + b"".join(lines[start : start + _POSTED_ROWS]), f"load-{count}.csv")
            count += 1
        api.close()

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield lambda: count / (time.perf_counter() - began)
    finally:
        ended.set()
        thread.join()


def _tell_reads(report: Report, taken: dict[str, list[float]], posted: float) -> None:
    rows, figures = [], {}
    for name, values in taken.items():
        p50, p95 = values[len(values) // 2], values[int(len(values) * 0.95)]
        met = report.target(f"api: p95 of {name}: {p95:.1f} ms", p95 < LIMIT_MS)
        rows.append([name, f"{p50:.1f}", f"{p95:.1f}", f"{values[-1]:.1f}", met])
        figures[name] = {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2)}
    report.table(
        f"Reads with {FILES:,} files, while {posted:.1f} files/s of {_POSTED_ROWS:,} rows are "
        f"uploaded and processed ({_CALLS} calls each)",
        ["", "p50 ms", "p95 ms", "max ms", f"p95 below {LIMIT_MS:.0f} ms"],
        rows,
    )
    report.figures["api"] = figures


def _streams(stack: Running, filled: FilledFiles) -> dict[str, tuple[float, float]]:
    """Share of a core that the API takes without and with the streams."""
    files = [f"/api/v1/files/{file_id}/events" for file_id in _waiting(stack, filled)]
    everything = ["/api/v1/events"] * _STREAMS
    found = {"nothing changes": _with_streams(stack, files)}
    with _posting(stack.api_url):
        found["files are uploaded and processed"] = _with_streams(stack, files)
        found["the same, streams of all files"] = _with_streams(stack, everything)
    return found


def _waiting(stack: Running, filled: FilledFiles) -> list[str]:
    """Files that wait as long as the bench lasts: they are not published."""
    now = datetime.now(UTC)
    records = []
    for number in range(_STREAMS):
        upload = (
            filled.record(number)
            .upload()
            .model_copy(update={"file_id": f"bench-waiting-{number:02d}", "upload_time": now})
        )
        # Announced again a minute after it was recorded, which is not before the bench has ended.
        records.append(FileRecord.from_upload(upload, recorded_at=now + timedelta(minutes=10)))

    async def write() -> None:
        sink = ClickHouseSink(stack.stack.endpoints["CLICKHOUSE_URL"])
        await sink.write(SinkBatch.of(*records))
        await sink.close()

    asyncio.run(write())
    return [record.file_id for record in records]


def _with_streams(stack: Running, paths: list[str]) -> tuple[float, float]:
    pid = stack.pids()["api"]
    without = _share_of_a_core(pid)
    with ExitStack() as streams:
        for path in paths:
            streams.enter_context(_reading(stack.api_url, path))
        return without, _share_of_a_core(pid)


@contextmanager
def _reading(url: str, path: str) -> Iterator[None]:
    """A stream of events that is read continuously."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path)
    answer: HTTPResponse = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    sock = connection.sock

    def read() -> None:
        while sock.recv(1 << 16):
            pass

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        sock.shutdown(2)
        thread.join()
        connection.close()


def _share_of_a_core(pid: int) -> float:
    process = psutil.Process(pid)
    before, began = sum(process.cpu_times()[:2]), time.perf_counter()
    time.sleep(_WATCHED_SECONDS)
    used: float = sum(process.cpu_times()[:2]) - before
    return used / (time.perf_counter() - began)


def _tell_streams(report: Report, found: dict[str, tuple[float, float]]) -> None:
    rows, figures = [], {}
    for name, (without, with_streams) in found.items():
        cost = with_streams - without
        met = report.target(f"api: {_STREAMS} streams, {name}: {cost:.1%}", cost < STREAMS_LIMIT)
        rows.append([name, f"{without:.1%}", f"{with_streams:.1%}", f"{cost:.1%}", met])
        figures[name] = {"without": round(without, 4), "with": round(with_streams, 4)}
    report.table(
        f"{_STREAMS} open streams of events: what the API takes of a core",
        ["", "without", "with", "cost", f"below {STREAMS_LIMIT:.0%}"],
        rows,
    )
    report.figures["event_streams"] = figures
