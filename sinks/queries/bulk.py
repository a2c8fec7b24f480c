"""Operations on many files: which files a selection is, and how far an operation is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.bulk import BulkOperation, BulkProgress
from schemas.corrections import FileSelection, RowFilter
from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database, Rows
from sinks.queries.details import INVALID_COLUMNS, row_condition
from sinks.queries.file_lists import SHOWN, FileFilter


@dataclass(frozen=True, slots=True)
class Selected:
    """How many files a selection has, and what changes with them."""

    files: int
    fingerprint: str


def with_invalid_rows(selection: FileSelection) -> tuple[str, dict[str, Any]]:
    """A condition on `file_records FINAL`: the selected files that have invalid rows of their own."""
    where, params = _condition(selection, members=True)
    return f"{where} AND container IS NULL AND invalid_count > 0", params


def to_reprocess(selection: FileSelection) -> tuple[str, dict[str, Any]]:
    """A condition on `file_records FINAL`: the selected files that can be read again; members of
    containers only if the selection is about them, else they are read again with their containers."""
    named = bool(selection.file_ids or selection.profile or selection.parent_id or selection.q)
    where, params = _condition(selection, members=named or selection.members)
    return where, params


def _condition(selection: FileSelection, *, members: bool) -> tuple[str, dict[str, Any]]:
    conditions, params = ["deleted = 0"], dict[str, Any]()
    if selection.file_ids:
        conditions.append("file_id IN {file_ids:Array(String)}")
        params["file_ids"] = sorted(set(selection.file_ids))
    if selection.profile is not None:
        conditions.append("JSONExtractString(ifNull(dialect, ''), 'profile') = {profile:String}")
        params["profile"] = selection.profile
    if selection.status is not None:
        conditions.append(f"{SHOWN} = {{status:String}}")
        params["status"] = selection.status
    of_filter, of_filter_params = FileFilter(
        q=selection.q,
        parent_id=selection.parent_id,
        with_members=members,
        since=selection.since,
    ).of_any_record()
    return " AND ".join([*conditions, of_filter]), params | of_filter_params


async def selected(database: Database, where: str, params: dict[str, Any]) -> Selected:
    """How many files fulfil a condition."""
    (row,) = await database.query(
        "SELECT count() AS files, groupBitXor(sipHash64(file_id, live_generation)) AS found,"
        " groupBitXor(cityHash64(live_generation, file_id)) AS also"
        f" FROM file_records FINAL WHERE {where}",
        params,
    )
    return Selected(row["files"], f"{row['files']} {row['found']} {row['also']}")


async def enter_files(
    database: Database, operation_id: str, where: str, params: dict[str, Any]
) -> int:
    """Enter the files that fulfil a condition for an operation; how many it has."""
    await database.command(
        "INSERT INTO bulk_files (operation_id, file_id)"
        f" SELECT {{operation_id:String}}, file_id FROM file_records FINAL WHERE {where}",
        params | {"operation_id": operation_id},
    )
    (row,) = await database.query(
        "SELECT count() AS files FROM bulk_files FINAL"
        " PREWHERE operation_id = {operation_id:String}",
        {"operation_id": operation_id},
    )
    return int(row["files"])


async def selected_files(
    database: Database, where: str, params: dict[str, Any], *, after: str = "", limit: int = 500
) -> list[FileRecord]:
    """The files that fulfil a condition, by id."""
    rows = await database.query(
        f"SELECT record FROM file_records FINAL WHERE {where} AND file_id > {{after:String}}"
        " ORDER BY file_id LIMIT {limit:UInt64}",
        params | {"after": after, "limit": limit},
    )
    return [FileRecord.from_json(row["record"]) for row in rows]


async def operation(database: Database, operation_id: str) -> BulkOperation | None:
    """An operation; None if there is none with this id."""
    rows = await database.query(
        "SELECT * FROM bulk_operations FINAL PREWHERE id = {id:String}", {"id": operation_id}
    )
    return BulkOperation.from_row(rows[0]) if rows else None


async def latest_operations(database: Database, *, limit: int) -> list[BulkOperation]:
    """The operations that were asked for last, the latest first."""
    rows = await database.query(
        "SELECT * FROM bulk_operations FINAL ORDER BY requested_at DESC, id LIMIT {limit:UInt64}",
        {"limit": limit},
    )
    return [BulkOperation.from_row(row) for row in rows]


async def resting_operations(database: Database, *, seconds: float) -> list[BulkOperation]:
    """Operations with files that are not done, in which nothing was done for some time."""
    rows = await database.query(
        "SELECT o.* FROM (SELECT * FROM bulk_operations FINAL WHERE ended_at IS NULL) AS o"
        " LEFT JOIN (SELECT operation_id, max(done_at) AS last FROM bulk_outcomes"
        " WHERE operation_id IN (SELECT id FROM bulk_operations FINAL WHERE ended_at IS NULL)"
        " GROUP BY operation_id) AS d ON d.operation_id = o.id"
        " WHERE greatest(o.requested_at, ifNull(d.last, o.requested_at))"
        " < subtractMilliseconds(now64(6, 'UTC'), {ms:UInt64}) ORDER BY o.requested_at",
        {"ms": round(seconds * 1000)},
    )
    names = {name.removeprefix("o."): name for name in rows[0]} if rows else {}
    return [
        BulkOperation.from_row({short: row[name] for short, name in names.items()}) for row in rows
    ]


async def files_to_do(database: Database, operation_id: str, *, limit: int) -> list[str]:
    """Files of an operation that are not done, by id."""
    rows = await database.query(
        "SELECT file_id FROM bulk_files FINAL PREWHERE operation_id = {id:String}"
        " WHERE file_id NOT IN (SELECT file_id FROM bulk_outcomes WHERE operation_id = {id:String})"
        " ORDER BY file_id LIMIT {limit:UInt64}",
        {"id": operation_id, "limit": limit},
    )
    return [row["file_id"] for row in rows]


async def progress_of_operations(
    database: Database, ids: Collection[str]
) -> dict[str, BulkProgress]:
    """How far each operation is."""
    rows = await database.query(
        "SELECT operation_id, result, count() AS files, sum(corrected) AS corrected,"
        " sum(unchanged) AS unchanged, sum(rejected) AS rejected FROM bulk_outcomes FINAL"
        " PREWHERE operation_id IN {ids:Array(String)} GROUP BY operation_id, result",
        {"ids": sorted(ids)},
    )
    return {
        one: BulkProgress(
            results={row["result"]: row["files"] for row in rows if row["operation_id"] == one},
            **{
                name: sum(row[name] for row in rows if row["operation_id"] == one)
                for name in ("corrected", "unchanged", "rejected")
            },
        )
        for one in ids
    }


async def outcomes(
    database: Database,
    operation_id: str,
    *,
    result: str | None = None,
    after: str = "",
    limit: int = 100,
) -> Rows:
    """Files of an operation that are done, by id: file_id, filename, result, detail, new_file_id,
    corrected, unchanged, rejected."""
    only = "" if result is None else " AND result = {result:String}"
    params = {"id": operation_id, "after": after, "limit": limit}
    done = (
        "SELECT file_id, result, detail, new_file_id, corrected, unchanged, rejected"
        " FROM bulk_outcomes FINAL PREWHERE operation_id = {id:String}"
        f" WHERE file_id > {{after:String}}{only} ORDER BY file_id LIMIT {{limit:UInt64}}"
    )
    rows = await database.query(done, params | ({} if result is None else {"result": result}))
    names = await database.query(
        "SELECT file_id, filename FROM file_records FINAL PREWHERE file_id IN {ids:Array(String)}",
        {"ids": [row["file_id"] for row in rows]},
    )
    by_id = {row["file_id"]: row["filename"] for row in names}
    return [{**row, "filename": by_id.get(row["file_id"], "")} for row in rows]


async def first_invalid_rows(
    database: Database, files: Collection[tuple[str, int]], rows: RowFilter, *, limit: int
) -> dict[tuple[str, int], Rows]:
    """The first `limit` invalid rows of each of some files, given by (file_id, generation), as
    `invalid_rows_of_files` has them."""
    only, params = row_condition(rows)
    found = await database.query(
        f"SELECT file_id, {INVALID_COLUMNS} FROM invalid_row_rows FINAL"
        " PREWHERE file_id IN {ids:Array(String)}"
        " AND (file_id, generation) IN arrayZip({ids:Array(String)}, {generations:Array(UInt32)})"
        f" WHERE {only} ORDER BY file_id, row, cell LIMIT {{limit:UInt64}} BY file_id",
        params
        | {
            "ids": [file_id for file_id, _ in files],
            "generations": [generation for _, generation in files],
            "limit": limit,
        },
    )
    by_id: dict[str, Rows] = {file_id: [] for file_id, _ in files}
    for row in found:
        by_id[row["file_id"]].append(row)
    return {key: by_id[key[0]] for key in files}


async def invalid_rows_of_files(
    database: Database,
    files: Sequence[FileRecord],
    rows: RowFilter,
    *,
    after: tuple[str, int, int] = ("", 0, 0),
    limit: int,
) -> Rows:
    """Invalid rows of several files after a (file_id, row, cell), in that order.

    Rows above the limit up to which details are kept may be among them.
    """
    only, params = row_condition(rows)
    return await database.query(
        f"SELECT file_id, {INVALID_COLUMNS} FROM invalid_row_rows FINAL"
        " PREWHERE file_id IN {ids:Array(String)} AND file_id >= {after_file:String}"
        " AND (file_id, generation) IN arrayZip({ids:Array(String)}, {generations:Array(UInt32)})"
        " WHERE (file_id, row, cell) > ({after_file:String}, {after_row:UInt64}, {after_cell:UInt32})"
        f" AND {only} ORDER BY file_id, row, cell LIMIT {{limit:UInt64}}",
        params
        | {
            "ids": [file.file_id for file in files],
            "generations": [file.live_generation for file in files],
            "after_file": after[0],
            "after_row": after[1],
            "after_cell": after[2],
            "limit": limit,
        },
    )
