"""A value that many callers ask for at once, and that may be a moment old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T_ = TypeVar("T_")


class Fresh(Generic[T_]):
    """Reads a value at most once in `max_age` seconds, for all callers.

    Callers that ask while it is being read share the answer, an exception too; an exception is not
    kept.
    """

    def __init__(self, read: Callable[[], Awaitable[T_]], max_age: float) -> None:
        self._read, self._max_age = read, max_age
        self._reading: asyncio.Task[T_] | None = None
        self._last: tuple[float, T_] | None = None

    async def get(self) -> T_:
        """The value, at most `max_age` seconds old. Raises what reading it raises."""
        if self._last is not None and time.monotonic() - self._last[0] <= self._max_age:
            return self._last[1]
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_once())
            self._reading.add_done_callback(self._done)
        # A caller that leaves does not take the answer from the others.
        return await asyncio.shield(self._reading)

    async def _read_once(self) -> T_:
        return await self._read()

    def _done(self, task: asyncio.Task[T_]) -> None:
        self._reading = None
        if not task.cancelled() and task.exception() is None:
            self._last = time.monotonic(), task.result()
