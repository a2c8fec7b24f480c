"""Records files that are new: those whose bytes are unknown in one insert, the others one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from schemas.events import FileUploaded
from schemas.file_record import FileRecord
from schemas.same_bytes import SameBytes
from sinks.base import Sink, SinkBatch
from sinks.duplicates import originals
from stream.runtime.retry import Retry
from stream.runtime.together import together


class KnownBytes(Protocol):
    """See `sinks.file_repository.FileRepository`."""

    async def with_bytes(self, sha256: str) -> Sequence[FileRecord]: ...


class Duplicates(Protocol):
    """See `sinks.duplicates.Duplicates`."""

    async def begin(self, upload: FileUploaded) -> FileRecord | None: ...


class NewFiles:
    """Records the first generation of files.

    Args:
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        sink: Sink,
        files: KnownBytes,
        duplicates: Duplicates,
        retry: Retry,
        clock: Callable[[], datetime],
    ) -> None:
        self._sink, self._files, self._duplicates = sink, files, duplicates
        self._retry, self._clock = retry, clock

    async def record(
        self, uploads: Sequence[FileUploaded], *, unread: Collection[str] = ()
    ) -> list[FileUploaded]:
        """Record files; the events that announce them.

        Args:
            unread: ids of files whose bytes could not be read.
        """
        asked = [u for u in uploads if not u.forced and u.file_id not in unread]
        known = await self._known({upload.sha256 for upload in asked})
        plain = [u for u in uploads if u.forced or u.file_id in unread]
        later: defaultdict[str, list[FileUploaded]] = defaultdict(list)
        seen: set[str] = set()
        for upload in asked:
            if upload.sha256 in seen or originals(upload, known[upload.sha256]):
                later[upload.sha256].append(upload)
            else:
                plain.append(upload)
            seen.add(upload.sha256)
        await self._write(plain)
        # After the first ones with these bytes, in their order.
        compared = await together(*(self._compared(same) for same in later.values()))
        return [*plain, *(upload for group in compared for upload in group)]

    async def originals(self, upload: FileUploaded) -> tuple[SameBytes, ...]:
        """The earlier files that a file may be a duplicate of."""
        if upload.forced:
            return ()
        return originals(upload, (await self._known([upload.sha256]))[upload.sha256])

    async def _known(self, hashes: Collection[str]) -> dict[str, Sequence[FileRecord]]:
        async def one(sha256: str) -> tuple[str, Sequence[FileRecord]]:
            found = await self._retry(
                "ask for files with the same bytes", lambda: self._files.with_bytes(sha256)
            )
            return sha256, found

        return dict(await together(*map(one, hashes)))

    async def _compared(self, uploads: Sequence[FileUploaded]) -> list[FileUploaded]:
        recorded = []
        for upload in uploads:
            record = await self._retry(
                "record a file whose bytes are known",
                lambda: self._duplicates.begin(upload),  # noqa: B023
            )
            if record is None:
                await self._write([upload])
            recorded.append(upload if record is None else record.upload())
        return recorded

    async def _write(self, uploads: Sequence[FileUploaded]) -> None:
        if uploads:
            now = self._clock()
            records = SinkBatch.of(*(FileRecord.from_upload(u, recorded_at=now) for u in uploads))
            await self._retry("record new files", lambda: self._sink.write(records))
