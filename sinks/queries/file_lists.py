"""Lists of files, in pages, at a cost that hardly grows with the number of files.

What FINAL costs goes by the rows that it merges. So a page is found in two steps: the first records in
the order of the list, whichever of a file they are, and then what holds of these few files. A record
that holds is among all records; so if the second step leaves enough of them within the range of the
first, no other file can be before them. Otherwise more are looked at.

To plan a statement costs more than to carry it out. So where the keys of a list differ, the two steps
are one statement; where many are equal, the files at the end of the range are asked for first. How far
the range reached is kept for a moment (`PageRanges`), because the same page is mostly asked for again.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.file_ids import members_prefix
from schemas.file_record import FileRecord
from schemas.file_state import Status
from sinks.clickhouse.client import Database, Rows
from sinks.queries.pagination import (
    SORT_VALUE,
    After,
    Keyset,
    Page,
    Sorts,
    moment,
    number,
    page_of,
    text,
)

# The status people see: while a file is replayed, that of what they go on seeing of it.
SHOWN: Final = "ifNull(live_status, status)"

FILE_SORTS: Final[Sorts] = {
    "upload_time": moment("upload_time", known=True),
    "filename": text("filename"),
    "status": text(SHOWN),
    "size_bytes": number("size_bytes", known=True),
    "row_count": number("row_count"),
    "invalid_count": number("invalid_count"),
    "sensor_count": number("sensor_count"),
    "processing_ms": number("processing_ms"),
}

# What a file_id, a UUID, can begin with. Fewer characters would be found by chance when names are
# searched for; and to read the ids takes half as long again as to read the names.
_ID_PREFIX: Final = re.compile(r"[0-9a-f-]{6,}\Z")
# Records that the first step looks at, as a multiple of the page, since a file has two or more, and at
# least; and the most files of the second: what fits a form field.
_FIRST: Final = 2
_LEAST: Final = 100
_MORE: Final = 4
_MOST: Final = 2_500
# Records at the end of a list that are looked at for how far a page reaches, before all are.
_LOOKED_AT: Final = 50_000


# Seconds for which the end of a range is used again: files that come in the meantime are read beside
# the page. And how many ends are kept.
_RANGE_SECONDS: Final = 10.0
_RANGES: Final = 256


@dataclass(frozen=True, slots=True)
class _Range:
    """The first records in the order of a list: how many were looked for, and are there; how many of
    them are before those with the last sort key, that key, and the first one."""

    first: int
    records: int
    before: int
    edge: Any
    start: Any


@dataclass(slots=True)
class PageRanges:
    """Ranges of records that pages were found in.

    A page that is within any range is right, so an old one costs time at most.
    """

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[float, _Range]] = field(default_factory=OrderedDict)

    def get(self, page: str) -> _Range | None:
        """The range of a page, if it was kept a moment ago."""
        if page not in self._kept:
            return None
        moment, end = self._kept[page]
        return end if self.clock() - moment < _RANGE_SECONDS else None

    def keep(self, page: str, end: _Range) -> None:
        """Use the range for this page for a moment."""
        self._kept[page] = self.clock(), end
        self._kept.move_to_end(page)
        if len(self._kept) > _RANGES:
            self._kept.popitem(last=False)


def _searched(q: str) -> str:
    """The condition that a file has `q` in its name, or an id that begins with it."""
    # Half the time, if letters of other scripts need not be compared.
    named = (
        "position(lower(filename), {lower_q:String}) > 0"
        if q.isascii()
        else "positionCaseInsensitiveUTF8(filename, {q:String}) > 0"
    )
    return f"({named} OR startsWith(file_id, {{q:String}}))" if _ID_PREFIX.match(q) else named


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Files of a list, of any status.

    Attributes:
        q: part of the filename, case-insensitive, or at least six characters that a file_id begins
            with.
        parent_id: only the members of this container.
        with_members: members of containers too; also if `q` or `parent_id` is given.
        since: the earliest time of upload.
    """

    q: str | None = None
    parent_id: str | None = None
    with_members: bool = False
    since: datetime | None = None

    def of_any_record(self) -> tuple[str, dict[str, Any]]:
        """A condition that holds for all records of a file or for none, and its parameters."""
        conditions, params = ["1"], dict[str, Any]()
        q = self.q
        if q:
            conditions.append(_searched(q))
            params |= {"q": q, "lower_q": q.lower()}
        if self.parent_id is not None:
            conditions.append(
                "startsWith(file_id, {prefix:String}) AND parent_id = {parent_id:String}"
            )
            params |= {"prefix": members_prefix(self.parent_id), "parent_id": self.parent_id}
        elif not self.with_members and not q:
            conditions.append("parent_id IS NULL")
        if self.since is not None:
            conditions.append("upload_time >= {since:DateTime64(6, 'UTC')}")
            params["since"] = self.since
        return " AND ".join(conditions), params


@dataclass(frozen=True, slots=True)
class FileList:
    """A list of files in an order, from its beginning or after the last file of a page.

    Attributes:
        where: a condition on what holds of a file, with its parameters.
        searched: the part of it that looks for a name.
        dense: most files are in it.
    """

    keyset: Keyset
    where: str
    params: Mapping[str, Any]
    searched: str | None
    dense: bool

    @property
    def name(self) -> str:
        """Equal lists have equal names."""
        return f"{self.keyset.order} {self.where} {self.params}"

    @property
    def by_upload(self) -> bool:
        """Whether it is in the order of upload."""
        return self.keyset.sort == FILE_SORTS["upload_time"]

    @property
    def records(self) -> str:
        """The records of its files, and others of files that left it: FROM and conditions."""
        # Names are read first, and the other columns of the few that match.
        searched = "" if self.searched is None else f" PREWHERE {self.searched}"
        return f"FROM file_records{searched} WHERE {self.where}"

    @property
    def selected(self) -> str:
        """What is selected of a file."""
        return f"file_id, record, {self.keyset.sort.expression} AS {SORT_VALUE}"


def file_list(
    *,
    status: Status | None = None,
    q: str | None = None,
    parent_id: str | None = None,
    with_members: bool = False,
    since: datetime | None = None,
    sort: str = "upload_time",
    descending: bool = True,
    after: After | None = None,
) -> FileList:
    """The list of these files.

    Args:
        q, parent_id, with_members, since: see `FileFilter`.
        sort: one of `FILE_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(FILE_SORTS[sort], "file_id", descending, after)
    conditions = ["deleted = 0", keyset.condition]
    params = keyset.params
    if status is not None:
        conditions.append(f"{SHOWN} = {{status:String}}")
        params["status"] = status
    if status == "waiting":
        conditions.append("(status = 'waiting') = 1")  # by its index
    of_filter, of_filter_params = FileFilter(q, parent_id, with_members, since).of_any_record()
    conditions.append(of_filter)
    where, searched = " AND ".join(conditions), _searched(q) if q else None
    dense = not q and status is None and parent_id is None and since is None
    return FileList(keyset, where, params | of_filter_params, searched, dense)


async def files_page(database: Database, asked: FileList, limit: int = 100) -> Page[FileRecord]:
    """The first files of a list."""
    return page_of_records(await first_rows(database, asked, limit + 1), limit)


def page_of_records(rows: Sequence[Mapping[str, Any]], limit: int) -> Page[FileRecord]:
    """A page of `rows` of a list, which are one more than `limit` if it goes on."""
    page = page_of(rows, limit, "file_id")
    return Page([FileRecord.from_json(row["record"]) for row in page.items], page.next)


async def first_rows(
    database: Database, asked: FileList, wanted: int, ranges: PageRanges | None = None
) -> Rows:
    """The first rows of a list, in its order: file_id, record and sort key; fewer than `wanted` if
    these are all.

    Args:
        ranges: in which rows were found that were asked for before.
    """
    keyset, where, ranges = asked.keyset, asked.where, ranges or PageRanges()
    params = {**asked.params, "limit": wanted}
    page = f"{asked.name} {wanted}"
    kept = ranges.get(page)
    if kept is not None and (found := await _within(database, asked, params, kept)):
        return found
    first = max(_LEAST, _FIRST * wanted)
    if (asked.searched is not None or (asked.dense and asked.by_upload)) and first <= _MOST:
        rows = await _rows_of_some(database, asked, params | {"first": first})
        if rows is not None:
            return rows
    while first <= _MOST:
        end = await _range(database, asked, params, first)
        if end.records == 0:
            return []
        if end.records < first:
            range_of_all = {"edge": end.edge, "start": end.start}
            return await _of_range(database, keyset, where, params | range_of_all)
        if found := await _within(database, asked, params, end):
            ranges.keep(page, end)
            return found
        first *= _MORE
    return await database.query(
        f"SELECT {asked.selected} FROM file_records FINAL"
        f" PREWHERE file_id IN (SELECT file_id FROM file_records FINAL WHERE {where}"
        f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}})"
        f" WHERE deleted = 0 ORDER BY {keyset.order}",
        params,
    )


async def _rows_of_some(database: Database, asked: FileList, params: dict[str, Any]) -> Rows | None:
    """The rows of a page, found with a part of the records; None if more have to be looked at.

    Names are read until there are enough of them, where reading is quickest: if there are not,
    these are all.
    """
    keyset = asked.keyset
    order = f" ORDER BY {keyset.order}"
    bound = await _bound(database, asked, params) if asked.by_upload else None
    if bound is not None:
        column, compare = keyset.sort.ordered, ">=" if keyset.descending else "<="
        within = f" AND {column} {compare} {keyset.sort.parameter('bound')}"
        candidates = await _some(database, asked, params | {"bound": bound}, within + order)
        if len(candidates) == params["first"]:  # else some were replaced meanwhile
            return await _of_first(database, asked, params, candidates)
    if asked.searched is None:
        return None
    found = await _some(database, asked, params)
    if not found:
        return []
    if len(found) < params["first"]:
        return await _of_files(database, keyset, asked.where, params, found)
    candidates = await _some(database, asked, params, order)
    return await _of_first(database, asked, params, candidates)


async def _bound(database: Database, asked: FileList, params: dict[str, Any]) -> Any:
    """How far the first `first` records of a list in the order of upload reach at most; None if there are
    not as many among those that are looked at.

    Ids of files are mostly in the order of upload, so these are the ones at its end.
    """
    way, last = ("DESC", "min") if asked.keyset.descending else ("ASC", "max")
    column = asked.keyset.sort.ordered
    (row,) = await database.query(
        f"SELECT count() AS n, {asked.keyset.sort.key.format(f'{last}(k)')} AS bound FROM ("
        f"SELECT {column} AS k {asked.records} ORDER BY file_id {way} LIMIT {{first:UInt64}})"
        f" SETTINGS max_rows_to_read = {_LOOKED_AT}, read_overflow_mode = 'break'",
        params,
    )
    return row["bound"] if row["n"] == params["first"] else None


async def _some(
    database: Database, asked: FileList, params: dict[str, Any], more: str = ""
) -> Rows:
    """Up to `first` records of a list: file_id and sort key.

    Args:
        more: what follows the conditions; without it any of them.
    """
    return await database.query(
        f"SELECT file_id, {asked.keyset.sort.expression} AS {SORT_VALUE} {asked.records}{more}"
        " LIMIT {first:UInt64}",
        params,
    )


async def _of_first(
    database: Database, asked: FileList, params: dict[str, Any], candidates: Rows
) -> Rows | None:
    """The rows of a page, if all that can be before its last one is among `candidates`: the first
    records in the order of the list. Only as many files are looked at as a page has, if they do."""
    keyset, wanted = asked.keyset, params["limit"]
    files = list(dict.fromkeys(row["file_id"] for row in candidates))
    for looked_at in (files[:wanted], files):
        these = {*looked_at}
        end = next((n for n, row in enumerate(candidates) if row["file_id"] not in these), None)
        rows = await _of_files(database, keyset, asked.where, params, candidates[:end])
        last = candidates[-1 if end is None else end - 1]
        if len(rows) == wanted and not _is_before(_place(last), _place(rows[-1]), keyset):
            return rows
        if len(these) == len(files):
            break
    return None


def _is_before(one: Any, other: Any, keyset: Keyset) -> bool:
    return bool(one > other if keyset.descending else one < other)


async def _within(
    database: Database, asked: FileList, params: dict[str, Any], end: _Range
) -> Rows | None:
    """The rows of a page, if all that can be before its last one is in the range."""
    keyset, wanted = asked.keyset, params["limit"]
    within = params | {"first": end.first, "edge": end.edge}
    if end.before >= wanted:
        rows = await _of_range(database, keyset, asked.where, within)
        found = len(rows) == wanted and _is_before(rows[-1][SORT_VALUE], end.edge, keyset)
        return rows if found else None
    candidates = await _candidates(database, keyset, asked.where, within)
    return await _of_first(database, asked, params, candidates)


def _place(row: Mapping[str, Any]) -> tuple[Any, str]:
    return row[SORT_VALUE], row["file_id"]


async def _range(database: Database, asked: FileList, params: dict[str, Any], first: int) -> _Range:
    """The column of the sort key is read alone."""
    descending, sort = asked.keyset.descending, asked.keyset.sort
    way, last, first_of = ("DESC", "min", "max") if descending else ("ASC", "max", "min")
    key = sort.key
    (row,) = await database.query(
        f"SELECT count() AS n, {last}(k) AS last, {key.format('last')} AS edge,"
        f" {key.format(f'{first_of}(k)')} AS start,"
        " n - countEqual(groupArray(k), last) AS before FROM ("
        f"SELECT {sort.ordered} AS k {asked.records} ORDER BY k {way} LIMIT {{first:UInt64}})",
        params | {"first": first},
    )
    return _Range(first, row["n"], row["before"], row["edge"], row["start"])


async def _of_range(database: Database, keyset: Keyset, where: str, params: dict[str, Any]) -> Rows:
    """What holds of the files with records before `edge`, or from `start` to `edge`, both included."""
    sort, before = keyset.sort, ">" if keyset.descending else "<"
    if "start" in params:
        within = (
            f"{sort.ordered} {before}= {sort.parameter('edge')}"
            f" AND {sort.parameter('start')} {before}= {sort.ordered}"
        )
    else:
        within = f"{sort.ordered} {before} {sort.parameter('edge')}"
    return await database.query(
        f"SELECT file_id, record, {sort.expression} AS {SORT_VALUE} FROM file_records FINAL"
        f" PREWHERE file_id IN (SELECT file_id FROM file_records PREWHERE {within} WHERE {where})"
        f" WHERE {where} ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        params,
    )


async def _of_files(
    database: Database, keyset: Keyset, where: str, params: dict[str, Any], found: Rows
) -> Rows:
    """What holds of the files of `found`."""
    return await database.query(
        f"SELECT file_id, record, {keyset.sort.expression} AS {SORT_VALUE}"
        " FROM file_records FINAL PREWHERE file_id IN {ids:Array(String)}"
        f" WHERE {where} ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        params | {"ids": list({row["file_id"] for row in found})},
    )


async def _candidates(
    database: Database, keyset: Keyset, where: str, params: dict[str, Any]
) -> Rows:
    """The first records in the order of the list: file_id and sort key.

    The few records before the edge are read, and of those with that key as many as may be needed:
    they are in the order of the table's own key, so that reading ends early.
    """
    sort = keyset.sort
    key, ordered, edge = sort.expression, sort.ordered, sort.parameter("edge")
    way, before = ("DESC", ">") if keyset.descending else ("ASC", "<")
    return await database.query(
        f"SELECT file_id, {SORT_VALUE} FROM ("
        f"SELECT file_id, {key} AS {SORT_VALUE} FROM file_records PREWHERE {ordered} {before} {edge}"
        f" WHERE {where}"
        f" UNION ALL SELECT * FROM (SELECT file_id, {key} AS {SORT_VALUE} FROM file_records"
        f" PREWHERE {ordered} = {edge} WHERE {where} ORDER BY file_id {way} LIMIT {{first:UInt64}})"
        f") ORDER BY {SORT_VALUE} {way}, file_id {way} LIMIT {{first:UInt64}}",
        params,
    )
