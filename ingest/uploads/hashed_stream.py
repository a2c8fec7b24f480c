"""The bytes of a file on their way to the store: counted, hashed, and looked at beforehand."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Final

from runtime.thread_turns import ThreadTurns

# So much is worth a thread, which hashes it while more is received.
_PIECE_BYTES: Final = 1 << 20


class HashedStream:
    """Chunks with their total size and hash.

    Args:
        chunks: the source, which is read once.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._read: deque[bytes] = deque()
        self._hash = hashlib.sha256()
        self._hashing = ThreadTurns()
        self._unhashed: list[bytes] = []
        self._unhashed_bytes = 0
        # A store that gives up may still wait for a chunk when the next one is asked for.
        self._taking = asyncio.Lock()
        self.size = 0
        # Whether `chunks` failed: what was read is not all then.
        self.is_broken = False

    async def peek(self, count: int) -> bytes:
        """The first `count` bytes, fewer if there are not so many. They are still given out."""
        await self._read_ahead(count)
        head = b"".join(self._read)
        return head[:count]

    async def whole(self, limit: int) -> bytes | None:
        """All bytes, if there are at most `limit`; else None, and they are still given out."""
        await self._read_ahead(limit + 1)
        if sum(map(len, self._read)) > limit:
            return None
        return b"".join([chunk async for chunk in self])

    async def _read_ahead(self, count: int) -> None:
        ready = sum(map(len, self._read))
        while ready < count and (chunk := await self._next()) is not None:
            self._read.append(chunk)
            ready += len(chunk)

    async def _next(self) -> bytes | None:
        try:
            return await anext(self._chunks, None)
        except BaseException:
            self.is_broken = True
            raise

    def __aiter__(self) -> HashedStream:
        return self

    async def __anext__(self) -> bytes:
        async with self._taking:
            chunk = self._read.popleft() if self._read else await self._next()
            if chunk is None:
                raise StopAsyncIteration
            self.size += len(chunk)
            self._unhashed.append(chunk)
            self._unhashed_bytes += len(chunk)
            if self._unhashed_bytes >= _PIECE_BYTES:
                await self._hashing.start(self._update, self._unhashed)
                self._unhashed, self._unhashed_bytes = [], 0
            return chunk

    async def sha256(self) -> str:
        """Of what was given out, in hexadecimal."""
        await self._hashing.finish()
        self._update(self._unhashed)
        self._unhashed, self._unhashed_bytes = [], 0
        return self._hash.hexdigest()

    def _update(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self._hash.update(chunk)
