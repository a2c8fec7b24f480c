"""Readings of many files as the database streams them, and which files ended since a moment."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.arrow import live_key
from schemas.file_record import FileRecord
from schemas.instants import EPOCH
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries.exports import (
    SETTINGS,
    Form,
    Selection,
    ended_files,
    format_of,
    statement,
)
from sinks.queries.files import files_to_purge, with_ends
from sinks.queries.webhooks import database_now
from tests.harness.sealing import seal_all
from tests.harness.stored_files import minutes, new_file

ODD = 'a "b", c'


async def stored(database: Database, sink: ClickHouseSink, record: FileRecord) -> FileRecord:
    """A file that ended, with a reading of each of two sensors a minute."""
    ended = record.terminal(
        "processed", finished_at=minutes(9), processing_ms=1, row_count=6, sensor_count=2
    )
    key = int(live_key(record.file_id, record.generation))
    await database.command(
        "INSERT INTO readings_by_sensor"
        " (sensor_id, timestamp, file_id, generation, row, cell, value, live_key)"
        " SELECT s, addMinutes({begin:DateTime64(6, 'UTC')}, number), {id:String},"
        " {generation:UInt32}, number + 1, i, number + 0.5, {key:UInt64}"
        " FROM numbers(3) ARRAY JOIN ['plain', {odd:String}] AS s, [0, 1] AS i",
        {
            "begin": record.upload_time,
            "id": record.file_id,
            "generation": record.generation,
            "key": key,
            "odd": ODD,
        },
    )
    await sink.write(SinkBatch.of(ended))
    return ended


async def exported(database: Database, selection: Selection, form: Form) -> bytes:
    sql, params = statement(selection, form)
    return b"".join(
        [piece async for piece in database.stream(sql, params, format_of(form), SETTINGS)]
    )


async def test_every_form_has_the_same_readings(database: Database, sink: ClickHouseSink) -> None:
    await stored(database, sink, new_file("second", at=10))
    await stored(database, sink, new_file("first"))
    selection = Selection(sensor_id=ODD)
    text = (await exported(database, selection, "csv")).decode().splitlines()
    assert text[0] == '"a ""b"", c",2024-05-01T00:00:00.000000Z,0.5,first,1,1'
    assert [line.split(",")[-3] for line in text] == ["first"] * 3 + ["second"] * 3
    parquet = pq.read_table(io.BytesIO(await exported(database, selection, "parquet")))
    arrow = pa.ipc.open_stream(await exported(database, selection, "arrow")).read_all()
    for table in (parquet, arrow):
        assert table.column_names == [
            *("sensor_id", "timestamp", "value", "file_id", "generation", "row")
        ]
        assert table.column("value").to_pylist() == [0.5, 1.5, 2.5] * 2
        assert set(table.column("sensor_id").to_pylist()) == {ODD}
        assert table.schema.field("timestamp").type == pa.timestamp("us", tz="UTC")


async def test_a_range_ends_before_its_end(database: Database, sink: ClickHouseSink) -> None:
    await stored(database, sink, new_file("ranged"))
    selection = Selection(begin=minutes(1), end=minutes(2))
    lines = (await exported(database, selection, "csv")).decode().splitlines()
    assert sorted(line.split(",")[-4] for line in lines) == ["1.5", "1.5"]


async def test_what_is_deleted_or_replaced_is_not_exported(
    database: Database, sink: ClickHouseSink
) -> None:
    gone = await stored(database, sink, new_file("gone"))
    await sink.write(SinkBatch.of(gone.deletion(recorded_at=minutes(20))))
    old = await stored(database, sink, new_file("again"))
    await stored(database, sink, old.next_generation(recorded_at=minutes(20)))
    lines = (await exported(database, Selection(), "csv")).decode().splitlines()
    assert {tuple(line.split(",")[-3:-1]) for line in lines} == {("again", "2")}
    assert len(lines) == 6


async def test_files_that_ended_are_found_once_and_in_order(
    database: Database, sink: ClickHouseSink
) -> None:
    first = await stored(database, sink, new_file("one"))
    await sink.write(SinkBatch.of(new_file("waits")))
    await stored(database, sink, new_file("two"))
    soon = await database_now(database) + timedelta(seconds=1)
    page = await ended_files(database, (EPOCH, ""), soon, files=1, rows=100)
    assert page.files == [("one", 1)]
    assert page.after is not None
    rest = await ended_files(database, page.after, soon, files=10, rows=100)
    assert rest.files == [("two", 1)]
    assert rest.after is not None
    assert (await ended_files(database, rest.after, soon, files=10, rows=100)).files == []
    # A purge is no end; a replay is, and while it runs there is none.
    await sink.write(SinkBatch.of(replace(first, purged=True)))
    replayed = first.next_generation(recorded_at=minutes(30))
    await sink.write(SinkBatch.of(replayed))
    later = datetime.now(UTC) + timedelta(days=1)
    assert (await ended_files(database, rest.after, later, files=10, rows=100)).files == []
    await stored(database, sink, replayed)
    again = await ended_files(database, rest.after, later, files=10, rows=100)
    assert again.files == [("one", 2)]
    # At least one file, and no more readings than are asked for.
    few = await ended_files(database, (EPOCH, ""), later, files=10, rows=7)
    assert few.files == [("two", 1)]


async def test_a_file_whose_insert_was_slow_comes_after_a_cursor_that_passed_it(
    database: Database, sink: ClickHouseSink
) -> None:
    """The insert of its end began before the cursor, and was only seen after it."""
    record = await stored(database, sink, new_file("slow"))
    await stored(database, sink, new_file("other"))
    passed = await database_now(database)
    seconds = itertools.chain([0.0, 11.0], itertools.repeat(11.0))
    slow = ClickHouseSink(database.url, clock=lambda: next(seconds))
    await slow.write(SinkBatch.of(record))
    await slow.close()
    later = passed + timedelta(days=1)
    found = await ended_files(database, (passed, ""), later, files=10, rows=100)
    assert found.files == [("slow", 1)]
    rows = await database.query(
        "SELECT count() AS n, uniqExact(record) AS records, countIf(inserted_at >= {t:DateTime64(6, 'UTC')})"
        " AS late FROM file_records WHERE file_id = 'slow' AND status != 'waiting'",
        {"t": passed},
    )
    assert rows == [{"n": 3, "records": 1, "late": 2}]


async def test_the_end_of_a_file_is_found_though_only_a_later_record_of_it_is_left(
    database: Database, sink: ClickHouseSink
) -> None:
    """A merge of the database removes the records that a later one took the place of."""
    ended = new_file("kept").terminal(
        "processed", finished_at=minutes(9), processing_ms=1, row_count=6, sensor_count=2
    )
    removed = ended.without_raw(recorded_at=minutes(90))
    for left in (
        removed,
        removed.purge(),
        removed.purge().without_readings(recorded_at=minutes(99)),
    ):
        await sink.write(SinkBatch.of(left))
        now = await database_now(database)
        found = await ended_files(database, (EPOCH, ""), now, files=10, rows=100)
        assert found.files == [("kept", 1)]
        assert found.after is not None
        # Once.
        assert (await ended_files(database, found.after, now, files=10, rows=100)).files == []
        assert (await ended_files(database, (minutes(80), ""), now, files=10, rows=100)).files == []


async def test_a_file_is_given_once_though_its_end_is_purged_and_merged_away(
    database: Database, sink: ClickHouseSink
) -> None:
    """The worker's clock says something else than the moment of the insert."""
    first = await stored(database, sink, new_file("replayed"))
    begin = await database_now(database)
    again = first.next_generation(recorded_at=minutes(30))
    await sink.write(SinkBatch.of(again))
    ended = again.terminal("processed", finished_at=begin, processing_ms=1, row_count=6)
    await sink.write(SinkBatch.of(ended))
    far = await database_now(database) + timedelta(seconds=60)
    found = await ended_files(database, (begin, ""), far, files=10, rows=100)
    assert found.files == [("replayed", 2)]
    assert found.after is not None

    await seal_all(database)
    (due,) = await files_to_purge(database, before=far)
    later = [due.purge()]
    (known,) = await with_ends(database, [ended])
    later.append(known.without_raw(recorded_at=far))
    later.append(later[1].purge().without_readings(recorded_at=far))
    for record in later:
        await sink.write(SinkBatch.of(record))
        # What a merge leaves.
        (left,) = await database.query("SELECT record, inserted_at FROM file_records FINAL")
        assert left["record"] == record.row()["record"]
        await database.command("TRUNCATE TABLE file_records")
        await sink.write(SinkBatch.of(record))
        assert (await ended_files(database, found.after, far, files=10, rows=100)).files == []
        # Who has not asked since then does not miss it.
        missed = await ended_files(database, (begin, ""), far, files=10, rows=100)
        assert (missed.files, missed.after) == ([("replayed", 2)], found.after)
        (same,) = await with_ends(database, [record])
        assert same == record
    # A replay has an end of its own.
    assert record.next_generation(recorded_at=far).ended_at is None
    assert record.terminal("failed", finished_at=far, processing_ms=1).ended_at is None
