"""Small files are read and processed together, within bounds."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from rows.sniff.own_profiles import Candidates
from schemas.errors import BadData
from schemas.events import BatchResult, FileSplit, FileUploaded, ObjectRef, RowBatch
from schemas.limits import Limits
from stream.runtime.message import Message
from stream.split.publish import Outcome
from stream.split.small import SplitSmall

MIB = 1 << 20
HEADER = b"sensor_id,timestamp,value\n"
ROW = b"a,2026-03-01T00:00:00Z,1\n"


def content(size: int) -> bytes:
    """A file of about `size` bytes."""
    return HEADER + ROW * ((size - len(HEADER)) // len(ROW))


def result_of(batch: RowBatch) -> BatchResult:
    return BatchResult(
        file_id=batch.file_id,
        generation=batch.generation,
        batch_no=0,
        row_count=batch.rows,
        invalid_count=0,
        min_value=None,
        max_value=None,
    )


class Pipeline:
    """Everything about a `SplitSmall`: files by key, and what came of them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.ended: list[str] = []
        self.groups: list[int] = []
        self.held = self.most_held = 0
        self.compressed: Any = SimpleNamespace()

    async def stream(self, ref: ObjectRef) -> AsyncIterator[bytes]:
        data = self.files[ref.key]
        self.held += len(data)
        self.most_held = max(self.most_held, self.held)
        yield data

    async def results(self, batches: list[tuple[Any, bytes]]) -> list[tuple[BatchResult, bytes]]:
        self.groups.append(len(batches))
        return [(result_of(batch), batch.file_id.encode()) for batch, _ in batches]

    async def split(self, outcome: Outcome, payload: bytes = b"") -> None:
        assert isinstance(outcome, FileSplit)
        if outcome.result is not None:
            assert outcome.result.file_id.encode() == payload == outcome.file.file_id.encode()
        self.ended.append(outcome.file.file_id)
        self.held -= outcome.file.size_bytes

    async def candidates(self, _: FileUploaded) -> Candidates:
        return Candidates()

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    async def retry(self, _: str, step: Callable[[], Any]) -> Any:
        return await step()

    def split_small(self) -> SplitSmall:
        own: Any = self
        return SplitSmall(
            store=own,
            batches=own,
            compressed=self.compressed,
            unpack=SimpleNamespace(),  # type: ignore[arg-type]
            cpu_pool=own,
            limits=Limits(),
            profiles=own,
            split_publisher=own,
            retry=own.retry,
        )

    def announced(self) -> list[tuple[Message, FileUploaded]]:
        message: Any = None
        return [
            (
                message,
                FileUploaded(
                    file_id=key,
                    source="upload",
                    raw=ObjectRef(bucket="raw", key=key),
                    filename=f"{key}.csv",
                    size_bytes=len(data),
                    sha256="",
                    upload_time=datetime(2026, 3, 1, tzinfo=UTC),
                    batch_bytes=8 * MIB,
                ),
            )
            for key, data in self.files.items()
        ]


async def test_memory_does_not_grow_with_the_files_that_wait() -> None:
    pipeline = Pipeline({f"f{n:02}": content(3 * MIB) for n in range(20)})
    await pipeline.split_small()(pipeline.announced())
    assert sorted(pipeline.ended) == sorted(pipeline.files)
    # Those that are processed, and those that are read in the meantime.
    assert 6 * MIB < pipeline.most_held <= 16 * MIB


async def test_many_small_files_are_processed_together() -> None:
    pipeline = Pipeline({f"f{n:02}": content(1000) for n in range(64)})
    await pipeline.split_small()(pipeline.announced())
    assert pipeline.groups == [64]
    assert len(pipeline.ended) == 64


async def test_nothing_is_asked_of_no_files() -> None:
    pipeline = Pipeline({})
    await pipeline.split_small()([])
    assert pipeline.ended == []


async def test_a_failure_in_one_group_is_raised_and_nothing_goes_on_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipeline = Pipeline({f"f{n}": content(5 * MIB) for n in range(4)})

    async def fails(_: Any) -> Any:
        raise BadData("worker_error", "no")

    monkeypatch.setattr(pipeline, "results", fails)
    with pytest.raises(BadData):
        await pipeline.split_small()(pipeline.announced())
    assert pipeline.ended == []
    assert pipeline.most_held <= 16 * MIB


class Expanded:
    """Compressed files of many batches; how many were expanded at a time."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def survey(self, *_: Any) -> None:
        return None

    async def __call__(self, message: Message, file: FileUploaded, **_: Any) -> FileSplit:
        del message
        self.now += 1
        self.most = max(self.most, self.now)
        for _step in range(5):
            await asyncio.sleep(0)
        self.now -= 1
        return FileSplit(file=file, batches=3, rows=9)


async def test_small_files_that_expand_to_many_batches_take_turns() -> None:
    pipeline = Pipeline({f"f{n}": gzip.compress(content(1000)) for n in range(10)})
    pipeline.compressed = Expanded()
    await pipeline.split_small()(pipeline.announced())
    assert len(pipeline.ended) == 10
    assert pipeline.compressed.most == 1
