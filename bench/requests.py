"""Requests while files arrive, with more and more files: `make bench ARGS="requests --files 1000000"`.

What a request costs must not grow with the number of files. So the same requests are asked of stacks
with a hundredth, a tenth and all of the files, each with ten sensors. The files are inserted by the
product's own sink and sealed by its own task; only the workers are left out.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil

from bench.client import Api
from bench.data import HEADER, sensor_file
from bench.filled import SENSORS, FilledFiles
from bench.report import Report
from bench.stack import Running, started
from sinks.queries import FILE_SORTS, TOTAL_SORTS

# Calls of each request, in turn with the others; files a second meanwhile.
_CALLS: Final = 40
_ROWS, _A_SECOND = 100, 5
LIMIT_MS, TOTALS_LIMIT_MS, MOST_GROWTH = 50.0, 100.0, 2.0


@dataclass(frozen=True, slots=True)
class _Size:
    """What was measured with so many files: milliseconds of each call, smallest first; processor
    milliseconds of all processes per call."""

    files: int
    taken: Mapping[str, list[float]]
    processor: Mapping[str, float]
    posted: float
    fill_seconds: float

    def p95(self, name: str) -> float:
        values = self.taken[name]
        return values[int(len(values) * 0.95)]


def run(report: Report, files: int) -> None:
    """Fill a stack for each size, ask while files arrive, and compare."""
    sizes = [_measured(count) for count in sorted({files // 100, files // 10, files}) if count]
    _print(report, sizes)


def _measured(files: int) -> _Size:
    with (
        tempfile.TemporaryDirectory(prefix="bench-requests-") as scratch,
        started(Path(scratch)) as stack,
    ):
        filled = FilledFiles(files)
        began = time.perf_counter()
        asyncio.run(filled.write_sealed(stack.stack.endpoints["CLICKHOUSE_URL"]))
        fill_seconds = time.perf_counter() - began
        api = Api(stack.api_url)
        api.run(sensor_file(1_000, 50), "warm-up.csv")
        requests = _requests(api, filled)
        for request in requests.values():
            request()
        with posting(stack.api_url) as posted:
            taken = {name: sorted(times) for name, times in _in_turn(requests, _CALLS).items()}
            rate = posted()
        processor = {name: _processor(stack, request) for name, request in requests.items()}
        api.close()
    return _Size(files, taken, processor, rate, fill_seconds)


def _requests(api: Api, filled: FilledFiles) -> dict[str, Callable[[], object]]:
    chosen = random.Random(1)
    cursor = quote(api.get("/api/v1/files?limit=100")["next_cursor"])

    def one() -> str:
        return f"/api/v1/files/{filled.file_id(chosen.randrange(filled.count))}"

    def sensor() -> str:
        return f"sensor_id=s{chosen.randrange(SENSORS):05d}"

    def get(path: str) -> Callable[[], object]:
        return lambda: api.get(f"/api/v1/{path}")

    requests: dict[str, Callable[[], object]] = {
        "list": get("files"),
        "list, next page": get(f"files?cursor={cursor}"),
        "list, a name": lambda: api.get(
            f"/api/v1/files?q={chosen.randrange(filled.count):07d}.csv"
        ),
        "list, a part of names": lambda: api.get(
            f"/api/v1/files?q=GATEWAY-{chosen.randrange(100):02d}"
        ),
        "list, partial": get("files?status=partial"),
        "list, waiting": get("files?status=waiting"),
    }
    for sort in FILE_SORTS:
        if sort != "upload_time":
            requests[f"list, by {sort}"] = get(f"files?sort=-{sort}")
    requests |= {
        "show": lambda: api.get(one()),
        "sensors of a file": lambda: api.get(f"{one()}/sensors"),
    }
    for sort in TOTAL_SORTS:
        requests[f"totals, by {sort}"] = get(f"sensors?sort=-{sort}")
    requests |= {
        "one sensor": lambda: api.get(f"/api/v1/sensors?{sensor()}"),
        "one sensor, file by file": lambda: api.get(f"/api/v1/sensor-results?{sensor()}"),
        "stats": get("stats"),
    }
    return requests


def _in_turn(requests: Mapping[str, Callable[[], object]], calls: int) -> dict[str, list[float]]:
    """Milliseconds of each call. In turn, so that what else the machine does weighs on all."""
    taken: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(calls):
        for name, request in requests.items():
            began = time.perf_counter()
            request()
            taken[name].append(1000 * (time.perf_counter() - began))
    return taken


def _processor(stack: Running, request: Callable[[], object], calls: int = 10) -> float:
    """Processor milliseconds of API and database for a call, while no file arrives."""
    processes = [psutil.Process(stack.pids()[name]) for name in ("api", "clickhouse")]

    def used() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    before = used()
    for _ in range(calls):
        request()
    return 1000 * (used() - before) / calls


@contextmanager
def posting(
    url: str, rows: int = _ROWS, a_second: int = _A_SECOND
) -> Iterator[Callable[[], float]]:
    """Files are uploaded meanwhile; the call reports how many a second."""
    lines = sensor_file(100_000, 50).read_bytes().splitlines(keepends=True)[1:]
    ended = threading.Event()
    count, began = 0, time.perf_counter()

    def post() -> None:
        nonlocal count
        api = Api(url)
        while not ended.wait(1 / a_second):
            start = count * rows % len(lines)
            api.post(HEADER + b"".join(lines[start : start + rows]), f"load-{count}.csv")
            count += 1
        api.close()

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield lambda: count / (time.perf_counter() - began)
    finally:
        ended.set()
        thread.join()


def _print(report: Report, sizes: list[_Size]) -> None:
    smallest, largest = sizes[0], sizes[-1]
    rows = []
    for name in largest.taken:
        limit = TOTALS_LIMIT_MS if name.startswith("totals, by ") else LIMIT_MS
        p95 = largest.p95(name)
        growth = p95 / smallest.p95(name)
        met = report.target(
            f"requests: {name}: p95 {p95:.0f} ms, {growth:.1f} times that of "
            f"{smallest.files:,} files",
            p95 < limit and growth <= MOST_GROWTH,
        )
        rows.append(
            [
                name,
                *(f"{size.p95(name):.0f}" for size in sizes),
                *(f"{size.processor[name]:.0f}" for size in sizes),
                f"{limit:.0f}",
                f"{growth:.1f}",
                met,
            ]
        )
    report.table(
        f"Requests with files of 10 sensors, while {largest.posted:.1f} files/s arrive "
        f"({_CALLS} calls each)",
        [
            "",
            *(f"p95 ms, {size.files:,} files" for size in sizes),
            *(f"processor ms, {size.files:,}" for size in sizes),
            "limit ms",
            "growth",
            f"below limit, growth below {MOST_GROWTH:g}",
        ],
        rows,
    )
    report.figures["requests"] = {
        str(size.files): {
            name: {
                "p50_ms": round(size.taken[name][len(size.taken[name]) // 2], 2),
                "p95_ms": round(size.p95(name), 2),
                "processor_ms": round(size.processor[name], 2),
            }
            for name in size.taken
        }
        for size in sizes
    }
