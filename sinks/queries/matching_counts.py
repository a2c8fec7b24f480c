"""How many files a list has, by status, at a bounded cost."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final

from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.queries.file_lists import SHOWN, FileFilter

# Files that are counted; if there are more, the counts are lower bounds.
MOST_COUNTED: Final = 10_000
# Records that are looked at; a file has two or more.
_MOST_RECORDS: Final = 4_000_000
_TOO_MANY_ROWS: Final = 158
# Counts are used again for a moment, and for so many times the seconds that counting took: however
# often they are asked for, that is a twentieth of a core at most.
_LEAST_SECONDS: Final = 1.0
_TIMES: Final = 20.0
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class MatchingCounts:
    """Files that fit, by the status that lists show.

    Attributes:
        more: there may be more; all counts are lower bounds.
    """

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int
    more: bool

    def document(self) -> dict[str, int | bool]:
        """As the API answers it."""
        return asdict(self)


async def matching_counts(
    database: Database,
    chosen: FileFilter,
    *,
    most: int = MOST_COUNTED,
    records: int = _MOST_RECORDS,
) -> MatchingCounts | None:
    """The files that fit; None if to count them would take to look at more than `records` records.

    Files are found by what is the same in all their records; what holds of each is that of the record
    with the highest version. Once `most` files are found, others are passed over.
    """
    where, params = chosen.of_any_record()
    try:
        (row,) = await database.query(
            "SELECT count() AS found, countIf(gone = 0) AS files,"
            + ",".join(
                f" countIf(gone = 0 AND shown = '{status}') AS {status}" for status in _STATUSES
            )
            + f" FROM (SELECT argMax({SHOWN}, version) AS shown, argMax(deleted, version) AS gone"
            f" FROM file_records WHERE {where} GROUP BY file_id)"
            f" SETTINGS max_rows_to_group_by = {most + 1}, group_by_overflow_mode = 'any',"
            f" max_rows_to_read = {records}, read_overflow_mode = 'throw'",
            params,
        )
    except Refused as exc:
        if exc.code == _TOO_MANY_ROWS:
            return None
        raise
    # The database looks at its limit once a block, so more of them may be there.
    counts = {name: min(row[name], most) for name in ("files", *_STATUSES)}
    return MatchingCounts(**counts, more=row["found"] > most)


_STATUSES: Final = ("waiting", "processed", "partial", "failed")


@dataclass(slots=True)
class CachedCounts:
    """Counts that are used again for a while. Requests for the same ones share an answer."""

    database: Database
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[FileFilter, tuple[float, MatchingCounts | None]] = field(
        default_factory=OrderedDict
    )
    _running: dict[FileFilter, asyncio.Task[MatchingCounts | None]] = field(default_factory=dict)

    async def get(self, chosen: FileFilter) -> MatchingCounts | None:
        """See `matching_counts`."""
        if chosen in self._kept and self.clock() < self._kept[chosen][0]:
            return self._kept[chosen][1]
        if chosen not in self._running:
            task = asyncio.create_task(self._count(chosen))
            self._running[chosen] = task
            task.add_done_callback(lambda _: self._running.pop(chosen, None))
        # A client that disconnects does not take the counts from others.
        return await asyncio.shield(self._running[chosen])

    async def _count(self, chosen: FileFilter) -> MatchingCounts | None:
        began = self.clock()
        found = await matching_counts(self.database, chosen)
        ended = self.clock()
        until = ended + max(_LEAST_SECONDS, _TIMES * (ended - began))
        self._kept[chosen] = until, found
        self._kept.move_to_end(chosen)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found
