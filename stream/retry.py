"""Retrying in place what failed because a service is away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from monitoring.metrics import RETRIES
from schemas.errors import Unavailable
from stream.interruption import Interruption

_LOG = logging.getLogger(__name__)
T_ = TypeVar("T_")


class Retry:
    """Calls again what raised `Unavailable`, with backoff, until it works or is interrupted.

    Every effect of the stream is idempotent, so that calling twice what had worked the first time
    changes nothing.
    """

    def __init__(
        self, interruption: Interruption, *, first: float = 0.1, longest: float = 5.0
    ) -> None:
        self._interruption = interruption
        self._first = first
        self._longest = longest

    async def __call__(self, what: str, call: Callable[[], Awaitable[T_]]) -> T_:
        """What `call` returns in the end.

        Raises:
            Interrupted: an interruption began while the service was away.
        """
        wait = self._first
        attempt = 1
        while True:
            try:
                return await call()
            except Unavailable as exc:
                RETRIES.labels(exc.service).inc()
                _LOG.warning(
                    "%s: %s; attempt %d, trying again", what, exc, attempt, extra={"step": what}
                )
                await self._interruption.sleep(min(max(wait, 0.0), self._longest))
            wait = min(wait * 2, self._longest)
            attempt += 1
