"""split of large files: read as a stream, cut into batches by reference, a few seconds at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from rows.decode.compression import compression_of, compression_said
from rows.order import Order
from rows.sniff.head import HEAD_BYTES, find_dialect
from rows.split.encoded_splitter import EncodedSplitter, Position, start_of
from schemas.errors import BadData
from schemas.events import DialectSpec, FileSplit, FileUploaded, SplitContinued
from schemas.limits import Limits
from storage.base import ObjectMissing, ObjectStore
from stream.own_profiles import StreamProfiles
from stream.process.batch_processor import row_batch
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.runtime.together import together
from stream.split.compressed import SplitCompressed
from stream.split.publish import Outcome, SplitPublisher, continued, failed
from stream.split.unpack import Unpack, container_in

# A file is read in ranges, the next while one is cut: of at most so many bytes and batches.
_RANGE_BYTES = 8 << 20
_RANGE_BATCHES = 16
# After this long, or this many batches, the rest of a file is handed on by a message.
_STEP_SECONDS = 2.0
_STEP_BATCHES = 64
# How often it is asked whether there is capacity for more batches.
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Step:
    """How far a step through a file got, and why it ended there."""

    reached: Position
    ended: bool
    missing: ObjectMissing | None = None
    # Why the file is not read to its end.
    damage: str | None = None


class SplitLarge:
    """Takes one step through one file at a time."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        compressed: SplitCompressed,
        unpack: Unpack,
        cpu_pool: CpuPool,
        limits: Limits,
        profiles: StreamProfiles,
        split_publisher: SplitPublisher,
        retry: Retry,
        drain: DrainSignal,
        crowded: Callable[[], bool],
    ) -> None:
        self._store = store
        self._compressed = compressed
        self._unpack = unpack
        self._kernels = cpu_pool
        self._limits = limits
        self._profiles = profiles
        self._outcomes = split_publisher
        self._retry = retry
        self._drain = drain
        # Batches that wait to be processed in the partitions of this worker.
        self._crowded = crowded

    async def __call__(self, message: Message, event: FileUploaded | SplitContinued) -> None:
        """Publish batches of a file, from its beginning or from where an earlier step ended; then
        its end, or where to go on.
        """
        await self._outcomes.split(await self._split(message, event))

    async def _split(
        self, message: Message, event: FileUploaded | SplitContinued
    ) -> Outcome | None:
        if isinstance(event, SplitContinued):
            file, dialect = event.file, event.dialect
            at = Position(
                event.next_byte,
                event.next_row,
                event.next_line,
                event.next_batch,
                Order.from_text(event.next_order),
            )
            if dialect.compression is not None:
                return await self._compressed(message, file, (dialect, at))
        else:
            file = event
            try:
                head = await self._head(file)
                if (kind := container_in(file, head)) is not None:
                    await self._unpack.announce(file, kind)
                    return None
                if compression_of(head) is not None:
                    return await self._compressed(message, file)
                dialect = file.dialect or await self._detected(file, head)
            except ObjectMissing as exc:
                return await self._outcomes.missing(message, file, exc)
            except BadData as exc:
                return failed(file, exc)
            at = start_of(dialect)
        step = await self._step(file, dialect, at)
        to = step.reached
        if step.missing is not None:
            return await self._outcomes.missing(message, file, step.missing, dialect, to)
        if step.ended:
            return FileSplit(
                file=file,
                batches=to.batch,
                rows=to.row - 1,
                dialect=dialect,
                damage=step.damage,
            )
        return continued(file, dialect, to)

    async def _detected(self, file: FileUploaded, head: bytes) -> DialectSpec:
        return await self._kernels.run(
            find_dialect,
            head,
            file.options,
            complete=len(head) >= file.size_bytes,
            limits=self._limits,
            said=compression_said(file.own_name, file.content_encoding),
            filename=file.own_name,
            own=await self._profiles.candidates(file),
        )

    async def _head(self, file: FileUploaded) -> bytes:
        return bytes(
            await self._retry(
                "read a file's head", lambda: self._store.get_range(file.raw, 0, HEAD_BYTES)
            )
        )

    async def _step(self, file: FileUploaded, dialect: DialectSpec, at: Position) -> _Step:
        """Publish batches from `at` on, for as long as a step may take.

        How far a step goes depends on the time it takes; where batches end does not.
        """
        cutter = EncodedSplitter(dialect, self._limits, file.batch_bytes, at=at)
        until = time.monotonic() + _STEP_SECONDS
        reached, byte, ended = at, at.byte, False
        missing: ObjectMissing | None = None
        reading = asyncio.ensure_future(self._range(file, byte))
        sending: list[asyncio.Task[None]] = []
        try:
            while not ended:
                await self._capacity(until)
                try:
                    data = await reading
                except ObjectMissing as exc:
                    missing = exc
                    break
                byte += len(data)
                ended = byte >= file.size_bytes
                if not ended:
                    reading = asyncio.ensure_future(self._range(file, byte))
                spans = await self._kernels.run(cutter.feed, data)
                if ended:
                    spans += await self._kernels.run(cutter.finish)
                ended = ended or cutter.damage is not None
                for span in spans:
                    batch = row_batch(file, dialect, span)
                    sending.append(asyncio.create_task(self._outcomes.batch(batch)))
                reached = cutter.position
                if reached.batch == at.batch:
                    self._drain.check()
                elif (
                    self._drain.active
                    or time.monotonic() > until
                    or reached.batch - at.batch >= _STEP_BATCHES
                ):
                    break
            await together(*sending)
        finally:
            for task in (reading, *sending):
                task.cancel()
        return _Step(reached, ended, missing, cutter.damage)

    async def _capacity(self, until: float) -> None:
        """Wait while too many batches wait already; not beyond `until`, nor into a drain."""
        while self._crowded() and time.monotonic() < until:
            if self._drain.active:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _range(self, file: FileUploaded, start: int) -> memoryview:
        size = min(_RANGE_BYTES, _RANGE_BATCHES * file.batch_bytes)
        end = min(start + size, file.size_bytes)
        if end <= start:
            return memoryview(b"")
        data = await self._retry(
            "read a range of a file", lambda: self._store.get_range(file.raw, start, end)
        )
        if len(data) != end - start:
            raise ObjectMissing(file.raw)
        return data
