"""Files whose state in the table another version has written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

import orjson

from rows.file_aggregate import FileAggregate, add, state_key, to_bytes
from schemas import topics
from schemas.events import BatchResult, Event, FileDropped, FileSplit, encode
from schemas.instants import utc_now
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


class Statuses:
    async def get(self, keys: Collection[FileKey]) -> dict[FileKey, GenerationStatus]:
        return dict.fromkeys(keys, "waiting")


class Finished:
    """What was ended."""

    def __init__(self) -> None:
        self.files: list[FileAggregate] = []

    async def __call__(self, files: Sequence[CompletedFile]) -> None:
        self.files += [file.state for file in files]


def of_the_next() -> bytes:
    """A state with an option that this version does not know."""
    state = orjson.loads(to_bytes(add(FileAggregate(FILE.file_id, FILE.generation), SPLIT)))
    split = orjson.loads(state["split"])
    split["file"].setdefault("options", {})["of_the_next"] = "x"
    return orjson.dumps({**state, "split": orjson.dumps(split).decode()})


def message(event: Event) -> Message:
    return Message(topics.PARTIALS.name, 0, 0, 0, FILE.file_id.encode(), encode(event))


async def test_a_file_whose_state_cannot_be_read_starts_again() -> None:
    kept = Kept({KEY: of_the_next()})
    finished = Finished()
    unused: Any = None
    aggregate = Aggregate(
        files=cast("Any", kept),
        sensors=cast("Any", Kept()),
        finish=cast("Any", finished),
        statuses=cast("Any", Statuses()),
        sink=unused,
        store=unused,
        bucket="own",
        dead_letters=unused,
        retry=Retry(DrainSignal()),
        clock=utc_now,
    )
    await aggregate.handle([message(SPLIT)])
    assert finished.files == []
    # What is kept from now on is of this version.
    assert kept.keys() == {KEY}
    assert kept[KEY] != of_the_next()
    await aggregate.handle([message(RESULT)])
    assert [(state.invalid_count, state.complete) for state in finished.files] == [(10, True)]
    assert kept == {}
    # One that was deleted is let go of.
    kept[KEY] = of_the_next()
    dropped = FileDropped(file_id=FILE.file_id, generation=FILE.generation)
    await aggregate.handle([message(dropped)])
    assert kept == {}
