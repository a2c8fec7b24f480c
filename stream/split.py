"""split: a file to batches of whole records. An agent on `files.uploaded`, on all workers.

Small files (one batch) are handled many at a time and processed where they were read; large ones
are read as a stream and cut into batches by reference, a few seconds at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rows.compression import Compression, compression_of, compression_said
from rows.cut import BatchSpan
from rows.limits import Limits
from rows.source import HEAD_BYTES, Position, SourceCutter, find_dialect, start_of
from schemas import topics
from schemas.errors import BadData
from schemas.events import (
    BatchResult,
    DialectSpec,
    FileSplit,
    FileUploaded,
    RowBatch,
    SplitContinued,
    decode,
    encode,
)
from storage.base import ObjectMissing, ObjectStore
from stream.batches import Batches, row_batch
from stream.compressed import SplitCompressed, continued
from stream.dead_letters import DeadLetters
from stream.interruption import Interruption
from stream.kernels import Kernels
from stream.message import Message, Publisher
from stream.retry import Retry
from stream.verdicts import Verdicts

_LOG = logging.getLogger(__name__)
# A large file is read in ranges, the next while one is cut: of at most so many bytes and batches.
_RANGE_BYTES = 8 << 20
_RANGE_BATCHES = 16
# After this long, or this many batches, the rest of a file is handed on by a message.
_STEP_SECONDS = 2.0
_STEP_BATCHES = 64
# No more is cut where so many batches wait in this worker's partitions: a file of a few batches
# that comes next would wait for all of them. The lane of process holds as many, and lets files
# take turns.
_BACKLOG = 24
_ROOM_SECONDS = 0.02
# Readings become about so many times smaller when they are compressed.
_EXPANDS = 16
# Small files that are read at once, and the bytes parsed in one go.
_READS = 16
_PARSE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """How far a step through a large file came, and why it ended there."""

    reached: Position
    ended: bool
    missing: ObjectMissing | None = None


@dataclass(frozen=True, slots=True)
class _Whole:
    """A file of one batch, with its bytes (expanded, where it is compressed)."""

    file: FileUploaded
    dialect: DialectSpec
    span: BatchSpan
    data: bytes
    damage: str | None = None


def is_large(message: Message) -> bool:
    """Whether a message is about a file that has to be read as a stream."""
    try:
        event, _ = decode(message.value)
    except BadData:
        return False
    if isinstance(event, FileUploaded):
        return event.size_bytes > event.batch_bytes
    return isinstance(event, SplitContinued)


def is_compressed(message: Message) -> bool:
    """Whether a message is about a file that is said to be compressed and will be large."""
    value = message.value or b""
    if b"gz" not in value and b"zst" not in value:
        return False
    try:
        event, _ = decode(value)
    except BadData:
        return False
    if isinstance(event, FileUploaded):
        said = compression_said(event.filename, event.content_encoding)
        return said is not None and event.size_bytes > event.batch_bytes // _EXPANDS
    return isinstance(event, SplitContinued) and event.dialect.compression is not None


def batch_partition(file_id: str, batch_no: int, partitions: int) -> int:
    """Partition of a batch: those of one file are spread evenly, whatever its id."""
    return (zlib.crc32(file_id.encode()) + batch_no) % partitions


class Split:
    """Handles messages of `files.uploaded`: `handle_small` many at a time, `handle_large` one."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        batches: Batches,
        compressed: SplitCompressed,
        kernels: Kernels,
        limits: Limits,
        verdicts: Verdicts,
        publisher: Publisher,
        dead_letters: DeadLetters,
        retry: Retry,
        interruption: Interruption,
        backlog: Callable[[], int] = lambda: 0,
    ) -> None:
        self._store = store
        self._batches = batches
        self._compressed = compressed
        self._kernels = kernels
        self._limits = limits
        self._verdicts = verdicts
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._retry = retry
        self._interruption = interruption
        # Batches that wait to be processed in the partitions of this worker.
        self._backlog = backlog
        self._reading = asyncio.Semaphore(_READS)

    async def handle_small(self, messages: Sequence[Message]) -> None:
        """Files of one batch: read, process, publish what they came to."""
        wanted = await self._wanted(messages)
        # The same file may be announced twice in one group.
        files = {
            (e.file_id, e.generation): (m, e) for m, e in wanted if isinstance(e, FileUploaded)
        }
        read = await asyncio.gather(*(self._read_small(m, e) for m, e in files.values()))
        whole: list[_Whole] = []
        split: list[FileSplit | SplitContinued] = []
        for item in read:
            if isinstance(item, _Whole):
                whole.append(item)
            elif item is not None:
                split.append(item)
        size = 0
        group: list[_Whole] = []
        tasks = [self._publish_split(event) for event in split]
        for entry in whole:
            if group and size + len(entry.data) > _PARSE_BYTES:
                tasks.append(self._process_small(group))
                size, group = 0, []
            group.append(entry)
            size += len(entry.data)
        if group:
            tasks.append(self._process_small(group))
        await asyncio.gather(*tasks)

    async def handle_large(self, message: Message) -> None:
        """A large file, or the rest of one: publish its batches, then its end or a continuation."""
        for _, event in await self._wanted([message]):
            await self._split_large(message, event)

    async def _wanted(
        self, messages: Sequence[Message]
    ) -> list[tuple[Message, FileUploaded | SplitContinued]]:
        """Decoded messages of files that are still to be worked on."""
        decoded: list[tuple[Message, FileUploaded | SplitContinued]] = []
        for message in messages:
            try:
                event, _ = decode(message.value)
                if not isinstance(event, FileUploaded | SplitContinued):
                    raise BadData(
                        "unknown_event", f"{event.TYPE} does not belong on {message.topic}"
                    )
                decoded.append((message, event))
            except BadData as exc:
                await self._dead_letters.bad(message, exc)
        keys = [_key(event) for _, event in decoded]
        verdicts = await self._verdicts.of(keys) if keys else {}
        wanted = []
        for (message, event), key in zip(decoded, keys, strict=True):
            if verdicts[key] == "waiting":
                wanted.append((message, event))
            else:
                _LOG.info("not split: the file is %s", verdicts[key], extra={"file_id": key[0]})
        return wanted

    async def _read_small(
        self, message: Message, file: FileUploaded
    ) -> _Whole | FileSplit | SplitContinued | None:
        """The one batch of a file with its bytes, or how its split has ended; None where nobody
        wants to know any more.

        Where it is more than one batch after all, they are published then.
        """
        async with self._reading:
            try:
                data = await self._retry("read a file", lambda: self._whole(file))
            except ObjectMissing as exc:
                return await self._missing(message, file, exc)
        if len(data) != file.size_bytes:
            return _failed(file, _resized(file, len(data)))
        if compression_of(data) is not None:
            return await self._expand_small(message, file, data)
        try:
            dialect, spans = await self._kernels.run(self._survey, file, data)
        except BadData as exc:
            return _failed(file, exc.reason)
        if len(spans) == 1:
            span = spans[0]
            return _Whole(file, dialect, span, data[span.start : span.end])
        await asyncio.gather(*(self._publish_batch(row_batch(file, dialect, s)) for s in spans))
        rows = sum(span.rows for span in spans)
        return FileSplit(file=file, batches=len(spans), rows=rows, dialect=dialect)

    async def _expand_small(
        self, message: Message, file: FileUploaded, data: bytes
    ) -> _Whole | FileSplit | SplitContinued | None:
        try:
            found = await self._kernels.run(self._compressed.survey, file, data)
        except BadData as exc:
            return _failed(file, exc.reason)
        if found is None:
            return await self._split_compressed(message, file, None, data)
        dialect, batches, damage = found
        if not batches or dialect is None:
            return FileSplit(file=file, batches=0, rows=0, dialect=dialect, damage=damage)
        return _Whole(file, dialect, batches[0].span, batches[0].data, damage)

    async def _split_compressed(
        self,
        message: Message,
        file: FileUploaded,
        begun: tuple[DialectSpec, Position] | None,
        data: bytes | None = None,
    ) -> FileSplit | SplitContinued | None:
        """Process a compressed file as it expands; its end, or where it is to be gone on with."""
        event, missing = await self._compressed(file, begun, data)
        if missing is not None and await self._missing(message, file, missing) is None:
            return None
        return event

    async def _whole(self, file: FileUploaded) -> bytes:
        """The bytes of a small file, in one request; hardly more where it is not small after all."""
        data = b""
        async for chunk in self._store.stream(file.raw):
            data += chunk
            if len(data) > file.size_bytes:
                break
        return data

    def _survey(self, file: FileUploaded, data: bytes) -> tuple[DialectSpec, list[BatchSpan]]:
        head = data[:HEAD_BYTES]
        dialect = find_dialect(
            head,
            file.options,
            complete=len(data) <= HEAD_BYTES,
            limits=self._limits,
            said=_said(file),
        )
        cutter = SourceCutter(dialect, self._limits, file.batch_bytes)
        return dialect, cutter.feed(data[dialect.data_start :]) + cutter.finish()

    async def _process_small(self, files: Sequence[_Whole]) -> None:
        results = await self._batches.results(
            [(row_batch(f.file, f.dialect, f.span), f.data) for f in files]
        )
        splits = [
            FileSplit(file=f.file, batches=1, rows=f.span.rows, dialect=f.dialect, damage=f.damage)
            for f in files
        ]
        await asyncio.gather(
            *(
                self._publish_whole(split, result, payload)
                for split, (result, payload) in zip(splits, results, strict=True)
            )
        )

    async def _publish_whole(self, split: FileSplit, result: BatchResult, payload: bytes) -> None:
        await asyncio.gather(
            self._publish(topics.PARTIALS, result.file_id, encode(result, payload)),
            self._publish_end(split),
        )

    async def _split_large(self, message: Message, event: FileUploaded | SplitContinued) -> None:
        if isinstance(event, SplitContinued):
            file, dialect = event.file, event.dialect
            at = Position(event.next_byte, event.next_row, event.next_line, event.next_batch)
            if dialect.compression is not None:
                await self._publish_split(
                    await self._split_compressed(message, file, (dialect, at))
                )
                return
        else:
            file = event
            try:
                head = await self._head(file)
                if compression_of(head) is not None:
                    await self._publish_split(await self._split_compressed(message, file, None))
                    return
                dialect = await self._kernels.run(
                    find_dialect,
                    head,
                    file.options,
                    complete=len(head) >= file.size_bytes,
                    limits=self._limits,
                    said=_said(file),
                )
            except ObjectMissing as exc:
                end = await self._missing(message, file, exc)
                if end is not None:
                    await self._publish_end(end)
                return
            except BadData as exc:
                await self._publish_end(_failed(file, exc.reason))
                return
            at = start_of(dialect)
        step = await self._step(file, dialect, at)
        to = step.reached
        if step.missing is not None:
            end = await self._missing(message, file, step.missing)
            # The batches that were published before are waited for.
            if end is not None:
                await self._publish_end(
                    end.model_copy(update={"batches": to.batch, "rows": to.row - 1})
                )
        elif step.ended:
            await self._publish_end(
                FileSplit(file=file, batches=to.batch, rows=to.row - 1, dialect=dialect)
            )
        else:
            await self._publish_split(continued(file, dialect, to))

    async def _head(self, file: FileUploaded) -> bytes:
        return bytes(
            await self._retry(
                "read a file's head", lambda: self._store.get_range(file.raw, 0, HEAD_BYTES)
            )
        )

    async def _step(self, file: FileUploaded, dialect: DialectSpec, at: Position) -> Step:
        """Publish batches from `at` on, for as long as a step may take.

        How far a step goes depends on the time it takes; where batches end does not.
        """
        cutter = SourceCutter(dialect, self._limits, file.batch_bytes, at=at)
        until = time.monotonic() + _STEP_SECONDS
        reached, byte, ended = at, at.byte, False
        missing: ObjectMissing | None = None
        reading = asyncio.ensure_future(self._range(file, byte))
        sending: list[asyncio.Task[None]] = []
        try:
            while not ended:
                await self._room(until)
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
                for span in spans:
                    batch = row_batch(file, dialect, span)
                    sending.append(asyncio.create_task(self._publish_batch(batch)))
                reached = cutter.position
                if reached.batch == at.batch:
                    self._interruption.check()
                elif (
                    self._interruption.active
                    or time.monotonic() > until
                    or reached.batch - at.batch >= _STEP_BATCHES
                ):
                    break
            await asyncio.gather(*sending)
        finally:
            for task in (reading, *sending):
                task.cancel()
        return Step(reached, ended, missing)

    async def _room(self, until: float) -> None:
        """Wait while too much is cut already; not beyond `until`, nor into an interruption."""
        while self._backlog() >= _BACKLOG and time.monotonic() < until:
            if self._interruption.active:
                return
            await asyncio.sleep(_ROOM_SECONDS)

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

    async def _missing(
        self, message: Message, file: FileUploaded, missing: ObjectMissing
    ) -> FileSplit | None:
        """How the split of a file ends that lacks its object; None where the file was deleted."""
        if await self._verdicts.is_deleted((file.file_id, file.generation)):
            return None
        reason = f"storage error: {missing}"
        await self._dead_letters.put(message, "object_missing", reason)
        return _failed(file, reason)

    async def _publish_batch(self, batch: RowBatch) -> None:
        partition = batch_partition(batch.file_id, batch.batch_no, topics.BATCHES.partitions)
        await self._publish(topics.BATCHES, batch.file_id, encode(batch), partition)

    async def _publish_split(self, event: FileSplit | SplitContinued | None) -> None:
        if isinstance(event, FileSplit):
            await self._publish_end(event)
        elif event is not None:
            await self._publish(topics.UPLOADED, event.file.file_id, encode(event))

    async def _publish_end(self, split: FileSplit) -> None:
        await self._publish(topics.PARTIALS, split.file.file_id, encode(split))

    async def _publish(
        self, topic: topics.Topic, file_id: str, value: bytes, partition: int | None = None
    ) -> None:
        await self._retry(
            f"publish to {topic.name}",
            lambda: self._publisher.publish(topic, file_id.encode(), value, partition=partition),
        )


def _key(event: FileUploaded | SplitContinued) -> tuple[str, int]:
    file = event.file if isinstance(event, SplitContinued) else event
    return file.file_id, file.generation


def _said(file: FileUploaded) -> Compression | None:
    return compression_said(file.filename, file.content_encoding)


def _failed(file: FileUploaded, reason: str) -> FileSplit:
    return FileSplit(file=file, batches=0, rows=0, error=reason)


def _resized(file: FileUploaded, size: int) -> str:
    return (
        f"storage error: {file.raw.bucket}/{file.raw.key} has {size} bytes, "
        f"{file.size_bytes} were announced"
    )
