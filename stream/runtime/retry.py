"""Retrying in place what failed because a service is unavailable."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from runtime.metrics import RETRIES
from schemas.errors import Unavailable
from storage.base import AccessDenied, ObjectForbidden
from stream.runtime.drain import DrainSignal

_LOG = logging.getLogger(__name__)
T_ = TypeVar("T_")


class Retry:
    """Calls again what raised `Unavailable`, with backoff, until it works or is interrupted.

    Every effect of the stream is idempotent, so that calling twice what had worked the first time
    changes nothing.

    An object that may not be read is tried for `denied` seconds, as long as `is_open` says that the
    store lets us in otherwise: then it is the object's own lock, and it must not hold up others.
    If no object may be read, the credentials are wrong; files wait until they are corrected.
    """

    def __init__(
        self,
        drain: DrainSignal,
        *,
        first: float = 0.1,
        longest: float = 5.0,
        denied: float = 15.0,
        is_open: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._drain = drain
        self._first = first
        self._longest = longest
        self._denied = denied
        self._is_open = is_open

    async def __call__(self, what: str, call: Callable[[], Awaitable[T_]]) -> T_:
        """What `call` returns in the end.

        Raises:
            Draining: a drain began while the service was unavailable.
            ObjectForbidden: the store let us in, but not read this object, for too long.
        """
        until = time.monotonic() + self._denied
        wait = self._first
        attempt = 1
        while True:
            try:
                return await call()
            except Unavailable as exc:
                RETRIES.labels(exc.service).inc()
                if isinstance(exc, AccessDenied) and await self._is_shut(until):
                    raise ObjectForbidden(exc) from exc
                _LOG.warning(
                    "%s: %s; attempt %d, trying again", what, exc, attempt, extra={"step": what}
                )
                await self._drain.sleep(min(max(wait, 0.0), self._longest))
            wait = min(wait * 2, self._longest)
            attempt += 1

    async def _is_shut(self, until: float) -> bool:
        return self._is_open is not None and time.monotonic() >= until and await self._is_open()
