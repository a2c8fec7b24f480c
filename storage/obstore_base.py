"""What S3 and a folder have in common: everything that obstore does for both."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from typing import Any, TypeVar

import obstore
from obstore.exceptions import InvalidPathError

from runtime.metrics import STORE_SECONDS, timed
from schemas.bucket_names import is_object_key
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage.abortable_stream import AbortableStream
from storage.base import ObjectInfo, ObjectMissing, ObjectReplaced
from storage.errors import STORE_ERRORS, translate

# Parts of a multipart upload: two in flight and one filling are the memory an upload takes. With
# the 10,000 parts that S3 allows, an object of unknown size may have 80 GB.
PART_BYTES = 8 << 20
PARTS_IN_FLIGHT = 2
# An object up to this size goes out in one request, from memory.
_SMALL_BYTES = 1 << 20
# A small call (stat, delete, a put from memory) that has no answer by then gets none.
_CALL_SECONDS = 10.0
_SIZES_KEPT = 4096
T_ = TypeVar("T_")


class ObstoreObjects(ABC):
    """An `ObjectStore` over obstore stores, one per bucket."""

    def __init__(self) -> None:
        self._handles: dict[tuple[str, bool], Any] = {}
        # Some stores refuse a range past the end, so the size must be known before a read.
        # Objects of the product never change, so one question per object is enough, but for those
        # of other producers.
        self._sizes: OrderedDict[tuple[str, str], int] = OrderedDict()

    @abstractmethod
    def _open(self, bucket: str, *, writing: bool) -> Any:
        """The obstore store of `bucket`, for requests with a body or for all others.

        Raises:
            FileNotFoundError: no such bucket can exist.
        """

    @abstractmethod
    async def ensure_bucket(self, bucket: str) -> None:
        """Create the bucket if it does not exist."""

    @abstractmethod
    async def ping(self, bucket: str) -> None:
        """Raise `Unavailable` unless the store answers and has the bucket."""

    @timed(STORE_SECONDS, "put")
    async def put(
        self, ref: ObjectRef, chunks: AsyncIterator[bytes], size: int | None = None
    ) -> ObjectInfo:
        """Store all `chunks` as one object; see `ObjectStore.put`."""
        source = AbortableStream(chunks)
        upload = asyncio.ensure_future(self._put(ref, source, size))
        try:
            etag = await asyncio.shield(upload)
        except asyncio.CancelledError:
            source.stop()
            # What obstore raises here is the consequence of the stop.
            with contextlib.suppress(Exception):
                await upload
                await self.delete(ref)  # it was complete by the time it was cancelled
            raise
        except STORE_ERRORS as exc:
            if source.failure is not None:
                raise source.failure from None
            raise translate(exc, ref, reading=False) from exc
        if size is not None and source.size != size:
            await self.delete(ref)
            raise ValueError(f"{size} bytes were declared, {source.size} received")
        self._remember(ref, source.size)
        return ObjectInfo(ref, source.size, etag, datetime.now(UTC))

    async def _put(self, ref: ObjectRef, source: AbortableStream, size: int | None) -> str:
        """Write the object and return its etag; errors as obstore raises them."""
        handle, key = self._at(ref, writing=True)
        head = await source.take(_SMALL_BYTES)
        if source.ended:
            # One request; a multipart upload takes three.
            result = await answered(obstore.put_async(handle, key, head, use_multipart=False))
            return etag_text(result["e_tag"])
        return await self._put_large(ref, source, size)

    async def _put_large(self, ref: ObjectRef, source: AbortableStream, size: int | None) -> str:
        """Write an object in parts, whether its size is known or not; its etag."""
        del size  # of use to some stores only
        result = await obstore.put_async(
            *self._at(ref, writing=True),
            source,
            chunk_size=PART_BYTES,
            max_concurrency=PARTS_IN_FLIGHT,
        )
        return etag_text(result["e_tag"])

    @timed(STORE_SECONDS, "put")
    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None:
        """Store `data` as one object."""
        try:
            put = obstore.put_async(
                *self._at(ref, writing=True), data, use_multipart=len(data) > 8 * PART_BYTES
            )
            await (answered(put) if len(data) <= _SMALL_BYTES else put)
        except STORE_ERRORS as exc:
            raise translate(exc, ref, reading=False) from exc
        self._remember(ref, len(data))

    @timed(STORE_SECONDS, "stat")
    async def stat(self, ref: ObjectRef) -> ObjectInfo:
        """What the store says of the object now."""
        try:
            meta = await answered(obstore.head_async(*self._at(ref)))
        except STORE_ERRORS as exc:
            raise translate(exc, ref, reading=True) from exc
        _check_etag(ref, meta)
        self._remember(ref, meta["size"])
        return _info(ref, meta)

    async def get_range(self, ref: ObjectRef, start: int, end: int) -> memoryview:
        """Bytes [start, end), fewer where the object ends before."""
        remembered = self._sizes.get((ref.bucket, ref.key))
        if remembered is not None and remembered < end:
            # Another producer may have replaced the object by a larger one since.
            remembered = None
        size = remembered if remembered is not None else (await self.stat(ref)).size
        try:
            return await self._range(ref, start, min(end, size))
        except (Unavailable, ObjectMissing):
            if remembered is None:
                raise
            # Another producer may have overwritten the object since: ask for its size again.
            self._sizes.pop((ref.bucket, ref.key), None)
            return await self._range(ref, start, min(end, (await self.stat(ref)).size))

    @timed(STORE_SECONDS, "get")
    async def _range(self, ref: ObjectRef, start: int, end: int) -> memoryview:
        if start >= end:
            return memoryview(b"")
        try:
            if ref.etag is None:
                data = await obstore.get_range_async(*self._at(ref), start=start, end=end)
            else:
                # The ETag of the answer, and not a condition of the request: not every store knows
                # conditions, and each says what it sends.
                options: Any = {"range": (start, end)}
                result = await obstore.get_async(*self._at(ref), options=options)
                _check_etag(ref, result.meta)
                data = await result.bytes_async()
        except STORE_ERRORS as exc:
            raise translate(exc, ref, reading=True) from exc
        return memoryview(data)

    async def stream(self, ref: ObjectRef, chunk_bytes: int = 4 << 20) -> AsyncIterator[bytes]:
        """The whole object in chunks of about `chunk_bytes`. One that breaks off goes on where it was,
        some times; then the error says how far it was."""
        read, size = 0, 0
        try:
            result = await self._get(ref)
            _check_etag(ref, result.meta)
            size = result.meta["size"]
            self._remember(ref, size)
            async for chunk in result.stream(min_chunk_size=chunk_bytes):
                read += len(chunk)
                yield bytes(chunk)
        except STORE_ERRORS as exc:
            failure = translate(exc, ref, reading=True)
            if size and type(failure) is Unavailable:
                where = f"{ref.bucket}/{ref.key} broke off at byte {read} of {size}"
                failure = Unavailable(Service.STORE, f"{where}: {failure.reason}")
            raise failure from exc

    @timed(STORE_SECONDS, "get")
    async def _get(self, ref: ObjectRef) -> Any:
        """The answer to a request for the whole object, of which nothing is read yet."""
        return await obstore.get_async(*self._at(ref))

    @timed(STORE_SECONDS, "delete")
    async def delete(self, ref: ObjectRef) -> None:
        """Remove the object; no error if it does not exist, or was replaced by another one."""
        self._sizes.pop((ref.bucket, ref.key), None)
        if ref.etag is not None:
            try:
                await self.stat(ref)
            except ObjectMissing:
                return
        try:
            await self._delete(ref)
        except STORE_ERRORS as exc:
            failure = translate(exc, ref, reading=True)
            if not isinstance(failure, ObjectMissing):
                raise failure from exc

    async def _delete(self, ref: ObjectRef) -> None:
        """Remove an object that has the ETag of `ref`, if that names one; errors as obstore raises them."""
        await answered(obstore.delete_async(*self._at(ref)))

    async def list(self, bucket: str, prefix: str) -> AsyncIterator[ObjectInfo]:
        """Objects under `prefix`, which ends with a slash or is empty, in no order."""
        where = ObjectRef(bucket=bucket, key=prefix)
        last: str | None = None
        try:
            async for page in obstore.list(self._handle(bucket), prefix or None):
                for meta in page:
                    last = meta["path"]
                    yield _info(ObjectRef(bucket=bucket, key=meta["path"]), meta)
            return
        except InvalidPathError:
            pass  # obstore ends a listing at the first key that it does not take
        except STORE_ERRORS as exc:
            failure = translate(exc, where, reading=True)
            if not isinstance(failure, ObjectMissing):
                raise failure from exc
            return
        async for info in self._list_after(bucket, prefix, last):
            yield info

    async def _list_after(
        self, bucket: str, prefix: str, last: str | None
    ) -> AsyncIterator[ObjectInfo]:
        """Objects after the key `last`, those that obstore does not take left out. A folder has
        none that it does not take."""
        del bucket, prefix, last  # of use to some stores only
        none: tuple[ObjectInfo, ...] = ()
        for info in none:
            yield info

    async def close(self) -> None:
        """Let go of the connections."""
        self._handles.clear()

    def _at(self, ref: ObjectRef, *, writing: bool = False) -> tuple[Any, str]:
        """Bucket and key as obstore takes them; `FileNotFoundError` if no object can be there."""
        if not is_object_key(ref.key):
            raise FileNotFoundError(ref.key)
        return self._handle(ref.bucket, writing=writing), ref.key

    def _handle(self, bucket: str, *, writing: bool = False) -> Any:
        if (bucket, writing) not in self._handles:
            self._handles[bucket, writing] = self._open(bucket, writing=writing)
        return self._handles[bucket, writing]

    def _remember(self, ref: ObjectRef, size: int) -> None:
        self._sizes[ref.bucket, ref.key] = size
        self._sizes.move_to_end((ref.bucket, ref.key))
        while len(self._sizes) > _SIZES_KEPT:
            self._sizes.popitem(last=False)


def _check_etag(ref: ObjectRef, meta: Any) -> None:
    """Check that an answer is about the object that `ref` means.

    Raises:
        ObjectReplaced: it has another ETag.
    """
    found = etag_text(meta["e_tag"])
    if ref.etag is not None and found and found != ref.etag:
        raise ObjectReplaced(ref)


def _info(ref: ObjectRef, meta: Any) -> ObjectInfo:
    return ObjectInfo(ref, meta["size"], etag_text(meta["e_tag"]), meta["last_modified"])


def etag_text(tag: str | None) -> str:
    """An entity tag without its quotes."""
    return (tag or "").strip('"')


async def answered(call: Awaitable[T_]) -> T_:
    """The answer to a small call.

    Raises:
        Unavailable: there is none in time.
    """
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            return await call
    except TimeoutError as exc:
        raise Unavailable(Service.STORE, f"no answer within {_CALL_SECONDS:.0f} seconds") from exc
