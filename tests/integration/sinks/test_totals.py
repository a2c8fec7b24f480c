"""Totals over all files equal a plain recomputation, whatever happens, and whenever it is killed."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from schemas.clickhouse_settings import NOT_COMPILED
from schemas.file_record import FileRecord
from schemas.totals_sql import sensors_select
from schemas.views import FOLDER
from sinks import queries, seals, total_seals
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database, Rows
from sinks.clickhouse.sink import ClickHouseSink
from sinks.count_seals import CountSealer
from sinks.queries import live_counts, live_totals
from sinks.queries.live_counts import LiveCounts
from sinks.queries.live_sensor_files import live_sensor_files_page
from sinks.queries.live_totals import LiveTotals
from sinks.queries.sparklines import last_file_means
from sinks.queries.totals import SENSOR_FILE_SORTS
from sinks.total_seals import TotalSealer, TotalSeals
from tests.harness.sealing import CHAINS, pass_time, seal_all
from tests.harness.stored_files import (
    done,
    minutes,
    new_file,
    sensor,
    write_file,
    write_results,
)

TOTALS = TotalSeals()
SENSORS = [f"s-{n}" for n in range(6)]
Results = dict[str, dict[str, Any]]


def test_the_view_is_the_generated_one() -> None:
    text = (FOLDER / "views" / "sensors.sql").read_text()
    assert text.endswith(f"AS\n{sensors_select()};\n")


class Killed(Exception):  # noqa: N818
    """The process ends here."""


class Product:
    """Files as the product writes them, one write after the other, and what a reader must see.

    `steps` is how many writes are done before the process is killed; None for all.
    """

    def __init__(self, database: Database, sink: ClickHouseSink, random_: random.Random) -> None:
        self.database, self.sink, self.random = database, sink, random_
        self.records: dict[str, FileRecord] = {}
        self.results: dict[tuple[str, int], Results] = {}
        self.steps: int | None = None

    def step(self) -> None:
        if self.steps is not None:
            if self.steps == 0:
                raise Killed
            self.steps -= 1

    async def write(self, record: FileRecord) -> None:
        """As `ClickHouseSink.write`, or a kill before it."""
        self.step()
        await self.sink.write(SinkBatch.of(record))
        self.records[record.file_id] = record

    async def upload(self, file_id: str) -> None:
        record = new_file(file_id, at=self.random.randrange(4))
        parent = self.random.choice([None, None, "a container"])
        await self.process(replace(record, parent_id=parent, size_bytes=self.random.randrange(9)))

    async def replay(self, file_id: str) -> None:
        record = self.records[file_id]
        # A generation that was killed goes on, or the next one supersedes it.
        if record.status != "waiting" or self.random.random() < 0.5:
            record = record.next_generation(recorded_at=minutes(9))
        await self.process(record)

    async def process(self, record: FileRecord) -> None:
        """A generation to its end; one that was begun is begun again with the same results."""
        if record.deleted:
            return
        await self.write(record)
        results = self.results.setdefault(record.key, self.some_results())
        rows = list(results.values())
        if rows:
            self.step()
            await write_results(self.sink, record, rows)
        await self.write(done(record, rows))

    async def delete(self, file_id: str) -> None:
        record = self.records[file_id]
        if not record.deleted:
            await self.write(record.deletion(recorded_at=minutes(9)))

    async def seal(self) -> None:
        """A seal as `seal_changes` does it, with a kill before each statement."""
        for chain in self.random.sample(CHAINS, len(CHAINS)):
            last = await seals.last_seal(self.database, chain)
            self.step()
            number = await seals.next_plan(self.database, chain, last)
            if number is None:
                number = await seals.plan_seal(self.database, chain, last)
            if number is None:
                continue
            for statement in await chain.steps(self.database, number):
                self.step()
                await self.database.command(statement)

    def some_results(self) -> Results:
        found: Results = {}
        for name in self.random.sample(SENSORS, self.random.randrange(4)):
            values = [
                self.random.choice([1e16, -1e16, 1.0, 0.1, 3e-9, -0.25, 1e300])
                for _ in range(self.random.randrange(1, 4))
            ]
            row = sensor(name, values, at=self.random.randrange(3))
            high = sum(values)
            low = float(sum(map(Fraction, values)) - Fraction(high))
            found[name] = row | {
                "sum_hi": high,
                "sum_lo": low,
                "missing_count": self.random.randrange(3),
            }
        return found

    def expected(self) -> dict[str, dict[str, Any]]:
        """Totals by sensor, computed from all rows of all files."""
        rows: dict[str, list[tuple[FileRecord, dict[str, Any]]]] = defaultdict(list)
        for record in self.records.values():
            if not record.deleted and record.live_generation:
                live = self.results[record.file_id, record.live_generation]
                for name, row in live.items():
                    rows[name].append((record, row))
        return {name: total(found) for name, found in rows.items()}

    def expected_counts(self) -> dict[str, Any]:
        """Counts over all files, from their records."""
        records = [record for record in self.records.values() if not record.deleted]
        listed = [record for record in records if record.parent_id is None]

        def by_status(some: list[FileRecord]) -> dict[str, int]:
            statuses: list[str] = [record.shown_status for record in some]
            names = ("waiting", "processed", "partial", "failed")
            return {"files": len(some)} | {name: statuses.count(name) for name in names}

        sums = {
            name: sum(getattr(record, name) or 0 for record in records)
            for name in ("size_bytes", "row_count", "invalid_count", "record_count",
                         "missing_count", "excluded_count")
        }  # fmt: skip
        return by_status(records) | sums | {"listed": by_status(listed)}

    def files_of(self, name: str) -> dict[str, tuple[int, float]]:
        """Count and mean of one sensor, by file."""
        found = {}
        for record in self.records.values():
            if not record.deleted and record.live_generation:
                row = self.results[record.file_id, record.live_generation].get(name)
                if row:
                    count = row["row_count"]
                    found[record.file_id] = count, (row["sum_hi"] + row["sum_lo"]) / count
        return found


def total(rows: list[tuple[FileRecord, dict[str, Any]]]) -> dict[str, Any]:
    count = sum(r["row_count"] for _, r in rows)
    whole = sum((Fraction(r["sum_hi"]) + Fraction(r["sum_lo"]) for _, r in rows), Fraction())
    first = min(rows, key=lambda x: (x[1]["first_timestamp"], x[0].upload_time, x[0].file_id))[1]
    last = max(rows, key=lambda x: (x[1]["last_timestamp"], x[0].upload_time, x[0].file_id))[1]
    return {
        "row_count": count,
        "files": len(rows),
        "min_value": min(r["min_value"] for _, r in rows),
        "max_value": max(r["max_value"] for _, r in rows),
        "mean_value": float(whole) / count,
        "first_timestamp": first["first_timestamp"],
        "first_value": first["first_value"],
        "last_timestamp": last["last_timestamp"],
        "last_value": last["last_value"],
        "missing_count": sum(r["missing_count"] for _, r in rows),
        "excluded_count": 0,
    }


def shown(rows: Rows) -> dict[str, dict[str, Any]]:
    def plain(value: Any) -> Any:
        return round(value.timestamp() * 1_000_000) if isinstance(value, datetime) else value

    return {
        row["sensor_id"]: {k: plain(v) for k, v in row.items() if k != "sensor_id"} for row in rows
    }


async def compare_pages(
    live: LiveTotals, seen: dict[str, dict[str, Any]], random_: random.Random
) -> None:
    """The API's pages of totals have what the view has, in order."""
    sort = random_.choice(list(queries.TOTAL_SORTS))
    descending = random_.random() < 0.5
    pages, after = [], None
    while True:
        page = await live.page(sort=sort, descending=descending, limit=2, after=after)
        pages += page.items
        after = page.next
        if after is None:
            break
    assert shown(pages) == seen, f"by {sort}"
    assert len(pages) == len(seen)
    keys = [(shown([row])[row["sensor_id"]].get(sort) or 0, row["sensor_id"]) for row in pages]
    if sort == "sensor_id":
        keys = [(0, name) for _, name in keys]
    assert keys == sorted(keys, reverse=descending), f"by {sort}"
    assert await live.sensors() == len(seen)
    for name in random_.sample(SENSORS, 2):
        one = await live.page(sensor_id=name)
        assert shown(one.items) == {k: v for k, v in seen.items() if k == name}


async def compare_sensor_files(
    database: Database, live: LiveTotals, sensor_id: str, random_: random.Random
) -> None:
    """The API's pages of a sensor, file by file, are those of the one statement."""
    sort = random_.choice(list(SENSOR_FILE_SORTS))
    order: dict[str, Any] = {"sort": sort, "descending": random_.random() < 0.5, "limit": 2}
    after = None
    while True:
        page = await queries.sensor_files_page(database, sensor_id, after=after, **order)
        assert page == await live_sensor_files_page(
            database, live, sensor_id, after=after, **order
        ), order
        if (after := page.next) is None:
            return


async def compare_last_means(database: Database, live: LiveTotals) -> None:
    """The last means of all sensors at once are those of each sensor's files."""
    found = await last_file_means(database, live, [*SENSORS, "none"], 2)
    assert list(found) == [*SENSORS, "none"]
    for name, means in found.items():
        page = await queries.sensor_files_page(
            database, name, sort="last_timestamp", descending=True, limit=2
        )
        last = [(row["file_id"], row["mean_value"]) for row in reversed(page.items)]
        assert [(one.file_id, one.mean) for one in means] == last, name


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_totals_are_exact_after_uploads_replays_deletions_seals_and_kills(
    database: Database, sink: ClickHouseSink, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "_RECORDS", 4)
    monkeypatch.setattr(total_seals, "_PIECE_ROWS", 3)
    # Inserts are seen at once: records before a seal are not looked at again.
    monkeypatch.setattr(seals, "INSERT_TAKES", timedelta(0))
    monkeypatch.setattr(seals, "_SAME_AT", 0)
    # Time passes more quickly here.
    monkeypatch.setattr(live_totals, "_SEAL_SECONDS", -1.0)
    monkeypatch.setattr(live_counts, "_SEAL_SECONDS", random.Random(seed).choice([-1.0, 0.2]))
    live, live_count = LiveTotals(database), LiveCounts(database)
    random_ = random.Random(seed)
    product = Product(database, sink, random_)
    for turn in range(8):
        product.steps = random_.choice([None, None, *range(6)])
        known = list(product.records)
        action = random_.choice(["upload", "upload", "replay", "delete", "seal", "seal"])
        try:
            if action == "seal":
                await pass_time(database)
                await product.seal()
            elif action == "upload" or not known:
                await product.upload(f"f-{turn}")
            elif action == "replay":
                await product.replay(random_.choice(known))
            else:
                await product.delete(random_.choice(known))
        except Killed:
            pass
        seen = shown(await database.query(f"SELECT * FROM {database.view('sensors')}"))
        assert seen == product.expected(), f"turn {turn}: {action}, {product.steps}"
        counts = (await queries.file_counts(database)).document()
        assert counts == product.expected_counts(), f"turn {turn}: {action}, {product.steps}"
        assert (await live_count.counts()).document() == counts, f"turn {turn}: {action}"
        await compare_pages(live, seen, random_)
        name = random_.choice(SENSORS)
        page = await queries.sensor_files_page(database, name, limit=1000)
        files = {row["file_id"]: (row["row_count"], row["mean_value"]) for row in page.items}
        assert len(files) == len(page.items)
        assert files == product.files_of(name), f"turn {turn}: {action}, {product.steps}"
        await compare_sensor_files(database, live, name, random_)
        await compare_last_means(database, live)
    # Everything is sealed, and readers use it.
    await pass_time(database)
    await seal_all(database)
    assert (
        shown(await database.query(f"SELECT * FROM {database.view('sensors')}"))
        == product.expected()
    )
    assert (await queries.file_counts(database)).document() == product.expected_counts()
    (sealed,) = await database.query("SELECT count() AS n FROM sensor_totals")
    assert sealed["n"] >= len(product.expected())
    # Nothing is left to be added to what is sealed.
    await database.command("TRUNCATE TABLE file_records")
    assert (await queries.file_counts(database)).document() == product.expected_counts()
    assert (await LiveCounts(database).counts()).document() == product.expected_counts()


async def test_only_records_since_the_last_seal_are_looked_at(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "INSERT_TAKES", timedelta(0))
    record = await write_file(sink, new_file("f-1"), [sensor("a", [1.0])])
    await write_file(sink, new_file("f-2"), [sensor("a", [2.0, 3.0])])
    sealer = TotalSealer(database)
    assert await sealer.round() == 2
    await pass_time(database, 60)
    last = await seals.last_seal(database, TOTALS)
    (new,) = await database.query(
        "SELECT count() AS n FROM file_records WHERE inserted_at >= {at:DateTime64(6, 'UTC')}",
        {"at": last.log_from},
    )
    assert new["n"] == 0
    assert await sealer.round() == 0
    await sink.write(SinkBatch.of(record.deletion(recorded_at=minutes(9))))
    assert await sealer.round() == 1
    await pass_time(database, 60)
    assert (
        shown(await database.query(f"SELECT * FROM {database.view('sensors')}"))["a"]["row_count"]
        == 2
    )


async def test_records_that_change_nothing_are_not_looked_at_for_ever(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "INSERT_TAKES", timedelta(0))
    monkeypatch.setattr(seals, "_SAME_AT", 3)
    await sink.write(SinkBatch.of(*(new_file(f"f-{n}") for n in range(5))))
    assert await seals.seal_changes(database, TOTALS, wait=0) == 0
    await pass_time(database)
    assert await seals.seal_changes(database, TOTALS, wait=0) is None
    assert (await seals.last_seal(database, TOTALS)).number == 1


async def test_a_record_whose_insert_took_longer_than_seals_wait_is_added_by_the_next_audit(
    database: Database, sink: ClickHouseSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "INSERT_TAKES", timedelta(0))
    sealer = TotalSealer(database)
    await write_file(sink, new_file("f-2"), [sensor("a", [2.0, 3.0])])
    await database.command("CREATE TABLE held ENGINE = Memory AS SELECT * FROM file_records")
    await database.command("TRUNCATE TABLE file_records")
    await write_file(sink, new_file("f-1"), [sensor("a", [1.0])])
    await seal_all(database)
    assert await seals.seal_late_records(database, TOTALS) is None
    # The rows carry the moment at which their insert began.
    await database.command("INSERT INTO file_records SELECT * FROM held")
    await pass_time(database, 60)
    assert await sealer.round() == 0
    monkeypatch.setattr(seals, "_AUDIT_EVERY", 0.0)
    assert await sealer.round() == 1
    await pass_time(database)
    assert (
        shown(await database.query(f"SELECT * FROM {database.view('sensors')}"))["a"]["row_count"]
        == 3
    )
    assert await sealer.round() == 0
    assert (await queries.file_counts(database)).row_count == 1
    monkeypatch.setattr(seals, "_AUDIT_EVERY", 600.0)
    counts = CountSealer(database)
    assert await counts.round() == 0
    monkeypatch.setattr(seals, "_AUDIT_EVERY", 0.0)
    assert await counts.round() == 1
    await pass_time(database)
    assert (await queries.file_counts(database)).row_count == 3


async def test_a_process_that_was_held_up_changes_nothing_after_the_seal(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-1"), [sensor("a", [1.0]), sensor("b", [2.0])])
    assert await seals.plan_seal(database, TOTALS, await seals.last_seal(database, TOTALS))
    late = await TOTALS.steps(database, 1)
    await seal_all(database)
    before = await database.query(f"SELECT * FROM {database.view('sensors')} ORDER BY sensor_id")
    assert [row["row_count"] for row in before] == [1, 1]
    await database.command("TRUNCATE TABLE sensor_result_rows")
    for statement in late:
        await database.command(statement)
    await pass_time(database)
    assert (
        await database.query(f"SELECT * FROM {database.view('sensors')} ORDER BY sensor_id")
        == before
    )


@pytest.mark.slow
async def test_two_processes_carry_out_one_seal(database: Database, sink: ClickHouseSink) -> None:
    for n in range(5):
        await write_file(sink, new_file(f"f-{n}"), [sensor("a", [1.0, 2.0]), sensor("b", [n])])
    before = await database.query(f"SELECT * FROM {database.view('sensors')}")
    counts = await queries.file_counts(database)
    await asyncio.gather(
        *(seals.seal_changes(database, chain, wait=0) for chain in CHAINS for _ in range(3))
    )
    await pass_time(database)
    assert await database.query(f"SELECT * FROM {database.view('sensors')}") == before
    assert await queries.file_counts(database) == counts
    assert counts.files == 5
    # Every sensor is read from the seal alone.
    await database.command("TRUNCATE TABLE sensor_result_rows")
    assert await database.query(f"SELECT * FROM {database.view('sensors')}") == before


async def test_seals_go_on_after_a_number_that_is_used_and_has_no_plan(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-0"), [sensor("a", [1.0])])
    await seal_all(database)
    await write_file(sink, new_file("f-1"), [sensor("a", [2.0]), sensor("b", [3.0])])
    for chain in CHAINS:
        # What is left if the database ends between the token of an insert and its row.
        number = await seals.plan_seal(database, chain, await seals.last_seal(database, chain))
        await database.command(f"DELETE FROM {chain.plans} WHERE number = {number}")
    before = await database.query(f"SELECT * FROM {database.view('sensors')} ORDER BY sensor_id")
    counts = await queries.file_counts(database)
    results = await asyncio.gather(
        *(seals.seal_changes(database, chain, wait=0) for chain in CHAINS for _ in range(2))
    )
    assert any(results)
    assert [(await seals.last_seal(database, chain)).number for chain in CHAINS] == [3, 3]
    await pass_time(database)
    assert await queries.file_counts(database) == counts
    # Every sensor is read from the seal alone.
    await database.command("TRUNCATE TABLE sensor_result_rows")
    assert (
        await database.query(f"SELECT * FROM {database.view('sensors')} ORDER BY sensor_id")
        == before
    )
    assert [row["row_count"] for row in before] == [2, 1]


async def test_sums_of_negative_readings_are_right_in_machine_code(
    database: Database, sink: ClickHouseSink
) -> None:
    """ClickHouse compiles what it computes often; the view does not rest on its code being right."""
    sums = {f"s-{n:02}": -1.5 - 1000 * n for n in range(40)}
    await write_file(sink, new_file("f-1"), [sensor(name, [one]) for name, one in sums.items()])
    for compiled in ("", " SETTINGS compile_expressions = 1, min_count_to_compile_expression = 0"):
        rows = await database.query(
            f"SELECT sensor_id, mean_value FROM {database.view('sensors')}{compiled}"
        )
        assert {row["sensor_id"]: row["mean_value"] for row in rows} == sums


async def test_nothing_that_the_product_asks_is_compiled(database: Database) -> None:
    for name in NOT_COMPILED:
        (row,) = await database.query(f"SELECT toUInt8(getSetting('{name}')) AS value")
        assert row["value"] == 0, name
