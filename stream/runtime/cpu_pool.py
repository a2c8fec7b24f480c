"""Where parsing and merging run: threads, because the kernels let go of the GIL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T_ = TypeVar("T_")


class Kernels:
    """Runs pure functions off the event loop, at most `threads` at a time."""

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="kernel")

    async def run(self, function: Callable[P, T_], *args: P.args, **kwargs: P.kwargs) -> T_:
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: function(*args, **kwargs)
        )

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
