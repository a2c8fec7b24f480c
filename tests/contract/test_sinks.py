"""What every sink must do: one suite, run against each implementation.

Rows are read back from the sink: from ClickHouse with FINAL, which shows the result of merges.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pytest

from rows.schema import INVALID
from schemas.arrow import dead_letter_table, invalid_row_table
from schemas.dead_letter import DeadLetter
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.tables import IDENTITY, Table
from sinks.base import Sink, SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.sink import ClickHouseSink
from sinks.fan_out import FanOut
from sinks.group_commit import GroupCommit
from tests.harness.memory_sink import MemorySink
from tests.harness.records import FINISHED, partial, stored_invalid_rows, waiting
from tests.harness.services import Service, clickhouse, database_url
from tests.harness.stored_files import sensor_result_table

AWKWARD = ["", "a\tb", "l1\nl2\r\n", "\\N", "\\", "'q\"`", "naïve 漢字 😀", "\x00", "NULL", "{x}"]


class Held(Protocol):
    """A sink and what it holds."""

    @property
    def sink(self) -> Sink: ...

    async def rows(self, table: Table) -> list[dict[str, Any]]: ...


class InMemory:
    def __init__(self) -> None:
        self._memory = MemorySink()
        self.sink: Sink = self._memory

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        return [dict(row) for row in self._memory.rows(table)]


class InClickHouse:
    def __init__(self, url: str) -> None:
        self.sink = ClickHouseSink(url)
        self.database = Database(url)

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        # When the database inserted a record is no part of it.
        moment = " EXCEPT inserted_at" if table is Table.FILE_RECORDS else ""
        found = await self.database.query(f"SELECT *{moment} FROM {table} FINAL")
        return sorted(found, key=lambda row: tuple(row[name] for name in IDENTITY[table]))

    async def close(self) -> None:
        await self.sink.close()
        await self.database.close()


class InTwo:
    """Two sinks; what is read back is in both."""

    def __init__(self) -> None:
        self.first, self.second = MemorySink(), MemorySink()
        self.sink: Sink = FanOut(self.first, self.second)

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        rows = [dict(row) for row in self.first.rows(table)]
        assert rows == [dict(row) for row in self.second.rows(table)]
        return rows


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = clickhouse(tmp_path_factory.mktemp("clickhouse"))
    service.start()
    yield service
    service.kill()


@pytest.fixture(params=["memory", "clickhouse", "two sinks"])
async def held(
    request: pytest.FixtureRequest, server: Service, tmp_path: Path
) -> AsyncIterator[Held]:
    if request.param == "memory":
        yield InMemory()
        return
    if request.param == "two sinks":
        yield InTwo()
        return
    url = database_url(server.port, f"sink_{tmp_path.name}")
    opened = InClickHouse(url)
    await migrate(opened.database)
    # Nothing here may rest on a merge having run.
    for table in Table:
        await opened.database.command(f"SYSTEM STOP MERGES {table}")
    yield opened
    await opened.close()


def invalid_batch(rows: list[dict[str, Any]], generation: int = 1) -> SinkBatch:
    batch = pa.RecordBatch.from_pylist(rows, schema=INVALID)
    return SinkBatch(Table.INVALID_ROWS, invalid_row_table(batch, "f-1", generation))


def result_batch(rows: list[dict[str, Any]]) -> SinkBatch:
    return SinkBatch(Table.SENSOR_RESULTS, sensor_result_table(rows, "f-1", 1))


def sensor(name: str, value: float = 1.5, at: int = 0) -> dict[str, Any]:
    names = ["min_value", "max_value", "sum_hi", "sum_lo", "first_value", "last_value"]
    counts = {"row_count": 1, "first_row": 1, "last_row": 1, "missing_count": 0}
    counts |= {"excluded_count": 0}
    times = {"first_timestamp": at, "last_timestamp": at}
    return {"sensor_id": name, "sensor_hash": 0} | counts | times | dict.fromkeys(names, value)


async def test_a_waiting_record_comes_back_as_it_was(held: Held) -> None:
    await held.sink.write(SinkBatch.of(waiting()))
    assert [FileRecord.from_row(row) for row in await held.rows(Table.FILE_RECORDS)] == [waiting()]


async def test_a_terminal_record_comes_back_as_it_was(held: Held) -> None:
    await held.sink.write(SinkBatch.of(partial()))
    (row,) = await held.rows(Table.FILE_RECORDS)
    assert FileRecord.from_row(row) == partial()
    assert row["version"] == 5


@pytest.mark.parametrize("text", AWKWARD)
async def test_text_of_any_kind_comes_back_as_it_was(held: Held, text: str) -> None:
    record = replace(partial(), filename=text, error=text, idempotency_key=text, codes={text: 1})
    await held.sink.write(SinkBatch.of(record))
    row = stored_invalid_rows()[0] | {"raw": text, "error": text}
    await held.sink.write(invalid_batch([row]))
    (found,) = await held.rows(Table.FILE_RECORDS)
    assert FileRecord.from_row(found) == record
    (found,) = await held.rows(Table.INVALID_ROWS)
    assert (found["raw"], found["error"]) == (text, text)


async def test_the_largest_numbers_come_back_as_they_were(held: Held) -> None:
    record = replace(partial(), size_bytes=2**63 + 1, row_count=2**53 + 1, codes={"c": 2**60 + 1})
    gone = record.deletion(recorded_at=FINISHED)
    await held.sink.write(SinkBatch.of(gone))
    (row,) = await held.rows(Table.FILE_RECORDS)
    assert FileRecord.from_row(row) == gone


async def test_floats_come_back_to_the_last_bit(held: Held) -> None:
    draw = random.Random(7)
    floats = [
        0.1,
        -0.0,
        5e-324,
        2.2250738585072014e-308,
        1.7976931348623157e308,
        9007199254740993.0,
    ]
    while len(floats) < 400:
        (value,) = struct.unpack("<d", draw.randbytes(8))
        if abs(value) < float("inf"):
            floats.append(value)
    # Both ways in: a record's JSON and a table's Arrow.
    records = [
        replace(partial(), file_id=f"f-{n:04}", min_value=value) for n, value in enumerate(floats)
    ]
    await held.sink.write(SinkBatch.of(*records))
    await held.sink.write(result_batch([sensor(f"s-{n:04}", v) for n, v in enumerate(floats)]))
    by_record = [row["min_value"] for row in await held.rows(Table.FILE_RECORDS)]
    by_sensor = [row["sum_hi"] for row in await held.rows(Table.SENSOR_RESULTS)]
    assert [v.hex() for v in by_record] == [v.hex() for v in floats]
    assert [v.hex() for v in by_sensor] == [v.hex() for v in floats]


@pytest.mark.parametrize("year", [1900, 1969, 1970, 2024, 2299])
async def test_timestamps_come_back_to_the_microsecond(held: Held, year: int) -> None:
    moment = datetime(year, 12, 31, 23, 59, 59, 999_999, UTC)
    at = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    await held.sink.write(result_batch([sensor("s", at=at)]))
    (row,) = await held.rows(Table.SENSOR_RESULTS)
    assert row["first_timestamp"] == row["last_timestamp"] == moment


async def test_invalid_rows_come_back_as_they_were(held: Held) -> None:
    await held.sink.write(invalid_batch(stored_invalid_rows()))
    of_file = {"file_id": "f-1", "generation": 1, "cell": 0}
    assert await held.rows(Table.INVALID_ROWS) == [of_file | row for row in stored_invalid_rows()]


async def test_a_dead_letter_keeps_its_bytes(held: Held) -> None:
    letter = DeadLetter(
        topic="files.announced",
        partition=3,
        offset=2**40,
        code="undecodable",
        reason="no",
        key=None,
        value=b"plain",
        headers={"filename": "a\tb", "": "x"},
        received_at=FINISHED,
    )
    await held.sink.write(SinkBatch(Table.DEAD_LETTERS, dead_letter_table([letter])))
    (row,) = await held.rows(Table.DEAD_LETTERS)
    assert (row["topic"], row["partition"], row["offset"]) == ("files.announced", 3, 2**40)
    assert row["headers"] == {"filename": "a\tb", "": "x"}
    assert row["key"] is None
    assert row["value"] in (b"plain", "plain")


async def test_the_highest_version_holds_in_any_order_of_writes(held: Held) -> None:
    replay = partial().next_generation(recorded_at=FINISHED)
    life = [waiting(), partial(), replay]
    for number, order in enumerate(permutations(life)):
        for record in order:
            await held.sink.write(SinkBatch.of(replace(record, file_id=f"f-{number}")))
    held_now = [FileRecord.from_row(row) for row in await held.rows(Table.FILE_RECORDS)]
    assert held_now == [replace(replay, file_id=f"f-{number}") for number in range(6)]


async def test_a_deleted_file_stays_deleted(held: Held) -> None:
    gone = waiting().deletion(recorded_at=FINISHED)
    for record in (gone, partial(), partial().next_generation(recorded_at=FINISHED)):
        await held.sink.write(SinkBatch.of(record))
    (row,) = await held.rows(Table.FILE_RECORDS)
    assert FileRecord.from_row(row) == gone


async def test_progress_never_goes_back(held: Held) -> None:
    steps = [
        FileProgress(
            file_id="f-1",
            generation=1,
            batches_done=done,
            batches_total=total,
            rows_done=done,
            updated_at=FINISHED,
        )
        for done, total in [(3, 4), (2, None), (3, None), (1, 4)]
    ]
    for step in steps:
        await held.sink.write(SinkBatch.of(step))
    assert [FileProgress.from_row(r) for r in await held.rows(Table.FILE_PROGRESS)] == steps[:1]


async def test_a_redelivery_changes_nothing(held: Held) -> None:
    letters = [
        DeadLetter(
            topic="files.inline",
            partition=0,
            offset=offset,
            code="c",
            reason="r",
            key=b"k",
            value=b"v",
            received_at=FINISHED,
        )
        for offset in range(3)
    ]
    batches = [
        SinkBatch.of(partial()),
        invalid_batch(stored_invalid_rows()),
        result_batch([sensor("a"), sensor("b"), sensor("a\x00")]),
        SinkBatch(Table.DEAD_LETTERS, dead_letter_table(letters)),
    ]
    for batch in batches:
        await held.sink.write(batch)
    once = {table: await held.rows(table) for table in Table}
    assert [len(once[batch.table]) for batch in batches] == [1, 2, 3, 3]
    for batch in [*batches, *reversed(batches)]:
        await held.sink.write(batch)
    # A part of a batch, and one that overlaps another, as after a crash in between.
    await held.sink.write(invalid_batch(stored_invalid_rows()[1:]))
    assert {table: await held.rows(table) for table in Table} == once


async def test_generations_do_not_replace_each_other(held: Held) -> None:
    await held.sink.write(invalid_batch(stored_invalid_rows(), generation=1))
    await held.sink.write(invalid_batch(stored_invalid_rows()[:1], generation=2))
    found = await held.rows(Table.INVALID_ROWS)
    assert [(row["generation"], row["row"]) for row in found] == [
        (1, 262_200),
        (1, 262_250),
        (2, 262_200),
    ]


async def test_a_broker_that_counts_from_0_again_hides_no_dead_letter(held: Held) -> None:
    for value in (b"before", b"after"):
        letter = DeadLetter(
            topic="files.inline",
            partition=0,
            offset=0,
            code="c",
            reason="r",
            key=None,
            value=value,
            received_at=FINISHED,
        )
        await held.sink.write(SinkBatch(Table.DEAD_LETTERS, dead_letter_table([letter])))
    assert len(await held.rows(Table.DEAD_LETTERS)) == 2


@pytest.mark.parametrize("empty", [[], INVALID.empty_table()], ids=["rows", "arrow"])
async def test_nothing_is_written_of_nothing(held: Held, empty: Any) -> None:
    if not isinstance(empty, list):
        empty = invalid_row_table(empty, "f-1", 1)
    await held.sink.write(SinkBatch(Table.INVALID_ROWS, empty))
    assert await held.rows(Table.INVALID_ROWS) == []


async def test_grouped_writes_give_the_same_rows(held: Held) -> None:
    grouped = GroupCommit(held.sink)
    records = [replace(waiting(), file_id=f"f-{n:03}") for n in range(40)]
    await asyncio.gather(
        *(grouped.write(SinkBatch.of(record)) for record in records),
        *(grouped.write(invalid_batch([row])) for row in stored_invalid_rows()),
        grouped.write(invalid_batch(stored_invalid_rows())),
    )
    assert [FileRecord.from_row(r) for r in await held.rows(Table.FILE_RECORDS)] == records
    assert len(await held.rows(Table.INVALID_ROWS)) == 2
