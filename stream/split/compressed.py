"""split of compressed files: expanded, cut and processed in one go, by one worker.

A compressed file cannot be entered in the middle, so others could not read its batches by range.
They could be written out and read again, but expanding is what takes longest: this worker parses
a batch while it expands the next one, and nothing but results leaves it. So there are no objects
to write, to pay for and to sweep, and twice the same file gives twice the same results.

It goes on for as long as the file takes, and stops where an interruption begins: then what was
reached is handed on, and the worker that goes on expands the file up to there without looking at it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from itertools import chain

from rows.decode.compression import compression_said
from rows.reader import FileReader
from rows.sniff.describe import detected_in, suggestions_in
from rows.sniff.own_profiles import NO_CANDIDATES, Candidates
from rows.split.encoded_splitter import Position, SourceBatch
from schemas.errors import BadData
from schemas.events import Detected, DialectSpec, FileSplit, FileUploaded
from schemas.limits import ExpansionLimits, Limits
from schemas.suggestions import Suggestion
from storage.base import ObjectMissing, ObjectStore
from stream.own_profiles import StreamProfiles
from stream.process.batch_processor import BatchProcessor, row_batch
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.runtime.together import together
from stream.split.publish import BEGINNING, Outcome, SplitPublisher, continued

# What is read at once, and what of it is expanded before it is checked whether to stop.
_RANGE_BYTES = 4 << 20
_SLICE_BYTES = 256 << 10
# Batches, or groups of small ones, that are parsed and published while the next is expanded.
_IN_HAND = 2
Begun = tuple[DialectSpec, Position]
Found = tuple[list[SourceBatch], Position | None]


class SplitCompressed:
    """Processes one compressed file at a time; see the module."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        batches: BatchProcessor,
        cpu_pool: CpuPool,
        limits: Limits,
        expansion: ExpansionLimits,
        profiles: StreamProfiles,
        split_publisher: SplitPublisher,
        retry: Retry,
        drain: DrainSignal,
        pressed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._batches = batches
        self._kernels = cpu_pool
        self._limits = limits
        self._expansion = expansion
        self._profiles = profiles
        self._outcomes = split_publisher
        self._retry = retry
        self._drain = drain
        # Whether other work waits for this to be handed on.
        self._pressed = pressed

    def survey(
        self, file: FileUploaded, data: bytes, own: Candidates
    ) -> tuple[DialectSpec | None, list[SourceBatch], str | None] | None:
        """The one batch of a small file (or none), with its dialect and damage; None where it is
        more than one.

        Raises:
            BadData: the file cannot be read at all.
        """
        reader = self._reader(file, None, own)
        batches: list[SourceBatch] = []
        for found in chain(reader.feed(data), reader.finish()):
            batches += found
            if len(batches) > 1:
                return None
        return reader.dialect, batches, reader.damage

    async def __call__(
        self,
        message: Message,
        file: FileUploaded,
        begun: Begun | None = None,
        data: bytes | None = None,
    ) -> Outcome | None:
        """Publish the results of the file's batches; its end, or where to go on, is returned to be
        published. None if the file needs no result any more.

        Args:
            message: what asked for it.
            begun: where to go on.
            data: the file, if it is in memory already.

        Raises:
            Draining: before anything new was reached.
        """
        own = NO_CANDIDATES if begun is not None else await self._profiles.candidates(file)
        reader = self._reader(file, begun, own)
        start = begun[1] if begun is not None else BEGINNING
        at, error = start, None
        suggestions: tuple[Suggestion, ...] = ()
        detected: Detected | None = None
        hands: deque[asyncio.Task[None]] = deque()
        try:
            async with aclosing(self._found(reader, self._chunks(file, data))) as all_found:
                async for batches, position in all_found:
                    if batches and position is not None and reader.dialect is not None:
                        if len(hands) == _IN_HAND:
                            await hands.popleft()
                        work = self._process(file, reader.dialect, batches)
                        hands.append(asyncio.create_task(work))
                        at = position
                    if self._drain.active:
                        if at.batch == start.batch or reader.dialect is None:
                            raise Draining
                        await together(*hands)
                        return continued(file, reader.dialect, at)
                    if self._pressed() and at.batch > start.batch and reader.dialect is not None:
                        await together(*hands)
                        return continued(file, reader.dialect, at)
            await together(*hands)
        except BadData as exc:
            error, suggestions, detected = exc.reason, suggestions_in(exc), detected_in(exc)
        except ObjectMissing as exc:
            await together(*hands)
            return await self._outcomes.missing(message, file, exc, reader.dialect, at)
        finally:
            for task in hands:
                task.cancel()
        return FileSplit(
            file=file,
            batches=at.batch,
            rows=at.row - 1,
            dialect=reader.dialect,
            error=error,
            suggestions=suggestions,
            detected=detected,
            damage=reader.damage,
        )

    def _reader(self, file: FileUploaded, begun: Begun | None, own: Candidates) -> FileReader:
        return FileReader(
            file.options,
            self._limits,
            file.batch_bytes,
            said=compression_said(file.own_name, file.content_encoding),
            filename=file.own_name,
            expansion=self._expansion,
            begun=begun,
            own=own,
        )

    async def _chunks(self, file: FileUploaded, data: bytes | None) -> AsyncGenerator[bytes, None]:
        """The bytes of the stored file; the next range is read while one is processed."""
        if data is not None:
            yield data
            return
        ahead = asyncio.ensure_future(self._range(file, 0))
        try:
            for start in range(0, file.size_bytes, _RANGE_BYTES):
                chunk = await ahead
                if start + _RANGE_BYTES < file.size_bytes:
                    ahead = asyncio.ensure_future(self._range(file, start + _RANGE_BYTES))
                yield chunk
        finally:
            ahead.cancel()

    async def _range(self, file: FileUploaded, start: int) -> bytes:
        end = min(start + _RANGE_BYTES, file.size_bytes)
        data = await self._retry(
            "read a range of a file", lambda: self._store.get_range(file.raw, start, end)
        )
        if len(data) != end - start:
            raise ObjectMissing(file.raw)
        return bytes(data)

    async def _found(
        self, reader: FileReader, chunks: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[Found, None]:
        """Batches, and empty lists in between, so that the caller can stop."""
        async with aclosing(chunks):
            async for chunk in chunks:
                for start in range(0, len(chunk), _SLICE_BYTES):
                    lists = reader.feed(chunk[start : start + _SLICE_BYTES])
                    while (found := await self._kernels.run(_next, reader, lists)) is not None:
                        yield found
                    yield [], None
        lists = reader.finish()
        while (found := await self._kernels.run(_next, reader, lists)) is not None:
            yield found

    async def _process(
        self, file: FileUploaded, dialect: DialectSpec, batches: Sequence[SourceBatch]
    ) -> None:
        results = await self._batches.results(
            [(row_batch(file, dialect, batch.span), batch.data) for batch in batches]
        )
        await together(*(self._outcomes.result(*result) for result in results))


def _next(reader: FileReader, lists: Iterator[list[SourceBatch]]) -> Found | None:
    """The next batches, and the position after them."""
    for batches in lists:
        if batches:
            return batches, reader.position
    return None
