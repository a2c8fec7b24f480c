"""The inbox: which objects of a bucket are announced, and how often."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ingest.background import inbox_scanner
from ingest.background.inbox_scanner import FolderTimes, InboxScanner
from schemas.errors import Service, Unavailable
from schemas.events import Event, FileAnnounced, ObjectRef
from schemas.file_ids import file_id_of
from schemas.file_state import FileState
from schemas.topics import ANNOUNCED, Topic
from storage.base import ObjectInfo, ObjectStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BUCKET = "inbox"


@dataclass
class World:
    """Store, database and broker of an inbox, as far as it asks them."""

    now: datetime = NOW
    objects: dict[str, ObjectInfo] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    dead_letters: set[str] = field(default_factory=set)
    announced: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    broker_is_up: bool = True

    def put(self, key: str, age: timedelta = timedelta(), size: int = 1) -> str:
        """Put an object that is dated `age` ago; the id of its file."""
        etag = f"etag of {key}"
        ref = ObjectRef(bucket=BUCKET, key=key)
        self.objects[key] = ObjectInfo(ref, size, etag, self.now - age)
        return file_id_of(BUCKET, key, etag)

    async def list(self, bucket: str, prefix: str) -> AsyncIterator[ObjectInfo]:
        assert (bucket, prefix) == (BUCKET, "")
        for key in sorted(self.objects):
            yield self.objects[key]

    async def states(self, ids: Sequence[str]) -> Mapping[str, FileState]:
        self.asked += ids
        known = {i: "some state" for i in ids if i in self.files}
        return cast("Mapping[str, FileState]", known)

    async def rejected(self, keys: Sequence[str]) -> Collection[str]:
        return self.dead_letters & set(keys)

    async def publish(self, topic: Topic, key: str, event: Event) -> None:
        assert topic is ANNOUNCED
        assert isinstance(event, FileAnnounced)
        assert key == f"{event.bucket}/{event.object_key}"
        if not self.broker_is_up:
            raise Unavailable(Service.KAFKA, "away")
        self.announced.append(event.object_key)

    def workers_record(self) -> None:
        """What was announced is recorded: as a file, or as a dead letter if it is empty."""
        for key in self.announced:
            info = self.objects[key]
            if info.size:
                self.files.add(file_id_of(BUCKET, key, info.etag))
            else:
                self.dead_letters.add(f"{BUCKET}/{key}")
        self.announced.clear()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make(world: World) -> Callable[..., InboxScanner]:
    """Builds an inbox on the world."""

    def build(after: float = 0, folder_times: FolderTimes | None = None) -> InboxScanner:
        return InboxScanner(
            store=cast("ObjectStore", world),
            bucket=BUCKET,
            states=world.states,
            rejected=world.rejected,
            publisher=cast("Any", world),
            after=after,
            folder_times=folder_times,
            clock=lambda: world.now,
        )

    return build


async def test_a_new_object_is_announced_once(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    scanner = make()
    world.put("a.csv")
    assert [await scanner.scan() for _ in range(3)] == [1, 0, 0]
    world.workers_record()
    world.put("b.csv")
    assert await scanner.scan() == 1
    assert world.announced == ["b.csv"]


async def test_files_and_deleted_files_are_not_announced(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    world.files.add(world.put("known.csv"))
    scanner = make()
    assert await scanner.scan() == 0


async def test_the_first_scan_looks_at_objects_of_any_age(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    world.put("put while the API was down.csv", age=timedelta(days=90))
    assert await make().scan() == 1


async def test_an_object_that_appears_long_after_its_date_is_announced(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    """S3 dates an object by the start of its multipart upload."""
    scanner = make()
    await scanner.scan()
    world.now += timedelta(hours=30)
    await scanner.scan()
    world.put("six hours.csv", age=timedelta(hours=6))
    assert await scanner.scan() == 1
    world.put("two days.csv", age=timedelta(days=2))
    assert await scanner.scan() == 0
    world.now += timedelta(hours=24)
    assert await scanner.scan() == 1
    assert world.announced == ["six hours.csv", "two days.csv"]


async def test_an_object_from_a_clock_that_is_ahead_is_announced(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    world.put("from the future.csv", age=-timedelta(minutes=5))
    assert await make().scan() == 1


async def test_with_notifications_an_object_is_announced_after_their_time(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    scanner = make(after=60)
    world.put("a.csv")
    assert await scanner.scan() == 0
    world.now += timedelta(seconds=61)
    assert await scanner.scan() == 1


async def test_an_empty_object_is_announced_until_it_is_a_dead_letter(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    world.put("empty.csv", size=0)
    assert await make().scan() == 1
    world.workers_record()
    assert await make().scan() == 0


async def test_the_placeholder_of_a_folder_is_not_announced(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    world.put("folder/", size=0)
    assert await make().scan() == 0


async def test_the_database_is_asked_once_for_an_object(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    scanner = make()
    for number in range(3):
        world.files.add(world.put(f"{number}.csv"))
    for _ in range(3):
        await scanner.scan()
    assert len(world.asked) == 3


async def test_objects_wait_if_many_announced_ones_are_not_recorded(
    world: World, make: Callable[..., InboxScanner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_scanner, "_PENDING", 10)
    monkeypatch.setattr(inbox_scanner, "_PAGE", 4)
    scanner = make()
    for number in range(25):
        world.put(f"{number:02}.csv")
    seen = []
    while count := await scanner.scan():
        assert await scanner.scan() == 0
        seen.append(count)
        world.workers_record()
    assert seen == [10, 10, 5]


async def test_an_announcement_that_no_worker_takes_is_repeated(
    world: World, make: Callable[..., InboxScanner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_scanner, "_AGAIN_SECONDS", 0.0)
    scanner = make()
    world.put("a.csv")
    assert [await scanner.scan() for _ in range(2)] == [1, 1]


async def test_a_scan_that_fails_is_repeated_from_its_start(
    world: World, make: Callable[..., InboxScanner]
) -> None:
    scanner = make()
    world.put("old.csv", age=timedelta(days=90))
    world.broker_is_up = False
    with pytest.raises(Unavailable):
        await scanner.scan()
    world.broker_is_up = True
    assert await scanner.scan() == 1


@dataclass
class Folders:
    """The folders of the bucket, which change when something is put into them."""

    world: World
    times: dict[str, int] = field(default_factory=lambda: {"": 1})

    def put(self, key: str) -> None:
        self.world.put(key)
        folder, _, _ = key.rpartition("/")
        while True:
            # The folder above changes only if this one is new.
            is_new = folder not in self.times
            self.times[folder] = max(self.times.values()) + 1
            if not folder or not is_new:
                return
            folder, _, _ = folder.rpartition("/")

    def __call__(self, bucket: str, folders: Sequence[str]) -> tuple[int, ...]:
        assert bucket == BUCKET
        return tuple(self.times.get(folder, 0) for folder in folders)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the scanner."""
    now = [0.0]
    monkeypatch.setattr("ingest.background.inbox_scanner.time.monotonic", lambda: now[0])
    return now


async def test_what_is_put_into_a_folder_is_announced_before_the_next_scan_is_due(
    world: World, make: Callable[..., InboxScanner], seconds: list[float]
) -> None:
    folders = Folders(world)
    scanner = make(folder_times=folders)
    await scanner._paced(5.0)
    for key in ("a.csv", "site/day/b.csv", "site/c.csv", "site/day/d.csv", "e.csv"):
        seconds[0] += 0.5
        folders.put(key)
        await scanner._paced(5.0)
        assert world.announced == [key]
        world.workers_record()


async def test_a_folder_that_is_new_is_listed_once_more(
    world: World, make: Callable[..., InboxScanner], seconds: list[float]
) -> None:
    folders = Folders(world)
    scanner = make(folder_times=folders)
    folders.put("site/a.csv")
    await scanner._paced(5.0)
    world.workers_record()
    # It came after the folder was listed, and before it was first looked at.
    folders.put("site/b.csv")
    seconds[0] += 0.5
    await scanner._paced(5.0)
    assert world.announced == ["site/b.csv"]


async def test_a_folder_without_changes_is_listed_when_a_scan_is_due(
    world: World, make: Callable[..., InboxScanner], seconds: list[float]
) -> None:
    scanner = make(folder_times=Folders(world))
    await scanner._paced(5.0)
    world.put("a change that is not seen.csv")
    for moment, announced in ((0.5, 0), (4.5, 0), (5.0, 1)):
        seconds[0] = moment
        await scanner._paced(5.0)
        assert len(world.announced) == announced


async def test_a_store_that_is_unavailable_is_asked_when_a_scan_is_due(
    world: World, make: Callable[..., InboxScanner], seconds: list[float]
) -> None:
    folders = Folders(world)
    scanner = make(folder_times=folders)
    await scanner._paced(5.0)
    folders.put("a.csv")
    asked = 0

    async def unavailable() -> int:
        nonlocal asked
        asked += 1
        raise Unavailable(Service.STORE, "away")

    scanner.scan = unavailable  # type: ignore[method-assign]
    for moment in (0.5, 1.0, 1.5, 5.5):
        seconds[0] = moment
        with suppress(Unavailable):
            await scanner._paced(5.0)
    assert asked == 2
