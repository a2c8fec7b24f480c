"""The named queries of a file's details and of totals, read from a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ingest.files.export import export_invalid_rows
from schemas.corrections import RowFilter
from schemas.errors import BadData
from schemas.file_record import FileRecord
from schemas.limits import MAX_TIMESTAMP, MIN_TIMESTAMP
from sinks import queries
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries.bulk import first_invalid_rows, invalid_rows_of_files
from tests.harness.stored_files import (
    START,
    done,
    minutes,
    new_file,
    refused,
    sensor,
    write_file,
    write_invalid,
    write_results,
)


def stored(row: dict[str, Any]) -> dict[str, Any]:
    """An invalid row as it is read."""
    read = {"byte" if name == "byte_offset" else name: value for name, value in row.items()}
    return read | {"cell": 0}


@pytest.fixture
async def detailed(sink: ClickHouseSink) -> FileRecord:
    """A file with 23 sensors (equal values among them) and 23 invalid rows, and another file."""
    record = new_file("f-1")
    sensors = [
        sensor(f"s-{n * 5 % 23:02}", [float(n % 4) - 1.5] * (n % 3 + 1), at=n % 6)
        for n in range(23)
    ]
    rows = [refused(n * 3 + 1, ["value_format", "missing_fields"][n % 2]) for n in range(23)]
    await write_file(sink, new_file("f-2"), sensors[:5], rows[:5])
    # Written twice, and the generation before had others.
    before = await write_file(sink, record, [sensor("old", [1.0])], [refused(1000)])
    now = before.next_generation(recorded_at=minutes(1))
    await write_file(sink, now, sensors, rows)
    return await write_file(sink, now, sensors, rows)


@pytest.mark.slow
async def test_generations_with_results(sink: ClickHouseSink, database: Database) -> None:
    await write_results(sink, new_file("f-3"), [sensor("a", [1.0]), sensor("b", [2.0])])
    keys = [("f-3", 1), ("f-3", 2), ("f-4", 1)]
    assert await queries.generations_with_results(database, keys) == {("f-3", 1)}


@pytest.mark.slow
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_of_sensors_have_each_sensor_once_and_in_order(
    database: Database, detailed: FileRecord, descending: bool
) -> None:
    for sort, key in queries.SENSOR_SORTS.items():
        seen: list[dict[str, Any]] = []
        after: queries.After | None = None
        while True:
            page = await queries.sensors_page(
                database, detailed.file_id, sort=sort, descending=descending, limit=5, after=after
            )
            seen += page.items
            if page.next is None:
                break
            after = queries.after_of(list(page.next), key)
        assert len(seen) == len({row["sensor_id"] for row in seen}) == 23
        in_order = sorted(((row[sort], row["sensor_id"]) for row in seen), reverse=descending)
        assert [(row[sort], row["sensor_id"]) for row in seen] == in_order
        assert sorted(seen[0]) == sorted(
            [
                "sensor_id",
                "row_count",
                "min_value",
                "max_value",
                "mean_value",
                "first_timestamp",
                "first_value",
                "last_timestamp",
                "last_value",
                "missing_count",
                "excluded_count",
            ]
        )


async def test_counts_by_sensor_are_the_first_by_name(
    database: Database, detailed: FileRecord
) -> None:
    counts = await queries.per_sensor_count(database, "f-1")
    assert sum(counts.values()) == detailed.row_count
    assert list(counts) == [f"s-{n:02}" for n in range(23)]
    assert await queries.per_sensor_count(database, detailed, 3) == dict(list(counts.items())[:3])


async def test_pages_of_invalid_rows_go_by_row(database: Database, detailed: FileRecord) -> None:
    seen: list[dict[str, Any]] = []
    while True:
        after = (seen[-1]["row"], seen[-1]["cell"]) if seen else (0, 0)
        page = await queries.invalid_rows_page(database, "f-1", after=after, limit=5)
        if not page:
            break
        seen += page
    codes = ["value_format", "missing_fields"]
    expected = [stored(refused(n * 3 + 1, codes[n % 2])) for n in range(23)]
    assert seen == expected
    streamed = [
        row async for block in queries.invalid_rows_stream(database, "f-1") for row in block
    ]
    assert streamed == expected
    only = await queries.invalid_rows_page(
        database, detailed, rows=RowFilter(code="missing_fields"), after=(5, 0)
    )
    assert only == [row for row in expected if row["code"] == "missing_fields" and row["row"] > 5]
    stream = queries.invalid_rows_stream(database, "f-1", rows=RowFilter(code="value_format"))
    assert len([row async for block in stream for row in block]) == 12
    assert (
        await queries.invalid_rows_page(database, "f-1", rows=RowFilter(code="no_such_code")) == []
    )


async def test_pages_of_invalid_cells_of_one_row_go_by_cell(
    database: Database, sink: ClickHouseSink
) -> None:
    rows = [refused(1), *(refused(2) | {"column": name} for name in "abc"), refused(3)]
    await write_file(sink, new_file("f-1"), [sensor("s", [1.0])], rows)
    seen: list[dict[str, Any]] = []
    while page := await queries.invalid_rows_page(
        database,
        "f-1",
        after=(seen[-1]["row"], seen[-1]["cell"]) if seen else (0, 0),
        limit=2,
    ):
        seen += page
    assert [(row["row"], row["cell"], row["column"]) for row in seen] == [
        *((1, 0, "value"), (2, 0, "a"), (2, 1, "b"), (2, 2, "c"), (3, 0, "value")),
    ]


async def test_a_sensor_without_readings_has_counts_and_no_values(
    database: Database, sink: ClickHouseSink
) -> None:
    silent = sensor("silent", [0.0]) | {
        "row_count": 0,
        "min_value": float("inf"),
        "max_value": float("-inf"),
        "first_timestamp": MAX_TIMESTAMP,
        "last_timestamp": MIN_TIMESTAMP,
        "missing_count": 7,
        "excluded_count": 2,
    }
    await write_file(sink, new_file("f-1"), [silent, sensor("loud", [1.0])], [])
    await write_file(sink, new_file("f-2"), [sensor("loud", [3.0])], [])
    page = await queries.sensors_page(database, "f-1")
    by_name = {row["sensor_id"]: row for row in page.items}
    assert by_name["silent"] == {
        **dict.fromkeys(("min_value", "max_value", "mean_value"), None),
        **dict.fromkeys(("first_timestamp", "first_value", "last_timestamp", "last_value"), None),
        "sensor_id": "silent",
        "row_count": 0,
        "missing_count": 7,
        "excluded_count": 2,
    }
    totals = (await queries.sensor_totals_page(database, sort="row_count", descending=True)).items
    assert [(row["sensor_id"], row["row_count"], row["files"]) for row in totals] == [
        ("loud", 2, 2),
        ("silent", 0, 0),
    ]
    assert totals[1]["missing_count"] == 7
    assert totals[1]["mean_value"] is None


async def test_a_long_stream_has_each_row_once(database: Database, sink: ClickHouseSink) -> None:
    rows = [refused(row) for row in range(1, 4502)]
    await write_file(sink, new_file("f-1"), [], rows)
    blocks = [block async for block in queries.invalid_rows_stream(database, "f-1")]
    assert [row for block in blocks for row in block] == list(map(stored, rows))
    assert len(blocks) > 1
    # Exactly as many as fill its blocks.
    await write_file(sink, new_file("f-2"), [], rows[: 2 * len(blocks[0])])
    blocks = [block async for block in queries.invalid_rows_stream(database, "f-2")]
    assert [len(block) for block in blocks] == [len(blocks[0])] * 2


async def test_details_belong_to_the_record_they_are_asked_with(
    database: Database, sink: ClickHouseSink, detailed: FileRecord
) -> None:
    again = detailed.next_generation(recorded_at=minutes(9))
    await write_file(sink, again, [sensor("new", [1.0])])
    assert await queries.per_sensor_count(database, "f-1") == {"new": 1}
    assert len(await queries.per_sensor_count(database, detailed)) == 23
    assert len(await queries.invalid_rows_page(database, detailed)) == 23
    assert await queries.invalid_rows_page(database, "f-1") == []


async def test_an_export_that_was_overtaken_does_not_look_complete(
    database: Database, sink: ClickHouseSink, detailed: FileRecord
) -> None:
    async def exported(record: FileRecord, only: RowFilter = RowFilter()) -> int:  # noqa: B008
        chunks = [chunk async for chunk in export_invalid_rows(database, record, only)]
        return b"".join(chunks).count(b"\n") - 1

    await write_file(sink, detailed.next_generation(recorded_at=minutes(9)), [], [refused(1)])
    assert await exported(detailed) == 23
    await database.command(
        "ALTER TABLE invalid_row_rows DELETE WHERE file_id = 'f-1' AND generation = 2 AND row > 9"
        " SETTINGS mutations_sync = 0"
    )
    await database.command(f"SYSTEM START MERGES {database.name}.invalid_row_rows")
    async with asyncio.timeout(60):
        while len(await queries.invalid_rows_page(database, detailed)) == 23:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    for only in (RowFilter(), RowFilter(text="a"), RowFilter(column="value")):
        with pytest.raises(ConnectionAbortedError):
            await exported(detailed, only)
    # A file of which not all details are kept is complete with what there is.
    now = await queries.file_by_id(database, "f-1")
    assert now is not None
    assert await exported(replace(now, invalid_count=5)) == 1
    assert await exported(now, RowFilter(text="no row has this")) == 0


async def test_nothing_is_seen_of_a_file_before_it_is_terminal_or_after_it_is_deleted(
    database: Database, sink: ClickHouseSink, detailed: FileRecord
) -> None:
    waiting = new_file("f-3")
    await sink.write(SinkBatch.of(waiting))
    await write_results(sink, waiting, [sensor("a", [1.0])])
    await write_invalid(sink, waiting, [refused(1)])
    await sink.write(SinkBatch.of(detailed.deletion(recorded_at=minutes(3))))
    for file_id in ("f-3", "f-1", "unknown"):
        assert (await queries.sensors_page(database, file_id)).items == []
        assert await queries.per_sensor_count(database, file_id) == {}
        assert await queries.invalid_rows_page(database, file_id) == []
        assert [b async for b in queries.invalid_rows_stream(database, file_id) if b] == []


@pytest.mark.usefixtures("detailed")
async def test_stored_invalid_rows_are_counted_once_each(database: Database) -> None:
    async def stored(generation: int, before_row: int) -> int:
        return await queries.stored_invalid_rows(database, "f-1", generation, before_row=before_row)

    assert [await stored(2, row) for row in (1, 2, 4, 5, 10_000)] == [0, 1, 1, 2, 23]
    assert (await stored(1, 10_000), await stored(3, 10_000)) == (1, 0)
    numbers = [
        await queries.invalid_row_number(database, "f-1", 2, nth=nth) for nth in (1, 2, 23, 24)
    ]
    assert numbers == [1, 4, 67, None]


async def test_kept_details_end_where_the_record_says(
    database: Database, sink: ClickHouseSink
) -> None:
    record = new_file("f-1")
    await write_invalid(sink, record, [refused(row) for row in (1, 5, 9)])
    terminal = done(record, [], 3, kept_through=5)
    await sink.write(SinkBatch.of(terminal))
    for file in ("f-1", terminal):
        assert [r["row"] for r in await queries.invalid_rows_page(database, file)] == [1, 5]


@pytest.mark.slow
@pytest.mark.usefixtures("detailed")
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_of_totals_have_each_sensor_once_and_in_order(
    database: Database, descending: bool
) -> None:
    for sort, key in queries.TOTAL_SORTS.items():
        seen: list[dict[str, Any]] = []
        after: queries.After | None = None
        while True:
            page = await queries.sensor_totals_page(
                database, sort=sort, descending=descending, limit=5, after=after
            )
            seen += page.items
            if page.next is None:
                break
            after = queries.after_of(list(page.next), key)
        assert len(seen) == len({row["sensor_id"] for row in seen}) == 23
        in_order = sorted(((row[sort], row["sensor_id"]) for row in seen), reverse=descending)
        assert [(row[sort], row["sensor_id"]) for row in seen] == in_order
        assert {row["files"] for row in seen} == {1, 2}


@pytest.mark.usefixtures("detailed")
async def test_totals_are_searched_by_a_part_of_the_name(database: Database) -> None:
    page = await queries.sensor_totals_page(database, q="-1")
    assert [row["sensor_id"] for row in page.items] == [f"s-1{n}" for n in range(10)]


async def test_pages_of_totals_continue_after_sensors_of_deleted_files(
    database: Database, sink: ClickHouseSink
) -> None:
    gone = await write_file(
        sink, new_file("f-1"), [sensor(f"s-{n:02}", [1.0]) for n in range(3, 20)]
    )
    names = ["s-00", "s-05", "s-21", "s-22", "s-23"]
    await write_file(sink, new_file("f-2"), [sensor(name, [1.0]) for name in names])
    await sink.write(SinkBatch.of(gone.deletion(recorded_at=START)))
    for descending in (False, True):
        seen: list[str] = []
        after: queries.After | None = None
        while True:
            page = await queries.sensor_totals_page(
                database, q="s-", descending=descending, limit=2, after=after
            )
            seen += [row["sensor_id"] for row in page.items]
            if page.next is None:
                break
            after = page.next
        assert seen == sorted(names, reverse=descending)


async def test_counts_are_of_live_files_only(
    database: Database, sink: ClickHouseSink, detailed: FileRecord
) -> None:
    await sink.write(SinkBatch.of(new_file("f-3")))
    await sink.write(SinkBatch.of(new_file("f-4").deletion(recorded_at=START)))
    other = await queries.file_by_id(database, "f-2")
    assert other is not None
    assert await queries.distinct_sensors(database) == 23
    assert (await queries.file_counts(database)).document() == {
        "files": 3,
        "waiting": 1,
        "processed": 0,
        "partial": 2,
        "failed": 0,
        "size_bytes": 3 * detailed.size_bytes,
        "row_count": (detailed.row_count or 0) + (other.row_count or 0),
        "invalid_count": 28,
        "record_count": (detailed.row_count or 0) + (other.row_count or 0) + 28,
        "missing_count": 0,
        "excluded_count": 0,
        "listed": {"files": 3, "waiting": 1, "processed": 0, "partial": 2, "failed": 0},
    }


async def test_counts_of_nothing_are_0(database: Database) -> None:
    counts = (await queries.file_counts(database)).document()
    listed = counts.pop("listed")
    assert isinstance(listed, dict)
    assert {*counts.values(), *listed.values()} == {0}
    assert await queries.distinct_sensors(database) == 0


async def test_what_is_live_has_a_name_that_changes_with_it_and_never_comes_again(
    database: Database, sink: ClickHouseSink
) -> None:
    names = [await queries.live_set(database)]

    async def written(record: FileRecord) -> bool:
        """Whether the name has changed; if so it is new."""
        if record.status != "waiting" and not record.deleted:
            await write_results(sink, record, [sensor("a", [1.0])])
        await sink.write(SinkBatch.of(record))
        name = await queries.live_set(database)
        changed = name != names[-1]
        assert changed == (name not in names)
        names.append(name)
        return changed

    def terminal(record: FileRecord) -> FileRecord:
        return record.terminal(
            "processed", finished_at=START, processing_ms=1, row_count=1, sensor_count=1, batches=1
        )

    waiting = new_file("f-1")
    assert not await written(waiting)
    live = terminal(waiting)
    assert await written(live)
    assert not await written(live)
    again = live.next_generation(recorded_at=START)
    assert not await written(again)
    assert await written(terminal(again))
    assert await written(terminal(new_file("f-2")))
    deleted = terminal(again).deletion(recorded_at=START)
    assert await written(deleted)
    assert not await written(deleted.purge())


@pytest.mark.parametrize("number", [5, -0.5, 1e300, 5e-324, float("inf"), float("nan")])
async def test_a_cursor_at_any_number_is_read_or_refused(
    database: Database, sink: ClickHouseSink, number: float
) -> None:
    await write_file(sink, new_file("f-1"), [sensor("a", [1.0])])
    key = queries.SENSOR_SORTS["min_value"]
    try:
        after = queries.after_of([number, "a"], key)
    except BadData:
        return
    page = await queries.sensors_page(database, "f-1", sort="min_value", after=after)
    assert [row["sensor_id"] for row in page.items] == (["a"] if number < 1 else [])


async def test_the_first_invalid_rows_of_many_files_are_those_of_each(
    database: Database, sink: ClickHouseSink
) -> None:
    files = [
        await write_file(
            sink, new_file(f"f-{n}"), [], [refused(row) for row in range(1, 3 * n + 2)]
        )
        for n in range(3)
    ]
    rows = RowFilter()
    keys = [(file.file_id, file.live_generation) for file in files]
    found = await first_invalid_rows(database, keys, rows, limit=4)
    assert [len(found[key]) for key in keys] == [1, 4, 4]
    for file, key in zip(files, keys, strict=True):
        assert found[key] == await invalid_rows_of_files(database, [file], rows, limit=4)
