"""Where parsing and merging run: threads, because the kernels let go of the GIL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T_ = TypeVar("T_")


class CpuPool:
    """Runs pure functions off the event loop, at most `threads` at a time."""

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="kernel")
        # When the calls that are running began; each by an object of its own.
        self._running: dict[object, float] = {}

    async def run(self, function: Callable[P, T_], *args: P.args, **kwargs: P.kwargs) -> T_:
        def call() -> T_:
            token = object()
            self._running[token] = time.monotonic()
            try:
                return function(*args, **kwargs)
            finally:
                del self._running[token]

        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def longest(self) -> float:
        """For how many seconds the oldest call has been running; 0 if none is."""
        return time.monotonic() - min(self._running.copy().values(), default=time.monotonic())

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
