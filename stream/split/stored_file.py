"""A stored object as a file that can be read at any place, by libraries that know files only."""

from __future__ import annotations

import asyncio
import io
from typing import BinaryIO, cast

from schemas.events import ObjectRef
from storage.base import ObjectMissing, ObjectStore
from stream.runtime.drain import DrainSignal
from stream.runtime.retry import Retry

# Read at once, and kept: what is read next is in it most of the time.
_BLOCK_BYTES = 4 << 20


class StoredFile(io.RawIOBase):
    """Range reads of an object. To be read in a thread other than that of the event loop."""

    def __init__(
        self,
        store: ObjectStore,
        ref: ObjectRef,
        size: int,
        *,
        retry: Retry,
        drain: DrainSignal,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._store, self._ref, self._size = store, ref, size
        self._retry, self._drain, self._loop = retry, drain, loop
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise OSError("a place before the beginning of the file")
        self._at = origin + offset
        return self._at

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`, as far as the object reaches.

        Raises:
            Draining: a drain began.
            ObjectMissing: the object is gone, or is another one.
        """
        self._drain.check()
        target = memoryview(cast(bytearray, buffer)).cast("B")
        start, end = self._at, min(self._at + len(target), self._size)
        if start >= end:
            return 0
        data = asyncio.run_coroutine_threadsafe(self._range(start, end), self._loop).result()
        if len(data) != end - start:
            raise ObjectMissing(self._ref)
        target[: len(data)] = data
        self._at += len(data)
        return len(data)

    async def _range(self, start: int, end: int) -> memoryview:
        return await self._retry(
            "read a range of a container", lambda: self._store.get_range(self._ref, start, end)
        )


def buffered(file: StoredFile) -> BinaryIO:
    """The file with a buffer, as libraries expect it."""
    return io.BufferedReader(file, _BLOCK_BYTES)
