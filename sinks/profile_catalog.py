"""The profiles of users as API and workers use them: the revision that holds now, and what it has.

The revision is asked for once for many files: what was read holds for `LEASE_SECONDS`, and a change
of a profile is answered only after that time. So a file that is sent after the answer to a change
is read with it, whichever process it reaches.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from schemas.profiles import SavedProfile

LEASE_SECONDS: Final = 0.5
# Revisions that are kept: files of the present one, and of those before it that are still read.
_KEPT: Final = 4


class Log(Protocol):
    """See `sinks.profile_log.ProfileLog`."""

    async def revision(self) -> int: ...

    async def at(self, revision: int) -> list[SavedProfile]: ...


class ProfileCatalog:
    """Which profiles there are.

    Args:
        monotonic: a clock that never goes back, in seconds.
    """

    def __init__(self, log: Log, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log, self._monotonic = log, monotonic
        self._asked_at = float("-inf")
        self._asked: asyncio.Task[int] | None = None
        self._kept: OrderedDict[int, Sequence[SavedProfile]] = OrderedDict()

    async def current(self) -> int | None:
        """The revision that a generation that begins now is read with; None: no profile was ever
        saved.

        Raises:
            Unavailable: the database is unavailable.
        """
        now = self._monotonic()
        if self._asked is None or now - self._asked_at > LEASE_SECONDS:
            # The time before the question counts, because a change may be made right after it.
            self._asked_at, self._asked = now, asyncio.ensure_future(self._log.revision())
        asked = self._asked
        try:
            # A caller that is cancelled does not take the answer away from the others.
            return await asyncio.shield(asked) or None
        except Exception:
            if self._asked is asked:
                self._asked = None
            raise

    async def at(self, revision: int | None) -> Sequence[SavedProfile]:
        """The profiles of a revision.

        Raises:
            Unavailable: the database is unavailable.
        """
        if revision is None:
            return ()
        if revision not in self._kept:
            self._kept[revision] = await self._log.at(revision)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(revision)
        return self._kept[revision]

    async def settle(self) -> None:
        """Return when every process knows the changes that were made before the call."""
        await asyncio.sleep(LEASE_SECONDS)
