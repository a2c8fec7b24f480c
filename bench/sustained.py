"""Small files at a constant rate: whether the stack keeps up, what a file costs, and what grows.

`python -m bench sustained` takes ten minutes and is no part of `make bench` as a whole. Files are
posted when they are due, however the stack does, so a stack that falls short shows in the delays.
On the real services: `python -m tests.real exec .venv/bin/python -m bench sustained`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from bench.client import Api, Refused
from bench.data import HEADER, sensor_file
from bench.report import Report
from bench.stack import Running, started
from schemas.topics import RESULTS

ROWS: Final = 100
P95_BELOW_SECONDS: Final = 2.0
# Of the files that are posted in a second, those that may be left over: the last ones take a moment.
_KEPT_UP: Final = 0.98
# Gateways have connections of their own.
_AT_ONCE: Final = 128
_BODIES: Final = 500
_WARM_SECONDS: Final = 5.0
_SAMPLES: Final = 10
# What is in work after the last POST has ended by then.
_DRAIN_SECONDS: Final = 120.0
_LISTEN_MS: Final = 50
_RETRY_SECONDS: Final = 0.5


@dataclass(slots=True)
class _Files:
    """Moments by file_id, in seconds of `time.perf_counter`."""

    due: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    # Answers with 503, after each of which the file was sent again.
    tried_again: int = 0

    @property
    def waiting(self) -> set[str]:
        return self.due.keys() - self.ended.keys()

    def end(self, document: dict[str, Any]) -> None:
        """Note a terminal document; the first one of a file counts."""
        if self.ended.setdefault(document["file_id"], now := time.perf_counter()) != now:
            return
        if document["status"] != "processed" or document["aggregations"]["row_count"] != ROWS:
            self.wrong.append(f"{document['filename']}: {document['status']}")


# Processor seconds and resident bytes, by part and process.
_Usage = dict[tuple[str, int], tuple[float, int]]


def run(report: Report, rate: float, seconds: float) -> None:
    """Post files of `ROWS` rows for so many seconds, `rate` of them a second."""
    bodies = _bodies()
    with (
        tempfile.TemporaryDirectory(prefix="bench-sustained-") as scratch,
        started(Path(scratch)) as stack,
    ):
        files = _Files()
        listener = _Listener(stack.kafka, files.end)
        _post(stack.api_url, bodies, files, rate, _WARM_SECONDS, named="warm-up")
        _drain(stack.api_url, files)
        warm = set(files.due)
        samples = [_usage(stack)]
        began = time.perf_counter()
        posting = threading.Thread(
            target=_post, args=(stack.api_url, bodies, files, rate, seconds), daemon=True
        )
        posting.start()
        for number in range(1, _SAMPLES + 1):
            time.sleep(max(0.0, began + seconds * number / _SAMPLES - time.perf_counter()))
            samples.append(_usage(stack))
        posting.join()
        _drain(stack.api_url, files)
        samples.append(_usage(stack))
        listener.close()
        restarts = stack.stack.starts("broker") - 1
    for moments in (files.due, files.answered, files.ended):
        for file_id in warm:
            del moments[file_id]
    _print(report, files, samples, rate, seconds, restarts)


class _Listener:
    """Hears of each file that has ended, as any listener of the topic of results does."""

    def __init__(self, kafka: str, heard: Callable[[dict[str, Any]], None]) -> None:
        # It says each attempt to connect, and a broker may be restarting.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        self._kafka, self._heard = kafka, heard
        self._closing = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        if not self._listening.wait(30):
            raise SystemExit("the topic of results cannot be read")

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    async def _listen(self) -> None:
        """Read, and begin again with a broker that has lost what it had."""
        while not self._closing.is_set():
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._kafka,
                enable_auto_commit=False,
                fetch_max_wait_ms=_LISTEN_MS,
            )
            try:
                await consumer.start()
                await self._read(consumer)
            except (KafkaError, OSError):
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        partitions = [TopicPartition(RESULTS.name, n) for n in range(RESULTS.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        self._listening.set()
        while not self._closing.is_set():
            found = await consumer.getmany(timeout_ms=1000)
            for records in found.values():
                for record in records:
                    self._heard(json.loads(record.value))
            if found:
                continue
            ends = await consumer.end_offsets(partitions)
            for partition in partitions:
                if ends[partition] < await consumer.position(partition):
                    return


def _post(
    url: str,
    bodies: list[bytes],
    files: _Files,
    rate: float,
    seconds: float,
    named: str = "sustained",
) -> None:
    """Post each file at its moment, or as soon after it as a connection is free."""
    count, began = round(rate * seconds), time.perf_counter()
    lock = threading.Lock()
    numbers = iter(range(count))

    def work() -> None:
        api = Api(url)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            due = began + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            body = _body(bodies, number, named)
            while True:
                try:
                    file_id = api.post(body, f"{named}-{number:06d}.csv", force=False)["file_id"]
                    break
                except Refused as exc:
                    # The embedded broker is restarting at that moment, as the answer says.
                    if exc.status != 503:
                        raise
                    files.tried_again += 1
                    time.sleep(_RETRY_SECONDS)
            files.answered[file_id] = time.perf_counter()
            files.due[file_id] = due
        api.close()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(work) for _ in range(_AT_ONCE)]:
            done.result()


def _drain(url: str, files: _Files) -> None:
    """Wait until all files have ended. What ended while nothing was heard is asked for."""
    deadline = time.perf_counter() + _DRAIN_SECONDS
    api = Api(url)
    quiet = 0
    while waiting := files.waiting:
        if time.perf_counter() > deadline:
            raise SystemExit(f"{len(waiting)} files have not ended")
        time.sleep(_RETRY_SECONDS)
        quiet = quiet + 1 if len(files.waiting) == len(waiting) else 0
        if quiet > 4:
            for file_id in files.waiting:
                document = api.document(file_id)
                if document["status"] != "waiting":
                    files.end(document)
    api.close()


def _bodies() -> list[bytes]:
    """Bodies of one row less than they will have."""
    rows = ROWS - 1
    lines = sensor_file(_BODIES * ROWS, 50).read_bytes().splitlines(keepends=True)[1:]
    return [b"".join(lines[n * rows : (n + 1) * rows]) for n in range(_BODIES)]


def _body(bodies: list[bytes], number: int, named: str) -> bytes:
    """A body like no other."""
    sensor = b"s00001" if named == "sustained" else b"s00002"
    first = b"%b,2023-11-14T22:13:20Z,%d.5\n" % (sensor, number)
    return HEADER + first + bodies[number % len(bodies)]


def _usage(stack: Running) -> _Usage:
    found: _Usage = {("bench", 0): (sum(psutil.Process().cpu_times()[:2]), 0)}
    for name, pid in stack.pids().items():
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            used = sum(sum(process.cpu_times()[:2]) for process in family)
            found[name, pid] = used, sum(process.memory_info().rss for process in family)
        except psutil.NoSuchProcess:
            continue  # it is being restarted
    return found


def _used(samples: list[_Usage]) -> dict[str, float]:
    """Processor seconds by part, from the first sample to the last."""
    total: dict[str, float] = {}
    for before, after in itertools.pairwise(samples):
        for (name, pid), (seconds, _) in after.items():
            # One that was started in between began at 0.
            since = before.get((name, pid), (0.0, 0))[0]
            total[name] = total.get(name, 0.0) + seconds - since
    return total


def _rss(sample: _Usage) -> dict[str, float]:
    return {name: size / 1e6 for (name, _), (_, size) in sample.items()}


def _quantiles(seconds: Iterable[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": statistics.median(ordered),
        "p95": ordered[int(len(ordered) * 0.95)],
        "p99": ordered[int(len(ordered) * 0.99)],
        "max": ordered[-1],
    }


def _print(
    report: Report,
    files: _Files,
    samples: list[_Usage],
    rate: float,
    seconds: float,
    restarts: int,
) -> None:
    count = len(files.due)
    reached = count / (max(files.ended.values()) - min(files.due.values()))
    times = {
        "due to 202": _quantiles(files.answered[f] - files.due[f] for f in files.due),
        "due to terminal status": _quantiles(files.ended[f] - files.due[f] for f in files.due),
    }
    used, first, last = _used(samples), _rss(samples[0]), _rss(samples[-1])
    report.table(
        f"{rate:g} files of {ROWS} rows a second for {seconds:g} s: {count:,} files",
        ["", *(f"{name} s" for name in ("p50", "p95", "p99", "max"))],
        [[name, *(f"{value:.2f}" for value in found.values())] for name, found in times.items()],
    )
    report.table(
        "What it took",
        ["", "processor ms per file", "MB before", "MB after"],
        [
            [
                name,
                f"{1000 * value / count:.2f}",
                *(f"{sample[name]:.0f}" if name != "bench" else "" for sample in (first, last)),
            ]
            for name, value in used.items()
        ],
    )
    product = sum(value for name, value in used.items() if name != "bench")
    report.say(
        f"{reached:.1f} files/s from the first POST to the last terminal status, "
        f"{1000 * product / count:.2f} ms of processor time for each (the client not counted); the "
        f"broker was restarted {restarts} times, {files.tried_again} uploads were sent again"
    )
    terminal = times["due to terminal status"]["p95"]
    report.target(f"sustained: files with wrong results: {files.wrong[:5]}", not files.wrong)
    report.target(
        f"sustained: {reached:.1f} of {rate:g} files/s", reached >= _KEPT_UP * count / seconds
    )
    report.target(f"sustained: p95 to terminal {terminal:.2f} s", terminal < P95_BELOW_SECONDS)
    report.figures["sustained"] = {
        "rate": rate,
        "seconds": seconds,
        "files": count,
        "files_per_second": round(reached, 1),
        "seconds_to": times,
        "processor_ms_per_file": {n: round(1000 * v / count, 3) for n, v in used.items()},
        "rss_mb": [_rss(sample) for sample in samples],
        "broker_restarts": restarts,
        "tried_again": files.tried_again,
    }
