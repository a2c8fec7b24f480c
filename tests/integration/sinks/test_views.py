"""The views people read: one row for one thing, the live generation only, and quickly."""

from __future__ import annotations

import asyncio
import math
import re
from fractions import Fraction

import pytest

from schemas import view_comments
from schemas.arrow import dead_letter_table
from schemas.dead_letter import DeadLetter
from schemas.tables import Table
from schemas.views import view_names
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database, Rows
from sinks.clickhouse.purge import ALL_GENERATIONS, delete_generations
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.sealing import seal_all
from tests.harness.stored_files import (
    START,
    done,
    minutes,
    new_file,
    progress,
    refused,
    sensor,
    write_file,
    write_invalid,
    write_results,
)

VIEWS = {
    "files": (
        "file_id status upload_time processing_ms filename size_bytes sha256 generation row_count"
        " min_value max_value sensor_count invalid_count error codes source raw_bucket raw_key"
        " finished_at resubmission_of invalid_rows_through record_count missing_count"
        " excluded_count profile notices dialect parent_id duplicate_of"
        " raw_removed_at readings_removed_at"
    ),
    "sensor_results": (
        "file_id sensor_id row_count min_value max_value mean_value first_timestamp first_value"
        " last_timestamp last_value filename generation missing_count excluded_count"
    ),
    "sensors": (
        "sensor_id row_count min_value max_value mean_value first_timestamp first_value"
        " last_timestamp last_value files missing_count excluded_count"
    ),
    "invalid_rows": (
        "file_id row line byte column code error raw truncated filename generation"
        " cells observed span_start span_end"
    ),
    "mended_rows": "file_id row resubmission_id resubmission_row cell",
    "dead_letters": "letter_id topic partition offset code reason key value headers received_at announced_at",
}
KEYS = {
    "files": "file_id",
    "sensor_results": "file_id, sensor_id",
    "sensors": "sensor_id",
    "invalid_rows": "file_id, row",
    "mended_rows": "file_id, row",
    "dead_letters": "topic, partition, offset",
}


async def view(database: Database, name: str) -> Rows:
    """All that a reader sees in a view."""
    return await database.query(f"SELECT * FROM {database.view(name)} ORDER BY {KEYS[name]}")


async def everything(database: Database) -> dict[str, Rows]:
    return {name: await view(database, name) for name in VIEWS}


@pytest.mark.parametrize("name", VIEWS)
async def test_columns_have_the_names_of_the_contract(database: Database, name: str) -> None:
    found = await database.query(f"DESCRIBE TABLE {database.view(name)}")
    assert [row["name"] for row in found] == VIEWS[name].split()


async def test_nothing_is_doubled_while_merges_are_pending(
    database: Database, sink: ClickHouseSink
) -> None:
    letter = DeadLetter(
        topic="files.announced",
        partition=0,
        offset=7,
        code="undecodable",
        reason="no",
        key=None,
        value=b"x",
        received_at=START,
    )
    letters = SinkBatch(Table.DEAD_LETTERS, dead_letter_table([letter]))
    sensors = [sensor("a", [1.0, 2.0]), sensor("b", [3.0])]
    for _ in range(4):
        await write_file(sink, new_file("f-1"), sensors, [refused(2), refused(4)])
        await write_file(sink, new_file("f-2"), sensors[:1])
        await sink.write(letters)
    parts = await database.query(
        "SELECT table, count() AS parts FROM system.parts"
        " WHERE active AND database = currentDatabase() GROUP BY table"
    )
    # It is what it claims to be: every one of those inserts is a part of its own.
    by_table = {row["table"]: row["parts"] for row in parts}
    assert by_table["file_records"] == 16
    assert by_table["sensor_result_rows"] == 8
    assert by_table["invalid_row_rows"] == by_table["dead_letter_rows"] == 4
    seen = await everything(database)
    assert [row["file_id"] for row in seen["files"]] == ["f-1", "f-2"]
    assert [(row["file_id"], row["sensor_id"]) for row in seen["sensor_results"]] == [
        ("f-1", "a"),
        ("f-1", "b"),
        ("f-2", "a"),
    ]
    assert [(r["sensor_id"], r["row_count"], r["files"]) for r in seen["sensors"]] == [
        ("a", 4, 2),
        ("b", 1, 1),
    ]
    assert [(row["file_id"], row["row"]) for row in seen["invalid_rows"]] == [
        ("f-1", 2),
        ("f-1", 4),
    ]
    assert len(seen["dead_letters"]) == 1
    counts = {
        name: await database.query(f"SELECT count() AS n FROM {database.view(name)}")
        for name in VIEWS
    }
    assert {name: rows[0]["n"] for name, rows in counts.items()} == {
        name: len(rows) for name, rows in seen.items()
    }


async def test_details_are_seen_together_with_the_status(
    database: Database, sink: ClickHouseSink
) -> None:
    record = new_file("f-1")
    sensors = [sensor("a", [1.0])]
    await sink.write(SinkBatch.of(record))
    await write_invalid(sink, record, [refused(2)])
    await write_results(sink, record, sensors)
    (waiting,) = await view(database, "files")
    assert waiting["status"] == "waiting"
    assert waiting["row_count"] is None
    for name in ("sensor_results", "invalid_rows", "sensors"):
        assert await view(database, name) == []
    await sink.write(SinkBatch.of(done(record, sensors, 1)))
    (terminal,) = await view(database, "files")
    assert (terminal["status"], terminal["row_count"]) == ("partial", 1)
    for name in ("sensor_results", "invalid_rows", "sensors"):
        assert len(await view(database, name)) == 1


async def test_a_replay_is_swapped_in_as_a_whole(database: Database, sink: ClickHouseSink) -> None:
    first = await write_file(
        sink, new_file("f-1"), [sensor("a", [1.0]), sensor("b", [2.0])], [refused(3), refused(4)]
    )
    before = await everything(database)
    again = first.next_generation(recorded_at=minutes(5))
    await sink.write(SinkBatch.of(again))
    await write_invalid(sink, again, [refused(9)])
    await write_results(sink, again, [sensor("a", [5.0, 6.0])])
    assert await everything(database) == before
    await sink.write(SinkBatch.of(done(again, [sensor("a", [5.0, 6.0])], 1)))
    after = await everything(database)
    assert [(r["sensor_id"], r["row_count"]) for r in after["sensor_results"]] == [("a", 2)]
    assert [(r["sensor_id"], r["row_count"]) for r in after["sensors"]] == [("a", 2)]
    assert [r["row"] for r in after["invalid_rows"]] == [9]
    # What a slow worker still writes of the generation before is of no effect.
    await write_invalid(sink, first, [refused(3), refused(5)])
    await write_results(sink, first, [sensor("b", [2.0])])
    await sink.write(SinkBatch.of(first))
    assert await everything(database) == after


async def test_a_deleted_file_vanishes_for_good(database: Database, sink: ClickHouseSink) -> None:
    await write_file(sink, new_file("f-2"), [sensor("a", [9.0])])
    others = await everything(database)
    terminal = await write_file(sink, new_file("f-1"), [sensor("a", [1.0])], [refused(2)])
    await sink.write(SinkBatch.of(terminal.deletion(recorded_at=minutes(1))))
    assert await everything(database) == others
    again = terminal.next_generation(recorded_at=minutes(2))
    await write_file(sink, again, [sensor("a", [1.0])], [refused(2)])
    assert await everything(database) == others


@pytest.mark.slow
async def test_invisible_rows_are_purged_and_nothing_else(
    database: Database, sink: ClickHouseSink
) -> None:
    sensors, rows = [sensor(f"s-{n}", [1.0, 2.0]) for n in range(50)], [refused(3), refused(9)]
    await write_file(sink, new_file("f-kept"), sensors, rows)
    twice = await write_file(sink, new_file("f-twice"), sensors, rows)
    again = await write_file(sink, twice.next_generation(recorded_at=minutes(3)), sensors[:7], rows)
    gone = await write_file(sink, new_file("f-gone"), sensors, rows)
    await sink.write(SinkBatch.of(progress(gone, 1, at=2)))
    await sink.write(SinkBatch.of(gone.deletion(recorded_at=minutes(4))))
    before = await everything(database)
    # Totals are not sealed: the rows are needed.
    assert await queries.files_to_purge(database, before=minutes(60)) == []
    await seal_all(database)
    assert await everything(database) == before
    due = await queries.files_to_purge(database, before=minutes(60))
    assert [record.key for record in due] == [("f-twice", 2), ("f-gone", 1)]
    after_first = await queries.files_to_purge(database, before=minutes(60), after=due[0])
    assert after_first == due[1:]
    assert await queries.files_to_purge(database, before=minutes(60), after=due[1]) == []
    # Deleted files are listed at once: their objects need not wait.
    early = await queries.files_to_purge(database, before=minutes(2))
    assert [record.file_id for record in early] == ["f-gone"]

    for _ in range(2):
        await delete_generations(database, {"f-twice": 2, "f-gone": ALL_GENERATIONS})
        assert await everything(database) == before
    assert await stored_rows(database) == {
        "sensor_result_rows": {("f-kept", 1): 50, ("f-twice", 2): 7},
        "invalid_row_rows": {("f-kept", 1): 2, ("f-twice", 2): 2},
        "file_progress": {},
    }
    assert await everything(database) == before
    await sink.write(SinkBatch.of(again.purge(), due[1].purge()))
    assert await queries.files_to_purge(database, before=minutes(60)) == []
    assert await everything(database) == before
    # What is written of either after that is still of no effect.
    await write_file(sink, gone, sensors, rows)
    await sink.write(SinkBatch.of(again))
    assert await everything(database) == before


async def stored_rows(database: Database) -> dict[str, dict[tuple[str, int], int]]:
    """Stored rows by table and generation, once the deletes in progress are carried out."""
    tables = ("sensor_result_rows", "invalid_row_rows", "file_progress")
    for table in tables:
        # Deletes are carried out by what merges.
        await database.command(f"SYSTEM START MERGES {database.name}.{table}")
    in_progress = (
        "SELECT count() AS n FROM system.mutations"
        " WHERE database = currentDatabase() AND NOT is_done"
    )
    async with asyncio.timeout(60):
        while (await database.query(in_progress))[0]["n"]:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.02)
    stored = {}
    for table in tables:
        rows = await database.query(
            f"SELECT file_id, generation, count() AS n FROM {table} GROUP BY ALL"
        )
        stored[table] = {(row["file_id"], row["generation"]): row["n"] for row in rows}
    return stored


async def test_details_are_seen_up_to_the_row_they_are_kept_through(
    database: Database, sink: ClickHouseSink
) -> None:
    record = new_file("f-1")
    await write_invalid(sink, record, [refused(row) for row in (1, 5, 9, 12)])
    await sink.write(SinkBatch.of(done(record, [], 4000, kept_through=9)))
    assert [row["row"] for row in await view(database, "invalid_rows")] == [1, 5, 9]


async def test_means_are_null_if_the_sum_is_not_finite(
    database: Database, sink: ClickHouseSink
) -> None:
    huge = sensor("huge", [1.7e308, 1.7e308]) | {"sum_hi": math.inf, "sum_lo": math.nan}
    await write_file(sink, new_file("f-1"), [huge, sensor("plain", [1.0, 2.0])])
    for name in ("sensor_results", "sensors"):
        found = {row["sensor_id"]: row["mean_value"] for row in await view(database, name)}
        assert found == {"huge": None, "plain": 1.5}


async def test_the_mean_over_files_is_that_of_all_rows(
    database: Database, sink: ClickHouseSink
) -> None:
    # Each file's sum is kept in two floats; what the second holds must not be lost over files.
    halves = [(1e16, 1.0), (3.0, -(2.0**-53)), (-1e16, 0.25), (0.1, 1e-18)]
    for n, (high, low) in enumerate(halves):
        part = sensor("a", [1.0] * 7) | {"sum_hi": high, "sum_lo": low}
        await write_file(sink, new_file(f"f-{n}"), [part])
    (row,) = await view(database, "sensors")
    exact = sum(Fraction(high) + Fraction(low) for high, low in halves) / 28
    assert row["mean_value"] == pytest.approx(float(exact), rel=1e-15)
    # A plain sum of floats would be far off: the test can tell.
    assert sum(h + low for h, low in halves) / 28 != pytest.approx(float(exact), rel=1e-3)


async def test_first_and_last_over_files_go_by_time_then_by_upload(
    database: Database, sink: ClickHouseSink
) -> None:
    await write_file(sink, new_file("f-b", at=1), [sensor("a", [10.0, 11.0], at=3)])
    await write_file(sink, new_file("f-a", at=2), [sensor("a", [20.0, 21.0], at=3)])
    await write_file(sink, new_file("f-c", at=3), [sensor("b", [1.0], at=9)])
    (a, b) = await view(database, "sensors")
    assert (a["first_timestamp"], a["last_timestamp"]) == (minutes(3), minutes(4))
    assert (a["first_value"], a["last_value"]) == (10.0, 21.0)
    assert (a["min_value"], a["max_value"], a["row_count"], a["files"]) == (10.0, 21.0, 4, 2)
    assert (b["first_value"], b["last_value"], b["files"]) == (1.0, 1.0, 1)


FILES = 10_000


@pytest.fixture
async def many(database: Database, sink: ClickHouseSink) -> Database:
    """10,000 files in 10 parts, each with results and invalid rows."""
    columns = "file_id, generation, live_generation, status, filename, sha256, version"
    for tenth in range(10):
        some = f"numbers({tenth * FILES // 10}, {FILES // 10})"
        await database.command(
            f"INSERT INTO file_records ({columns}) SELECT lower(hex(MD5(toString(number)))), 1, 1,"
            f" 'partial', 'a.csv', hex(SHA256(toString(number))), 5 FROM {some}"
        )
        await database.command(
            "INSERT INTO sensor_result_rows (file_id, generation, sensor_id, row_count)"
            " SELECT lower(hex(MD5(toString(number)))), 1, toString(s), 1"
            f" FROM {some} ARRAY JOIN range(20) AS s"
        )
        await database.command(
            "INSERT INTO invalid_row_rows (file_id, generation, row)"
            " SELECT lower(hex(MD5(toString(number)))), 1, r"
            f" FROM {some} ARRAY JOIN range(20) AS r"
        )
    await write_file(sink, new_file("f-1"), [sensor("a", [1.0])], [refused(2)])
    return database


@pytest.mark.parametrize("name", ["files", "sensor_results", "invalid_rows"])
async def test_one_file_among_many_is_found_by_the_primary_key(many: Database, name: str) -> None:
    sql = f"SELECT * FROM {many.view(name)} WHERE file_id = 'f-1'"
    plan = await many.query(f"EXPLAIN indexes = 1 {sql}")
    text = "\n".join(row["explain"] for row in plan)
    reads = re.findall(
        r"PrimaryKey\s+Keys:\s+file_id\s+Condition:.*\s+Parts: \d+/(\d+)\s+Granules: (\d+)/(\d+)",
        text.replace("│", " "),
    )
    assert len(reads) == (1 if name == "files" else 2), text
    for parts, granules, of in reads:
        assert int(granules) <= int(parts), text
        assert int(of) > int(parts), text
    assert len(await many.query(sql)) == 1


@pytest.mark.slow
async def test_a_file_replayed_while_people_read_is_always_whole(
    database: Database, sink: ClickHouseSink
) -> None:
    sensors = [sensor(f"s-{n}", [1.0]) for n in range(20)]
    record = await write_file(sink, new_file("f-1"), sensors, [refused(1)])
    over = asyncio.Event()

    async def read() -> int:
        reads = 0
        while not over.is_set():
            (found,) = await database.query(
                "SELECT sum(row_count) AS n, uniqExact(generation) AS generations"
                f" FROM {database.view('sensor_results')} WHERE file_id = 'f-1'"
            )
            assert (found["n"], found["generations"]) == (20, 1)
            rows = await database.query(
                f"SELECT row FROM {database.view('invalid_rows')} WHERE file_id = 'f-1'"
            )
            assert len(rows) == 1
            reads += 1
        return reads

    async def replay() -> None:
        nonlocal record
        try:
            for n in range(15):
                again = record.next_generation(recorded_at=minutes(n))
                record = await write_file(sink, again, sensors, [refused(n + 2)])
        finally:
            over.set()

    *reads, _ = await asyncio.gather(read(), read(), replay())
    assert all(reads)


async def test_every_view_and_column_has_a_comment(database: Database) -> None:
    views = await database.query(
        "SELECT name, comment FROM system.tables WHERE database = {name:String} AND engine = 'View'",
        {"name": database.public},
    )
    assert {row["name"] for row in views} == set(view_names())
    assert [row["name"] for row in views if not row["comment"]] == []
    columns = await database.query(
        "SELECT table, name, comment FROM system.columns"
        " WHERE database = {name:String} AND table IN {views:Array(String)}",
        {"name": database.public, "views": view_names()},
    )
    assert [f"{row['table']}.{row['name']}" for row in columns if not row["comment"]] == []


def test_no_comment_is_of_a_column_that_is_gone() -> None:
    there = {name: columns.split() for name, columns in VIEWS.items()}
    there["readings"] = ["file_id", "row", "sensor_id", "timestamp", "value", "generation"]
    every = {column for columns in there.values() for column in columns}
    for of in view_comments.COLUMNS:
        if isinstance(of, tuple):
            assert of[1] in there[of[0]], of
        else:
            assert of in every, of
