"""Operations are decided one after the other, also if a process does not finish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from schemas.errors import Unavailable
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.read_options import ReadOptions
from sinks.file_operations import Decision, FileOperations
from sinks.operation_log import Operation
from tests.harness.stored_files import START, done, minutes, new_file


@dataclass(slots=True)
class Log:
    """A log in memory in which others may be first."""

    operations: dict[int, FileRecord] = field(default_factory=dict)
    # Numbers that were used and are forgotten.
    forgotten: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    # What others append right before our own.
    first: list[FileRecord] = field(default_factory=list)

    async def last(self, family: str) -> Operation | None:
        assert family == "f"
        if not self.operations:
            return None
        number = max(self.operations)
        return Operation(number, self.operations[number])

    async def append(
        self, family: str, number: int, record: FileRecord, key: str = ""
    ) -> FileRecord | None:
        assert family == "f"
        if number in self.forgotten:
            return None
        if self.first:
            self.operations[number] = self.first.pop()
        held = self.operations.setdefault(number, record)
        if held == record:
            self.keys.add(key)
        return held

    async def has(self, family: str, key: str) -> bool:
        assert family == "f"
        return key in self.keys


@dataclass(slots=True)
class Records:
    written: dict[str, FileRecord] = field(default_factory=dict)

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        return {
            r.file_id: FileState(
                file_id=r.file_id, generation=r.generation, live_generation=r.live_generation,
                status=r.status, deleted=r.deleted, version=r.version, processing_ms=None, finished_at=None,
            )
            for r in self.written.values()
            if r.file_id in file_ids
        }  # fmt: skip

    async def write(self, record: FileRecord) -> None:
        held = self.written.get(record.file_id)
        if held is None or held.version <= record.version:
            self.written[record.file_id] = record


def replay_of(file_id: str, generation: int = 2) -> FileRecord:
    record = done(new_file(file_id), [])
    for n in range(1, generation):
        begun = record.next_generation(recorded_at=minutes(n))
        record = begun.terminal("processed", finished_at=START, processing_ms=1)
    return begun


async def test_a_decision_is_appended_and_recorded() -> None:
    log, records = Log(), Records()
    wanted = Decision(replay_of("f"), begins=True)

    async def decide() -> Decision:
        return wanted

    assert await FileOperations(log, records).decide("f", decide) == wanted
    assert records.written == {"f": wanted.record}
    assert list(log.operations.values()) == [wanted.record]


async def test_nothing_is_appended_if_nothing_begins() -> None:
    log, records = Log(), Records()
    found = Decision(replay_of("f"), begins=False)

    async def decide() -> Decision:
        return found

    assert await FileOperations(log, records).decide("f", decide) == found
    assert (records.written, log.operations) == ({}, {})


async def test_who_is_second_decides_again_after_the_first_is_recorded() -> None:
    other = replay_of("other")
    log, records = Log(first=[other]), Records()
    seen: list[set[str]] = []

    async def decide() -> Decision:
        seen.append(set(records.written))
        return Decision(replay_of("f"), begins=True)

    await FileOperations(log, records).decide("f", decide)
    assert seen == [set(), {"other"}]
    assert [record.file_id for record in log.operations.values()] == ["other", "f"]
    assert set(records.written) == {"other", "f"}


async def test_an_operation_that_was_not_recorded_is_recorded_first() -> None:
    begun = replay_of("other")
    log, records = Log({7: begun}), Records({"other": done(new_file("other"), [])})

    async def decide() -> Decision:
        assert records.written["other"] == begun
        return Decision(replay_of("f"), begins=True)

    await FileOperations(log, records).decide("f", decide)
    assert max(log.operations) == 8


@pytest.mark.parametrize("later", ["terminal", "replayed again", "deleted"])
async def test_an_operation_that_was_recorded_is_not_recorded_again(later: str) -> None:
    begun = replay_of("other")
    now = {
        "terminal": begun.terminal("processed", finished_at=START, processing_ms=1),
        "replayed again": replay_of("other", 3),
        "deleted": begun.deletion(recorded_at=START),
    }[later]
    log, records = Log({1: begun}), Records({"other": now})

    async def decide() -> Decision:
        return Decision(begun, begins=False)

    await FileOperations(log, records).decide("f", decide)
    assert records.written == {"other": now}


async def test_numbers_that_are_used_and_forgotten_are_passed_over() -> None:
    log, records = Log(forgotten={1, 2, 3}), Records()

    async def decide() -> Decision:
        return Decision(replay_of("f"), begins=True)

    await FileOperations(log, records).decide("f", decide)
    assert set(log.operations) == {4}


async def test_however_many_numbers_are_used_and_forgotten_one_is_found() -> None:
    log, records = Log(forgotten=set(range(1, 5000))), Records()
    replay = replay_of("f")

    async def decide() -> Decision:
        return Decision(replay, begins=True)

    await FileOperations(log, records).decide("f", decide)
    assert list(log.operations.values()) == [replay]
    (number,) = log.operations
    # The next one follows it, though there are forgotten numbers below.
    again = replay_of("f", generation=9)

    async def decide_again() -> Decision:
        return Decision(again, begins=True)

    await FileOperations(log, records).decide("f", decide_again)
    assert log.operations == {number: replay, number + 1: again}


async def test_a_caller_that_never_comes_first_is_asked_to_come_again() -> None:
    log, records = Log(first=[replay_of(f"other-{n}") for n in range(100)]), Records()

    async def decide() -> Decision:
        return Decision(replay_of("f"), begins=True)

    with pytest.raises(Unavailable):
        await FileOperations(log, records).decide("f", decide)


async def test_a_request_that_is_repeated_does_not_undo_what_came_after_it() -> None:
    log, records = Log(), Records()
    operations = FileOperations(log, records)
    await records.write(done(new_file("f"), []))
    checked: list[str] = []

    async def read_with(column: str, key: str) -> FileRecord:
        async def check() -> None:
            checked.append(column)

        async def decide() -> Decision:
            options = ReadOptions(value_column=(column,))
            record = records.written["f"]
            return await operations.next_reading(
                "f", record, options, key=key, check=check, now=START
            )

        return (await operations.decide("f", decide)).record

    first = await read_with("a", "first")
    # It begins nothing, and is remembered nevertheless.
    assert await read_with("a", "of the same options") == first
    second = await read_with("b", "second")
    assert (first.generation, second.generation) == (2, 3)
    # Repeated, whether or not its generation is the latest; and the latest one without a key.
    for column, key in (("a", "first"), ("a", "of the same options"), ("b", "second"), ("b", "")):
        assert await read_with(column, key) == second
    assert (await read_with("a", "")).generation == 4
    assert checked == ["a", "b", "a"]
