"""Calling again what failed because a service is unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from schemas.errors import Unavailable

T_ = TypeVar("T_")
Sleep = Callable[[float], Awaitable[object]]


async def retry(
    call: Callable[[], Awaitable[T_]],
    waits: Iterable[float],
    *,
    failed: Callable[[Unavailable], Awaitable[object]] | None = None,
    sleep: Sleep = asyncio.sleep,
) -> T_:
    """The result of `call`, which is called again while it raises `Unavailable`.

    Args:
        waits: seconds to wait after each failure; when there are no more, the error is raised.
        failed: called with each failure before the wait; an exception that it raises ends the tries.
        sleep: waits; an exception that it raises ends the tries.
    """
    left = iter(waits)
    while True:
        try:
            return await call()
        except Unavailable as exc:
            wait = next(left, None)
            if wait is None:
                raise
            if failed is not None:
                await failed(exc)
        await sleep(wait)
