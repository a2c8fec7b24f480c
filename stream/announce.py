"""announce: what other producers bring becomes the same `FileUploaded` that an upload makes.

Agents on `files.announced`, `files.inline` and `files.notifications`. The file_id follows from the
identity of what was announced, so that announcing twice makes one file.

An object can be announced again, or to two workers at once, with other read options. Each set of
options is a generation of its own, so that batches of two readings are never mixed: generation 1 is
that without options, and every other one takes its number in the log of operations.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol
from urllib.parse import unquote_plus

import orjson

from schemas import object_keys as objects
from schemas import topics
from schemas.errors import BadData, Unavailable
from schemas.events import (
    MAX_FILENAME,
    FileUploaded,
    ObjectRef,
    Source,
    decode_announced,
    encode,
)
from schemas.file_ids import file_id_of
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.own_keys import own_key
from schemas.read_options import NAMES, NO_OPTIONS, BadOption, ReadOptions, parse_options
from sinks.file_operations import Decision, FileOperations
from storage.base import ObjectInfo, ObjectMissing, ObjectReplaced, ObjectStore
from stream.dead_letters import DeadLetters, text_of
from stream.file_status import FileStates
from stream.new_files import NewFiles
from stream.own_profiles import StreamProfiles
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.exit import WorkerFault
from stream.runtime.message import Message, Publisher
from stream.runtime.retry import Retry
from stream.runtime.together import together

_LOG = logging.getLogger(__name__)
MAX_INLINE_BYTES: Final = 1 << 20
_READS = 4
# How often an object is read that is replaced while it is read.
_LOOKS = 5


# The first generation of an object that is announced with read options. Generation 1 needs no place
# in the log of operations, because all that write it write the same.
_FIRST_WITH_OPTIONS: Final = 2


class KnownFiles(FileStates, Protocol):
    """What is asked of the database about files that are announced."""

    async def file(self, file_id: str) -> FileRecord | None: ...
    async def resubmissions(self, file_id: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """An object that was announced, before it is looked at."""

    ref: ObjectRef
    source: Source
    filename: str
    options: ReadOptions
    force: bool = False


def from_notification(value: bytes | None, own_bucket: str) -> list[Found]:
    """The objects that an S3 event says were created; ours (raw files, pieces of uploads,
    partials) are left out, and folders.

    Raises:
        BadData: `undecodable`, if it is not an S3 event.
    """
    try:
        records = orjson.loads(value or b"")["Records"]
        found = []
        for record in records:
            if "ObjectCreated" not in record["eventName"]:
                continue
            bucket = record["s3"]["bucket"]["name"]
            created = record["s3"]["object"]
            key = unquote_plus(created["key"])
            # Clients create empty folders as empty objects.
            is_folder = key.endswith("/") and not created.get("size")
            if is_folder or (bucket == own_bucket and key.startswith(objects.OWN)):
                continue
            ref = ObjectRef(bucket=bucket, key=key)
            found.append(Found(ref, "notification", _name(key), ReadOptions()))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BadData("undecodable", f"not an S3 event: {type(exc).__name__}: {exc}") from exc
    return found


def from_announcement(value: bytes | None) -> Found:
    """The object that a producer announced.

    Raises:
        BadData: `undecodable`.
    """
    event = decode_announced(value)
    ref = ObjectRef(bucket=event.bucket, key=event.object_key)
    return Found(ref, "announced", event.filename or _name(ref.key), event.options, event.force)


def inline_options(
    headers: Sequence[tuple[str, bytes | None]],
) -> tuple[str | None, ReadOptions, bool]:
    """Filename, read options and `force` out of a message's headers.

    Raises:
        BadData: `undecodable`, if an option is invalid.
    """
    texts = {name: text_of(value) for name, value in headers}
    given: dict[str, list[str]] = {}
    for name, value in headers:
        if name in NAMES:
            given.setdefault(name, []).append(text_of(value))
    try:
        options = parse_options(given)
    except BadOption as exc:
        raise BadData("undecodable", f"headers: {exc.reason}") from exc
    filename = texts.get("filename")
    if filename is not None and len(filename) > MAX_FILENAME:
        raise BadData(
            "undecodable",
            f"headers: filename has {len(filename)} characters; {MAX_FILENAME} are allowed",
        )
    force = texts.get("force", "false").strip().lower()
    if force not in ("true", "false"):
        raise BadData("undecodable", f"headers: force is {force[:40]!r}; expected true or false")
    return filename, options, force == "true"


Look = Callable[[Message], Awaitable[list[FileUploaded]]]


class Announce:
    """Handles groups of messages of the three public topics."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        new_files: NewFiles,
        files: KnownFiles,
        publisher: Publisher,
        dead_letters: DeadLetters,
        retry: Retry,
        drain: DrainSignal,
        operations: FileOperations,
        profiles: StreamProfiles,
        clock: Callable[[], datetime],
        batch_bytes: int,
    ) -> None:
        self._store = store
        self._operations = operations
        self._profiles = profiles
        self._bucket = bucket
        self._new_files = new_files
        self._files = files
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._retry = retry
        self._drain = drain
        self._clock = clock
        self._batch_bytes = batch_bytes
        self._reading = asyncio.Semaphore(_READS)

    async def announced(self, messages: Sequence[Message]) -> None:
        await self._take(messages, self._announced)

    async def notifications(self, messages: Sequence[Message]) -> None:
        await self._take(messages, self._notified)

    async def inline(self, messages: Sequence[Message]) -> None:
        ids = {_inline_id(message, _sha256(message)) for message in messages if message.value}
        known = await self._retry("ask for files", lambda: self._files.file_states(ids))
        await self._take(messages, partial(self._inline, known))

    async def _take(self, messages: Sequence[Message], look: Look) -> None:
        """Look at each message, then accept their files; those with read options in their order."""
        found = await together(*(self._guarded(message, look) for message in messages))
        plain: list[FileUploaded] = []
        with_options: list[tuple[Message, FileUploaded]] = []
        for message, uploads in zip(messages, found, strict=True):
            for upload in uploads:
                # The id of an inline file follows from its message, and so do its options.
                if upload.source == "announced" and upload.options != NO_OPTIONS:
                    with_options.append((message, upload))
                else:
                    plain.append(upload)
        await self._accept(plain)
        for message, upload in with_options:
            try:
                await self._read_with_options(message, upload)
            except BadData as exc:
                await self._dead_letters.bad(message, exc)

    async def salvage(self, message: Message, reason: str) -> None:
        """Accept what can be accepted of a notification of several objects, one of which is poison.

        Any other message is about one object, and there is nothing left to do for it.
        """
        if message.topic != topics.NOTIFICATIONS.name:
            return
        objects = from_notification(message.value, self._bucket)
        for found in objects if len(objects) > 1 else ():
            try:
                await self._accept(await self._uploads(message, [found]))
            except (Draining, WorkerFault, Unavailable):
                raise
            except Exception:  # noqa: BLE001 - the message is a dead letter already
                _LOG.exception("%s: %s is left out: %s", message.origin, found.ref.key, reason)

    async def _accept(self, found: Sequence[FileUploaded]) -> None:
        """Record files that are new in one insert, then publish."""
        uploads = {upload.file_id: upload for upload in found}
        if not uploads:
            return
        ids = set(uploads)
        states = await self._retry("ask for files", lambda: self._files.file_states(ids))
        unknown = [upload for file_id, upload in uploads.items() if file_id not in states]
        new = await self._new_files.record(unknown)
        # What waits already may have been recorded before a crash and not published. It goes out
        # as it was recorded, so that it is cut the same way.
        waiting = [i for i, s in states.items() if s.status_of(s.generation) == "waiting"]
        again = await together(*(self._recorded(file_id) for file_id in waiting))
        await together(*(self._publish(u) for u in (*new, *again) if u is not None))

    async def _read_with_options(self, message: Message, upload: FileUploaded) -> None:
        """Begin the generation of an object that is read with the options of the message, unless
        that was done, or its latest generation is read so.

        Raises:
            BadData: `has_resubmissions`.
        """
        file_id = upload.file_id
        key = own_key("announced", message.origin, str(message.timestamp_ms))
        gone = False

        async def decide() -> Decision:
            nonlocal gone
            state = (await self._files.file_states([file_id])).get(file_id)
            # A deleted file stays deleted.
            gone = state is not None and state.deleted
            record = await self._files.file(file_id)
            if record is None:
                changes = {
                    "generation": _FIRST_WITH_OPTIONS,
                    "same_bytes": await self._new_files.originals(upload),
                }
                first = upload.model_copy(update=changes)
                begun = FileRecord.from_upload(first, recorded_at=self._clock())
                return Decision(begun, begins=not gone, key=key)
            return await self._operations.next_reading(
                file_id,
                record,
                upload.options,
                key=key,
                check=check,
                now=self._clock(),
                profiles=upload.profiles,
            )

        async def check() -> None:
            if back := await self._files.resubmissions(file_id):
                raise BadData(
                    "has_resubmissions",
                    f"the file {file_id} is known with other read options, and invalid rows of it "
                    f"came back corrected in {', '.join(back[:5])}; delete those files, then announce "
                    "it again",
                )

        done = await self._retry(
            "begin a generation", lambda: self._operations.decide(file_id, decide)
        )
        if not gone and done.record.status == "waiting":
            await self._publish(done.record.upload())

    async def _recorded(self, file_id: str) -> FileUploaded | None:
        record = await self._retry("read a record", lambda: self._files.file(file_id))
        return None if record is None else record.upload()

    async def _guarded(self, message: Message, look: Look) -> list[FileUploaded]:
        try:
            return await look(message)
        except BadData as exc:
            await self._dead_letters.bad(message, exc)
            return []

    async def _announced(self, message: Message) -> list[FileUploaded]:
        return await self._uploads(message, [from_announcement(message.value)])

    async def _notified(self, message: Message) -> list[FileUploaded]:
        return await self._uploads(message, from_notification(message.value, self._bucket))

    async def _uploads(self, message: Message, objects: Sequence[Found]) -> list[FileUploaded]:
        uploads = []
        for found in objects:
            try:
                uploads.append(await self._upload(found))
            except ObjectMissing as exc:
                await self._dead_letters.put(message, "object_missing", str(exc))
            except BadData as exc:
                await self._dead_letters.bad(message, exc)
        return uploads

    async def _upload(self, found: Found) -> FileUploaded:
        async with self._reading:
            info, sha256 = await self._looked_at(found.ref)
        return FileUploaded(
            file_id=file_id_of(found.ref.bucket, found.ref.key, info.etag),
            source=found.source,
            raw=info.ref,
            filename=found.filename,
            size_bytes=info.size,
            sha256=sha256,
            upload_time=self._clock(),
            options=found.options,
            forced=found.force,
            profiles=await self._profiles.current(),
            batch_bytes=self._batch_bytes,
        )

    async def _looked_at(self, ref: ObjectRef) -> tuple[ObjectInfo, str]:
        """What the store says of an object, whose `ref` has its ETag, and the SHA-256 of its bytes.

        Raises:
            BadData: it has no bytes.
            ObjectMissing: it is missing, or was replaced each time while it was read.
        """
        looks = 0
        while True:
            looks += 1
            info = await self._retry("stat an object", lambda: self._store.stat(ref))
            if info.size == 0:
                raise BadData("empty_file", f"{ref.bucket}/{ref.key} has no bytes")
            info = replace(info, ref=ref.model_copy(update={"etag": info.etag or None}))
            try:
                return info, await self._retry("hash an object", partial(self._hash, info.ref))
            except ObjectReplaced:
                if looks == _LOOKS:
                    raise

    async def _hash(self, ref: ObjectRef) -> str:
        digest = hashlib.sha256()
        async for chunk in self._store.stream(ref):
            # A large object takes longer than a rebalance waits.
            self._drain.check()
            digest.update(chunk)
        return digest.hexdigest()

    async def _inline(self, known: Mapping[str, FileState], message: Message) -> list[FileUploaded]:
        data = message.value or b""
        if not data:
            raise BadData("empty_file", "the message has no bytes")
        if len(data) > MAX_INLINE_BYTES:
            raise BadData("too_large", f"{len(data)} bytes inline; {MAX_INLINE_BYTES} are taken")
        filename, options, force = inline_options(message.headers)
        sha256 = _sha256(message)
        file_id = _inline_id(message, sha256)
        ref = ObjectRef(bucket=self._bucket, key=f"{objects.RAW}{file_id}")
        state = known.get(file_id)
        if state is not None and state.deleted:
            # The message came again: the bytes of a deleted file do not.
            return []
        if state is None:
            await self._retry("store an inline file", lambda: self._store.put_bytes(ref, data))
        source = (message.key or b"").decode("utf-8", "replace")[:MAX_FILENAME]
        return [
            FileUploaded(
                file_id=file_id,
                source="inline",
                raw=ref,
                filename=filename or source or message.origin,
                size_bytes=len(data),
                sha256=sha256,
                upload_time=self._clock(),
                options=options,
                forced=force,
                profiles=await self._profiles.current(),
                batch_bytes=self._batch_bytes,
            )
        ]

    async def _publish(self, upload: FileUploaded) -> None:
        await self._retry(
            "publish an announced file",
            lambda: self._publisher.publish(
                topics.UPLOADED, upload.file_id.encode(), encode(upload)
            ),
        )


def _sha256(message: Message) -> str:
    return hashlib.sha256(message.value or b"").hexdigest()


def _inline_id(message: Message, sha256: str) -> str:
    """The file_id of an inline file. An embedded broker that lost its content counts offsets from 0
    again: time and content distinguish its messages from those before."""
    return file_id_of(
        message.topic, message.partition, message.offset, message.timestamp_ms, sha256
    )


def _name(key: str) -> str:
    return key.rpartition("/")[2] or key
