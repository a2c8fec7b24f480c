"""Retrying in place what failed because a service is unavailable."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from runtime.metrics import RETRIES
from runtime.pauses import growing
from runtime.retry import retry
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
        attempts = count(1)
        # Since when the store has answered, and denied the object. A store that was unavailable before
        # may deny it once while it starts.
        denied_since: float | None = None

        async def failed(exc: Unavailable) -> None:
            nonlocal denied_since
            RETRIES.labels(exc.service).inc()
            if not isinstance(exc, AccessDenied):
                denied_since = None
            elif denied_since is None:
                denied_since = time.monotonic()
            elif await self._is_shut(denied_since + self._denied):
                raise ObjectForbidden(exc) from exc
            _LOG.warning(
                "%s: %s; attempt %d, trying again", what, exc, next(attempts), extra={"step": what}
            )

        pauses = growing(self._first, self._longest)
        return await retry(call, pauses, failed=failed, sleep=self._drain.sleep)

    async def _is_shut(self, until: float) -> bool:
        return self._is_open is not None and time.monotonic() >= until and await self._is_open()
