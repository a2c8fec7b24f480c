"""Upload: store the bytes, record the file as `waiting`, announce it. In this order.

What can be left where the process ends in between: an object without a record, which nobody sees,
or a waiting record that was not announced, which the reconciler announces.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broker.producer import Publisher
from ingest.http.errors import invalid_parameter, missing_file, unavailable, wrong_type
from ingest.http.request_body import Body, FilePart
from ingest.uploads.file_ids import new_file_id
from ingest.uploads.options import parse_options
from ingest.uploads.rollback import TakingBack
from rows.sniff.file_types import HEAD_BYTES, looks_like_columns
from runtime.keyed_locks import KeyedLocks
from schemas.errors import Unavailable
from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from schemas.object_keys import RAW
from schemas.topics import UPLOADED
from storage.base import ObjectStore

_LOG = logging.getLogger(__name__)
# What a file without a name is called.
UNNAMED = "unnamed"
_KEY_LENGTH = 200


class Records(Protocol):
    """Records of files, written durably and found by what identifies them."""

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored; many at once share an insert."""
        ...

    async def by_content(self, filename: str, sha256: str) -> FileRecord | None:
        """The first file of that name and content that is not deleted."""
        ...

    async def by_idempotency_key(self, key: str) -> FileRecord | None:
        """The first file that was uploaded with that key and is not deleted."""
        ...


def read_idempotency_key(key: str | None) -> str | None:
    """The key that a request carries.

    Raises:
        Problem: 400, where it is empty or too long.
    """
    if key is not None and not 0 < len(key) <= _KEY_LENGTH:
        raise invalid_parameter(f"Idempotency-Key must have 1 to {_KEY_LENGTH} characters.")
    return key


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What came beside the body."""

    parameters: dict[str, str]
    idempotency_key: str | None = None
    content_encoding: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The file of an upload; `new` is False where it had been uploaded before."""

    record: FileRecord
    new: bool


class Uploads:
    """Takes uploads in.

    Args:
        store: where bodies go, under `raw/<file_id>` in `bucket`.
        batch_bytes: size at which the files are cut.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        records: Records,
        publisher: Publisher,
        taking_back: TakingBack,
        batch_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._bucket = store, bucket
        self._records, self._publisher = records, publisher
        self._taking_back, self._batch_bytes, self._clock = taking_back, batch_bytes, clock
        self._locks = KeyedLocks()

    async def receive(self, body: Body, request: UploadRequest) -> Uploaded:
        """Take in the file of `body`.

        Raises:
            Problem: what is wrong with the request, or 503 where a service is away. Nothing of
                the file is left then, except for a `failed` record where the store failed.
        """
        # What the query says is known before the body is read; what is wrong with it is told then.
        parse_options(request.parameters)
        key = request.idempotency_key
        if key is None:
            return await self._receive(body, request)
        async with self._locks.hold(("key", key)):
            seen = await self._records.by_idempotency_key(key)
            if seen is not None:
                await _read_to_the_end(body)
                return Uploaded(seen, new=False)
            return await self._receive(body, request)

    async def _receive(self, body: Body, request: UploadRequest) -> Uploaded:
        part = await body.find_file()
        if part is None:
            raise missing_file()
        now = self._clock()
        file_id = new_file_id(now)
        raw = ObjectRef(bucket=self._bucket, key=f"{RAW}{file_id}")
        counted = Counted(body.chunks())
        head = await counted.peek(HEAD_BYTES)
        if not head:
            raise missing_file("The file is empty.")
        filename = part.filename or UNNAMED
        if not looks_like_columns(part.filename, part.content_type, head):
            raise wrong_type(filename, part.content_type, head)
        upload = FileUploaded(
            file_id=file_id,
            source="upload",
            raw=raw,
            filename=filename,
            size_bytes=0,
            sha256="",
            upload_time=now,
            content_encoding=request.content_encoding,
            idempotency_key=request.idempotency_key,
            batch_bytes=self._batch_bytes,
        )
        await self._put(upload, part, counted)
        record: FileRecord | None = None
        try:
            options = parse_options({**request.parameters, **await body.fields()})
            upload = upload.model_copy(
                update={
                    "options": options,
                    "size_bytes": counted.size,
                    "sha256": counted.sha256(),
                }
            )
            async with self._locks.hold((filename, upload.sha256)):
                if not request.force:
                    seen = await self._records.by_content(filename, upload.sha256)
                    if seen is not None:
                        await self._taking_back.take_back(raw)
                        return Uploaded(seen, new=False)
                record = FileRecord.from_upload(upload, recorded_at=self._clock())
                await self._records.write(record)
                await self._publisher.publish(UPLOADED, file_id, upload)
            return Uploaded(record, new=True)
        except BaseException as exc:
            # What failed may have happened although its answer did not come.
            await self._taking_back.take_back(raw, record)
            if isinstance(exc, Unavailable):
                raise unavailable(exc) from exc
            raise

    async def _put(self, upload: FileUploaded, part: FilePart, counted: Counted) -> None:
        """Store the body; a store that fails is told and recorded."""
        try:
            await self._store.put(upload.raw, counted, part.size)
        except Unavailable as exc:
            # Without its key: the same request may be made again, and is then a new upload.
            told = upload.model_copy(update={"size_bytes": counted.size, "idempotency_key": None})
            failed = FileRecord.from_upload(told, recorded_at=self._clock()).terminal(
                "failed",
                finished_at=self._clock(),
                processing_ms=0,
                error=f"storage error: the file could not be stored: {exc.reason}",
            )
            try:
                await self._records.write(failed)
            except Unavailable as second:
                _LOG.error("failure of %s is not recorded: %s", upload.file_id, second)
                raise unavailable(exc) from exc
            raise unavailable(exc, file_id=upload.file_id) from exc


class Counted:
    """Chunks with their total size and hash, whose beginning can be looked at."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._peeked: list[bytes] = []
        self._hash = hashlib.sha256()
        self.size = 0

    async def peek(self, count: int) -> bytes:
        """The first `count` bytes, or all where there are fewer."""
        head = b""
        while len(head) < count:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            self._peeked.append(chunk)
            head += chunk[: count - len(head)]
        self._peeked.reverse()
        return head

    def __aiter__(self) -> Counted:
        return self

    async def __anext__(self) -> bytes:
        chunk = self._peeked.pop() if self._peeked else await anext(self._chunks)
        self.size += len(chunk)
        self._hash.update(chunk)
        return chunk

    def sha256(self) -> str:
        """Of what was given out, in hexadecimal."""
        return self._hash.hexdigest()


async def _read_to_the_end(body: Body) -> None:
    """Read and forget: many clients see no answer before they have sent everything."""
    if await body.find_file() is not None:
        async for _ in body.chunks():
            pass
    await body.fields()
