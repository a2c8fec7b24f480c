"""Objects of an S3 service that keeps them as plain files on this machine: read directly.

What HDFS calls short-circuit local reads. An object of our own that is not there yet is written
directly too: the service takes several times as long for a small one as the disk, and for a large one
as much processor time as the rest of an upload. Everything else goes by S3; so does what the folder
does not have, or does not take, and the service says why.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import stat
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from runtime.metrics import STORE_SECONDS, timed
from runtime.thread_turns import ThreadTurns
from schemas.bucket_names import is_bucket_name, is_object_key
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from schemas.object_keys import PARTIALS, RAW
from storage.abortable_stream import AbortableStream
from storage.base import ObjectMissing
from storage.nameless_file import NamelessFile
from storage.s3 import S3Objects
from storage.s3_access import S3Access

# Our own objects are named by what is in them, and never become others.
_OWN = (RAW, PARTIALS)
# An object up to this size is written from memory; of a larger one so much is written at once.
_WRITTEN_BYTES = 1 << 20
# The disk is made to write so much of a large object while the rest arrives.
_SYNCED_BYTES = 32 << 20
# From here on the system's own pages of the file are handed out: copying them, and most of all
# making room for the copy, costs more than reading through them does.
_MAPPED_BYTES = 1 << 20
_IDENTITIES_KEPT = 4096
# What tells a file from the one that takes its place: inode, time of change in ns, bytes.
_Identity = tuple[int, int, int]


class LocalObjects(S3Objects):
    """An `ObjectStore` on an S3 service with its objects in `folder`, as bucket/key.

    The service must replace an object in one step, never change or cut its file: then an open file
    is one object, and so is what is mapped of it.
    """

    def __init__(self, access: S3Access, folder: Path) -> None:
        super().__init__(access)
        self._folder = folder
        # The file that an object with its ETag was seen to be.
        self._identities: OrderedDict[ObjectRef, _Identity] = OrderedDict()

    async def get_range(self, ref: ObjectRef, start: int, end: int) -> memoryview:
        """Bytes [start, end), fewer where the object ends before."""
        handle = await self._open_as(ref)
        if handle is None:
            return await super().get_range(ref, start, end)
        try:
            return await self._read(handle, start, end)
        finally:
            os.close(handle)

    async def stream(self, ref: ObjectRef, chunk_bytes: int = 4 << 20) -> AsyncIterator[bytes]:
        """The whole object in chunks of `chunk_bytes`."""
        data: memoryview | None = None
        if ref.etag is None:
            handle, data = await self._begin(ref, chunk_bytes)
        else:
            handle = await self._open_as(ref)
        if handle is None:
            async for chunk in super().stream(ref, chunk_bytes):
                yield chunk
            return
        try:
            if data is None:
                data = await self._read(handle, 0, chunk_bytes)
            at = 0
            while data:
                yield bytes(data)
                at += len(data)
                # A file that is open never becomes longer.
                if len(data) < chunk_bytes:
                    break
                data = await self._read(handle, at, at + chunk_bytes)
        finally:
            os.close(handle)

    def folder_times(self, bucket: str, folders: Iterable[str]) -> tuple[int, ...]:
        """When something last came into each of these folders of a bucket, or left it, in ns since 1970;
        0 of one that is not there. "" is the bucket itself. Does not wait for the service."""
        found = []
        for folder in folders:
            try:
                found.append((self._folder / bucket / folder).stat().st_mtime_ns)
            except OSError:
                found.append(0)
        return tuple(found)

    @timed(STORE_SECONDS, "get")
    async def _begin(self, ref: ObjectRef, count: int) -> tuple[int | None, memoryview]:
        """A handle of the object's file, and its first `count` bytes: of a small one, all. None if the
        service is to be asked for the object."""
        return await asyncio.to_thread(self._open_and_read, ref, count)

    def _open_and_read(self, ref: ObjectRef, count: int) -> tuple[int | None, memoryview]:
        handle = self._open_file(ref)
        if handle is None:
            return None, memoryview(b"")
        try:
            return handle, _range_of(handle, 0, count)
        except BaseException:
            os.close(handle)
            raise

    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None:
        """Store `data` as one object."""
        if len(data) <= _WRITTEN_BYTES and self._is_own(ref) and await self._write_new(ref, data):
            self._remember(ref, len(data))
        else:
            await super().put_bytes(ref, data)

    @timed(STORE_SECONDS, "put")
    async def _write_new(self, ref: ObjectRef, data: bytes) -> bool:
        return await asyncio.to_thread(_write_file, self._path(ref), data)

    async def _put_large(self, ref: ObjectRef, source: AbortableStream, size: int | None) -> str:
        """Write an object of our own that is not there yet as it arrives."""
        path = self._path(ref)
        new = await asyncio.to_thread(_new_file, path) if self._is_own(ref) else None
        if new is None:
            return await super()._put_large(ref, source, size)
        try:
            written = await _write_stream(new, source)
            if size is not None and size != written:
                raise ValueError(f"{size} bytes were declared, {written} received")
            if not await asyncio.to_thread(new.name, path):
                # Another file has the name since: to replace it is the service's business.
                return await super()._put_large(ref, AbortableStream(_chunks_of(new)), written)
            return await self._etag_of(ref, path, new)
        except OSError as exc:
            if exc is source.failure:
                raise
            raise Unavailable(Service.STORE, f"the object was not written: {exc.strerror}") from exc
        finally:
            await asyncio.to_thread(new.close)

    async def _etag_of(self, ref: ObjectRef, path: Path, new: NamelessFile) -> str:
        """What the service calls the version of an object that was written past it as `new`.

        Raises:
            Unavailable: it does not answer, or does not have the object. The file is gone then, unless
                another process has put the same object into its place.
        """
        try:
            return (await self.stat(ref)).etag
        except BaseException as exc:
            if await asyncio.to_thread(new.is_at, path):
                await asyncio.to_thread(path.unlink, missing_ok=True)
            if isinstance(exc, ObjectMissing):
                reason = f"it does not keep its objects in {self._folder} (S3_LOCAL_FOLDER)"
                raise Unavailable(Service.STORE, reason) from exc
            raise

    async def _open_as(self, ref: ObjectRef) -> int | None:
        """A handle of the object's file; None if the service is to be asked for the object."""
        handle = await asyncio.to_thread(self._open_file, ref)
        if handle is None or ref.etag is None:
            return handle
        try:
            identity = _identity(os.fstat(handle))
            if self._identities.get(ref) == identity or await self._is_version(ref, identity):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return None

    async def _is_version(self, ref: ObjectRef, identity: _Identity) -> bool:
        """Whether the file that is open is the object with the ETag of `ref`: it is in its place
        before and after the service says so. While it is open, no other file has its number.

        Raises:
            ObjectReplaced: the object has another ETag.
        """
        await self.stat(ref)
        try:
            now = await asyncio.to_thread(os.stat, self._path(ref), follow_symlinks=False)
        except OSError:
            return False
        if _identity(now) != identity:
            return False
        self._identities[ref] = identity
        while len(self._identities) > _IDENTITIES_KEPT:
            self._identities.popitem(last=False)
        return True

    @timed(STORE_SECONDS, "get")
    async def _read(self, handle: int, start: int, end: int) -> memoryview:
        return await asyncio.to_thread(_range_of, handle, start, end)

    def _open_file(self, ref: ObjectRef) -> int | None:
        """A handle of the object's file; None if it is missing or must not be read."""
        if not self._is_named(ref):
            return None
        try:
            handle = os.open(self._path(ref), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
        return None

    def _is_own(self, ref: ObjectRef) -> bool:
        return ref.key.startswith(_OWN) and self._is_named(ref)

    def _is_named(self, ref: ObjectRef) -> bool:
        # Names with a leading dot are the service's own.
        named = is_bucket_name(ref.bucket) and is_object_key(ref.key)
        return named and not any(part.startswith(".") for part in ref.key.split("/"))

    def _path(self, ref: ObjectRef) -> Path:
        return self._folder / ref.bucket / ref.key


def _identity(found: os.stat_result) -> _Identity:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _new_file(path: Path) -> NamelessFile | None:
    """A file to become `path`; None if there is one, or there can be none."""
    return None if os.path.lexists(path) else NamelessFile.in_folder(path.parent)


def _write_file(path: Path, data: bytes) -> bool:
    """Make a file that is on disk before it has its name; False if that cannot be done, or another file
    has the name."""
    new = _new_file(path)
    if new is None:
        return False
    try:
        new.write([data])
        new.sync()
        return new.name(path)
    except OSError:
        return False
    finally:
        new.close()


async def _write_stream(new: NamelessFile, source: AsyncIterator[bytes]) -> int:
    """Write all chunks of `source` and have them on disk: a piece while the next one arrives, and the
    disk busy meanwhile. The bytes in all."""
    written = unsynced = 0
    writing, syncing = ThreadTurns(), ThreadTurns()
    try:
        async for piece in _pieces(source):
            await writing.start(new.write, piece)
            size = sum(map(len, piece))
            written, unsynced = written + size, unsynced + size
            if unsynced >= _SYNCED_BYTES and syncing.idle:
                await syncing.start(new.sync)
                unsynced = 0
    finally:
        # No call uses a file that is closed, whatever the other one raises.
        try:
            await writing.finish()
        finally:
            await syncing.finish()
    await asyncio.to_thread(new.sync)
    return written


async def _pieces(source: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """The chunks of `source`, as many at a time as are worth a thread."""
    held: list[bytes] = []
    size = 0
    async for chunk in source:
        held.append(chunk)
        size += len(chunk)
        if size >= _WRITTEN_BYTES:
            yield held
            held, size = [], 0
    yield held


async def _chunks_of(new: NamelessFile) -> AsyncIterator[bytes]:
    at = 0
    while chunk := await asyncio.to_thread(new.read, at, _WRITTEN_BYTES):
        yield chunk
        at += len(chunk)


def _range_of(handle: int, start: int, end: int) -> memoryview:
    end = min(end, os.fstat(handle).st_size)
    if end - start < _MAPPED_BYTES:
        return memoryview(os.pread(handle, max(0, end - start), start))
    begin = start - start % mmap.ALLOCATIONGRANULARITY
    mapped = mmap.mmap(handle, end - begin, access=mmap.ACCESS_READ, offset=begin)
    return memoryview(mapped)[start - begin :]
