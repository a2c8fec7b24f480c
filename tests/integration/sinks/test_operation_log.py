"""The log of operations: each number is taken once, by one process."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from schemas.file_record import FileRecord
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.operation_log import Operation, OperationLog
from tests.harness.stored_files import done, minutes, new_file, sensor


def begun(file_id: str, options: int) -> FileRecord:
    """A replay of a file; `options` distinguishes them."""
    ended = done(new_file(file_id), [sensor("a", [-0.1, 40.0])], 3)
    return replace(ended.next_generation(recorded_at=minutes(options)), batch_bytes=options)


async def test_of_many_that_take_a_number_one_has_it(database: Database) -> None:
    log = OperationLog(database, utc_now)
    assert await log.last("f-1") is None
    records = [begun("f-1", n) for n in range(1, 9)]
    held = await asyncio.gather(*(log.append("f-1", 1, record) for record in records))
    (first,) = set(map(repr, held))
    assert first in map(repr, records)
    assert await log.last("f-1") == Operation(1, records[list(map(repr, records)).index(first)])
    # The next number, and another family, are free.
    assert await log.append("f-1", 2, records[0]) == records[0]
    assert await log.append("f-2", 1, records[1]) == records[1]
    assert await log.last("f-1") == Operation(2, records[0])
    # An operation that is appended again is the same.
    assert await log.append("f-1", 2, records[0]) == records[0]
    assert await database.query("SELECT count() AS n FROM file_operations") == [{"n": 3}]


async def test_who_comes_second_sees_the_first_at_once(database: Database) -> None:
    log = OperationLog(database, utc_now)
    records = [begun("f-3", n) for n in range(1, 5)]
    for number in range(1, 25):
        held = await asyncio.gather(*(log.append("f-3", number, one) for one in records))
        assert None not in held
        assert len(set(map(repr, held))) == 1


async def test_a_number_that_is_used_and_forgotten_is_reported(database: Database) -> None:
    log = OperationLog(database, utc_now)
    await log.append("f-1", 1, begun("f-1", 1))
    # As the time to live of its rows does.
    await database.command("DELETE FROM file_operations WHERE family = 'f-1'")
    assert await log.last("f-1") is None
    assert await log.append("f-1", 1, begun("f-1", 2)) is None
    assert await log.append("f-1", 2, begun("f-1", 2)) == begun("f-1", 2)
