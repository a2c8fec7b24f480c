"""Work that is done again and again as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from schemas.errors import Unavailable

_LOG = logging.getLogger(__name__)


async def run_every(who: str, work: Callable[[], Awaitable[object]], every: float) -> None:
    """Do `work` every so many seconds, for ever; a service that is unavailable is waited for."""
    away: str | None = None
    while True:
        try:
            await work()
            away = None
        except Unavailable as exc:
            if exc.service != away:
                _LOG.warning("the %s waits for %s", who, exc)
            away = exc.service
        await asyncio.sleep(every)
