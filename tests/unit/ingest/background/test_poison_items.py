"""One file that a background task cannot handle does not keep the task from the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from broker.watch import BrokerWatch
from ingest.background.purger import Purger
from ingest.background.reconciler import Pace, Reconciler
from schemas.errors import Service, Unavailable
from schemas.events import Event, FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.topics import Topic
from storage.base import AccessDenied, ObjectInfo

OLD = datetime(2026, 1, 1, tzinfo=UTC)


def record(file_id: str) -> FileRecord:
    upload = FileUploaded(
        file_id=file_id, source="upload", raw=ObjectRef(bucket="raw-files", key=f"raw/{file_id}"),
        filename="x.csv", size_bytes=3, sha256=file_id, upload_time=OLD, batch_bytes=77_777,
    )  # fmt: skip
    return FileRecord.from_upload(upload, recorded_at=OLD)


class Database:
    """What the reconciler and the purger ask the database, of some records."""

    def __init__(self, records: Sequence[FileRecord]) -> None:
        self.records = {r.file_id: r for r in records}
        self.deleted_rows: list[str] = []

    async def waiting(self, before: datetime, limit: int) -> list[FileRecord]:
        del before, limit
        return [r for r in self.records.values() if r.status == "waiting"]

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        found = {file_id: self.records.get(file_id) for file_id in file_ids}
        return {
            file_id: FileState(
                file_id=file_id, generation=1, live_generation=1,
                status="processed" if held is None else held.status, deleted=False,
                version=5, processing_ms=1, finished_at=OLD,
            )
            for file_id, held in found.items()
        }  # fmt: skip

    async def write(self, record: FileRecord) -> None:
        self.records[record.file_id] = record

    async def to_purge(
        self, before: datetime, limit: int, after: FileRecord | None
    ) -> list[FileRecord]:
        del before
        found = [r for r in self.records.values() if r.deleted and not r.purged]
        return [r for r in found if after is None or r.file_id > after.file_id][:limit]

    async def has_other_with_raw(self, record: FileRecord) -> bool:
        del record
        return False

    async def members(self, file_id: str) -> AsyncIterator[list[FileRecord]]:
        yield [record for record in self.records.values() if record.parent_id == file_id]

    async def orphans(self, before: datetime) -> list[str]:
        del before
        return []

    async def record_without_raw(self, record: FileRecord, *, recorded_at: datetime) -> bool:
        self.records[record.file_id] = record.without_raw(recorded_at=recorded_at)
        return True

    async def delete_rows(self, below: dict[str, int]) -> None:
        self.deleted_rows += below


class Broker:
    """Publishes; one file is poison."""

    def __init__(self, poison: str, error: Exception) -> None:
        self.poison, self.error = poison, error
        self.published: list[str] = []

    async def publish(self, topic: Topic, key: str, event: Event) -> None:
        del topic, event
        if key == self.poison:
            raise self.error
        self.published.append(key)

    async def ping(self) -> None: ...

    async def close(self) -> None: ...

    async def is_known(self) -> bool:
        return True

    async def mark(self) -> None: ...


class Store:
    """Objects, one of which may not be touched."""

    def __init__(self, keys: Sequence[str], denied: str) -> None:
        self.keys, self.denied = set(keys), denied

    async def delete(self, ref: ObjectRef) -> None:
        if self.denied in ref.key:
            raise AccessDenied(ref)
        self.keys.discard(ref.key)

    async def list(self, bucket: str, prefix: str) -> AsyncIterator[ObjectInfo]:
        for key in sorted(self.keys):
            if key.startswith(prefix):
                yield ObjectInfo(ObjectRef(bucket=bucket, key=key), 1, "etag", OLD)


class NewBroker(BrokerWatch):
    """Nothing is known of the broker at any round."""

    async def connect(self) -> None: ...


def reconciler(database: Database, broker: Broker, store: Store) -> Reconciler:
    async def ensure() -> None: ...

    return Reconciler(
        files=database,
        publisher=broker,
        ensure=ensure,
        watch=NewBroker([]),
        memory=broker,
        store=store,  # type: ignore[arg-type]
        bucket="raw-files",
        pace=Pace(after=0, every=0),
    )


async def test_a_file_that_cannot_be_announced_fails_after_three_attempts() -> None:
    database = Database([record(name) for name in "abc"])
    broker = Broker("b", KeyError("a bug"))
    task = reconciler(database, broker, Store([], "none"))
    for attempt in range(1, 4):
        assert database.records["b"].status == "waiting"
        await task.round()
        assert broker.published.count("a") == broker.published.count("c") == attempt
    assert database.records["b"].status == "failed"
    assert "KeyError" in (database.records["b"].error or "")
    assert database.records["a"].status == database.records["c"].status == "waiting"


async def test_a_file_that_ended_meanwhile_does_not_fail() -> None:
    database = Database([record("a")])
    ended = record("a").terminal("processed", finished_at=OLD, processing_ms=1, row_count=1)

    class LastAttempt(Broker):
        """Another process has announced the file, and a worker ends it."""

        async def publish(self, topic: Topic, key: str, event: Event) -> None:
            self.published.append(key)
            if len(self.published) == 3:
                database.records["a"] = ended
            await super().publish(topic, key, event)

    task = reconciler(database, LastAttempt("a", KeyError("a bug")), Store([], "none"))
    for _ in range(4):
        await task.round()
    assert database.records["a"] == ended


async def test_a_broker_that_is_away_fails_no_file() -> None:
    database = Database([record("a")])
    broker = Broker("a", Unavailable(Service.KAFKA, "away"))
    task = reconciler(database, broker, Store([], "none"))
    for _ in range(5):
        with pytest.raises(Unavailable):
            await task.round()
    assert database.records["a"].status == "waiting"


async def test_partials_that_may_not_be_deleted_do_not_keep_the_sweep_from_others() -> None:
    keys = [f"partials/{name}/1/0" for name in "abc"]
    store = Store(keys, "/b/")
    assert await reconciler(Database([]), Broker("", KeyError()), store).sweep() == 2
    assert store.keys == {"partials/b/1/0"}


@pytest.mark.parametrize("denied", [True, False])
async def test_a_file_that_cannot_be_purged_does_not_keep_others(denied: bool) -> None:
    records = [record(name).deletion(recorded_at=OLD) for name in "abc"]
    database = Database(records)
    store = Store([r.raw.key for r in map(record, "abc")], "raw/b" if denied else "none")
    purger = Purger(
        files=database,
        store=store,  # type: ignore[arg-type]
        bucket="raw-files",
        inbox=None,
        publisher=Broker("" if denied else "b", KeyError("a bug")),
        after=timedelta(0),
        clock=lambda: OLD + timedelta(days=1),
    )
    assert await purger.round() == 2
    assert sorted(database.deleted_rows) == ["a", "c"]
    assert [r.purged for r in database.records.values()] == [True, False, True]


async def test_any_number_of_files_that_cannot_be_purged_do_not_keep_those_after_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.background.purger._MOST", 3)
    names = [*(f"denied-{n}" for n in range(7)), "x", "y"]
    database = Database([record(name).deletion(recorded_at=OLD) for name in names])
    store = Store([record(name).raw.key for name in names], "raw/denied")
    task = purger(database, store)
    purged = [await task.round() for _ in range(4)]
    assert [name for name, r in database.records.items() if r.purged] == ["x", "y"]
    assert all(purged[:2]), "the next round follows soon"
    # What may be deleted by now is.
    store.denied = "none"
    for _ in range(4):
        await task.round()
    assert all(r.purged for r in database.records.values())


async def test_files_that_another_process_purges_are_not_remembered_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.background.purger._REMEMBERED", 2)
    task = purger(Database([]), Store([], "none"))
    for name in "abcdef":
        await task.of_objects(record(name).deletion(recorded_at=OLD))
    assert list(task._removed) == ["e", "f"]


def purger(database: Database, store: Store) -> Purger:
    return Purger(
        files=database,
        store=store,  # type: ignore[arg-type]
        bucket="raw-files",
        inbox=None,
        publisher=Broker("", KeyError("a bug")),
        after=timedelta(0),
        clock=lambda: OLD + timedelta(days=1),
    )
