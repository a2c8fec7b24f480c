"""Lists of files, in pages, at a cost that hardly grows with the number of files.

What FINAL costs goes by the rows that it merges. So a page is found in two steps: the first records in
the order of the list, whichever of a file they are, and then what holds of these few files. A record
that holds is among all records; so if the second step leaves enough of them within the range of the
first, no other file can be before them. Otherwise more are looked at.

To plan a statement costs more than to carry it out. So where the keys of a list differ, the two steps
are one statement; where many are equal, the files at the end of the range are asked for first. How far
the range reached is kept for a moment (`Edges`), because the same page is mostly asked for again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
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
_SHOWN: Final = "ifNull(live_status, status)"

FILE_SORTS: Final[Sorts] = {
    "upload_time": moment("upload_time"),
    "filename": text("filename"),
    "status": text(f"{_SHOWN}"),
    "size_bytes": number("size_bytes"),
    "row_count": number("row_count"),
    "invalid_count": number("invalid_count"),
    "sensor_count": number("sensor_count"),
    "processing_ms": number("processing_ms"),
}

# Fewer characters of a file_id would be found by chance when names are searched for.
_ID_PREFIX: Final = 6
# Records that the first step looks at, as a multiple of the page, since a file has two or more, and at
# least; and the most files of the second: what fits a form field.
_FIRST: Final = 2
_LEAST: Final = 100
_MORE: Final = 4
_MOST: Final = 2_500


# Seconds for which the end of a range is used again: files that come in the meantime are read beside
# the page. And how many ends are kept.
_EDGE_SECONDS: Final = 2.0
_EDGES: Final = 256


@dataclass(slots=True)
class Edges:
    """Sort keys that end the ranges of records that pages were found in.

    A page that is found before any sort key is right, so an old one costs time at most.
    """

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[float, Any]] = field(default_factory=OrderedDict)

    def get(self, page: str) -> Any | None:
        """The end of the range of a page, if it was kept a moment ago."""
        moment, edge = self._kept.get(page, (0.0, None))
        return edge if self.clock() - moment < _EDGE_SECONDS else None

    def keep(self, page: str, edge: Any) -> None:
        """Use `edge` for this page for a moment."""
        self._kept[page] = self.clock(), edge
        self._kept.move_to_end(page)
        if len(self._kept) > _EDGES:
            self._kept.popitem(last=False)


async def files_page(
    database: Database,
    *,
    edges: Edges | None = None,
    status: Status | None = None,
    q: str | None = None,
    parent_id: str | None = None,
    with_members: bool = False,
    since: datetime | None = None,
    sort: str = "upload_time",
    descending: bool = True,
    limit: int = 100,
    after: After | None = None,
) -> Page[FileRecord]:
    """A page of files.

    Args:
        edges: those of pages that were asked for before.
        q: part of the filename, case-insensitive, or at least six characters that a file_id begins
            with.
        parent_id: only the members of this container.
        with_members: members of containers too; also if `q` or `parent_id` is given.
        since: the earliest time of upload.
        sort: one of `FILE_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(FILE_SORTS[sort], "file_id", descending, after)
    conditions = ["deleted = 0", keyset.condition]
    params = keyset.params | {"limit": limit + 1}
    if status is not None:
        conditions.append(f"{_SHOWN} = {{status:String}}")
        params["status"] = status
    if q:
        of_id = (
            "startsWith(file_id, {q:String})" if len(q) >= _ID_PREFIX else "file_id = {q:String}"
        )
        conditions.append(f"(positionCaseInsensitiveUTF8(filename, {{q:String}}) > 0 OR {of_id})")
        params["q"] = q
    if parent_id is not None:
        conditions.append("startsWith(file_id, {prefix:String}) AND parent_id = {parent_id:String}")
        params |= {"prefix": members_prefix(parent_id), "parent_id": parent_id}
    elif not with_members and not q:
        conditions.append("parent_id IS NULL")
    if since is not None:
        conditions.append("upload_time >= {since:DateTime64(6, 'UTC')}")
        params["since"] = since
    where = " AND ".join(conditions)
    rows = await _rows(database, keyset, where, params, edges or Edges())
    page = page_of(rows, limit, "file_id")
    return Page([FileRecord.from_json(row["record"]) for row in page.items], page.next)


async def _rows(
    database: Database, keyset: Keyset, where: str, params: dict[str, Any], edges: Edges
) -> Rows:
    """The rows of a page, and one more if there is one."""
    wanted = params["limit"]
    page = f"{keyset.order} {where} {params}"
    if (edge := edges.get(page)) is not None:
        rows = await _of_range(database, keyset, where, params | {"edge": edge})
        if len(rows) == wanted and _is_before(rows[-1][SORT_VALUE], edge, keyset):
            return rows
    first = max(_LEAST, _FIRST * wanted)
    while first <= _MOST:
        asked = params | {"first": first}
        end = await _range(database, keyset, where, asked)
        if end.records == 0:
            return []
        if end.records < first:
            return await _of_range(database, keyset, where, params)
        if end.before >= wanted:
            rows = await _of_range(database, keyset, where, params | {"edge": end.edge})
            if len(rows) == wanted and _is_before(rows[-1][SORT_VALUE], end.edge, keyset):
                edges.keep(page, end.edge)
                return rows
        else:
            found = await _candidates(database, keyset, where, asked | {"edge": end.edge})
            rows = await _of_files(database, keyset, where, params, found)
            last = found[-1][SORT_VALUE], found[-1]["file_id"]
            if len(rows) == wanted and not _is_before(
                last, (rows[-1][SORT_VALUE], rows[-1]["file_id"]), keyset
            ):
                return rows
        first *= _MORE
    return await database.query(
        f"SELECT file_id, record, {keyset.sort.expression} AS {SORT_VALUE} FROM file_records FINAL"
        f" PREWHERE file_id IN (SELECT file_id FROM file_records FINAL WHERE {where}"
        f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}})"
        f" WHERE deleted = 0 ORDER BY {keyset.order}",
        params,
    )


@dataclass(frozen=True, slots=True)
class _Range:
    """The first records in the order of a list: how many, how many of them are before those with the
    last sort key, and that key."""

    records: int
    before: int
    edge: Any


def _is_before(one: Any, other: Any, keyset: Keyset) -> bool:
    return bool(one > other if keyset.descending else one < other)


async def _range(database: Database, keyset: Keyset, where: str, params: dict[str, Any]) -> _Range:
    """The column of the sort key is read alone."""
    way, last = ("DESC", "min") if keyset.descending else ("ASC", "max")
    (row,) = await database.query(
        f"SELECT count() AS n, {last}(k) AS edge, n - countEqual(groupArray(k), edge) AS before FROM ("
        f"SELECT {keyset.sort.expression} AS k FROM file_records WHERE {where} ORDER BY k {way}"
        " LIMIT {first:UInt64})",
        params,
    )
    return _Range(row["n"], row["before"], row["edge"])


async def _of_range(database: Database, keyset: Keyset, where: str, params: dict[str, Any]) -> Rows:
    """What holds of the files with records before `edge`, or of all of them without it."""
    key, before = keyset.sort.expression, ">" if keyset.descending else "<"
    within = f"PREWHERE {key} {before} {{edge:{keyset.sort.type}}} " if "edge" in params else ""
    return await database.query(
        f"SELECT file_id, record, {key} AS {SORT_VALUE} FROM file_records FINAL"
        f" PREWHERE file_id IN (SELECT file_id FROM file_records {within}WHERE {where})"
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
    key, edge = keyset.sort.expression, f"{{edge:{keyset.sort.type}}}"
    way, before = ("DESC", ">") if keyset.descending else ("ASC", "<")
    return await database.query(
        f"SELECT file_id, {SORT_VALUE} FROM ("
        f"SELECT file_id, {key} AS {SORT_VALUE} FROM file_records PREWHERE {key} {before} {edge}"
        f" WHERE {where}"
        f" UNION ALL SELECT * FROM (SELECT file_id, {key} AS {SORT_VALUE} FROM file_records"
        f" PREWHERE {key} = {edge} WHERE {where} ORDER BY file_id {way} LIMIT {{first:UInt64}})"
        f") ORDER BY {SORT_VALUE} {way}, file_id {way} LIMIT {{first:UInt64}}",
        params,
    )
