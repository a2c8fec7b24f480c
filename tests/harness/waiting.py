"""Waiting for something to become true, with a deadline that names what did not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

# Far more than an idle machine needs: a busy one must not fail for it.
SECONDS = 90.0


def wait_until(
    condition: Callable[[], object],
    what: str,
    seconds: float = SECONDS,
    *,
    check: Callable[[], None] | None = None,
) -> None:
    """Return once `condition` holds. `check` raises if it can no longer become true."""
    for _ in _attempts(lambda: what, seconds):
        if condition():
            return
        if check is not None:
            check()
        time.sleep(0.02)


async def until(
    condition: Callable[[], object], what: str | Callable[[], str], seconds: float = SECONDS
) -> None:
    """As `wait_until`, for a test that has an event loop."""
    for _ in _attempts(what if callable(what) else lambda: what, seconds):
        if condition():
            return
        await asyncio.sleep(0.02)


async def eventually(
    condition: Callable[[], Awaitable[object]], what: str, seconds: float = SECONDS
) -> None:
    """As `until`, for a condition that is awaited."""
    for _ in _attempts(lambda: what, seconds):
        if await condition():
            return
        await asyncio.sleep(0.05)


def _attempts(what: Callable[[], str], seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
    raise AssertionError(f"not within {seconds:g} s: {what()}")
