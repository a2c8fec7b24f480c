"""Readings with the sensor and the timestamp of readings of earlier files are found, some time after
their file has ended, by one of the API processes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from runtime.periodic import run_every

_LOG = logging.getLogger(__name__)
# Its name among the background tasks.
TASK: Final = "overlaps"
# Seconds from round to round, with and without new totals at the last one.
_EVERY: Final = 5.0
_IDLE: Final = 20.0
# How long the process that looks may be silent until another one does.
LEASE_SECONDS: Final = 30.0


class OverlapSearch:
    """Looks for them again and again.

    Args:
        due: see `sinks.overlaps.Overlaps.due`.
        mine: whether this process is the one that looks (`sinks.leases.Lease.take`).
        look: see `sinks.overlaps.Overlaps.look`.
    """

    def __init__(
        self,
        *,
        due: Callable[[], Awaitable[bool]],
        mine: Callable[[], Awaitable[bool]],
        look: Callable[[], Awaitable[int]],
    ) -> None:
        self._due, self._mine, self._look = due, mine, look

    async def run(self) -> None:
        """Round after round."""
        await run_every(TASK, self.round, _EVERY, _IDLE)

    async def round(self) -> int:
        """Look at what has changed; how many files.

        Raises:
            Unavailable: the database is unavailable; the next round continues.
        """
        if not await self._due() or not await self._mine():
            return 0
        files = await self._look()
        if files:
            _LOG.debug("compared the readings of %d files with those of earlier ones", files)
        return files
