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
# Changes are looked at that are younger than the last round that did all, and so much older: processes
# stamp them before they store them, by clocks of their own. The first round looks at all.
_SINCE: Final = timedelta(minutes=15)
_ALWAYS: Final = timedelta(days=365 * 50)


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
        self._done_at: datetime | None = None

    async def run(self) -> None:
        """Round after round."""
        await run_every(TASK, self.round, self._every)

    async def round(self) -> int:
        """Sum up what is not up to date; how many containers.

        Raises:
            Unavailable: the next round does it.
        """
        began = self._clock()
        since = began - _ALWAYS if self._done_at is None else self._done_at - _SINCE
        found = await self._stale(since)
        failed = await for_each(TASK, found, self._sum_up)
        self._done_at = began
        if found:
            _LOG.info("summed up %d containers", len(found) - len(failed))
        return len(found) - len(failed)
