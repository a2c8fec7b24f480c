"""Processor time per row, per file and per request, against what is committed: `make bench ARGS=--quick`.

Elapsed time says little on a machine that others use too. Processor time says more, and a yardstick in
the same turn, rows through Python's csv module, takes out how fast the machine is at that moment. Either
of both swings, so a figure has grown if it has in both. What a processor is good at differs between
makers, so figures are compared with those of the same one only.
"""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import psutil

from bench import machine
from bench.client import Api
from bench.data import HEADER, sensor_file
from bench.report import Report
from bench.stack import Running, started

COMMITTED: Final = Path(__file__).parent / "committed.json"
# How much more than the committed figure is a regression.
GROWTH: Final = 1.25
_ROWS, _SENSORS = 2_000_000, 1_000
_FILES, _ROWS_OF_A_FILE, _AT_ONCE = 300, 100, 8
_REQUESTS: Final = {
    "list": "files",
    "stats": "stats",
    "totals": "sensors?sort=-row_count",
}
_CALLS = 40
_YARDSTICK_ROWS = 100_000
# Turns; as many again if a figure has grown, since what disturbs a turn never makes it cheaper.
_TURNS: Final = 3
_POLL_SECONDS, _DEADLINE_SECONDS = 0.25, 120.0


# By figure, `microseconds` and `csv_rows`.
_Committed: TypeAlias = Mapping[str, Mapping[str, float]]


@dataclass(slots=True)
class _Measured:
    """Of each figure its smallest value of all turns: microseconds of processor time of the whole
    stack, and the same as a multiple of what the yardstick takes for a row."""

    microseconds: dict[str, float] = field(default_factory=dict)
    multiples: dict[str, float] = field(default_factory=dict)

    def add(self, figure: str, microseconds: float, yardstick: float) -> None:
        for values, value in (
            (self.microseconds, microseconds),
            (self.multiples, microseconds / yardstick),
        ):
            values[figure] = min(value, values.get(figure, value))


def run(report: Report, *, record: bool = False) -> None:
    """Measure, and compare with the committed figures or, with `record`, write them."""
    all_committed: dict[str, _Committed] = json.loads(COMMITTED.read_text())
    name = f"{machine.processor()}, {machine.cores()} cores"
    committed = {} if record else all_committed.get(name, {})
    with (
        tempfile.TemporaryDirectory(prefix="bench-quick-") as scratch,
        started(Path(scratch)) as stack,
    ):
        measured = _measure(stack, committed)
    _print(report, measured, committed)
    report.figures["quick"] = {
        "microseconds": measured.microseconds,
        "multiples": measured.multiples,
    }
    if record:
        kept = {
            figure: {
                "microseconds": round(measured.microseconds[figure], 3),
                "csv_rows": round(value, 3),
            }
            for figure, value in measured.multiples.items()
        }
        text = json.dumps(all_committed | {name: kept}, indent=2, sort_keys=True)
        COMMITTED.write_text(f"{text}\n")
        report.say(f"written to {COMMITTED.name} for {name}")
    elif not committed:
        report.say(
            f"Nothing is committed for {name}, so nothing is compared; with --record it is written."
        )


def _measure(stack: Running, committed: _Committed) -> _Measured:
    api = Api(stack.api_url)
    large, bodies = sensor_file(_ROWS, _SENSORS), _bodies()
    api.run(sensor_file(100_000, 50), "warm-up.csv")
    _burst(stack, api, bodies[:50])
    measured = _Measured()
    # Requests first, while there are few files: what follows a burst would be counted as theirs.
    for turns in (_requests, _files):
        taken = 0
        while taken < _TURNS or (taken < 2 * _TURNS and any(_grown(measured, committed))):
            turns(stack, api, measured, large, bodies)
            taken += 1
    api.close()
    return measured


def _requests(
    stack: Running, api: Api, measured: _Measured, large: Path, bodies: list[bytes]
) -> None:
    del large, bodies
    yardstick = _yardstick()
    for request, path in _REQUESTS.items():
        used = _processor_seconds(stack, lambda path=path: _ask(api, path))  # type: ignore[misc]
        measured.add(f"request: {request}", 1e6 * used / _CALLS, yardstick)


def _files(stack: Running, api: Api, measured: _Measured, large: Path, bodies: list[bytes]) -> None:
    yardstick = _yardstick()
    used = _processor_seconds(stack, lambda: api.run(large, "large.csv"))
    measured.add("row of a large file", 1e6 * used / _ROWS, yardstick)
    used = _processor_seconds(stack, lambda: _burst(stack, api, bodies))
    measured.add(f"file of {_ROWS_OF_A_FILE} rows", 1e6 * used / _FILES, yardstick)


def _grown(measured: _Measured, committed: _Committed) -> Iterable[str]:
    return (
        figure
        for figure, kept in committed.items()
        if measured.multiples.get(figure, 0) > GROWTH * kept["csv_rows"]
        and measured.microseconds[figure] > GROWTH * kept["microseconds"]
    )


def _print(report: Report, measured: _Measured, committed: _Committed) -> None:
    grown = set(_grown(measured, committed))
    rows = [
        [
            figure,
            f"{measured.microseconds[figure]:,.3g}",
            f"{multiple:,.3g}",
            *(
                f"{committed[figure][name]:,.3g}" if figure in committed else "-"
                for name in ("microseconds", "csv_rows")
            ),
            report.target(
                f"quick: {figure}: {multiple:.3g} csv rows, {committed[figure]['csv_rows']:.3g} are "
                "committed",
                figure not in grown,
            )
            if figure in committed
            else "-",
        ]
        for figure, multiple in measured.multiples.items()
    ]
    report.table(
        f"Processor time of the whole stack, best of {_TURNS} turns or more",
        [
            *("", "µs", "in csv rows", "committed µs", "committed csv rows"),
            f"one below {GROWTH} of it",
        ],
        rows,
    )


def _yardstick() -> float:
    """Microseconds of processor time that the csv module and `float` take for a row."""
    lines = sensor_file(_YARDSTICK_ROWS, 50).read_text().splitlines()
    began = time.process_time()
    total = sum(float(row[2]) for row in csv.reader(lines[1:]))
    taken = time.process_time() - began
    assert total > 0
    return 1e6 * taken / _YARDSTICK_ROWS


def _processor_seconds(stack: Running, work: Callable[[], object]) -> float:
    """Processor time of every process of the stack for `work`."""

    def used() -> float:
        total = 0.0
        for pid in stack.pids().values():
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            total += sum(sum(process.cpu_times()[:2]) for process in family)
        return total

    before = used()
    work()
    return used() - before


def _bodies() -> list[bytes]:
    lines = sensor_file(100_000, 50).read_bytes().splitlines(keepends=True)[1:]
    rows = _ROWS_OF_A_FILE
    return [HEADER + b"".join(lines[n * rows : (n + 1) * rows]) for n in range(_FILES)]


def _burst(stack: Running, api: Api, bodies: list[bytes]) -> None:
    """Post all bodies, and wait until none of them waits."""

    def post(numbers: range) -> None:
        mine = Api(stack.api_url)
        for number in numbers:
            mine.post(bodies[number], f"small-{number:04d}.csv")
        mine.close()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(post, (range(n, len(bodies), _AT_ONCE) for n in range(_AT_ONCE))))
    deadline = time.perf_counter() + _DEADLINE_SECONDS
    while api.get("/api/v1/files?status=waiting&limit=1")["items"]:
        if time.perf_counter() > deadline:
            raise SystemExit(f"files are still waiting after {_DEADLINE_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)


def _ask(api: Api, path: str) -> None:
    for _ in range(_CALLS):
        api.get(f"/api/v1/{path}")
