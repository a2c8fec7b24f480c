"""Upload: store the bytes, record the file as `waiting`, announce it. In this order.

The file_id follows from what is uploaded (`schemas.file_ids`), so a request that is repeated, after
an answer that was lost or at another process at the same moment, writes the same file again. What
an attempt that fails leaves at each step, and what the repeated request does with it:

1. Bytes stored, no record sent: nothing names the object. It is deleted, or stored again.
2. Record sent, answer lost: the file may be there, so nothing is deleted. The repeated request
   finds it, or writes the same record.
3. Record stored, not announced: the file is accepted. The reconciler announces it.
4. The store is unavailable: a `failed` record of generation 0 says so, and the record of the repeated
   request, which is generation 1, takes its place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broker.producer import Publisher
from ingest.http.errors import missing_file, not_owner, unavailable, wrong_type
from ingest.http.request_body import Body, FilePart
from ingest.uploads.file_ids import new_file_id
from ingest.uploads.hashed_stream import HashedStream
from ingest.uploads.idempotency import key_reused
from ingest.uploads.identity import free_file_id
from ingest.uploads.options import parse_options
from ingest.uploads.ports import (
    Profiles,
    Readings,
    Records,
    SameBytes,
    Uploaded,
    UploadRequest,
)
from ingest.uploads.rollback import UploadRollback
from rows.sniff.file_types import HEAD_BYTES, can_be_read
from runtime.keyed_locks import KeyedLocks
from schemas.api_keys import is_own
from schemas.errors import Unavailable
from schemas.events import FileUploaded, ObjectRef
from schemas.file_ids import upload_file_id
from schemas.file_record import FileRecord
from schemas.object_keys import RAW
from schemas.read_options import NO_OPTIONS
from schemas.topics import UPLOADED
from sinks.duplicates import originals
from sinks.queries import UploadIdentity
from storage.base import ObjectStore

_LOG = logging.getLogger(__name__)
# What a file without a name is called.
UNNAMED = "unnamed"
# A body up to this size is read before anything is stored; a larger one goes to the store as it
# arrives, under a key of its own.
_HELD_BYTES: Final = 1 << 20
# What is read of a body that cannot be stored, so that the failure can be recorded.
_READ_BYTES, _READ_SECONDS = 64 << 20, 10.0


@dataclass(slots=True)
class _Attempt:
    """An object that was stored before the hash of its bytes was known."""

    raw: ObjectRef
    # Whether a record that names it may be stored.
    named: bool = False


class Uploads:
    """Takes uploads in.

    Args:
        store: where bodies go, under `raw/` in `bucket`.
        batch_bytes: size at which the files are cut.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        records: Records,
        publisher: Publisher,
        rollback: UploadRollback,
        readings: Readings,
        profiles: Profiles,
        duplicates: SameBytes,
        batch_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._bucket = store, bucket
        self._records, self._publisher, self._readings = records, publisher, readings
        self._rollback, self._batch_bytes, self._clock = rollback, batch_bytes, clock
        self._profiles, self._duplicates = profiles, duplicates
        # They save work: two processes that do the same do no harm.
        self._locks = KeyedLocks()

    async def receive(self, body: Body, request: UploadRequest) -> Uploaded:
        """Store the file of `body`, or find it stored.

        Raises:
            Problem: what is wrong with the request (422 if its key was used for other bytes), or
                503 if a service is unavailable. The same request may be repeated until it succeeds.
        """
        # What the query says is known before the body is read; what is wrong with it is said now.
        parse_options(request.parameters)
        part = await body.find_file()
        if part is None:
            raise missing_file()
        content = HashedStream(body.chunks())
        head = await content.peek(HEAD_BYTES)
        if not head:
            raise missing_file("The file is empty.")
        filename = part.filename or UNNAMED
        if not can_be_read(part.filename, part.content_type, head):
            raise wrong_type(filename, part.content_type, head)
        now = self._clock()
        upload = FileUploaded(
            file_id=new_file_id(now),
            source="upload",
            raw=ObjectRef(bucket=self._bucket, key=""),
            filename=filename,
            size_bytes=0,
            sha256="",
            upload_time=now,
            content_encoding=request.content_encoding,
            idempotency_key=request.idempotency_key,
            owner=request.owner,
            forced=request.force,
            batch_bytes=self._batch_bytes,
        )
        data = await content.whole(_HELD_BYTES)
        if data is None:
            return await self._receive_stream(upload, content, part, body, request)
        upload = await self._described(upload, content, body, request)
        async with self._alone(upload, request):
            known, upload = await self._identified(upload, request)
            if known is not None:
                return await self._seen(known, upload, request)
            upload = upload.model_copy(update={"raw": self._raw(upload.file_id)})
            try:
                await self._store.put_bytes(upload.raw, data)
            except Unavailable as exc:
                await self._record_failure(upload, exc)
                raise unavailable(exc, file_id=upload.file_id) from exc
            return await self._accept(upload)

    async def _receive_stream(
        self,
        upload: FileUploaded,
        content: HashedStream,
        part: FilePart,
        body: Body,
        request: UploadRequest,
    ) -> Uploaded:
        """Store a large body under a key of this attempt, and only then find out what file it is."""
        if (key := request.idempotency_key) is not None:
            first = await self._records.by_idempotency_key(key)
            if first is not None:
                async for _ in content:
                    pass
                await body.fields()
                return Uploaded(_same(first, await content.sha256()), new=False)
        attempt = _Attempt(self._raw(upload.file_id))
        upload = upload.model_copy(update={"raw": attempt.raw})
        try:
            try:
                await self._store.put(attempt.raw, content, part.size)
            except Unavailable as exc:
                return await self._not_stored(upload, content, part, body, request, exc)
            upload = await self._described(upload, content, body, request)
            async with self._alone(upload, request):
                known, upload = await self._identified(upload, request)
                if known is not None:
                    return await self._seen(known, upload, request)
                attempt.named = True
                return await self._accept(upload)
        except Unavailable as exc:
            raise unavailable(exc) from exc
        finally:
            if not attempt.named:
                await self._rollback.remove(attempt.raw)

    async def _accept(self, upload: FileUploaded) -> Uploaded:
        """Record and announce a file whose bytes are stored."""
        record = await self._duplicates.begin(upload) if upload.same_bytes else None
        if record is None:
            upload = upload.model_copy(update={"same_bytes": ()})
            record = FileRecord.from_upload(upload, recorded_at=self._clock())
            await self._records.write(record)
        try:
            await self._publisher.publish(UPLOADED, upload.file_id, record.upload())
        except Unavailable as exc:
            _LOG.warning("%s will be announced by the reconciler: %s", upload.file_id, exc)
        return Uploaded(record, new=True)

    async def _seen(
        self, known: FileRecord, upload: FileUploaded, request: UploadRequest
    ) -> Uploaded:
        """The answer to an upload of a known file, which is read again if other options are given.

        Without options the file stays as it is read; so it does for a repeated request.

        Raises:
            Problem: 403 `not_owner`; see `Lifecycle.read_with`.
        """
        repeated = request.idempotency_key == known.idempotency_key is not None
        if repeated or upload.options == NO_OPTIONS:
            return Uploaded(known, new=False)
        key, same = request.idempotency_key or "", upload.options == known.options
        own = request.of_admin or is_own(known.owner, request.owner)
        if same and not (key and own):
            return Uploaded(known, new=False)
        if not own:
            raise not_owner(known.file_id)
        # With the same options it begins nothing, and neither will its repetition.
        done = await self._readings.read_with(known.file_id, upload.options, key)
        # A repeated request may find that the file was read in another way since.
        begun = not same and done.record.options == upload.options
        return Uploaded(done.record, new=False, begun=begun)

    async def _identified(
        self, upload: FileUploaded, request: UploadRequest
    ) -> tuple[FileRecord | None, FileUploaded]:
        """The file that this is, if it was uploaded before; else the upload with its id.

        Raises:
            Problem: 422, if the key was used for other bytes.
        """
        key = request.idempotency_key
        if request.force and key is None:
            return None, upload  # a file of its own each time
        forced_as = key if request.force else None
        file_id = upload_file_id(upload, forced_as=forced_as)
        content = None if request.force else (upload.sha256, upload.filename)
        known = await self._records.known(UploadIdentity(file_id, key, content))
        if known.by_key is not None:
            return _same(known.by_key, upload.sha256), upload
        if known.by_content is not None:
            return known.by_content, upload
        if known.id_is_deleted:
            file_id = await free_file_id(self._records.states, upload, forced_as=forced_as, life=1)
        upload = upload.model_copy(update={"file_id": file_id})
        same_bytes = originals(upload, known.same_bytes)
        return None, upload.model_copy(update={"same_bytes": same_bytes})

    async def _not_stored(
        self,
        upload: FileUploaded,
        content: HashedStream,
        part: FilePart,
        body: Body,
        request: UploadRequest,
        failure: Unavailable,
    ) -> Uploaded:
        """The store failed in the middle of a body: record that, if all of it can be read.

        Raises:
            Problem: 503, unless the file is known.
        """
        if await _read_rest(content) and content.size == (part.size or content.size):
            upload = await self._described(upload, content, body, request)
            known, upload = await self._identified(upload, request)
            if known is not None:
                return await self._seen(known, upload, request)
            await self._record_failure(upload, failure)
            raise unavailable(failure, file_id=upload.file_id) from failure
        raise failure

    async def _record_failure(self, upload: FileUploaded, failure: Unavailable) -> None:
        """Record that the bytes could not be stored, for people to see."""
        # Without the key: what it stands for is not there.
        changes = {"generation": 0, "idempotency_key": None, "same_bytes": ()}
        failed = upload.model_copy(update=changes)
        record = FileRecord.from_upload(failed, recorded_at=self._clock()).terminal(
            "failed",
            finished_at=self._clock(),
            processing_ms=0,
            error=f"storage error: the file could not be stored: {failure.reason}. Send it again.",
        )
        try:
            await self._records.write(record)
        except Unavailable as second:
            _LOG.error("failure of %s is not recorded: %s", upload.file_id, second)
            raise unavailable(failure) from failure

    @asynccontextmanager
    async def _alone(self, upload: FileUploaded, request: UploadRequest) -> AsyncIterator[None]:
        """Let equal uploads to this process go one after the other: the first one does the work."""
        async with AsyncExitStack() as held:
            if request.idempotency_key is not None:
                await held.enter_async_context(self._locks.hold(request.idempotency_key))
            await held.enter_async_context(self._locks.hold((upload.filename, upload.sha256)))
            yield

    async def _described(
        self, upload: FileUploaded, content: HashedStream, body: Body, request: UploadRequest
    ) -> FileUploaded:
        """The upload with all that is known once its body was read.

        Raises:
            Problem: 400, if an option in the form is wrong; 503 if the database is unavailable.
        """
        options = parse_options(request.parameters, await body.fields())
        try:
            profiles = await self._profiles.current()
        except Unavailable as exc:
            raise unavailable(exc) from exc
        return upload.model_copy(
            update={
                "options": options,
                "profiles": profiles,
                "size_bytes": content.size,
                "sha256": await content.sha256(),
            }
        )

    def _raw(self, name: str) -> ObjectRef:
        return ObjectRef(bucket=self._bucket, key=f"{RAW}{name}")


def _same(first: FileRecord, sha256: str) -> FileRecord:
    """The file that a key was used for first, if these are its bytes."""
    if first.sha256 != sha256:
        raise key_reused(first)
    return first


async def _read_rest(content: HashedStream) -> bool:
    """Read what is left of a body, within limits; whether that was all."""
    left = _READ_BYTES
    if content.is_broken:
        return False
    try:
        async with asyncio.timeout(_READ_SECONDS):
            async for chunk in content:
                left -= len(chunk)
                if left < 0:
                    return False
    except TimeoutError:
        return False
    return True
