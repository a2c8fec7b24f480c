"""Members of a container: read one after another, stored, recorded and announced as files.

Everything has an identity that follows from the container and the member: the file_id, the place in
the store, the generation. A container that is unpacked again, after a kill or by two workers at once,
gives the same files; those that are recorded are left out.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from rows.containers.member import Member
from schemas import topics
from schemas.errors import BadData
from schemas.events import MAX_FILENAME, FileUploaded, ObjectRef, encode
from schemas.file_record import FileRecord
from schemas.object_keys import RAW
from schemas.same_bytes import SameBytes
from sinks.duplicates import same_bytes
from sinks.file_operations import Decision, FileOperations
from sinks.queries.containers import KnownMember
from storage.base import ObjectStore
from stream.file_status import FileKey
from stream.new_files import NewFiles
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Publisher
from stream.runtime.retry import Retry
from stream.runtime.together import together

# A member up to this size is stored from memory, with others; of a group at most so many bytes.
HELD_BYTES: Final = 1 << 20
# Calls to the store or about generations at a time.
_WIDTH: Final = 16


class MemberQueries(Protocol):
    """What is asked of the database about members."""

    async def file(self, file_id: str) -> FileRecord | None: ...
    async def resubmissions(self, file_id: str) -> list[str]: ...
    async def members_with_bytes(
        self, parent_id: str, sha256: str, before: tuple[datetime, str]
    ) -> Sequence[FileRecord]: ...


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to record and announce; its bytes are stored already unless they are in `data`."""

    upload: FileUploaded
    data: bytes | None = None
    # Why it cannot be read: there are no bytes then.
    refused: BadData | None = None


def member_upload(
    parent: FileUploaded, file_id: str, name: str, number: int, bucket: str
) -> FileUploaded:
    """The upload of a member of `parent`, without size and hash.

    It is read with the options of the container. Its time is that of the container, and as many
    microseconds later as there are members before it, so that lists have their order.
    """
    return parent.model_copy(
        update={
            "file_id": file_id,
            "raw": ObjectRef(bucket=bucket, key=f"{RAW}{file_id}"),
            "filename": f"{parent.filename}/{name}"[:MAX_FILENAME],
            "member": name[:MAX_FILENAME],
            "size_bytes": 0,
            "sha256": hashlib.sha256().hexdigest(),
            "upload_time": parent.upload_time + timedelta(microseconds=number + 1),
            "content_encoding": None,
            "idempotency_key": None,
            "resubmission_of": None,
            "dialect": None,
            "container": None,
            "unpacked_members": 0,
            "parent_id": parent.file_id,
            "parent_generation": parent.generation,
        }
    )


class MemberFiles:
    """Stores, records and announces members, in this order.

    Args:
        fail: ends a file that cannot be read.
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        queries: MemberQueries,
        operations: FileOperations,
        publisher: Publisher,
        fail: Callable[[FileKey, str], Awaitable[None]],
        new_files: NewFiles,
        retry: Retry,
        drain: DrainSignal,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._queries = store, queries
        self._new_files = new_files
        self._operations, self._publisher, self._fail = operations, publisher, fail
        self._retry, self._drain, self._clock = retry, drain, clock
        self._width = asyncio.Semaphore(_WIDTH)

    async def read(self, upload: FileUploaded, member: Member) -> NewMember:
        """The member with its bytes, or stored, if they are many.

        Raises:
            Draining: a drain began.
            Unavailable: the store is unavailable, and the bytes cannot be read twice.
        """
        if member.refused is not None:
            return NewMember(upload, refused=member.refused)
        chunks = member.read()
        digest, size = hashlib.sha256(), 0

        async def read_on() -> AsyncIterator[bytes]:
            nonlocal size
            while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                self._drain.check()
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        rest = read_on()
        held = bytearray()
        try:
            async for chunk in rest:
                held += chunk
                if len(held) > HELD_BYTES:
                    break

            async def all_of_it() -> AsyncIterator[bytes]:
                yield bytes(held)
                held.clear()
                async for chunk in rest:
                    yield chunk

            is_large = len(held) > HELD_BYTES
            if is_large:
                await self._store.put(upload.raw, all_of_it())
        except BadData as exc:
            return NewMember(upload, refused=exc)
        if not size:
            reason = f"the member {upload.member!r} is empty"
            return NewMember(upload, refused=BadData("missing_file", reason))
        read = upload.model_copy(update={"size_bytes": size, "sha256": digest.hexdigest()})
        return NewMember(read, None if is_large else bytes(held))

    async def add(
        self, members: Sequence[NewMember], known: Mapping[str, KnownMember], *, alone: bool = False
    ) -> None:
        """Make files of `members`.

        Args:
            known: members that are recorded. Those of the generation of the container are announced
                again, others begin a generation.
            alone: the container is a duplicate and is read all the same, so its members are compared
                with each other and with no other file.
        """
        await together(*(self._put(m) for m in members if m.data is not None))
        new: list[NewMember] = []
        unknown: list[NewMember] = []
        later: list[NewMember] = []
        for member in members:
            if member.upload.file_id in known:
                later.append(member)
            else:
                # Of the first reading of a container, whatever the number of its generation.
                is_first = member.upload.requested_at is None and not alone
                (new if is_first else unknown).append(member)
        refused = {m.upload.file_id: m.refused for m in new}
        recorded = await self._new_files.record(
            [m.upload for m in new],
            unread={file_id for file_id, reason in refused.items() if reason is not None},
        )
        uploads = [(upload, refused[upload.file_id]) for upload in recorded]
        # Those that have no record yet go first, and one after another if their bytes are equal, so that
        # each finds the members before it.
        in_turn = await together(
            *(self._begin_all(some, alone=alone) for some in _by_bytes(unknown))
        )
        begun = [*in_turn, *await together(*(self._begin_all([m]) for m in later))]
        uploads += [found for some in begun for found in some]
        await together(*(self._announce(upload, refused) for upload, refused in uploads))

    async def announce_again(self, file_id: str) -> None:
        """Announce a member that waits: its record may have been the last that was done of it."""
        record = await self._retry("read a record", lambda: self._queries.file(file_id))
        if record is not None and record.status == "waiting":
            await self._publish(record.upload())

    async def _put(self, member: NewMember) -> None:
        data = member.data
        assert data is not None
        async with self._width:
            await self._retry(
                "store a member", lambda: self._store.put_bytes(member.upload.raw, data)
            )

    async def _begin_all(
        self, members: Sequence[NewMember], *, alone: bool = False
    ) -> list[tuple[FileUploaded, BadData | None]]:
        """Begin generations of members one after another; their uploads, and why they cannot be read."""
        found = []
        for member in members:
            upload = await self._begin(member, alone=alone)
            if upload is not None:
                found.append((upload, member.refused))
        return found

    async def _begin(self, member: NewMember, *, alone: bool) -> FileUploaded | None:
        """Begin the generation of a member that this generation of the container asks for; its
        upload, or None if the member was deleted, or its invalid rows came back corrected."""
        wanted = member.upload

        async def decide() -> Decision:
            record = await self._queries.file(wanted.file_id)
            if record is None:
                begun = FileRecord.from_upload(wanted, recorded_at=self._clock())
                compared = not alone and wanted.size_bytes
                others = await self._new_files.originals(wanted) if compared else ()
                begun = replace(begun, same_bytes=await self._with_members(others, begun, wanted))
                return Decision(begun, begins=True)
            if record.parent_generation >= wanted.parent_generation:
                return Decision(record, begins=False)
            if await self._queries.resubmissions(wanted.file_id):
                # Its rows would count twice.
                return Decision(record, begins=False)
            begun = record.next_generation(
                recorded_at=self._clock(), options=wanted.options, profiles=wanted.profiles
            )
            begun = replace(begun, parent_generation=wanted.parent_generation)
            # It is asked for as a part of its container, not by itself.
            same = await self._same_bytes(record, wanted)
            # Those after it are compared with it, if it is compared with none itself.
            begun = replace(
                begun, same_bytes=same, duplicate_of=record.duplicate_of if same else None
            )
            if wanted.size_bytes:
                begun = replace(begun, size_bytes=wanted.size_bytes, sha256=wanted.sha256)
            return Decision(begun, begins=True)

        async with self._width:
            done = await self._retry(
                "begin a generation", lambda: self._operations.decide(wanted.file_id, decide)
            )
        if done.record.deleted or done.record.status != "waiting":
            return None
        return done.record.upload()

    async def _same_bytes(self, record: FileRecord, wanted: FileUploaded) -> tuple[SameBytes, ...]:
        """The files that the next generation of a member is compared with: those that it is a duplicate
        of, and members before it; those left out that are deleted, or are read with other options."""
        before = record.same_bytes if record.duplicate_of is not None else ()
        left = [
            same
            for same in before
            if same.options == wanted.options and await self._queries.file(same.file_id) is not None
        ]
        return await self._with_members(tuple(left), record, wanted)

    async def _with_members(
        self, others: tuple[SameBytes, ...], record: FileRecord, wanted: FileUploaded
    ) -> tuple[SameBytes, ...]:
        """Files that a member is compared with, and the members before it with its bytes. These are read
        with the options of the container too, so what they were before does not count: all may have
        failed."""
        # Bytes that are stored are not read again.
        of = wanted if wanted.size_bytes else record
        if record.forced or not of.size_bytes or record.parent_id is None:
            return others
        place = record.upload_time, record.file_id
        earlier = [
            known
            for known in await self._queries.members_with_bytes(
                record.parent_id, of.sha256, before=place
            )
            if not await self._queries.resubmissions(known.file_id)
        ]
        again = [
            same_bytes(replace(known, options=wanted.options, profiles=wanted.profiles))
            for known in earlier
        ]
        ids = {same.file_id for same in again}
        return (*(same for same in others if same.file_id not in ids), *again)

    async def _announce(self, upload: FileUploaded, refused: BadData | None) -> None:
        if refused is None:
            await self._publish(upload)
            return
        async with self._width:
            await self._fail((upload.file_id, upload.generation), str(refused))

    async def _publish(self, upload: FileUploaded) -> None:
        await self._retry(
            "publish a member",
            lambda: self._publisher.publish(
                topics.UPLOADED, upload.file_id.encode(), encode(upload)
            ),
        )


def _by_bytes(members: Iterable[NewMember]) -> list[list[NewMember]]:
    """Members with equal bytes together, in their order; those without bytes each alone."""
    found: defaultdict[str, list[NewMember]] = defaultdict(list)
    for member in members:
        upload = member.upload
        found[upload.sha256 if upload.size_bytes else upload.file_id].append(member)
    return list(found.values())
