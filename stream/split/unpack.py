"""split of containers: each member becomes a file of its own, with the container as its parent.

A container is recognised by its first bytes when its split begins, and is announced again as one, so
that unpacking, which takes long, has an executor of its own. When all members are recorded, the record
of the container has their number (`unpacked`), and it ends when the last of them does.

If a worker dies during unpacking, some members are files already. The worker that receives the message
next announces the container again with that progress, which is a new message: only deaths without
progress count towards giving it up (`stream.runtime.suspects`). If a suspect waits for what is in hand,
it is announced again, too.

A container that stays waiting is announced again by the reconciler, like any file. It is then unpacked
(again), or, if that is done, summed up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from rows.containers.kinds import HEAD_BYTES, container_of
from rows.containers.member import ContainerLimits, Member
from rows.containers.unpack import unpack
from schemas import topics
from schemas.errors import BadData
from schemas.events import ContainerKind, FileUploaded, decode, encode
from schemas.file_ids import member_file_id
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from sinks.base import Sink, SinkBatch
from sinks.file_operations import CurrentRecords, FileOperations
from sinks.queries.containers import KnownMember
from storage.base import ObjectMissing, ObjectStore
from stream.dead_letters import DeadLetters
from stream.file_status import FileKey
from stream.runtime.drain import DrainSignal
from stream.runtime.message import Message, Publisher
from stream.runtime.retry import Retry
from stream.split.members import HELD_BYTES, MemberFiles, NewMember, member_upload
from stream.split.stored_file import StoredFile, buffered

_LOG = logging.getLogger(__name__)
# Members that are stored, recorded and announced together.
_GROUP: Final = 64
_GROUP_BYTES: Final = 8 * HELD_BYTES
# A container without progress for a while is announced again.
_PROGRESS_SECONDS: Final = 2.0
# In every message about a file that is known to be a container.
_MARK: Final = b'"container":"'


class ContainerQueries(Protocol):
    """What is asked of the database about containers."""

    async def file(self, file_id: str) -> FileRecord | None: ...
    async def known_members(self, parent_id: str) -> dict[str, KnownMember]: ...


def is_container(message: Message) -> bool:
    """Whether a message is about a file that is known to be a container."""
    if _MARK not in (message.value or b""):
        return False
    try:
        event, _ = decode(message.value)
    except BadData:
        return False
    return isinstance(event, FileUploaded) and event.container is not None


def container_in(file: FileUploaded, head: bytes) -> ContainerKind | None:
    """What kind of container a file is that begins with `head`, if it is to be unpacked.

    Raises:
        BadData: `member_nested`; containers within a container are unpacked with it.
    """
    kind = container_of(head[:HEAD_BYTES])
    if kind is not None and file.parent_id is not None:
        raise BadData(
            "member_nested", f"{file.own_name!r} is a container in a container; unpack it"
        )
    return None if file.resubmission_of is not None else kind


@dataclass(slots=True)
class _Unpacking:
    """A container that is being unpacked."""

    file: FileUploaded
    known: Mapping[str, KnownMember]
    # See `MemberFiles.add`.
    alone: bool
    count: int = 0
    # Whether this call has read a member that was not known.
    is_further: bool = False
    names: Counter[str] = field(default_factory=Counter)
    group: list[NewMember] = field(default_factory=list)
    group_bytes: int = 0
    reported_at: float = 0.0


class Unpack:
    """Handles messages about containers, one at a time.

    Args:
        bucket: where members are stored.
        finish: sums a container up, and publishes its document if it is terminal.
        fail: ends a file that cannot be read.
        files: records, for changes in the order of operations.
        clock: the time in UTC.
        folder: for temporary files; None: that of the system.
        pressed: whether other work waits for this to be handed on.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        sink: Sink,
        queries: ContainerQueries,
        members: MemberFiles,
        operations: FileOperations,
        files: CurrentRecords,
        publisher: Publisher,
        finish: Callable[[str], Awaitable[None]],
        fail: Callable[[FileKey, str], Awaitable[None]],
        dead_letters: DeadLetters,
        retry: Retry,
        drain: DrainSignal,
        clock: Callable[[], datetime],
        folder: Path | None = None,
        limits: ContainerLimits | None = None,
        pressed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._bucket, self._sink = store, bucket, sink
        self._queries, self._members, self._publisher = queries, members, publisher
        self._operations, self._files = operations, files
        self._finish, self._fail, self._dead_letters = finish, fail, dead_letters
        self._retry, self._drain, self._clock = retry, drain, clock
        self._folder, self._limits = folder, limits or ContainerLimits()
        self._pressed = pressed

    async def announce(self, file: FileUploaded, kind: ContainerKind) -> None:
        """Have a file unpacked that turned out to be a container."""
        await self._announce(file.model_copy(update={"container": kind}))

    async def _announce(self, file: FileUploaded) -> None:
        await self._retry(
            "publish a container",
            lambda: self._publisher.publish(topics.UPLOADED, file.file_id.encode(), encode(file)),
        )

    async def handle(self, message: Message) -> None:
        """Returns when every member is a file, or the container has ended."""
        file, _ = decode(message.value)
        assert isinstance(file, FileUploaded)
        record = await self._record(file)
        if record is None:
            _LOG.info("not unpacked: deleted or replayed", extra={"file_id": file.file_id})
            return
        if record.status == "waiting" and record.member_count is None:
            try:
                if not await self._unpack(file, alone=record.duplicate_of is not None):
                    return
            except ObjectMissing as exc:
                if await self._record(file) is not None:
                    reason = f"storage error: {exc}"
                    await self._dead_letters.put(message, "object_missing", reason)
                    await self._fail((file.file_id, file.generation), reason)
                return
        await self._finish(file.file_id)

    async def fail(self, message: Message, reason: str) -> None:
        """End the container of a message that cannot be handled."""
        file, _ = decode(message.value)
        if isinstance(file, FileUploaded):
            await self._fail((file.file_id, file.generation), reason)

    async def _record(self, file: FileUploaded) -> FileRecord | None:
        """The record of this generation of a file, if it is the latest one."""
        record = await self._retry("read a record", lambda: self._queries.file(file.file_id))
        return None if record is None or record.generation != file.generation else record

    async def _unpack(self, file: FileUploaded, *, alone: bool) -> bool:
        """Make files of all members; False if another message goes on with it, or nothing does."""
        kind = file.container
        assert kind is not None
        known = await self._retry(
            "ask for members", lambda: self._queries.known_members(file.file_id)
        )
        begun = sum(member.parent_generation >= file.generation for member in known.values())
        if begun > file.unpacked_members:
            await self._announce(file.model_copy(update={"unpacked_members": begun}))
            return False
        work = _Unpacking(file, known, alone)
        damage: str | None = None
        stored = StoredFile(
            self._store,
            file.raw,
            file.size_bytes,
            retry=self._retry,
            drain=self._drain,
            loop=asyncio.get_running_loop(),
        )
        try:
            members = unpack(buffered(stored), kind, self._limits, self._folder)
            while (member := await asyncio.to_thread(_next, members)) is not None:
                self._drain.check()
                if not await self._take(work, member):
                    return False
                if work.is_further and self._pressed():
                    if await self._flush(work):
                        await self._announce(file)
                    return False
        except BadData as exc:
            damage = str(exc)
        if not await self._flush(work):
            return False
        waiting = await self._record(file)
        if waiting is None or waiting.status != "waiting":
            return False
        await self._retry(
            "record that a container is unpacked",
            # In the order of operations: the version of a container is greater than that of a generation
            # that began before the file was known to be one.
            lambda: self._operations.change(
                self._files,
                waiting,
                lambda now: now.unpacked(
                    kind, work.count, recorded_at=self._clock(), damage=damage
                ),
            ),
        )
        record = await self._record(file)
        if record is None or record.member_count is None:
            return False
        _LOG.info(
            "unpacked: %d members", work.count, extra={"file_id": file.file_id, "damage": damage}
        )
        return True

    async def _take(self, work: _Unpacking, member: Member) -> bool:
        """The next member; False if the container needs no members any more."""
        file = work.file
        file_id = member_file_id(file.file_id, member.name, work.names[member.name])
        work.names[member.name] += 1
        work.count += 1
        upload = member_upload(file, file_id, member.name, work.count - 1, self._bucket)
        known = work.known.get(file_id)
        if known is not None:
            if known.is_deleted:
                return True
            if known.parent_generation >= file.generation and member.refused is None:
                if known.is_waiting:
                    await self._members.announce_again(file_id)
                return await self._report_progress(work)
        if known is not None and known.size_bytes and member.refused is None:
            new = NewMember(upload)  # its bytes are stored
        else:
            new = await self._members.read(upload, member)
        work.is_further |= known is None or known.parent_generation < file.generation
        work.group.append(new)
        work.group_bytes += len(new.data or b"")
        if (
            len(work.group) >= _GROUP
            or work.group_bytes >= _GROUP_BYTES
            or (new.data is None and new.upload.size_bytes)
        ):
            return await self._flush(work)
        return await self._report_progress(work)

    async def _flush(self, work: _Unpacking) -> bool:
        """Make files of the members that were read; False if none are needed any more."""
        if await self._record(work.file) is None:
            return False
        group, work.group, work.group_bytes = work.group, [], 0
        if group:
            await self._members.add(group, work.known, alone=work.alone)
        return await self._report_progress(work)

    async def _report_progress(self, work: _Unpacking) -> bool:
        now = time.monotonic()
        if now - work.reported_at >= _PROGRESS_SECONDS:
            work.reported_at = now
            progress = FileProgress(
                file_id=work.file.file_id,
                generation=work.file.generation,
                batches_done=0,
                batches_total=None,
                rows_done=0,
                updated_at=self._clock(),
            )
            await self._retry("write progress", lambda: self._sink.write(SinkBatch.of(progress)))
        return True


def _next(members: Iterator[Member]) -> Member | None:
    return next(members, None)
