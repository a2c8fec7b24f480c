"""One worker and two on the same large file, and small files beside it.

The effect of more workers is measured by replays, which send nothing. Broker, store and
database need more of the processor for a file than the workers do. So that cores are free for a
second worker on a machine of few, each worker is held to a share of one.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.client import Api
from bench.data import HEADER, sensor_file
from bench.machine import cores
from bench.report import Report, Times, ratio
from bench.shares import NotHeldError, held
from bench.stack import Running, started

TURNS = 3
SENSORS = 1000
SMALL_BYTES, SMALL_SECONDS = 1_000_000, 2.0
TARGET_RATIO = 1.7
# Of a core for each worker, so that two leave most of two cores to everything else.
SHARE = 0.25


@dataclass(frozen=True, slots=True)
class _Turn:
    """One large file: seconds from POST, of a replay, and of one with each worker held to its
    share (None if that is not possible); seconds of processor time by kind of process during
    the first."""

    seconds: float
    replay: float
    held: float | None
    processor: dict[str, float]


def run(report: Report, rows: int) -> None:
    """The large file alone with one worker and with two; then with small ones beside it."""
    path = sensor_file(rows, SENSORS)
    turns: dict[int, list[_Turn]] = {1: [], 2: []}
    beside: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as scratch:
        for workers in (1, 2):
            with started(Path(scratch) / str(workers), workers=workers) as stack:
                api = Api(stack.api_url)
                api.run(sensor_file(1000, 10), "warm-up.csv")
                api.run(path, "warm-up-large.csv")
                for number in range(TURNS):
                    turns[workers].append(_turn(api, stack, path, f"scale-{number}.csv"))
                if workers == 2:
                    beside = _beside(api, stack.api_url, path)
                api.close()
    _print(report, rows, turns, beside)


def _turn(api: Api, stack: Running, path: Path, name: str) -> _Turn:
    before = _processor(stack)
    run_ = api.run(path, name)
    after = _processor(stack)
    replay = api.replay(run_.file_id)
    workers = [pid for name, pid in stack.pids().items() if name.startswith("worker")]
    slow: float | None = None
    with suppress(NotHeldError), held(workers, SHARE):
        slow = api.replay(run_.file_id)
    return _Turn(run_.terminal, replay, slow, {kind: after[kind] - before[kind] for kind in after})


def _processor(stack: Running) -> dict[str, float]:
    """Seconds of processor time that API, workers and the services have had so far."""
    found = {"api": 0.0, "workers": 0.0, "services": 0.0}
    for name, pid in stack.pids().items():
        times = psutil.Process(pid).cpu_times()
        kind = "api" if name == "api" else "workers" if name.startswith("worker") else "services"
        found[kind] += times.user + times.system
    return found


def _beside(api: Api, url: str, path: Path) -> list[float]:
    """Seconds from POST to terminal status of files of 1 MB, one after the other, for as long as
    the large file is processed."""
    lines = sensor_file(30_000, 50).read_bytes()
    body = lines[: lines.rindex(b"\n", 0, SMALL_BYTES) + 1]
    assert body.startswith(HEADER)
    large: list[float] = []

    def send() -> None:
        other = Api(url)
        large.append(other.run(path, "scale-beside.csv").terminal)
        other.close()

    thread = threading.Thread(target=send)
    thread.start()
    found = []
    number = 0
    while thread.is_alive():
        began = time.perf_counter()
        file_id = api.post(body, f"scale-small-{number}.csv")["file_id"]
        while api.document(file_id)["status"] == "waiting":
            time.sleep(0.02)
        if thread.is_alive():
            found.append(time.perf_counter() - began)
        number += 1
    thread.join()
    if not large:
        raise SystemExit("the large file did not end")
    return found


def _print(report: Report, rows: int, turns: dict[int, list[_Turn]], beside: list[float]) -> None:
    times = {n: Times(tuple(t.seconds for t in found)) for n, found in turns.items()}
    replays = {n: Times(tuple(t.replay for t in found)) for n, found in turns.items()}
    slow = {
        n: Times(tuple(t.held for t in found if t.held is not None)) for n, found in turns.items()
    }
    could = all(len(times.seconds) == TURNS for times in slow.values())
    faster = ratio(replays[1], replays[2])
    with_free = ratio(slow[1], slow[2]) if could else None
    middle = {
        n: sorted(found, key=lambda t: t.seconds)[len(found) // 2] for n, found in turns.items()
    }
    report.table(
        f"Workers: {rows:,} rows, {SENSORS:,} sensors, {cores()} cores for everything, {TURNS} turns "
        "(medians)",
        [
            *("", "POST to terminal, s", "M rows/s", "processor s of workers", "of services"),
            *("of the API", "replay, s", f"replay at {SHARE} of a core each, s"),
        ],
        [
            [
                f"{n} worker{'s' if n > 1 else ''}",
                f"{times[n].median:.2f}",
                f"{rows / times[n].median / 1e6:.2f}",
                *(f"{middle[n].processor[kind]:.2f}" for kind in ("workers", "services", "api")),
                f"{replays[n].median:.2f}",
                f"{slow[n].median:.2f}" if could else "",
            ]
            for n in (1, 2)
        ],
    )
    report.say(f"two workers replay {faster:.2f} times as fast as one")
    if with_free is None:
        report.say("workers could not be held to a share of a core: that takes root and Linux")
    else:
        report.say(f"held to {SHARE} of a core each, {with_free:.2f} times")
        report.target(
            f"scale: two workers {with_free:.2f} times as fast where cores are free",
            with_free >= TARGET_RATIO,
        )
    slowest = max(beside, default=float("inf"))
    report.say(
        f"{len(beside)} files of 1 MB, one after the other, while {rows:,} rows were processed: "
        f"median {statistics.median(beside) if beside else 0:.2f} s, slowest {slowest:.2f} s"
    )
    report.target(
        f"scale: a file of 1 MB took {slowest:.2f} s beside a large one", slowest <= SMALL_SECONDS
    )
    report.figures["scale"] = {
        "rows": rows,
        "cores": cores(),
        "workers": {
            str(n): {
                **times[n].figures(),
                "replay": replays[n].figures(),
                **({"replay_held": slow[n].figures()} if could else {}),
                "processor_seconds": {k: round(v, 2) for k, v in middle[n].processor.items()},
            }
            for n in (1, 2)
        },
        "ratio": round(faster, 3),
        "ratio_held": with_free and round(with_free, 3),
        "small_seconds": [round(s, 3) for s in beside],
    }
