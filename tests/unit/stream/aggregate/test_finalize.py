"""The end of a file whose partials are gone, because another worker has ended it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pyarrow as pa
import pytest

from rows.file_aggregate import FileAggregate, add
from schemas.events import BatchResult, FileSplit, ObjectRef
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.instants import utc_now
from schemas.tables import Table
from schemas.topics import Topic
from sinks.base import SinkBatch
from storage.base import ObjectMissing
from stream.aggregate.finalize import CompletedFile, FileFinalizer
from stream.aggregate.merge import BatchPartials
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import DrainSignal
from stream.runtime.retry import Retry
from tests.harness.memory_sink import MemorySink
from tests.harness.records import uploaded, waiting
from tests.harness.stored_files import partials, refused, sensor, write_invalid, write_results

REF = ObjectRef(bucket="own", key="partials/f/1/0-00")


@dataclass(slots=True)
class World:
    """A database, a broker and a store that has no partials; another worker is first."""

    # What the other worker records while this one merges.
    other: FileRecord | None
    # Merged before the partials turn out to be gone.
    merged: pa.RecordBatch | None = None
    sink: MemorySink = field(default_factory=MemorySink)
    published: list[bytes] = field(default_factory=list)

    def record(self) -> FileRecord | None:
        rows = self.sink.rows(Table.FILE_RECORDS)
        record = FileRecord.from_json(rows[0]["record"])
        return None if record.deleted else record

    async def merge(self, parts: Sequence[BatchPartials]) -> AsyncIterator[pa.RecordBatch]:
        if self.other is not None:
            await self.sink.write(SinkBatch.of(self.other))
        if self.merged is not None:
            yield self.merged
            while not self.sink.rows(Table.SENSOR_RESULTS):  # noqa: ASYNC110 - of another task
                await asyncio.sleep(0)
        for part in parts:
            raise ObjectMissing(part.ref or REF)
        yield pa.record_batch([])

    async def file_states(self, _: Sequence[str]) -> dict[str, FileState]:
        rows = self.sink.rows(Table.FILE_RECORDS)
        return {row["file_id"]: FileState.from_row(row) for row in rows}

    async def file(self, _: str) -> FileRecord | None:
        return self.record()

    async def per_sensor_count(self, _: str) -> dict[str, int]:
        return {"a": 10}

    async def with_results(self, keys: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        rows = self.sink.rows(Table.SENSOR_RESULTS)
        return {(row["file_id"], row["generation"]) for row in rows} & {*keys}

    async def first_invalid_rows(self, _: str) -> list[dict[str, Any]]:
        return []

    async def publish(self, topic: Topic, key: bytes | None, value: bytes, **_: Any) -> None:
        del topic, key
        self.published.append(value)


def completed() -> CompletedFile:
    """A file of one batch, whose partials are in the store."""
    upload = uploaded()
    result = BatchResult(
        file_id=upload.file_id, generation=upload.generation, batch_no=0, row_count=10,
        invalid_count=0, min_value=1.0, max_value=2.0, partials_ref=REF,
    )  # fmt: skip
    split = FileSplit(file=upload, batches=1, rows=10)
    state = add(add(FileAggregate(upload.file_id, upload.generation), result), split)
    return CompletedFile(state, split, lambda: [BatchPartials(0, ref=REF)])


@contextmanager
def finalizer(world: World) -> Iterator[FileFinalizer]:
    queries: Any = world
    cpu_pool = CpuPool(1)
    yield FileFinalizer(
        merger=queries,
        cpu_pool=cpu_pool,
        sink=world.sink,
        queries=queries,
        publisher=queries,
        retry=Retry(DrainSignal()),
        clock=utc_now,
        max_stored_invalid_rows=100,
    )
    cpu_pool.close()


async def finish(world: World) -> None:
    await world.sink.write(SinkBatch.of(waiting()))
    with finalizer(world) as finalize:
        await finalize([completed()])


def ended() -> FileRecord:
    return waiting().terminal("processed", finished_at=utc_now(), processing_ms=1, row_count=10)


async def test_a_file_that_another_worker_has_ended_stays_as_it_is() -> None:
    world = World(ended())
    await finish(world)
    record = world.record()
    assert record is not None
    assert (record.status, record.row_count, record.error) == ("processed", 10, None)
    # The other worker may have died before it published the document.
    assert [b'"processed"' in value for value in world.published] == [True]


@pytest.mark.parametrize("other", [None, waiting().deletion(recorded_at=utc_now())])
async def test_a_file_without_its_partials_fails_unless_it_was_deleted(
    other: FileRecord | None,
) -> None:
    world = World(other)
    await finish(world)
    record = world.record()
    if other is not None:
        assert (record, world.published) == (None, [])
    else:
        assert record is not None
        assert record.status == "failed"
        assert "does not exist" in (record.error or "")
        # There are no results per sensor that its readings could be counted by.
        assert (record.row_count, record.sensor_count, record.excluded_count) == (0, 0, 10)
        assert (record.min_value, record.max_value, record.record_count) == (None, None, 10)
        (document,) = map(orjson.loads, world.published)
        assert document["aggregations"] == {
            "row_count": 0, "min_value": None, "max_value": None, "per_sensor_count": {},
        }  # fmt: skip


def assert_failed_without_results(world: World, error: str) -> FileRecord:
    """The record of a file that failed, of a generation that has no results and no invalid rows."""
    record = world.record()
    assert record is not None
    assert (record.status, record.live_generation) == ("failed", record.generation)
    assert error in (record.error or "")
    assert (record.row_count, record.sensor_count, record.invalid_count) == (0, 0, 0)
    seen = world.sink.rows(Table.SENSOR_RESULTS) + world.sink.rows(Table.INVALID_ROWS)
    assert seen
    assert record.generation not in {row["generation"] for row in seen}
    return record


async def test_results_of_a_merge_that_lost_its_partials_are_hidden() -> None:
    world = World(None, merged=partials([sensor("a", [1.0, 2.0])]))
    await finish(world)
    record = assert_failed_without_results(world, "does not exist")
    # The worker died before the message was acknowledged: only the document is published again.
    with finalizer(world) as finalize:
        await finalize([completed()])
        await finalize.fail(waiting().key, "worker error: x")
    assert world.record() == record
    documents = [orjson.loads(value) for value in world.published]
    seen = [(document["status"], document["generation"]) for document in documents]
    assert seen == [("failed", record.generation)] * 3


@pytest.mark.parametrize("written", [False, True])
async def test_results_of_a_file_that_was_read_before_it_failed_are_hidden(written: bool) -> None:
    world = World(None)
    await world.sink.write(SinkBatch.of(waiting()))
    if not written:
        await write_results(world.sink, waiting(), [sensor("a", [1.0])])
    await write_invalid(world.sink, waiting(), [refused(1)])
    with finalizer(world) as finalize:
        # Or the results are still on their way.
        await finalize.fail(waiting().key, "worker error: x", written=written)
    assert_failed_without_results(world, "worker error: x")


async def test_a_file_of_which_a_batch_failed_has_no_readings() -> None:
    world = World(None, merged=partials([sensor("a", [1.0, 2.0])]))
    await world.sink.write(SinkBatch.of(waiting()))
    file = completed()
    broken = BatchResult(
        file_id=waiting().file_id, generation=waiting().generation, batch_no=1, row_count=0,
        invalid_count=0, min_value=None, max_value=None, error="worker error: x",
    )  # fmt: skip
    with finalizer(world) as finalize:
        await finalize([replace(file, state=add(file.state, broken))])
    record = world.record()
    assert record is not None
    assert (record.status, record.error, record.generation) == ("failed", "worker error: x", 1)
    assert (record.row_count, record.sensor_count, record.excluded_count) == (0, 0, 10)
    assert world.sink.rows(Table.SENSOR_RESULTS) == []
