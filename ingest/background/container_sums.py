"""Containers whose record lacks the last change of a member, because the process that changed it ended
in between, are summed up.

Containers that wait are announced again by the reconciler, which has the same effect.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from runtime.periodic import run_every
from runtime.supervise import for_each

_LOG = logging.getLogger(__name__)
# Its name among the background tasks.
TASK: Final = "container sums"
_EVERY: Final = 30.0
# How far back changes are looked at, but for the first time.
_SINCE: Final = timedelta(minutes=15)


class ContainerSums:
    """Looks for containers that are not up to date.

    Args:
        stale: see `sinks.queries.stale_containers`.
        sum_up: see `sinks.containers.Containers`.
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        stale: Callable[[datetime], Awaitable[Sequence[str]]],
        sum_up: Callable[[str], Awaitable[object]],
        clock: Callable[[], datetime],
        every: float = _EVERY,
    ) -> None:
        self._stale, self._sum_up, self._clock, self._every = stale, sum_up, clock, every
        self._looked = False

    async def run(self) -> None:
        """Round after round."""
        await run_every(TASK, self.round, self._every)

    async def round(self) -> int:
        """Sum up what is not up to date; how many containers.

        Raises:
            Unavailable: the next round does it.
        """
        since = self._clock() - (_SINCE if self._looked else timedelta(days=365 * 50))
        found = await self._stale(since)
        self._looked = True
        failed = await for_each(TASK, found, self._sum_up)
        if found:
            _LOG.info("summed up %d containers", len(found) - len(failed))
        return len(found) - len(failed)
