"""Which invalid rows were resubmitted, in which file, and whether they are valid there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from schemas.file_document import Corrections
from schemas.file_ids import members_prefix
from sinks.clickhouse.client import Database

# A resubmitted row is valid in its new file, or not processed yet.
Claim = Literal["already_corrected", "waiting"]

# Of the rows of `m`, those that are valid in the file that resubmits them (`valid`), and those of
# files that wait. Read the record first, then its results.
_CLAIMS: Final = """
SELECT m.file_id AS file_id, m.row AS row, m.cell AS cell, m.part AS part,
    m.resubmission_id AS resubmission_id,
    f.live_generation = 0 AS waits, f.upload_time AS upload_time
FROM
(
    SELECT file_id, live_generation, ifNull(row_count, 0) AS row_count, upload_time
    FROM file_records FINAL
    PREWHERE file_id IN {files:Array(String)}
    WHERE deleted = 0
) AS f
INNER JOIN
(
    SELECT file_id, row, cell, part, resubmission_id, resubmission_row
    FROM resubmitted_row_rows FINAL
    WHERE __WHERE__
) AS m ON m.resubmission_id = f.file_id
WHERE f.live_generation = 0 OR (f.row_count > 0
    AND (m.resubmission_id, f.live_generation, m.resubmission_row) NOT IN
    (SELECT file_id, generation, row FROM invalid_row_rows WHERE file_id IN {files:Array(String)}))
"""
# The entries (row, cell) of one file that are valid in one of `files`, or wait in it.
CLAIMED_ENTRIES: Final = (
    f"SELECT row, cell FROM ({_CLAIMS.replace('__WHERE__', 'file_id = {id:String}')})"
)


@dataclass(frozen=True, slots=True)
class Root:
    """The invalid entry of a file that an invalid row of another file resubmits: of several cells of
    a row, and of several readings of an entry, which one."""

    file_id: str
    row: int
    cell: int = 0
    part: int = 0


async def corrections_of(database: Database, file_ids: Collection[str]) -> dict[str, Corrections]:
    """The corrections of each file that has any."""
    files = await _resubmissions(database, file_ids)
    if not files:
        return {}
    rows = await database.query(
        "SELECT file_id, resubmission_id, any(upload_time) AS at, uniqExactIf((row, cell), NOT waits) AS n"
        f" FROM ({_CLAIMS.replace('__WHERE__', 'file_id IN {ids:Array(String)}')})"
        " GROUP BY GROUPING SETS ((file_id), (file_id, resubmission_id))"
        " ORDER BY file_id, at, resubmission_id",
        {"ids": list(file_ids), "files": files},
    )
    found: dict[str, Corrections] = {}
    for file_id in {row["file_id"] for row in rows}:
        of_file = [row for row in rows if row["file_id"] == file_id]
        by_file = {r["resubmission_id"]: r["n"] for r in of_file if r["resubmission_id"]}
        (total,) = (row["n"] for row in of_file if not row["resubmission_id"])
        found[file_id] = Corrections(total, by_file)
    return found


async def claims_on(database: Database, rows: Collection[tuple[str, int]]) -> dict[Root, Claim]:
    """What of the entries of (file_id, row) is corrected, or waits in a file that may correct it."""
    if not rows:
        return {}
    file_ids = sorted({file_id for file_id, _ in rows})
    files = await _resubmissions(database, file_ids)
    if not files:
        return {}
    where = "file_id IN {ids:Array(String)} AND row IN {rows:Array(UInt64)}"
    found = await database.query(
        _CLAIMS.replace("__WHERE__", where),
        {"ids": file_ids, "rows": sorted({row for _, row in rows}), "files": files},
    )
    claims: dict[Root, Claim] = {}
    for claim in sorted(found, key=lambda claim: not claim["waits"]):
        if (claim["file_id"], claim["row"]) in rows:
            key = Root(claim["file_id"], claim["row"], claim["cell"], claim["part"])
            claims[key] = "waiting" if claim["waits"] else "already_corrected"
    return claims


async def live_resubmissions(database: Database, file_id: str) -> list[str]:
    """Ids of the files that resubmit rows of a file, without deleted ones."""
    files = await _resubmissions(database, [file_id])
    if not files:
        return []
    rows = await database.query(
        "SELECT file_id FROM file_records FINAL PREWHERE file_id IN {ids:Array(String)}"
        " WHERE deleted = 0 ORDER BY upload_time, file_id",
        {"ids": files},
    )
    return [row["file_id"] for row in rows]


async def live_resubmissions_of_members(database: Database, parent_id: str) -> list[str]:
    """Ids of the files that resubmit rows of members of a container, without deleted ones."""
    rows = await database.query(
        "SELECT file_id FROM file_records FINAL PREWHERE file_id IN"
        " (SELECT resubmission_id FROM resubmitted_row_rows"
        " WHERE startsWith(file_id, {prefix:String}) AND file_id IN"
        " (SELECT file_id FROM file_records WHERE startsWith(file_id, {prefix:String})"
        " AND parent_id = {parent:String}))"
        " WHERE deleted = 0 ORDER BY upload_time, file_id",
        {"parent": parent_id, "prefix": members_prefix(parent_id)},
    )
    return [row["file_id"] for row in rows]


async def roots_of(
    database: Database, resubmission_id: str, rows: Sequence[int]
) -> dict[int, list[Root]]:
    """For each row of a resubmission, the rows of other files it replaces."""
    found = await database.query(
        "SELECT file_id, row, cell, part, resubmission_row FROM resubmitted_row_rows FINAL"
        " WHERE resubmission_id = {id:String} AND resubmission_row IN {rows:Array(UInt64)}",
        {"id": resubmission_id, "rows": list(rows)},
    )
    roots: dict[int, list[Root]] = {row: [] for row in rows}
    for row in found:
        roots[row["resubmission_row"]].append(
            Root(row["file_id"], row["row"], row["cell"], row["part"])
        )
    return roots


async def corrected_entries(database: Database, file_id: str, resubmission_id: str) -> int:
    """How many invalid entries of a file another one was made for."""
    (row,) = await database.query(
        "SELECT uniqExact(row, cell) AS entries FROM resubmitted_row_rows"
        " WHERE file_id = {id:String} AND resubmission_id = {resubmission:String}",
        {"id": file_id, "resubmission": resubmission_id},
    )
    return int(row["entries"])


async def claimed_entries(
    database: Database, file_ids: Collection[str]
) -> dict[tuple[str, int, int], Claim]:
    """The invalid entries (file_id, row, cell) of files that are corrected, or wait to be."""
    files = await _resubmissions(database, file_ids)
    if not files:
        return {}
    found = await database.query(
        _CLAIMS.replace("__WHERE__", "file_id IN {ids:Array(String)}"),
        {"ids": list(file_ids), "files": files},
    )
    return {
        (claim["file_id"], claim["row"], claim["cell"]): (
            "waiting" if claim["waits"] else "already_corrected"
        )
        for claim in sorted(found, key=lambda claim: not claim["waits"])
    }


async def row_corrections(
    database: Database, file_id: str, rows: Collection[int]
) -> dict[tuple[int, int], tuple[Claim, str]]:
    """For each entry (row, cell) of rows of a file that is corrected, or waits to be: that, and the
    other file."""
    files = await _resubmissions(database, [file_id])
    if not files or not rows:
        return {}
    found = await database.query(
        _CLAIMS.replace("__WHERE__", "file_id = {id:String} AND row IN {rows:Array(UInt64)}"),
        {"id": file_id, "rows": sorted(set(rows)), "files": files},
    )
    return {
        (claim["row"], claim["cell"]): (
            "waiting" if claim["waits"] else "already_corrected",
            claim["resubmission_id"],
        )
        for claim in sorted(found, key=lambda claim: not claim["waits"])
    }


async def resubmission_ids(database: Database, file_ids: Collection[str]) -> dict[str, list[str]]:
    """Ids of the files that rows of each file were entered for, deleted ones and unknown ones too."""
    rows = await database.query(
        "SELECT file_id, groupUniqArray(resubmission_id) AS ids FROM resubmitted_row_rows"
        " WHERE file_id IN {ids:Array(String)} GROUP BY file_id",
        {"ids": list(file_ids)},
    )
    return {row["file_id"]: row["ids"] for row in rows}


async def _resubmissions(database: Database, file_ids: Collection[str]) -> list[str]:
    if not file_ids:
        return []
    rows = await database.query(
        "SELECT DISTINCT resubmission_id FROM resubmitted_row_rows"
        " WHERE file_id IN {ids:Array(String)}",
        {"ids": list(file_ids)},
    )
    return [row["resubmission_id"] for row in rows]


async def orphaned_resubmissions(database: Database, before: datetime, before_id: str) -> list[str]:
    """Ids of files that entries refer to and that have no record, not even of a deletion.

    Args:
        before: only those with no entry since this moment.
        before_id: entries without a moment are as old as their ids: only those that sort before.
    """
    rows = await database.query(
        "SELECT resubmission_id AS id FROM resubmitted_row_rows"
        " WHERE resubmission_id NOT IN (SELECT file_id FROM file_records)"
        " GROUP BY resubmission_id HAVING max(entered_at) < {before:DateTime64(6, 'UTC')}"
        " AND (max(entered_at) > toDateTime64(0, 6, 'UTC') OR id < {before_id:String})",
        {"before": before, "before_id": before_id},
    )
    return [row["id"] for row in rows]
