"""Work that is done again and again as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from schemas.errors import Unavailable

_LOG = logging.getLogger(__name__)


async def run_every(
    who: str, work: Callable[[], Awaitable[object]], every: float, idle: float | None = None
) -> None:
    """Do `work` every so many seconds, for ever; a service that is unavailable is waited for.

    Args:
        idle: the pause doubles up to so many seconds as long as `work` finds nothing to do, which is
            what a false result says.
    """
    away: str | None = None
    pause = every
    while True:
        try:
            done = await work()
            away = None
            pause = every if done or idle is None else min(2 * pause, idle)
        except Unavailable as exc:
            if exc.service != away:
                _LOG.warning("the %s waits for %s", who, exc)
            away = exc.service
        await asyncio.sleep(pause)
