"""Files whose bytes are known: recorded so that a worker compares them with the earlier files.

The same bytes under another name may be another reading (the name is in the sensor, or chooses the
profile), which only their head shows. So what is recorded here names the earlier files, and split
decides (`stream.split.duplicates`).

No two files may be duplicates of each other, whichever processes take them in. So such records are
written in one order for equal bytes, by the log of operations, and no file is a duplicate of one that
has such a record and waits. They are the generation after that of the upload: the same upload at another
process, which does not know of the earlier file yet, writes that one, of which nothing is read then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

from schemas.events import FileUploaded
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.own_keys import own_key
from schemas.profiles import origin_of
from schemas.same_bytes import SameBytes
from sinks.file_operations import Decision, FileOperations

# Earlier files that one is compared with.
_COMPARED: Final = 8


class Files(Protocol):
    """What is asked of the database; see `sinks.file_repository`."""

    async def state(self, file_id: str) -> FileState | None:
        """The state of a file, deleted ones included."""
        ...

    async def file(self, file_id: str) -> FileRecord | None:
        """The record that holds, unless the file is deleted."""
        ...

    async def with_bytes(self, sha256: str) -> Sequence[FileRecord]:
        """Some files with these bytes that are no duplicates, the earliest ones."""
        ...

    async def members_with_bytes(
        self, parent_id: str, sha256: str, before: tuple[datetime, str]
    ) -> Sequence[FileRecord]:
        """The first members of a container with these bytes, of those before a place in it."""
        ...


def originals(upload: FileUploaded, known: Iterable[FileRecord]) -> tuple[SameBytes, ...]:
    """The files of `known` that `upload` may be a duplicate of, the earliest ones first.

    Not those that are read with other options.
    """
    found = [
        record
        for record in known
        if record.file_id != upload.file_id
        and is_original(record, upload)
        and record.generation > 0
        and record.options == upload.options
        and record.content_encoding == upload.content_encoding
    ]
    found.sort(key=lambda record: (record.upload_time, record.file_id))
    return tuple(map(same_bytes, found[:_COMPARED]))


def is_original(record: FileRecord, upload: FileUploaded) -> bool:
    """Whether a file can be a duplicate of `record`: none is of one that failed, so has no readings.

    One that failed before and is read again may have some now; files that are read like it have the same.
    """
    undecided = record.status == "waiting" and bool(record.same_bytes)
    failed = record.status == "failed"
    derived = record.duplicate_of is not None or record.resubmission_of is not None
    return not (derived or failed or (undecided and not _is_member_before(record, upload)))


def _is_member_before(record: FileRecord, upload: FileUploaded) -> bool:
    """Whether `record` is a member before `upload` in its container, and is not compared with it.

    Either of the two may be decided first. What is read like a member before it is also read like that
    member's original, if it has one, so they count once in any case; and of two members only the later
    one can be a duplicate of the other.
    """
    if record.parent_id is None or record.parent_id != upload.parent_id:
        return False
    is_before = (record.upload_time, record.file_id) < (upload.upload_time, upload.file_id)
    return is_before and all(same.file_id != upload.file_id for same in record.same_bytes)


class Duplicates:
    """Records files whose bytes are known.

    Args:
        clock: the time in UTC.
    """

    def __init__(
        self, operations: FileOperations, files: Files, clock: Callable[[], datetime]
    ) -> None:
        self._operations, self._files, self._clock = operations, files, clock

    async def begin(self, upload: FileUploaded) -> FileRecord | None:
        """Record a file that has the bytes of earlier ones; its record.

        None, and nothing is recorded, if there is no earlier file that it may be a duplicate of, or
        the file is recorded already.

        Raises:
            Unavailable: it may be recorded nevertheless; the same call finds it.
        """
        begun: FileRecord | None = None

        async def decide() -> Decision:
            nonlocal begun
            begun = None
            if await self._files.state(upload.file_id) is None:
                known = originals(upload, await self._with_bytes(upload))
                if known:
                    compared = upload.model_copy(
                        update={"generation": upload.generation + 1, "same_bytes": known}
                    )
                    begun = FileRecord.from_upload(compared, recorded_at=self._clock())
                    return Decision(begun, begins=True)
            return Decision(FileRecord.from_upload(upload, recorded_at=self._clock()), begins=False)

        await self._operations.decide(own_key("same bytes", upload.sha256), decide)
        return begun or await self._recorded(upload.file_id)

    async def _with_bytes(self, upload: FileUploaded) -> Collection[FileRecord]:
        """Earlier files with the bytes of this one, among them the members before it."""
        found = await self._files.with_bytes(upload.sha256)
        if upload.parent_id is None:
            return found
        members = await self._files.members_with_bytes(
            upload.parent_id, upload.sha256, before=(upload.upload_time, upload.file_id)
        )
        return {record.file_id: record for record in (*found, *members)}.values()

    async def _recorded(self, file_id: str) -> FileRecord | None:
        record = await self._files.file(file_id)
        return record if record is not None and record.same_bytes else None


def same_bytes(record: FileRecord) -> SameBytes:
    """An earlier file as records of others name it."""
    origin = origin_of(record)
    return SameBytes(
        file_id=record.file_id,
        filename=origin.filename,
        api_key=origin.api_key,
        topic=origin.topic,
        object_path=origin.object_path,
        options=record.options,
        profiles=record.profiles,
    )
