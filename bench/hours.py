"""Ten hours of files in minutes: what grows with their number, and by how much for each.

`python -m bench hours`; it takes a quarter of an hour and is no part of `make bench` as a whole.
Results and raw files are kept for ever, so database and store grow with them; processes, tables of
the workers and the number of parts in ClickHouse must not.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from bench.client import Api, Refused
from bench.data import HEADER, sensor_file
from bench.report import Report
from bench.stack import Running, started
from schemas.topics import ALL, FILES_TABLE, SENSORS_TABLE
from sinks.clickhouse.client import Database

ROWS, INVALID, EVERY = 100, 2, 20  # every 20th file has 2 invalid rows more
AT_ONCE, AHEAD, SAMPLES = 24, 400, 10
_BODIES = 500
_WARM = 500
# Beyond what was there after the first tenth of the files.
MOST_GROWTH_MB = {"api": 60.0, "worker": 60.0, "clickhouse": 600.0, "store": 60.0}
# ClickHouse merges by itself; it refuses inserts at 3,000 parts of one partition.
MOST_PARTS = 300
_ENDED = (
    "SELECT uniqExact(file_id) AS ended, countIf(status = 'failed') AS failed"
    " FROM file_records WHERE status != 'waiting'"
)


@dataclass(slots=True)
class Sample:
    """What there is after so many files; sizes in MB of 10^6 bytes."""

    files: int
    seconds: float
    rss: dict[str, float]
    parts: dict[str, int]
    rows: dict[str, int]
    disk: dict[str, float]
    records: dict[str, int] = field(default_factory=dict)  # of topics, still there
    entries: dict[str, int] = field(default_factory=dict)  # of tables, live


def run(report: Report, files: int) -> None:
    """Send `files` files of `ROWS` rows, and look at everything ten times on the way."""
    bodies = _bodies()
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="bench-hours-") as scratch:
        folder = Path(scratch)
        with started(folder) as stack:
            database = Database(stack.stack.endpoints["CLICKHOUSE_URL"], threads=1, timeout=60)
            flow = _Flow(stack.api_url, bodies, database)
            began = time.perf_counter()
            for number in range(SAMPLES + 1):
                goal = _WARM if not number else max(_WARM, files * number // SAMPLES)
                flow.send_until(goal)
                found = _looked_at(stack, database, goal)
                found.seconds = time.perf_counter() - began
                samples.append(found)
                report.say(
                    f"  {goal:,} files, {goal / found.seconds:.0f} a second: "
                    + ", ".join(f"{name} {mb:.0f} MB" for name, mb in found.rss.items())
                )
            flow.close()
            report.say(
                f"  the broker was started {stack.stack.starts('broker')} times; "
                f"{flow.tried_again} uploads were answered 503 and sent again"
            )
            stack.stack.wait_ready()
            samples[-1].entries = asyncio.run(_entries(stack.kafka))
            wrong = asyncio.run(_wrong(database, files))
            asyncio.run(_close(database))
    _print(report, samples, wrong)


class _Flow:
    """Uploads of many connections, never more than `AHEAD` files ahead of what has ended."""

    def __init__(self, url: str, bodies: list[bytes], database: Database) -> None:
        self._url = url
        self._bodies = bodies
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._database = database
        self.sent = 0
        self.tried_again = 0

    def close(self) -> None:
        self._pool.shutdown()

    def send_until(self, goal: int) -> None:
        """Have `goal` files in all, each of them at its end."""
        while self.sent < goal:
            until = min(goal, self.sent + AHEAD // 2)
            for upload in [self._pool.submit(self._post, n) for n in range(self.sent, until)]:
                upload.result()
            self.sent = until
            self._await_ended(until - (0 if until == goal else AHEAD // 2))

    def _post(self, number: int) -> None:
        if not hasattr(self._local, "api"):
            self._local.api = Api(self._url)
        api: Api = self._local.api
        body = self._bodies[number % len(self._bodies)]
        if number % EVERY == 0:
            body += b"s00001,yesterday,1\n,2026-01-01,1\n"
        while True:
            try:
                api.post(body, f"hours-{number:06d}.csv")
            except Refused as exc:
                # The broker is restarting at that moment, as the response says.
                if exc.status != 503:
                    raise
                self.tried_again += 1
                time.sleep(1)
            else:
                return

    def _await_ended(self, goal: int) -> None:
        deadline = time.perf_counter() + 300
        while True:
            files = asyncio.run(self._database.query(_ENDED))[0]
            if files["ended"] >= goal:
                return
            if files["failed"] or time.perf_counter() > deadline:
                raise SystemExit(f"{goal:,} files should have ended: {files}")
            time.sleep(0.25)


def _bodies() -> list[bytes]:
    lines = sensor_file(_BODIES * ROWS, 50).read_bytes().splitlines(keepends=True)[1:]
    return [HEADER + b"".join(lines[n * ROWS : (n + 1) * ROWS]) for n in range(_BODIES)]


def _looked_at(stack: Running, database: Database, files: int) -> Sample:
    """A sample; retried while the broker restarts, which it does when nothing waits."""
    while True:
        stack.stack.wait_ready()
        try:
            return asyncio.run(_sample(stack, database, files))
        except (KafkaError, psutil.NoSuchProcess):
            time.sleep(1)


async def _sample(stack: Running, database: Database, files: int) -> Sample:
    found = await database.query(
        "SELECT table, count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes"
        " FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table"
    )
    parts = {str(row["table"]): row for row in found}
    disk = {name: float(row["bytes"]) / 1e6 for name, row in parts.items()}
    return Sample(
        files=files,
        seconds=0.0,
        rss={name: _rss_mb(pid) for name, pid in stack.pids().items()},
        parts={name: int(row["parts"]) for name, row in parts.items()},
        rows={name: int(row["rows"]) for name, row in parts.items()},
        disk=disk,
        records=await _records(stack.kafka),
    )


async def _close(database: Database) -> None:
    await database.close()


async def _wrong(database: Database, files: int) -> list[str]:
    """What differs from what was sent."""
    found = (
        await database.query(
            "SELECT count() AS files, countIf(status = 'processed') AS whole,"
            " sum(row_count) AS valid, sum(invalid_count) AS invalid"
            f" FROM {database.view('files')}"
        )
    )[0]
    partial = (files + EVERY - 1) // EVERY
    expected = {
        "files": files,
        "whole": files - partial,
        "valid": files * ROWS,
        "invalid": partial * INVALID,
    }
    return [f"{name} {found[name]}, not {n}" for name, n in expected.items() if found[name] != n]


def _rss_mb(pid: int) -> float:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return float(sum(process.memory_info().rss for process in family)) / 1e6


async def _records(kafka: str) -> dict[str, int]:
    """How many records each topic holds, from its first offset to its last."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(t.name, n) for t in ALL for n in range(t.partitions)]
        first, last = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    finally:
        await consumer.stop()
    held: Counter[str] = Counter()
    for tp in tps:
        held[tp.topic] += last[tp] - first[tp]
    return dict(held)


async def _entries(kafka: str) -> dict[str, int]:
    """How many entries each table has: keys whose last record in the changelog has a value."""
    found = {}
    for topic in (FILES_TABLE, SENSORS_TABLE):
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
        await consumer.start()
        try:
            tps = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
            live: set[tuple[int, bytes]] = set()
            quiet = 0
            while quiet < 4:
                batch: Mapping[TopicPartition, list[object]] = await consumer.getmany(
                    timeout_ms=500
                )
                quiet = 0 if batch else quiet + 1
                for tp, records in batch.items():
                    for record in records:
                        key = (tp.partition, record.key)  # type: ignore[attr-defined]
                        if record.value is None:  # type: ignore[attr-defined]
                            live.discard(key)
                        else:
                            live.add(key)
        finally:
            await consumer.stop()
        found[topic.name] = len(live)
    return found


def _print(report: Report, samples: list[Sample], wrong: list[str]) -> None:
    first, early, last = samples[0], samples[1], samples[-1]
    report.table(
        f"Memory, MB: {last.files:,} files of {ROWS} rows in {last.seconds:.0f} s",
        ["", *(f"{s.files:,} files" for s in (first, early, samples[SAMPLES // 2], last))],
        [
            [name, *(f"{s.rss[name]:.0f}" for s in (first, early, samples[SAMPLES // 2], last))]
            for name in last.rss
        ],
    )
    report.table(
        "ClickHouse: active parts, rows and MB on disk",
        ["table", "parts before", "parts after", "most seen", "rows after", "MB after"],
        [
            [
                name,
                str(first.parts.get(name, 0)),
                str(last.parts[name]),
                str(max(s.parts.get(name, 0) for s in samples)),
                f"{last.rows[name]:,}",
                f"{last.disk[name]:.1f}",
            ]
            for name in sorted(last.parts)
        ],
    )
    report.table(
        "Topics: records held (since the last restart of the broker)",
        ["topic", "before", "after", f"for each of the first {early.files:,} files"],
        [
            [
                name,
                f"{first.records[name]:,}",
                f"{held:,}",
                f"{early.records[name] / early.files:.2f}",
            ]
            for name, held in sorted(last.records.items())
        ],
    )
    report.table(
        "Tables of the workers",
        ["", "before", "after"],
        [[f"entries of {name}", "", str(n)] for name, n in last.entries.items()],
    )
    report.target(f"hours: {wrong}", not wrong)
    report.target(f"hours: entries left in tables {last.entries}", not any(last.entries.values()))
    most = max(n for sample in samples for n in sample.parts.values())
    report.target(f"hours: {most} parts of one table", most <= MOST_PARTS)
    for name, mb in last.rss.items():
        bound = MOST_GROWTH_MB.get(name.partition("-")[0])
        grown = mb - early.rss[name]
        if bound is not None:
            report.target(
                f"hours: {name} grew by {grown:.0f} MB between {early.files:,} and "
                f"{last.files:,} files",
                grown <= bound,
            )
    report.figures["hours"] = {
        "files": last.files,
        "seconds": round(last.seconds, 1),
        "samples": [
            {
                "files": s.files,
                "seconds": round(s.seconds, 1),
                "rss_mb": {name: round(mb, 1) for name, mb in s.rss.items()},
                "parts": s.parts,
                "disk_mb": {name: round(mb, 2) for name, mb in s.disk.items()},
                "records": s.records,
            }
            for s in samples
        ],
        "entries": last.entries,
    }
