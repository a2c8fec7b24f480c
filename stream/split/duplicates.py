"""Decides whether a file whose bytes are known is a duplicate: it is read as an earlier file is.

Both are compared by their read plans, so a name that is part of the sensor, or chooses a profile, makes
it another reading, which counts. The same decision is made again after a crash: what is compared is in
the event.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from rows.containers.kinds import container_of
from rows.decode.compression import compression_said
from rows.reader import FileReader
from rows.sniff.head import HEAD_BYTES
from rows.sniff.own_profiles import Candidates
from schemas.errors import BadData
from schemas.events import DialectSpec, FileUploaded
from schemas.file_record import FileRecord
from schemas.limits import ExpansionLimits, Limits
from schemas.profiles import Origin, origin_of
from schemas.same_bytes import SameBytes
from sinks.duplicates import is_original
from storage.base import ObjectMissing, ObjectStore
from stream.file_status import FileKey
from stream.own_profiles import StreamProfiles
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.retry import Retry

_LOG = logging.getLogger(__name__)
# Enough of a file for its read plan; compressed ones expand to more.
_READ_BYTES: Final = 2 * HEAD_BYTES


class KnownFiles(Protocol):
    """What is asked of the database."""

    async def file(self, file_id: str) -> FileRecord | None: ...


class DuplicateFiles:
    """Ends files that are duplicates.

    Args:
        end: ends a generation of a file as a duplicate of another file, however often it is called.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        files: KnownFiles,
        profiles: StreamProfiles,
        cpu_pool: CpuPool,
        limits: Limits,
        expansion: ExpansionLimits,
        end: Callable[[FileKey, str], Awaitable[None]],
        retry: Retry,
    ) -> None:
        self._store, self._files, self._profiles = store, files, profiles
        self._kernels, self._limits, self._expansion = cpu_pool, limits, expansion
        self._end, self._retry = end, retry

    async def end(self, file: FileUploaded) -> bool:
        """End a file if it is a duplicate; whether it is."""
        first = await self._original(file)
        if first is None:
            return False
        _LOG.info("a duplicate of %s", first, extra={"file_id": file.file_id})
        await self._end((file.file_id, file.generation), first)
        return True

    async def _original(self, file: FileUploaded) -> str | None:
        """The id of the file that this one is a duplicate of."""
        known = [same for same in file.same_bytes if same.options == file.options]
        known = [same for same in known if await self._counts(same.file_id, file)]
        if not known:
            return None
        try:
            head = bytes(
                await self._retry(
                    "read a file's head",
                    lambda: self._store.get_range(file.raw, 0, min(_READ_BYTES, file.size_bytes)),
                )
            )
        except ObjectMissing:
            return None
        if container_of(head) is not None:
            # The names of the members are those in the container.
            return known[0].file_id
        own = [await self._profiles.candidates_at(same.profiles, _origin(same)) for same in known]
        mine = await self._profiles.candidates_at(file.profiles, origin_of(file))
        return await self._kernels.run(self._read_alike, file, head, mine, known, own)

    async def _counts(self, file_id: str, file: FileUploaded) -> bool:
        record = await self._retry("read a record", lambda: self._files.file(file_id))
        return record is not None and is_original(record, file)

    def _read_alike(
        self,
        file: FileUploaded,
        head: bytes,
        mine: Candidates,
        known: Sequence[SameBytes],
        own: Sequence[Candidates],
    ) -> str | None:
        dialect = self._dialect(file, file.own_name, head, mine)
        if dialect is None:
            return None
        for same, candidates in zip(known, own, strict=True):
            other = self._dialect(file, same.filename, head, candidates)
            if other is not None and other.reads_like(dialect):
                return same.file_id
        return None

    def _dialect(
        self, file: FileUploaded, filename: str, head: bytes, own: Candidates
    ) -> DialectSpec | None:
        """How the file is read if it has that name; None if it is in doubt or cannot be read."""
        reader = FileReader(
            file.options,
            self._limits,
            file.batch_bytes,
            said=compression_said(filename, file.content_encoding),
            filename=filename,
            expansion=self._expansion,
            own=own,
        )
        try:
            for _ in reader.feed(head):
                if reader.dialect is not None:
                    return reader.dialect
            if len(head) >= file.size_bytes:
                for _ in reader.finish():
                    if reader.dialect is not None:
                        break
        except BadData:
            return None
        return reader.dialect


def _origin(same: SameBytes) -> Origin:
    return Origin(
        filename=same.filename,
        api_key=same.api_key,
        topic=same.topic,
        object_path=same.object_path,
    )
