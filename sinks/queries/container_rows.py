"""Invalid rows of a container: those of its members, in the order of the container.

Members with few of them are read together, because a container may have thousands; one with many is
read by itself, in blocks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, TypeAlias

from schemas.corrections import RowFilter
from schemas.file_ids import members_prefix
from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.queries.details import (
    ALL_ROWS,
    INVALID_COLUMNS,
    LAST_CELL,
    invalid_rows_page,
    row_condition,
)
from sinks.queries.resubmissions import resubmission_ids

# A member, and one of its invalid rows.
MemberRow: TypeAlias = tuple[FileRecord, dict[str, Any]]

# Members whose records are read at once, and invalid rows of members that are read together.
_MEMBERS: Final = 200
_TOGETHER: Final = 2_000
_ALL_ROWS: Final = (1 << 64) - 1
_LIVE: Final = (
    "SELECT record FROM file_records FINAL PREWHERE startsWith(file_id, {prefix:String})"
    " WHERE parent_id = {parent:String} AND deleted = 0 AND live_generation > 0"
    " AND invalid_count > 0"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An invalid row of a container: its member, its row and cell there."""

    uploaded: datetime
    file_id: str
    row: int
    cell: int


async def rows_of_container(
    database: Database,
    parent_id: str,
    *,
    rows: RowFilter = ALL_ROWS,
    corrected: bool | None = None,
    after: Place | None = None,
) -> AsyncGenerator[list[MemberRow], None]:
    """The invalid rows of the members of a container, in blocks of some thousand.

    Args:
        corrected: as for `invalid_rows_page`.
        after: the row after which to begin; its member may be deleted.
    """
    async for members in _members(database, parent_id, rows, after):
        claimed: dict[str, list[str]] = {}
        if corrected is not None:
            claimed = await resubmission_ids(database, [m.file_id for m in members])
        if corrected:
            members = [m for m in members if m.file_id in claimed]
        alone = {*claimed, after.file_id} if after is not None else {*claimed}
        for group in _groups(members, rows, alone):
            if len(group) > 1:
                yield await _of_many(database, group, rows)
                continue
            (member,) = group
            inside = after is not None and after.file_id == member.file_id
            begin = (after.row, after.cell) if after is not None and inside else (0, LAST_CELL)
            # Rows of a member without corrections are not corrected.
            only = corrected if member.file_id in claimed else None
            async for found in _of_one(database, member, rows, only, begin):
                yield [(member, row) for row in found]


async def first_rows_of_container(
    database: Database, parent_id: str, limit: int
) -> list[dict[str, Any]]:
    """The first `limit` invalid rows of the members of a container, each with the `file_id` and the
    name of its `member`."""
    found: list[MemberRow] = []
    async with aclosing(rows_of_container(database, parent_id)) as blocks:
        async for block in blocks:
            found += block
            if len(found) >= limit:
                break
    return [
        {**row, "file_id": member.file_id, "member": member.member} for member, row in found[:limit]
    ]


async def _members(
    database: Database, parent_id: str, rows: RowFilter, after: Place | None
) -> AsyncIterator[list[FileRecord]]:
    """Members with invalid rows, in the order of the container, from that of `after` on."""
    params: dict[str, Any] = {
        "parent": parent_id,
        "prefix": members_prefix(parent_id),
        "limit": _MEMBERS,
    }
    sql, sign = _LIVE, ">="
    if rows.code is not None:
        sql += " AND mapContains(codes, {code:String})"
        params["code"] = rows.code
    at = None if after is None else (after.uploaded, after.file_id)
    while True:
        where = ""
        if at is not None:
            where = (
                f" AND (upload_time, file_id) {sign} ({{at:DateTime64(6, 'UTC')}}, {{id:String}})"
            )
            params |= {"at": at[0], "id": at[1]}
        found = await database.query(
            f"{sql}{where} ORDER BY upload_time, file_id LIMIT {{limit:UInt64}}", params
        )
        members = [FileRecord.from_json(row["record"]) for row in found]
        if members:
            yield members
            at, sign = (members[-1].upload_time, members[-1].file_id), ">"
        if len(members) < _MEMBERS:
            return


def _groups(
    members: Sequence[FileRecord], rows: RowFilter, alone: set[str]
) -> Iterator[list[FileRecord]]:
    """Members whose rows are read together, in their order."""
    group: list[FileRecord] = []
    size = 0
    for member in members:
        count = member.invalid_count or 0
        if rows.code is not None:
            count = member.codes.get(rows.code, 0)
        if group and (member.file_id in alone or size + count > _TOGETHER):
            yield group
            group, size = [], 0
        group.append(member)
        size += count
        if member.file_id in alone:
            yield group
            group, size = [], 0
    if group:
        yield group


async def _of_one(
    database: Database,
    member: FileRecord,
    rows: RowFilter,
    corrected: bool | None,
    after: tuple[int, int],
) -> AsyncIterator[list[dict[str, Any]]]:
    while True:
        found = await invalid_rows_page(
            database, member, rows=rows, corrected=corrected, after=after, limit=_TOGETHER
        )
        if found:
            yield found
            after = found[-1]["row"], found[-1]["cell"]
        if len(found) < _TOGETHER:
            return


async def _of_many(
    database: Database, members: Sequence[FileRecord], rows: RowFilter
) -> list[MemberRow]:
    only, params = row_condition(rows)
    found = await database.query(
        f"SELECT file_id, {INVALID_COLUMNS} FROM invalid_row_rows FINAL"
        " PREWHERE (file_id, generation) IN arrayZip({ids:Array(String)}, {generations:Array(UInt32)})"
        " WHERE row <= transform(file_id, {ids:Array(String)}, {through:Array(UInt64)}, toUInt64(0))"
        f" AND {only} ORDER BY indexOf({{ids:Array(String)}}, file_id), row, cell",
        params
        | {
            "ids": [member.file_id for member in members],
            "generations": [member.live_generation for member in members],
            "through": [member.invalid_kept_through or _ALL_ROWS for member in members],
        },
    )
    by_id = {member.file_id: member for member in members}
    return [(by_id[row.pop("file_id")], row) for row in found]


def by_member(found: Sequence[MemberRow]) -> Iterator[tuple[FileRecord, list[dict[str, Any]]]]:
    """The rows of a block by member, in their order."""
    changes = [n for n, (a, b) in enumerate(pairwise(found), 1) if a[0].file_id != b[0].file_id]
    for begin, end in pairwise([0, *changes, len(found)]):
        if begin < end:
            yield found[begin][0], [row for _, row in found[begin:end]]
