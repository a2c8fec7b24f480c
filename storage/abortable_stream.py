"""A stream of chunks that another task can abort."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class UploadStopped(Exception):  # noqa: N818
    """The caller aborted the upload."""


class AbortableStream:
    """`chunks`, counted, until `stop` is called: then the next one asked for is an error.

    obstore cleans up after a source that fails, but not after a cancelled call: the parts of
    the multipart upload would stay in the store. So a cancellation is turned into a failure of
    the source.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._pending: asyncio.Future[bytes] | None = None
        self._stopped = False
        self._taken: list[bytes] = []
        self.ended = False
        self.size = 0
        self.failure: BaseException | None = None

    def __aiter__(self) -> AbortableStream:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk that is not empty.

        Raises:
            UploadStopped: after `stop`.
        """
        if self._taken:
            return self._taken.pop()
        while True:
            if self._stopped:
                raise UploadStopped
            if self.ended:
                raise StopAsyncIteration
            self._pending = asyncio.ensure_future(anext(self._chunks))
            try:
                chunk = await self._pending
            except StopAsyncIteration:
                self.ended = True
                raise
            except BaseException as exc:
                if self._stopped:
                    raise UploadStopped from None
                self.failure = exc
                raise
            finally:
                self._pending = None
            if chunk:
                self.size += len(chunk)
                return chunk

    async def take(self, count: int) -> bytes:
        """The chunks up to more than `count` bytes, or all. `ended` is true if those were all;
        otherwise they are produced again."""
        taken: list[bytes] = []
        while not self.ended and sum(map(len, taken)) <= count:
            with contextlib.suppress(StopAsyncIteration):
                taken.append(await anext(self))
        if not self.ended:
            self._taken = [b"".join(taken)]
        return b"".join(taken)

    def stop(self) -> None:
        """Fail at the next chunk, the one waited for included."""
        self._stopped = True
        if self._pending is not None:
            self._pending.cancel()
