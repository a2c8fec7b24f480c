"""Retrying in place what failed because a service is unavailable."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeVar

from runtime.metrics import RETRIES
from runtime.pauses import growing
from runtime.readiness import CheckFailed
from runtime.retry import retry
from schemas.errors import Service, Unavailable
from storage.base import AccessDenied, ObjectForbidden
from stream.runtime.drain import DrainSignal

_LOG = logging.getLogger(__name__)
T_ = TypeVar("T_")


# A call that fails for so long is reported.
LONG_SECONDS: Final = 60.0
# For so long after an object was given up the next ones of its bucket that are denied are, too.
_SHUT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Failing:
    since: float
    what: str
    reason: str


class Retry:
    """Calls again what raised `Unavailable`, with backoff, until it works or is interrupted.

    Every effect of the stream is idempotent, so that calling twice what had worked the first time
    changes nothing.

    An object that may not be read is tried for `denied` seconds, as long as `is_open` says that the
    store lets us in otherwise: then it is the object's own lock, and it must not hold up others. Nor
    must many such objects: for a minute others of its bucket that are denied are given up at once.
    If no object may be read, the credentials are wrong; files wait until they are corrected.

    A service may respond, and yet refuse one call again and again: a query that needs more memory or
    time than the database gives. That call may succeed once an operator has changed that, and no file is
    to fail until then; so it is reported, by `check` and in the log.
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
        # Calls that fail: since when, what they are for, and why.
        self._failing: dict[int, _Failing] = {}
        self._calls = count()
        # When an object was given up last, by bucket.
        self._shut: dict[str, float] = {}

    async def check(self) -> None:
        """Check that no call has been failing for a minute (`runtime.readiness`).

        Raises:
            CheckFailed: one has; it says which, and why.
        """
        now = time.monotonic()
        longest = min(self._failing.values(), key=lambda one: one.since, default=None)
        if longest is not None and now - longest.since >= LONG_SECONDS:
            raise CheckFailed(
                f"{longest.what} has been failing for {now - longest.since:.0f} s: {longest.reason}"
            )

    async def __call__(self, what: str, call: Callable[[], Awaitable[T_]]) -> T_:
        """What `call` returns in the end.

        Raises:
            Draining: a drain began while the service was unavailable.
            ObjectForbidden: the store let us in, but not read this object, for too long.
        """
        attempts, number = count(1), next(self._calls)
        # Since when the store has answered, and denied the object. A store that was unavailable before
        # may deny it once while it starts.
        denied_since: float | None = None

        async def failed(exc: Unavailable) -> None:
            nonlocal denied_since
            RETRIES.labels(exc.service).inc()
            if not isinstance(exc, AccessDenied):
                denied_since = None
                if exc.service == Service.STORE:
                    self._shut.clear()
            else:
                if denied_since is None:
                    denied_since = self._denied_since(exc)
                if await self._is_shut(denied_since + self._denied):
                    self._shut[exc.ref.bucket] = time.monotonic()
                    raise ObjectForbidden(exc) from exc
            now = time.monotonic()
            before = self._failing.get(number)
            since = now if before is None else before.since
            self._failing[number] = _Failing(since, what, str(exc))
            _LOG.log(
                logging.ERROR if now - since >= LONG_SECONDS else logging.WARNING,
                "%s: %s; attempt %d, trying again",
                what,
                exc,
                next(attempts),
                extra={"step": what},
            )

        pauses = growing(self._first, self._longest)
        try:
            return await retry(call, pauses, failed=failed, sleep=self._drain.sleep)
        finally:
            self._failing.pop(number, None)

    def _denied_since(self, denied: AccessDenied) -> float:
        """Since when an object is denied that was not so far."""
        now = time.monotonic()
        self._shut = {b: at for b, at in self._shut.items() if at > now - _SHUT_SECONDS}
        return now - self._denied if denied.ref.bucket in self._shut else now

    async def _is_shut(self, until: float) -> bool:
        return self._is_open is not None and time.monotonic() >= until and await self._is_open()
