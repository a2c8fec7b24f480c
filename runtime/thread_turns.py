"""Blocking calls in threads, one after the other, each while its caller goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class ThreadTurns:
    """At most one call at a time; what they use has no other lock.

    A cancelled wait leaves the call running, so what cleans up calls `finish` first.
    """

    def __init__(self) -> None:
        self._running: asyncio.Future[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether no call is running."""
        return self._running is None or self._running.done()

    async def start(self, call: Callable[..., None], *args: Any) -> None:
        """Begin a call once the one before is over; raises what that one raised."""
        await self.finish()
        self._running = asyncio.get_running_loop().run_in_executor(None, call, *args)

    async def finish(self) -> None:
        """Wait for the call that runs; raises what it raised, once."""
        running = self._running
        if running is not None:
            await asyncio.wait([running])
            self._running = None
            running.result()
