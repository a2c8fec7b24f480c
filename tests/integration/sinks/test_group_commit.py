"""Writes that share inserts: each caller gets the outcome of its own rows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pyarrow as pa
import pytest

from rows.schema import INVALID
from schemas.arrow import invalid_row_table
from schemas.errors import Service, Unavailable
from schemas.tables import Table
from sinks.base import SinkBatch
from sinks.clickhouse.connection import Refused
from sinks.group_commit import GroupCommit
from tests.harness.memory_sink import MemorySink
from tests.harness.stored_files import new_file, refused


class SlowSink(MemorySink):
    """Holds every insert until it is let through, and notes what each had; may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[Table, int]] = []
        self.entered = asyncio.Event()
        self.through = asyncio.Semaphore(0)
        self.away = False

    async def write(self, batch: SinkBatch) -> None:
        self.sizes.append((batch.table, len(batch)))
        self.entered.set()
        await self.through.acquire()
        if self.away:
            raise Unavailable(Service.CLICKHOUSE, "away", retry_after=7)
        await super().write(batch)


def record(number: int) -> SinkBatch:
    return SinkBatch.of(new_file(f"f-{number:03}"))


def invalid(*rows: int) -> SinkBatch:
    batch = pa.RecordBatch.from_pylist([refused(row) for row in rows], schema=INVALID)
    return SinkBatch(Table.INVALID_ROWS, invalid_row_table(batch, "f-1", 1))


async def test_writes_during_an_insert_share_the_next() -> None:
    sink = SlowSink()
    grouped = GroupCommit(sink)
    first = asyncio.create_task(grouped.write(record(0)))
    await sink.entered.wait()
    others = [asyncio.create_task(grouped.write(record(n))) for n in range(1, 30)]
    await asyncio.sleep(0)  # let them come
    assert not first.done()
    sink.through.release()
    await first
    assert [task.done() for task in others] == [False] * 29
    sink.through.release()
    await asyncio.gather(*others)
    assert sink.sizes == [(Table.FILE_RECORDS, 1), (Table.FILE_RECORDS, 29)]
    assert len(sink.rows(Table.FILE_RECORDS)) == 30


async def test_after_an_insert_of_some_writes_the_next_ones_gather() -> None:
    sink = SlowSink()
    sink.through = asyncio.Semaphore(9)
    grouped = GroupCommit(sink, wait=0)
    await asyncio.gather(*(grouped.write(record(n)) for n in range(4)))
    early = asyncio.create_task(grouped.write(record(4)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not early.done()
    await asyncio.gather(early, grouped.write(record(5)))
    assert [size for _, size in sink.sizes] == [4, 2]


async def test_tables_do_not_wait_for_each_other() -> None:
    sink = SlowSink()
    grouped = GroupCommit(sink, wait=0)
    records = asyncio.create_task(grouped.write(record(0)))
    await sink.entered.wait()
    sink.entered.clear()
    rows = asyncio.create_task(grouped.write(invalid(1)))
    await sink.entered.wait()
    assert {table for table, _ in sink.sizes} == {Table.FILE_RECORDS, Table.INVALID_ROWS}
    sink.through.release()
    sink.through.release()
    await asyncio.gather(records, rows)


async def test_an_insert_has_at_most_so_many_rows_unless_one_write_has_more() -> None:
    sink = SlowSink()
    for _ in range(9):
        sink.through.release()
    grouped = GroupCommit(sink, max_rows=5)
    sizes = [3, 2, 1, 9, 4, 4]
    writes, row = [], 0
    for size in sizes:
        writes.append(grouped.write(invalid(*range(row, row + size))))
        row += size
    await asyncio.gather(*writes)
    assert [size for _, size in sink.sizes] == [5, 1, 9, 4, 4]
    assert [r["row"] for r in sink.rows(Table.INVALID_ROWS)] == list(range(23))


async def test_a_failure_is_raised_in_the_writers_that_shared_it_only() -> None:
    sink = SlowSink()
    grouped = GroupCommit(sink)
    sink.away = True
    doomed = [asyncio.create_task(grouped.write(record(n))) for n in range(5)]
    await sink.entered.wait()
    later = [asyncio.create_task(grouped.write(record(n))) for n in range(5, 8)]
    await asyncio.sleep(0)
    sink.through.release()
    ends = await asyncio.gather(*doomed, return_exceptions=True)
    assert [type(end) for end in ends] == [Unavailable] * 5
    assert all(isinstance(end, Unavailable) and end.retry_after == 7 for end in ends)
    sink.away = False
    sink.through.release()
    await asyncio.gather(*later)
    assert [row["file_id"] for row in sink.rows(Table.FILE_RECORDS)] == ["f-005", "f-006", "f-007"]
    # The same write may be tried again.
    sink.through.release()
    await grouped.write(record(0))
    assert len(sink.rows(Table.FILE_RECORDS)) == 4


async def test_a_bug_does_not_prevent_later_writes() -> None:
    class Broken(MemorySink):
        async def write(self, batch: SinkBatch) -> None:
            if batch == record(0):
                raise KeyError("a bug")
            await super().write(batch)

    sink = Broken()
    grouped = GroupCommit(sink)
    with pytest.raises(KeyError):
        await grouped.write(record(0))
    await grouped.write(record(1))
    assert len(sink.rows(Table.FILE_RECORDS)) == 1


async def test_rows_that_are_refused_fail_their_own_caller_only() -> None:
    class Particular(MemorySink):
        async def write(self, batch: SinkBatch) -> None:
            if any(row["file_id"] == "f-003" for row in batch.rows):
                raise Refused("cannot parse", 27)
            await super().write(batch)

    sink = Particular()
    grouped = GroupCommit(sink)
    ends = await asyncio.gather(
        *(grouped.write(record(n)) for n in range(6)), return_exceptions=True
    )
    assert [type(end) for end in ends].count(Refused) == 1
    assert isinstance(ends[3], Refused)
    assert len(sink.rows(Table.FILE_RECORDS)) == 5


async def test_a_cancelled_writer_does_not_cancel_others() -> None:
    sink = SlowSink()
    grouped = GroupCommit(sink)
    first = asyncio.create_task(grouped.write(record(0)))
    await sink.entered.wait()
    waiting = [asyncio.create_task(grouped.write(record(n))) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    first.cancel()  # in the insert that is in progress
    waiting[1].cancel()  # not in any insert yet
    sink.through.release()
    sink.through.release()
    ends = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [
        asyncio.CancelledError,
        type(None),
        asyncio.CancelledError,
        type(None),
    ]
    written = {row["file_id"] for row in sink.rows(Table.FILE_RECORDS)}
    assert {"f-001", "f-003"} <= written


async def test_writes_to_one_table_stay_in_order() -> None:
    sink = SlowSink()
    for _ in range(50):
        sink.through.release()
    grouped = GroupCommit(sink, wait=0, max_rows=2)
    states = [replace(new_file("f-1"), filename=f"{n}") for n in range(20)]
    await asyncio.gather(*(grouped.write(SinkBatch.of(state)) for state in states))
    # Equal versions: the one written last holds.
    assert [row["filename"] for row in sink.rows(Table.FILE_RECORDS)] == ["19"]


async def test_nothing_is_left_for_another_event_loop() -> None:
    sink = MemorySink()
    grouped = GroupCommit(sink)
    await grouped.write(record(0))
    await asyncio.sleep(0)
    await asyncio.to_thread(lambda: asyncio.run(grouped.write(record(1))))
    assert len(sink.rows(Table.FILE_RECORDS)) == 2
