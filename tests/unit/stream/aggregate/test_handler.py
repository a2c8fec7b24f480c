"""Files that another version, or other settings, had a part in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

import orjson
import pytest

from rows.file_aggregate import FileAggregate, add, state_key, to_bytes
from schemas import topics
from schemas.events import BatchResult, DialectSpec, Event, FileDropped, FileSplit, encode
from schemas.instants import utc_now
from sinks.base import SinkBatch
from stream.aggregate.finalize import CompletedFile
from stream.aggregate.handler import Aggregate
from stream.file_status import FileKey, GenerationStatus
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from tests.harness.records import uploaded

FILE = uploaded()
KEY = state_key(FILE.file_id, FILE.generation)
SPLIT = FileSplit(file=FILE, batches=1, rows=10)
RESULT = BatchResult(
    file_id=FILE.file_id, generation=FILE.generation, batch_no=0, row_count=0, invalid_count=10,
    min_value=None, max_value=None,
)  # fmt: skip


class Kept(dict[bytes, bytes]):
    """A table of the worker."""

    def put(self, _: int, key: bytes, value: bytes) -> None:
        self[key] = value

    def drop(self, _: int, key: bytes) -> None:
        self.pop(key, None)

    async def settle(self) -> None:
        pass


class Finished:
    """What was ended, and what has failed."""

    def __init__(self) -> None:
        self.files: list[FileAggregate] = []
        self.failed: list[FileKey] = []

    async def __call__(self, files: Sequence[CompletedFile]) -> None:
        self.files += [file.state for file in files]

    async def fail(self, key: FileKey, reason: str, *, written: bool) -> None:
        assert "read in two ways" in reason
        assert written
        self.failed.append(key)


class Statuses:
    """Files wait until they have failed."""

    def __init__(self, finished: Finished) -> None:
        self._finished = finished

    async def get(self, keys: Collection[FileKey]) -> dict[FileKey, GenerationStatus]:
        failed = self._finished.failed
        return {key: "superseded" if key in failed else "waiting" for key in keys}


class Sink:
    async def write(self, batch: SinkBatch) -> None:
        assert batch.rows


def of_the_next() -> bytes:
    """A state with an option that this version does not know."""
    state = orjson.loads(to_bytes(add(FileAggregate(FILE.file_id, FILE.generation), SPLIT)))
    split = orjson.loads(state["split"])
    split["file"].setdefault("options", {})["of_the_next"] = "x"
    return orjson.dumps({**state, "split": orjson.dumps(split).decode()})


def message(event: Event) -> Message:
    return Message(topics.PARTIALS.name, 0, 0, 0, FILE.file_id.encode(), encode(event))


def aggregate(kept: Kept, finished: Finished) -> Aggregate:
    unused: Any = None
    return Aggregate(
        files=cast("Any", kept),
        sensors=cast("Any", Kept()),
        finish=cast("Any", finished),
        statuses=cast("Any", Statuses(finished)),
        sink=cast("Any", Sink()),
        store=unused,
        bucket="own",
        dead_letters=unused,
        retry=Retry(DrainSignal()),
        clock=utc_now,
    )


async def test_a_file_whose_state_cannot_be_read_starts_again() -> None:
    kept = Kept({KEY: of_the_next()})
    finished = Finished()
    worker = aggregate(kept, finished)
    await worker.handle([message(SPLIT)])
    assert finished.files == []
    # What is kept from now on is of this version.
    assert kept.keys() == {KEY}
    assert kept[KEY] != of_the_next()
    await worker.handle([message(RESULT)])
    assert [(state.invalid_count, state.complete) for state in finished.files] == [(10, True)]
    assert kept == {}
    # One that was deleted is let go of.
    kept[KEY] = of_the_next()
    dropped = FileDropped(file_id=FILE.file_id, generation=FILE.generation)
    await worker.handle([message(dropped)])
    assert kept == {}


DIALECT = DialectSpec(header=True)
OTHER = DialectSpec(header=True, decimal=",")


def result(batch_no: int, dialect: DialectSpec | None) -> BatchResult:
    known = None if dialect is None else dialect.fingerprint()
    return RESULT.model_copy(update={"batch_no": batch_no, "dialect_fingerprint": known})


def split(dialect: DialectSpec) -> FileSplit:
    return SPLIT.model_copy(update={"batches": 2, "rows": 20, "dialect": dialect})


@pytest.mark.parametrize("groups", ["together", "one by one"])
@pytest.mark.parametrize(
    "events",
    [
        [result(0, DIALECT), result(1, OTHER), split(OTHER)],
        [result(0, DIALECT), result(1, DIALECT), split(OTHER)],
        [split(DIALECT), result(0, OTHER), result(1, OTHER)],
        [split(DIALECT), split(OTHER), result(0, DIALECT)],
    ],
)
async def test_a_file_whose_batches_are_read_in_two_ways_fails(
    events: Sequence[Event], groups: str
) -> None:
    kept, finished = Kept(), Finished()
    worker = aggregate(kept, finished)
    messages = [message(event) for event in events]
    for group in [messages] if groups == "together" else [[one] for one in messages]:
        await worker.handle(group)
    assert finished.files == []
    assert finished.failed == [(FILE.file_id, FILE.generation)]
    assert kept == {}


@pytest.mark.parametrize(
    "events",
    [
        [result(0, DIALECT), split(DIALECT), result(1, DIALECT)],
        # Results of a version that did not say how it read a batch.
        [result(0, None), result(1, OTHER), split(OTHER)],
        [result(0, OTHER), result(0, OTHER), split(OTHER), split(OTHER), result(1, None)],
    ],
)
async def test_batches_that_are_read_in_one_way_are_a_file(events: Sequence[Event]) -> None:
    kept, finished = Kept(), Finished()
    worker = aggregate(kept, finished)
    for event in events:
        await worker.handle([message(event)])
    assert [state.invalid_count for state in finished.files] == [20]
    assert finished.failed == []
    assert kept == {}
