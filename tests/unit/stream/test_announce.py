"""What S3 events name, and messages that come again."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.topics import INLINE, Topic
from stream.announce import Announce, from_notification
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Message
from stream.runtime.retry import Retry

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def created(bucket: str, key: str, size: int) -> dict[str, Any]:
    return {
        "eventName": "s3:ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": size}},
    }


def keys(*records: dict[str, Any]) -> list[str]:
    value = json.dumps({"Records": records}).encode()
    return [found.ref.key for found in from_notification(value, "ours")]


def test_empty_folders_and_our_own_objects_are_no_files() -> None:
    files = [created("ours", "inbox/a%2Bb.csv", 10), created("theirs", "raw/1", 10)]
    assert keys(*files) == ["inbox/a+b.csv", "raw/1"]
    others = [created("theirs", "inbox/", 0), created("ours", "raw/1", 10)]
    assert keys(*others, files[0]) == ["inbox/a+b.csv"]


def test_an_empty_file_and_a_folder_with_bytes_are_looked_at() -> None:
    assert keys(created("theirs", "a.csv", 0), created("theirs", "a/", 3)) == ["a.csv", "a/"]


@dataclass(slots=True)
class World:
    """A store, a database and a broker in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)
    puts: int = 0
    records: dict[str, FileRecord] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)

    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None:
        self.puts += 1
        self.objects[ref.key] = data

    async def file_states(self, file_ids: Collection[str]) -> dict[str, FileState]:
        return {
            r.file_id: FileState(
                file_id=r.file_id, generation=r.generation, live_generation=r.live_generation,
                status=r.status, deleted=r.deleted, version=r.version, processing_ms=None,
                finished_at=None,
            )
            for r in self.records.values()
            if r.file_id in file_ids
        }  # fmt: skip

    async def file(self, file_id: str) -> FileRecord | None:
        return self.records.get(file_id)

    async def record(self, uploads: Sequence[FileUploaded]) -> list[FileUploaded]:
        for upload in uploads:
            self.records[upload.file_id] = FileRecord.from_upload(upload, recorded_at=NOW)
        return list(uploads)

    async def publish(self, topic: Topic, key: bytes | None, value: bytes, **_: Any) -> None:
        del topic, value
        self.published.append((key or b"").decode())

    async def current(self) -> None:
        return None


def announce_in(world: World) -> Announce:
    anything: Any = world
    drain = DrainSignal()
    return Announce(
        store=anything, bucket="ours", new_files=anything, files=anything, publisher=anything,
        dead_letters=anything, retry=Retry(drain), drain=drain, operations=anything,
        profiles=anything, clock=lambda: NOW, batch_bytes=1 << 20,
    )  # fmt: skip


@pytest.mark.parametrize("deleted", [False, True])
async def test_an_inline_message_that_comes_again_stores_no_bytes_again(deleted: bool) -> None:
    world = World()
    messages = [Message(INLINE.name, 0, n, 1, b"g", b"a,b,c\n%d" % n) for n in range(2)]
    await announce_in(world).inline(messages[:1])
    (file_id,) = world.records
    assert (world.puts, list(world.objects)) == (1, [f"raw/{file_id}"])
    if deleted:
        # With its object.
        world.records[file_id] = replace(world.records[file_id], deleted=True)
        world.objects.clear()
    await announce_in(world).inline(messages)
    other = next(i for i in world.records if i != file_id)
    assert world.puts == 2
    assert f"raw/{other}" in world.objects
    assert (f"raw/{file_id}" in world.objects) is not deleted
    # One that waits may not have been announced before.
    assert world.published.count(file_id) == (1 if deleted else 2)
