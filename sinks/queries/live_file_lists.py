"""Pages of files that are kept, and what has changed since, for a process that answers many requests.

To find the first files by a column reads that column of all records. So a page that was found is kept.
Every change of a file is a new record, and records carry the moment of their insert: a request asks which
files have new records, and only of these whether and where they are in the list.

What is kept of a list are its first files up to some place, its reach, and never a file less. A file that
has not changed stays where it is. One that has is taken out, and put in again if it is within the reach. If
too few files are left, the page is found again.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.insert_time import INSERT_TAKES
from sinks.queries.chunks import AT_ONCE
from sinks.queries.file_lists import FileList, PageRanges, first_rows, page_of_records
from sinks.queries.pagination import SORT_VALUE, Page

_Place: TypeAlias = tuple[Any, str]

# Records that a request looks at again, which are those of some seconds. If there are more, pages are
# found again each time.
_MOST_RECORDS: Final = 5_000
# Changed files that are remembered: those of a page that was asked for before them. And those that are
# looked up for a page; after more of them it is found again.
_MOST_CHANGES: Final = 5_000
_MOST_LOOKED_UP: Final = AT_ONCE
# Seconds until the moment of a look is one that the next looks begin at: an insert that a suspended machine
# interrupted ends in them. The clock does not count the time of the suspension.
_LOOK_AGAIN: Final = 5.0
# Rows that are kept of all pages, with their records, and seconds after which a page is found again in any
# case.
_MOST_ROWS: Final = 5_000
_SECONDS: Final = 600.0
# Of a page, the rows beyond those wanted: as files come in front of them they gather.
_MOST_OF_PAGE: Final = 2


@dataclass(slots=True)
class _Log:
    """The files that have new records, in the order in which that was seen."""

    # Records inserted before are all seen.
    since: datetime
    # The moment of a look by the clock of the database, and by that of this process.
    looked: tuple[datetime, float]
    seen: dict[tuple[str, int], None] = field(default_factory=dict)
    changes: OrderedDict[str, int] = field(default_factory=OrderedDict)
    position: int = 0
    # Changes up to this one are forgotten.
    forgotten: int = 0


class FileChanges:
    """Which files have changed, as seen by one process.

    A position counts the changes that were seen.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._lock = asyncio.Lock()
        self._log: _Log | None = None
        self._position = 0
        self._looked_at = float("-inf")

    async def look(self) -> int | None:
        """The position now; None if so much changes that it is not followed."""
        asked = self._clock()
        async with self._lock:
            if self._looked_at <= asked:
                self._looked_at = self._clock()
                await self._look()
            return None if self._log is None else self._log.position

    async def known(self) -> int | None:
        """A position that was seen before now; None if it is not followed."""
        return await self.look() if self._log is None else self._log.position

    def after(self, position: int) -> tuple[list[str], int] | None:
        """The files that changed after a position, and the position with them; None if that is not known
        any more."""
        log = self._log
        if log is None or position < log.forgotten:
            return None
        found: list[str] = []
        for file_id, at in reversed(log.changes.items()):
            if at <= position:
                break
            found.append(file_id)
        return found, log.position

    async def _look(self) -> None:
        log, self._log = self._log, None  # until the answer is there
        if log is None:
            (row,) = await self._database.query("SELECT now64(6, 'UTC') AS now")
            now = row["now"]
            # Positions go on, and none from before is known.
            log = _Log(now - INSERT_TAKES, (now, self._clock()))
            log.position = log.forgotten = self._position + 1
        began = self._clock()
        (row,) = await self._database.query(
            "SELECT now64(6, 'UTC') AS now, groupArray({limit:UInt64})(file_id) AS file_ids,"
            " groupArray({limit:UInt64})(toUnixTimestamp64Micro(inserted_at)) AS moments"
            " FROM file_records PREWHERE inserted_at >= {since:DateTime64(6, 'UTC')}",
            {"since": log.since, "limit": _MOST_RECORDS + 1},
        )
        before, looked_at = log.looked
        if len(row["file_ids"]) > _MOST_RECORDS or row["now"] < before:
            # Too much has changed, or the clock of the database was set back.
            self._position = log.position
            return
        seen = dict.fromkeys(zip(row["file_ids"], row["moments"], strict=True))
        for one in seen:
            if one not in log.seen:
                log.position += 1
                log.changes[one[0]] = log.position
                log.changes.move_to_end(one[0])
        log.seen = seen
        while len(log.changes) > _MOST_CHANGES:
            _, log.forgotten = log.changes.popitem(last=False)
        if began - looked_at >= _LOOK_AGAIN:
            log.since = max(log.since, before - INSERT_TAKES)
            log.looked = row["now"], began
        self._position = log.position
        self._log = log


@dataclass(frozen=True, slots=True)
class _Kept:
    """The first rows of a list.

    Attributes:
        position: of the changes that are in it.
        reach: no other file of the list is before this place, or at it; None if there is no other.
    """

    position: int
    rows: Sequence[Mapping[str, Any]]
    reach: _Place | None
    until: float


class LiveFileLists:
    """Pages of lists of files, as they are when they are asked for.

    Args:
        clock: seconds that only increase.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._changes = FileChanges(database, clock)
        self._ranges = PageRanges(clock)
        self._pages: OrderedDict[tuple[str, int], _Kept] = OrderedDict()
        self._rows = 0

    async def page(self, asked: FileList, limit: int) -> Page[FileRecord]:
        """See `sinks.queries.file_lists.files_page`."""
        wanted = limit + 1
        name = asked.name, limit
        # What is not kept is found in what is there now, whatever changed before.
        there = name in self._pages
        position = await (self._changes.look() if there else self._changes.known())
        kept = None if position is None else await self._current(asked, name, wanted)
        if kept is None:
            # Twice as many of a page of which files have left, so that it lasts longer.
            times = _MOST_OF_PAGE if there else 1
            rows = await first_rows(self._database, asked, times * wanted, self._ranges)
            reach = _place(rows[-1]) if len(rows) == times * wanted else None
            kept = _Kept(position or 0, rows, reach, self._clock() + _SECONDS)
        if position is not None:
            self._keep(name, kept)
        return page_of_records(kept.rows[:wanted], limit)

    async def _current(self, asked: FileList, name: tuple[str, int], wanted: int) -> _Kept | None:
        """A page that was kept, as it is now; None if it has to be found again."""
        kept = self._pages.get(name)
        if kept is None or self._clock() >= kept.until:
            return None
        found = self._changes.after(kept.position)
        if found is None or len(found[0]) > _MOST_LOOKED_UP:
            return None
        changed, position = found
        if changed:
            kept = await self._with(asked, kept, changed, wanted)
        return (
            _Kept(position, kept.rows, kept.reach, kept.until) if _is_enough(kept, wanted) else None
        )

    async def _with(
        self, asked: FileList, kept: _Kept, changed: Sequence[str], wanted: int
    ) -> _Kept:
        """A kept page with what holds now of changed files."""
        keyset, reach, most = asked.keyset, kept.reach, _MOST_OF_PAGE * wanted
        within, params = "", {**asked.params, "ids": changed, "most": most}
        if reach is not None:
            compare = ">=" if keyset.descending else "<="
            within = (
                f" AND ({keyset.sort.expression}, file_id) {compare}"
                f" ({{reach_key:{keyset.sort.type}}}, {{reach_id:String}})"
            )
            params |= {"reach_key": reach[0], "reach_id": reach[1]}
        new = await self._database.query(
            f"SELECT {asked.selected} FROM file_records FINAL PREWHERE file_id IN {{ids:Array(String)}}"
            f" WHERE {asked.where}{within} ORDER BY {keyset.order} LIMIT {{most:UInt64}}",
            params,
        )
        gone = {*changed}
        rows = [row for row in kept.rows if row["file_id"] not in gone]
        rows = sorted([*rows, *new], key=_place, reverse=keyset.descending)
        if len(new) == most:
            # More of them may be after these.
            rows = rows[: rows.index(new[-1]) + 1]
            reach = _place(new[-1])
        if len(rows) > most:
            rows = rows[:most]
            reach = _place(rows[-1])
        return _Kept(kept.position, rows, reach, kept.until)

    def _keep(self, name: tuple[str, int], kept: _Kept) -> None:
        before = self._pages.get(name)
        if before is not None:
            if before.position > kept.position and before.until >= kept.until:
                return  # that of a request that began later
            self._rows -= len(before.rows)
        self._pages[name] = kept
        self._pages.move_to_end(name)
        self._rows += len(kept.rows)
        while self._rows > _MOST_ROWS and len(self._pages) > 1:
            _, oldest = self._pages.popitem(last=False)
            self._rows -= len(oldest.rows)


def _is_enough(kept: _Kept, wanted: int) -> bool:
    return kept.reach is None or len(kept.rows) >= wanted


def _place(row: Mapping[str, Any]) -> _Place:
    return row[SORT_VALUE], row["file_id"]
