"""The word that partitions are about to go elsewhere, or the worker to stop.

A rebalance and a shutdown both wait until no message is in anyone's hands. Handlers that wait for
a service that is away would hold them up for as long as it stays away, so waiting ends when an
interruption begins, and the messages are released.
"""

from __future__ import annotations

import asyncio


class Interrupted(Exception):  # noqa: N818
    """What was in hand is given back; it will be delivered again."""


class Interruption:
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
        Interrupted: if an interruption is under way.
        """
        if self.active:
            raise Interrupted

    async def wait(self) -> None:
        await self._begun.wait()

    async def sleep(self, seconds: float) -> None:
        """Sleep, but not through an interruption.

        Raises:
            Interrupted: if one is under way, or begins.
        """
        try:
            await asyncio.wait_for(self._begun.wait(), seconds)
        except TimeoutError:
            return
        raise Interrupted
