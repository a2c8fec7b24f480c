"""Unpacking ends at any step and is begun again: every member is a file, once."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from schemas.events import FileUploaded, ObjectRef, decode, encode
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.read_options import ReadOptions
from schemas.tables import Table
from schemas.topics import UPLOADED, Topic
from sinks.base import SinkBatch
from sinks.duplicates import Duplicates
from sinks.file_operations import FileOperations
from sinks.operation_log import Operation
from sinks.queries.containers import KnownMember
from stream.new_files import NewFiles
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.split.members import MemberFiles
from stream.split.unpack import Unpack, is_container
from tests.harness.containers import readings
from tests.unit.rows.containers.archives import gzip_of, tar_of, zip_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PARENT = "11111111-2222-5333-8444-555555555555"
RAW = ObjectRef(bucket="inbox", key="week.zip")
LARGE = readings("s", 60_000)
FILES = {
    "a.csv": readings("s", 2),
    "large.csv": LARGE,
    "../out.csv": readings("s", 1),
    "empty.csv": b"",
    "b.csv": readings("s", 3),
    "days/b.csv": readings("s", 4),
}
REFUSED = {"../out.csv": "member_name", "empty.csv": "missing_file"}


class Crash(Exception):  # noqa: N818
    """The process ends here."""


@dataclass(slots=True)
class World:
    """Store, database and broker in memory; the process ends before its n-th effect."""

    data: bytes
    objects: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, FileRecord] = field(default_factory=dict)
    operations: dict[str, dict[int, FileRecord]] = field(default_factory=dict)
    announced: list[FileUploaded] = field(default_factory=list)
    # Messages that go on with the container.
    again: list[FileUploaded] = field(default_factory=list)
    corrected: set[str] = field(default_factory=set)
    crash_at: int | None = None
    effects: int = 0

    def effect(self) -> None:
        self.effects += 1
        if self.effects == self.crash_at:
            raise Crash

    # The store.

    async def get_range(self, ref: ObjectRef, start: int, end: int) -> memoryview:
        assert ref == RAW
        return memoryview(self.data[start:end])

    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None:
        self.effect()
        self.objects[ref.key] = data

    async def put(
        self, ref: ObjectRef, chunks: AsyncIterator[bytes], size: int | None = None
    ) -> None:
        del size
        whole = b"".join([chunk async for chunk in chunks])
        self.effect()
        self.objects[ref.key] = whole

    # The database.

    async def write(self, batch: SinkBatch) -> None:
        if batch.table != Table.FILE_RECORDS:
            return
        self.effect()
        assert isinstance(batch.rows, Sequence)
        for row in batch.rows:
            self.keep(FileRecord.from_row(row))

    def keep(self, record: FileRecord) -> None:
        held = self.records.get(record.file_id)
        if held is None or held.version <= record.version:
            self.records[record.file_id] = record

    async def file(self, file_id: str) -> FileRecord | None:
        record = self.records.get(file_id)
        self.asked(file_id)
        return None if record is None or record.deleted else record

    def asked(self, file_id: str) -> None:
        """The record of a file was read."""

    async def family(self, file_id: str) -> str:
        return file_id

    async def state(self, file_id: str) -> FileState | None:
        return (await Records(self).states([file_id])).get(file_id)

    async def with_bytes(self, sha256: str) -> list[FileRecord]:
        return [r for r in self.records.values() if r.sha256 == sha256 and not r.deleted]

    async def members_with_bytes(
        self, parent_id: str, sha256: str, before: tuple[datetime, str]
    ) -> list[FileRecord]:
        found = [
            r for r in await self.with_bytes(sha256)
            if r.parent_id == parent_id and (r.upload_time, r.file_id) < before
        ]  # fmt: skip
        return sorted(found, key=lambda r: r.upload_time)

    async def known_members(self, parent_id: str) -> dict[str, KnownMember]:
        return {r.file_id: KnownMember(
            r.file_id, r.generation, r.parent_generation, r.status == "waiting", r.deleted,
            r.size_bytes,
        ) for r in self.records.values() if r.parent_id == parent_id}  # fmt: skip

    async def resubmissions(self, file_id: str) -> list[str]:
        return ["another"] if file_id in self.corrected else []

    async def fail(self, key: tuple[str, int], reason: str) -> None:
        record = self.records[key[0]]
        if record.generation == key[1] and record.status == "waiting":
            self.effect()
            self.keep(record.terminal("failed", finished_at=NOW, processing_ms=1, error=reason))

    # The log of operations.

    async def last(self, family: str) -> Operation | None:
        found = self.operations.get(family)
        return Operation(max(found), found[max(found)]) if found else None

    async def append(
        self, family: str, number: int, record: FileRecord, key: str = ""
    ) -> FileRecord:
        del key
        self.effect()
        return self.operations.setdefault(family, {}).setdefault(number, record)

    async def has(self, family: str, key: str) -> bool:
        del family, key
        return False

    # The broker.

    async def publish(self, topic: Topic, key: bytes | None, value: bytes, **more: Any) -> None:
        del more
        assert topic is UPLOADED
        self.effect()
        event, _ = decode(value)
        assert isinstance(event, FileUploaded)
        assert key == event.file_id.encode()
        (self.again if event.file_id == PARENT else self.announced).append(event)


@dataclass(slots=True)
class Records:
    """Records as the log of operations writes them."""

    world: World

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        return {
            r.file_id: FileState(
                file_id=r.file_id, generation=r.generation, live_generation=r.live_generation,
                status=r.status, deleted=r.deleted, version=r.version, processing_ms=None, finished_at=None,
            )
            for r in self.world.records.values()
            if r.file_id in file_ids
        }  # fmt: skip

    async def write(self, record: FileRecord) -> None:
        self.world.effect()
        self.world.keep(record)


def unpack_in(
    world: World, finished: list[str], pressed: Callable[[], bool] = lambda: False
) -> Unpack:
    drain = DrainSignal()
    retry = Retry(drain)
    store: Any = world

    async def finish(parent_id: str) -> None:
        finished.append(parent_id)

    operations = FileOperations(world, Records(world))
    new_files = NewFiles(
        sink=world, files=world, duplicates=Duplicates(operations, world, lambda: NOW),
        retry=retry, clock=lambda: NOW,
    )  # fmt: skip
    members = MemberFiles(
        store=store, queries=world, operations=operations, new_files=new_files,
        publisher=world, fail=world.fail, retry=retry, drain=drain, clock=lambda: NOW,
    )  # fmt: skip
    dead_letters: Any = None
    return Unpack(
        store=store, bucket="own", sink=world, queries=world, members=members,
        operations=operations, files=world, publisher=world,
        finish=finish, fail=world.fail, dead_letters=dead_letters, retry=retry, drain=drain,
        clock=lambda: NOW, pressed=pressed,
    )  # fmt: skip


def new_world(data: bytes) -> World:
    world = World(data)
    upload = FileUploaded(
        file_id=PARENT, source="announced", raw=RAW, filename="week.zip", size_bytes=len(data),
        sha256="0" * 64, upload_time=NOW, batch_bytes=1 << 20,
    )  # fmt: skip
    world.keep(FileRecord.from_upload(upload, recorded_at=NOW))
    return world


async def unpack(world: World, kind: str) -> list[str]:
    """Handle the container, and again if the process ends; what was summed up."""
    event = world.records[PARENT].upload().model_copy(update={"container": kind})
    message = Message(UPLOADED.name, 0, 0, 0, PARENT.encode(), encode(event))
    assert is_container(message)
    finished: list[str] = []
    try:
        await unpack_in(world, finished).handle(message)
    except Crash:
        world.crash_at = None
        await unpack_in(world, finished).handle(message)
    while world.again:
        event = world.again.pop()
        assert event.unpacked_members > 0
        again = Message(UPLOADED.name, 0, 1, 0, PARENT.encode(), encode(event))
        # A message of its own, which no death of a worker was counted for.
        assert again.content_id() != message.content_id()
        await unpack_in(world, finished).handle(again)
    return finished


def check(world: World, generation: int) -> dict[str, FileRecord]:
    """Every member is a file of this generation, once; the records by name."""
    found: dict[str, FileRecord] = {}
    for record in world.records.values():
        if record.file_id != PARENT:
            assert record.member is not None
            assert record.member not in found
            found[record.member] = record
    assert set(found) == set(FILES)
    for name, record in found.items():
        assert record.filename == f"week.zip/{name}"
        assert (record.parent_id, record.parent_generation) == (PARENT, generation)
        assert record.generation == generation
        if name in REFUSED:
            assert record.error is not None
            assert record.error.startswith(f"{REFUSED[name]}: ")
            assert record.raw.key not in world.objects
        else:
            assert world.objects[record.raw.key] == FILES[name]
            assert record.status == "waiting"
            assert record.upload() in world.announced
    assert world.records[PARENT].member_count == len(FILES)
    return found


CONTAINERS = [("zip", zip_of(FILES)), ("tar", gzip_of(tar_of(FILES)))]


@pytest.mark.parametrize(("kind", "data"), CONTAINERS, ids=["zip", "tar.gz"])
async def test_a_process_that_ends_at_any_step_costs_no_member_and_doubles_none(
    kind: str, data: bytes
) -> None:
    for crash_at in count(1):
        world = new_world(data)
        world.crash_at = crash_at
        assert await unpack(world, kind) == [PARENT]
        found = check(world, 1)
        order = sorted(found.values(), key=lambda record: record.upload_time)
        assert [record.member for record in order] == list(FILES)
        if world.crash_at is not None:  # there was no such step
            assert crash_at > len(FILES)
            break


async def test_a_replay_that_ends_at_any_step_begins_one_generation_of_each_member() -> None:
    for crash_at in count(1):
        world = new_world(zip_of(FILES))
        await unpack(world, "zip")
        ids = {record.member: record.file_id for record in check(world, 1).values()}
        end_all(world)
        world.keep(world.records[PARENT].next_generation(recorded_at=NOW))
        world.announced.clear()
        world.effects, world.crash_at = 0, crash_at
        await unpack(world, "zip")
        found = check(world, 2)
        assert {record.member: record.file_id for record in found.values()} == ids
        if world.crash_at is not None:
            break


async def test_a_replay_leaves_deleted_members_and_those_with_corrected_rows_alone() -> None:
    world = new_world(zip_of(FILES))
    await unpack(world, "zip")
    end_all(world)
    by_name = {record.member: record for record in world.records.values()}
    world.keep(by_name["a.csv"].deletion(recorded_at=NOW))
    world.corrected.add(by_name["b.csv"].file_id)
    world.keep(world.records[PARENT].next_generation(recorded_at=NOW))
    world.announced.clear()
    await unpack(world, "zip")
    assert world.records[by_name["a.csv"].file_id].deleted
    assert world.records[by_name["b.csv"].file_id] == by_name["b.csv"]
    assert {event.member for event in world.announced} == {"large.csv", "days/b.csv"}


async def test_options_that_are_announced_meanwhile_hold() -> None:
    for moment in range(1, 100):
        world = Announcing(zip_of(FILES))
        world.moment = moment
        world.keep(new_world(world.data).records[PARENT])
        await unpack(world, "zip")
        record = world.records[PARENT]
        if world.reads < moment:
            break
        # What began the next generation is announced, and unpacked then.
        assert (record.generation, record.options.delimiter) == (2, ";"), moment
    assert moment > len(FILES)


@dataclass(slots=True)
class Announcing(World):
    """The container is announced with other options after a number of reads of its record."""

    moment: int = 0
    reads: int = 0

    def asked(self, file_id: str) -> None:
        if file_id != PARENT:
            return
        self.reads += 1
        if self.reads == self.moment:
            record = self.records[PARENT]
            options = ReadOptions(delimiter=";")
            begun = record.next_generation(recorded_at=NOW, options=options)
            operations = self.operations.setdefault(PARENT, {})
            operations[1 + max(operations, default=0)] = begun
            self.keep(begun)


async def test_nothing_is_made_of_a_container_that_is_deleted() -> None:
    world = new_world(zip_of(FILES))
    event = world.records[PARENT].upload().model_copy(update={"container": "zip"})
    world.keep(world.records[PARENT].deletion(recorded_at=NOW + timedelta(seconds=1)))
    message = Message(UPLOADED.name, 0, 0, 0, PARENT.encode(), encode(event))
    finished: list[str] = []
    await unpack_in(world, finished).handle(message)
    assert (world.announced, finished, len(world.records)) == ([], [], 1)


async def test_damage_at_the_end_keeps_the_members_before_it() -> None:
    data = tar_of({"a.csv": readings("s", 2), "b.csv": readings("s", 3)})
    world = new_world(data[:1600])
    await unpack(world, "tar")
    container = world.records[PARENT]
    assert container.damage is not None
    assert container.damage.startswith("container_damaged: ")
    assert "a.csv" in {record.member for record in world.records.values()}


def end_all(world: World) -> None:
    """All members and the container are terminal."""
    for record in list(world.records.values()):
        world.keep(record.terminal("processed", finished_at=NOW, processing_ms=1))


EQUAL = {"a.csv": FILES["a.csv"], "b.csv": FILES["b.csv"], "c.csv": FILES["a.csv"]}


def compared(world: World) -> dict[str, set[str]]:
    """For each member the names of the files that it is compared with."""
    names = {record.file_id: record.member or record.filename for record in world.records.values()}
    return {
        record.member: {names[same.file_id] for same in record.same_bytes}
        for record in world.records.values()
        if record.member is not None
    }


async def test_equal_members_of_a_container_that_begins_with_read_options_are_compared() -> None:
    for crash_at in count(1):
        world = new_world(zip_of(EQUAL))
        # An object that is announced with read options begins at generation 2.
        world.keep(replace(world.records[PARENT], generation=2))
        world.crash_at = crash_at
        await unpack(world, "zip")
        assert compared(world) == {"a.csv": set(), "b.csv": set(), "c.csv": {"a.csv"}}
        if world.crash_at is not None:
            break


async def test_members_of_a_duplicate_that_is_read_are_compared_with_each_other_alone() -> None:
    for crash_at in count(1):
        world = new_world(zip_of(EQUAL))
        before = FileUploaded(
            file_id="before", source="upload", raw=RAW, filename="before.csv", size_bytes=1,
            sha256=hashlib.sha256(EQUAL["a.csv"]).hexdigest(), upload_time=NOW, batch_bytes=1 << 20,
        )  # fmt: skip
        world.keep(FileRecord.from_upload(before, recorded_at=NOW))
        duplicate = world.records[PARENT].terminal(
            "processed", finished_at=NOW, processing_ms=1, duplicate_of="another"
        )
        world.keep(duplicate.next_generation(recorded_at=NOW))
        world.crash_at = crash_at
        await unpack(world, "zip")
        assert compared(world) == {"a.csv": set(), "b.csv": set(), "c.csv": {"a.csv"}}
        if world.crash_at is not None:
            break


async def test_members_that_a_replay_finds_first_are_compared_with_all_files() -> None:
    world = new_world(zip_of(EQUAL))
    before = FileUploaded(
        file_id="before", source="upload", raw=RAW, filename="before.csv", size_bytes=1,
        sha256=hashlib.sha256(EQUAL["b.csv"]).hexdigest(), upload_time=NOW, batch_bytes=1 << 20,
    )  # fmt: skip
    world.keep(FileRecord.from_upload(before, recorded_at=NOW))
    # It was announced with other options before its members were files.
    world.keep(world.records[PARENT].next_generation(recorded_at=NOW))
    await unpack(world, "zip")
    assert compared(world) == {"a.csv": set(), "b.csv": {"before.csv"}, "c.csv": {"a.csv"}}


async def test_a_suspect_does_not_wait_for_a_whole_container() -> None:
    world = new_world(zip_of(FILES))
    event = world.records[PARENT].upload().model_copy(update={"container": "zip"})
    for steps in range(1, 100):
        before = len(world.records)
        finished: list[str] = []
        handler = unpack_in(world, finished, pressed=lambda: True)
        await handler.handle(Message(UPLOADED.name, 0, steps, 0, PARENT.encode(), encode(event)))
        if finished:
            break
        event = world.again.pop()
        # One member, or the message that says how many there are.
        assert len(world.records) - before <= 1
    assert finished == [PARENT]
    assert steps > len(FILES)
    check(world, 1)
