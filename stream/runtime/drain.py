"""Signals that partitions are being revoked or the worker is shutting down.

A rebalance and a shutdown both wait until no message is in flight. Handlers that wait for a service
that is unavailable would delay them for as long as it stays away, so waiting ends when a drain begins,
and the messages are released with `nack`.
"""

from __future__ import annotations

import asyncio


class Draining(Exception):  # noqa: N818
    """Messages in flight are released; they will be delivered again."""


class DrainSignal:
    """Set from the moment a rebalance or shutdown begins until partitions are assigned again."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()
        # How often partitions were assigned: what was known of their messages before is old.
        self.assignments = 0

    @property
    def active(self) -> bool:
        return self._begun.is_set()

    def begin(self) -> None:
        self._begun.set()

    def end(self) -> None:
        self.assignments += 1
        self._begun.clear()

    def check(self) -> None:
        """Raises:
        Draining: if a drain is in progress.
        """
        if self.active:
            raise Draining

    async def wait(self) -> None:
        await self._begun.wait()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the time is over or a drain begins.

        Raises:
            Draining: if a drain is in progress, or begins.
        """
        try:
            await asyncio.wait_for(self._begun.wait(), seconds)
        except TimeoutError:
            return
        raise Draining
