"""Whether the parts that a process needs are there; each is asked at most once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from schemas.errors import Unavailable

_SECONDS = 4.0


class Readiness:
    """Asks each part whether it answers and remembers that for `max_age` seconds.

    Args:
        pings: by name of the part; each raises `Unavailable` where its part is away.
        max_age: seconds an answer counts for.
    """

    def __init__(
        self, pings: Mapping[str, Callable[[], Awaitable[None]]], max_age: float = 1.0
    ) -> None:
        self._parts = {name: _Part(name, ping, max_age) for name, ping in pings.items()}

    async def parts(self) -> dict[str, Unavailable | None]:
        """Every part with what is wrong with it, None where nothing is."""
        found = await asyncio.gather(*(part.state() for part in self._parts.values()))
        return dict(zip(self._parts, found, strict=True))

    async def document(self) -> tuple[bool, dict[str, Any]]:
        """Whether all parts are there, and what is answered to who asks."""
        states = await self.parts()
        ready = all(state is None for state in states.values())
        parts = {
            name: {"ready": state is None, "reason": state.reason if state else None}
            for name, state in states.items()
        }
        return ready, {"status": "ready" if ready else "not ready", "parts": parts}

    def forget(self) -> None:
        """Ask anew the next time: something was just seen to fail."""
        for part in self._parts.values():
            part.forget()

    async def require(self, *names: str) -> None:
        """Raise what is wrong with the first of the parts `names` that is away."""
        for state in await asyncio.gather(*(self._parts[name].state() for name in names)):
            if state is not None:
                raise state


class _Part:
    def __init__(self, name: str, ping: Callable[[], Awaitable[None]], max_age: float) -> None:
        self._name, self._ping, self._max_age = name, ping, max_age
        self._asking: asyncio.Task[Unavailable | None] | None = None
        self._state: Unavailable | None = None
        self._asked_at = float("-inf")

    async def state(self) -> Unavailable | None:
        if time.monotonic() - self._asked_at <= self._max_age:
            return self._state
        # All who ask meanwhile wait for the one question under way.
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._answered)
        return await asyncio.shield(self._asking)

    def forget(self) -> None:
        self._asked_at = float("-inf")

    async def _ask(self) -> Unavailable | None:
        try:
            async with asyncio.timeout(_SECONDS):
                await self._ping()
        except Unavailable as exc:
            return exc
        except TimeoutError:
            return Unavailable(self._name, f"no answer within {_SECONDS:.0f} seconds")
        return None

    def _answered(self, task: asyncio.Task[Unavailable | None]) -> None:
        self._asking = None
        if not task.cancelled() and task.exception() is None:
            self._state, self._asked_at = task.result(), time.monotonic()
