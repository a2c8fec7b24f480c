"""Removes what the rules of `RETENTION` say of old files, round after round.

One of several API processes does so, under a lease; if two do for a moment, nothing is done twice that
could be seen. A round looks at the files that became old enough since the round before, found by the
time of their upload, and once an hour at all that are old: at those that were replayed, waited or were
needed meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from ingest.files.retention import FileRetention
from runtime.metrics import RETENTION_FILES
from runtime.periodic import run_every
from runtime.supervise import for_each
from schemas.errors import Unavailable
from schemas.file_record import FileRecord
from schemas.retention import WHATS, RetentionRule, What
from sinks.clickhouse.client import Database
from sinks.leases import Lease
from sinks.queries.retention import Removable, RetentionQuery

_LOG = logging.getLogger(__name__)
# Its name among the background tasks, and of its lease.
TASK: Final = "retention"
LEASE_SECONDS: Final = 150.0
_EVERY: Final = 60.0
_PAUSE: Final = 0.1
# How often all files are looked at.
_ALL_EVERY: Final = timedelta(hours=1)
# Files of one query, those of a round, and those that are worked on at once.
_FILES, _MOST, _AT_ONCE = 200, 5_000, 16
# Files of a rule that a dry run names.
_NAMED: Final = 10


class Retention:
    """Applies the rules, and says what they would remove.

    Args:
        ours: buckets whose objects may be removed: those that the product writes to, and the inbox.
        quiet: nothing is removed of a file that was changed within this time.
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        rules: Sequence[RetentionRule],
        files: FileRetention,
        database: Database,
        lease: Lease,
        ours: Collection[str],
        quiet: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._rules, self._files, self._database, self._lease = rules, files, database, lease
        self._ours, self._quiet, self._clock = ours, quiet, clock
        self._asked = asyncio.Event()
        # When everything that was due was done, and when all files were looked at.
        self._done_at: datetime | None = None
        self._all_at: datetime | None = None

    def ask(self) -> None:
        """Begin a round now, in this process."""
        self._asked.set()

    async def dry_run(self) -> list[Removable]:
        """What each rule would remove now, in the order of the rules.

        Raises:
            Unavailable: the database is unavailable.
        """
        query = self._query(self._clock(), None)
        return [await query.removable(self._database, rule, first=_NAMED) for rule in self._rules]

    async def run(self) -> None:
        """Round after round."""
        await run_every(TASK, self.round, _PAUSE)

    async def round(self) -> None:
        """Wait for the next round, and do what is due.

        Raises:
            Unavailable: a service is; what is left is done by a later round.
        """
        try:
            async with asyncio.timeout(_EVERY):
                await self._asked.wait()
        except TimeoutError:
            if self._rules and await self._lease.take():
                await self.apply()
            return
        self._asked.clear()
        try:
            self._all_at = None
            await self.apply()
        except Unavailable:
            self._asked.set()
            raise

    async def apply(self) -> Counter[What]:
        """Remove what is due, up to some thousand files; how many files by what was removed of them.

        Raises:
            Unavailable: what is left is done by a later call.
        """
        now = self._clock()
        if self._all_at is None or now - self._all_at > _ALL_EVERY:
            self._done_at, self._all_at = None, now
        query = self._query(now, self._done_at)
        removed: Counter[What] = Counter()
        for what in WHATS:
            await self._apply(what, query, removed)
        if removed:
            _LOG.info(
                "retention removed %s",
                ", ".join(f"{what} of {n} files" for what, n in removed.items()),
            )
        if removed.total() < _MOST:
            self._done_at = now
        else:
            self.ask()
        return removed

    async def _apply(self, what: What, query: RetentionQuery, removed: Counter[What]) -> None:
        seen: set[str] = set()
        while removed.total() < _MOST and await query.any_due(self._database, what):
            found = await query.files(self._database, what, limit=_FILES)
            # One that could not be done does not keep the round from its end.
            if not found or {one.file_id for one in found} <= seen:
                return
            seen |= {one.file_id for one in found}
            done = await self._remove(what, found)
            removed[what] += done
            RETENTION_FILES.labels(what).inc(done)

    async def _remove(self, what: What, found: Sequence[FileRecord]) -> int:
        if what == "readings":
            await self._files.remove_readings(found)
            return len(found)
        remove = self._files.remove_raw if what == "raw" else self._files.remove_results
        done = 0

        async def one(record: FileRecord) -> None:
            nonlocal done
            done += await remove(record)

        await for_each(TASK, found, one, at_once=_AT_ONCE)
        return done

    def _query(self, now: datetime, looked: datetime | None) -> RetentionQuery:
        return RetentionQuery(self._rules, now, self._ours, now - self._quiet, looked)
