"""Splits small files: many are read at once, and processed on the same worker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from rows.decode.compression import compression_of, compression_said
from rows.sniff.head import HEAD_BYTES, find_dialect
from rows.sniff.own_profiles import Candidates
from rows.split.encoded_splitter import EncodedSplitter
from rows.split.splitter import BatchSpan
from schemas.errors import BadData
from schemas.events import DialectSpec, FileSplit, FileUploaded
from schemas.limits import Limits
from storage.base import ObjectMissing, ObjectStore
from stream.own_profiles import StreamProfiles
from stream.process.batch_processor import BatchProcessor, row_batch
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.runtime.together import together
from stream.split.compressed import SplitCompressed
from stream.split.publish import Outcome, SplitPublisher, failed
from stream.split.unpack import Unpack, container_in

T_ = TypeVar("T_")
# Files that are read at once, and the bytes parsed in one go. Files of as many bytes are read while
# others are processed, so a worker holds twice as many however many files wait.
_READS = 16
_PARSE_BYTES = 8 << 20
# How a file is read, where its batches are, and why it is cut off.
_Survey: TypeAlias = tuple[DialectSpec, list[BatchSpan], str | None]
# Readings become about so many times smaller when they are compressed.
EXPANDS: Final = 16


@dataclass(frozen=True, slots=True)
class _Read:
    """A file with its bytes, which are not compressed, and the profiles that it can have."""

    file: FileUploaded
    data: bytes
    own: Candidates


@dataclass(frozen=True, slots=True)
class _Whole:
    """A file of one batch, with its bytes (decompressed, if it is compressed)."""

    file: FileUploaded
    dialect: DialectSpec
    span: BatchSpan
    data: bytes
    damage: str | None = None


class SplitSmall:
    """Splits and processes files of one batch; those that are more after all are split only."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        batches: BatchProcessor,
        compressed: SplitCompressed,
        unpack: Unpack,
        cpu_pool: CpuPool,
        limits: Limits,
        profiles: StreamProfiles,
        split_publisher: SplitPublisher,
        retry: Retry,
    ) -> None:
        self._store = store
        self._batches = batches
        self._compressed = compressed
        self._unpack = unpack
        self._kernels = cpu_pool
        self._limits = limits
        self._profiles = profiles
        self._outcomes = split_publisher
        self._retry = retry
        self._reading = asyncio.Semaphore(_READS)
        # One that expands to many batches takes as much memory as a large file.
        self._expanding = asyncio.Semaphore(1)

    async def __call__(self, files: Sequence[tuple[Message, FileUploaded]]) -> None:
        """Publish the results of the files, each with its message."""
        groups = deque(_groups(files, lambda item: _expected_bytes(item[1])))
        reading = asyncio.ensure_future(self._read_all(groups.popleft() if groups else []))
        try:
            while groups:
                read, following = await reading, groups.popleft()
                reading = asyncio.ensure_future(self._read_all(following))
                await self._end(read)
            await self._end(await reading)
        finally:
            reading.cancel()

    async def _read_all(
        self, files: Sequence[tuple[Message, FileUploaded]]
    ) -> list[_Whole | Outcome | None]:
        found = await together(*(self._read(message, file) for message, file in files))
        # In one call: to hand over a small file to a thread costs as much as to look at it.
        read = [item for item in found if isinstance(item, _Read)]
        surveys = iter(await self._kernels.run(self._survey_all, read) if read else ())
        return [
            await self._cut(item, next(surveys)) if isinstance(item, _Read) else item
            for item in found
        ]

    async def _end(self, read: Sequence[_Whole | Outcome | None]) -> None:
        """Process the files that were read, and publish the results of all of them."""
        whole = [item for item in read if isinstance(item, _Whole)]
        await together(
            *(self._outcomes.split(item) for item in read if not isinstance(item, _Whole)),
            *(self._process(group) for group in _groups(whole, lambda file: len(file.data))),
        )

    async def _read(self, message: Message, file: FileUploaded) -> _Read | _Whole | Outcome | None:
        """A file with its bytes; of one that is compressed its one batch, or how its split has ended;
        None if it is not needed any more."""
        async with self._reading:
            try:
                data = await self._retry("read a file", lambda: self._whole(file))
            except ObjectMissing as exc:
                return await self._outcomes.missing(message, file, exc)
        if len(data) != file.size_bytes:
            return failed(file, _resized(file, len(data)))
        try:
            kind = container_in(file, data)
        except BadData as exc:
            return failed(file, exc)
        if kind is not None:
            await self._unpack.announce(file, kind)
            return None
        own = await self._profiles.candidates(file)
        if compression_of(data) is not None:
            return await self._expand(message, file, data, own)
        return _Read(file, data, own)

    async def _cut(self, read: _Read, survey: _Survey | BadData) -> _Whole | Outcome:
        """The one batch of a file, or how its split has ended; if it is more than one batch after all,
        they are published."""
        file = read.file
        if isinstance(survey, BadData):
            return failed(file, survey)
        dialect, spans, damage = survey
        if len(spans) == 1:
            span = spans[0]
            return _Whole(file, dialect, span, read.data[span.start : span.end], damage)
        await together(*(self._outcomes.batch(row_batch(file, dialect, s)) for s in spans))
        rows = sum(span.rows for span in spans)
        return FileSplit(file=file, batches=len(spans), rows=rows, dialect=dialect, damage=damage)

    async def _expand(
        self, message: Message, file: FileUploaded, data: bytes, own: Candidates
    ) -> _Whole | Outcome | None:
        try:
            found = await self._kernels.run(self._compressed.survey, file, data, own)
        except BadData as exc:
            return failed(file, exc)
        if found is None:
            async with self._expanding:
                return await self._compressed(message, file, data=data)
        dialect, batches, damage = found
        if not batches or dialect is None:
            return FileSplit(file=file, batches=0, rows=0, dialect=dialect, damage=damage)
        return _Whole(file, dialect, batches[0].span, batches[0].data, damage)

    async def _whole(self, file: FileUploaded) -> bytes:
        """The bytes of a small file, in one request; hardly more if it is not small after all."""
        data = b""
        async for chunk in self._store.stream(file.raw):
            data += chunk
            if len(data) > file.size_bytes:
                break
        return data

    def _survey_all(self, files: Sequence[_Read]) -> list[_Survey | BadData]:
        return [self._survey(one.file, one.data, one.own) for one in files]

    def _survey(self, file: FileUploaded, data: bytes, own: Candidates) -> _Survey | BadData:
        try:
            return self._cut_at(file, data, own)
        except BadData as exc:
            return exc

    def _cut_at(self, file: FileUploaded, data: bytes, own: Candidates) -> _Survey:
        head = data[:HEAD_BYTES]
        dialect = file.dialect or find_dialect(
            head,
            file.options,
            complete=len(data) <= HEAD_BYTES,
            limits=self._limits,
            said=compression_said(file.own_name, file.content_encoding),
            filename=file.own_name,
            own=own,
        )
        cutter = EncodedSplitter(dialect, self._limits, file.batch_bytes)
        spans = cutter.feed(data[dialect.data_start :]) + cutter.finish()
        return dialect, spans, cutter.damage

    async def _process(self, files: Sequence[_Whole]) -> None:
        results = await self._batches.results(
            [(row_batch(f.file, f.dialect, f.span), f.data) for f in files]
        )
        await together(
            *(
                self._outcomes.split(
                    FileSplit(
                        file=f.file,
                        batches=1,
                        rows=f.span.rows,
                        dialect=f.dialect,
                        damage=f.damage,
                        result=result,
                    ),
                    payload,
                )
                for f, (result, payload) in zip(files, results, strict=True)
            )
        )


def _groups(files: Sequence[T_], size_of: Callable[[T_], int]) -> Iterator[list[T_]]:
    """Files in their order, as many together as `_PARSE_BYTES` hold, and one at least."""
    size = 0
    group: list[T_] = []
    for file in files:
        if group and size + size_of(file) > _PARSE_BYTES:
            yield group
            size, group = 0, []
        group.append(file)
        size += size_of(file)
    if group:
        yield group


def _expected_bytes(file: FileUploaded) -> int:
    """About how many bytes a file has once it is read, and decompressed."""
    said = compression_said(file.own_name, file.content_encoding)
    return file.size_bytes * (1 if said is None else EXPANDS)


def _resized(file: FileUploaded, size: int) -> str:
    return (
        f"storage error: {file.raw.bucket}/{file.raw.key} has {size} bytes, "
        f"{file.size_bytes} were declared"
    )
