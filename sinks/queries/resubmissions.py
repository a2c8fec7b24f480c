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
# files that wait. Read the record first, then its results. The files that resubmit any are asked for,
# not named: of a thousand files there can be more of them than a parameter takes.
_CLAIMS: Final = """
SELECT m.file_id AS file_id, m.row AS row, m.cell AS cell, m.part AS part,
    m.resubmission_id AS resubmission_id,
    f.live_generation = 0 AS waits, f.upload_time AS upload_time
FROM
(
    SELECT file_id, live_generation, ifNull(row_count, 0) AS row_count, upload_time
    FROM file_records FINAL
    PREWHERE file_id IN (__RESUBMISSIONS__)
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
    (SELECT file_id, generation, row FROM invalid_row_rows WHERE file_id IN (__RESUBMISSIONS__)))
"""


def _claims(files: str, rows: str = "") -> str:
    """SELECT of the claims on rows of the files that the condition `files` selects.

    Args:
        rows: a condition on these rows.
    """
    where = f"{files} AND {rows}" if rows else files
    resubmissions = f"SELECT resubmission_id FROM resubmitted_row_rows WHERE {files}"
    return _CLAIMS.replace("__WHERE__", where).replace("__RESUBMISSIONS__", resubmissions)


_OF_FILES: Final = "file_id IN {ids:Array(String)}"
_OF_FILE: Final = "file_id = {id:String}"
_OF_ROWS: Final = "row IN {rows:Array(UInt64)}"
# The entries (row, cell) of one file that are valid in another one, or wait in it.
CLAIMED_ENTRIES: Final = f"SELECT row, cell FROM ({_claims(_OF_FILE)})"


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
    if not await _any_resubmitted(database, file_ids):
        return {}
    rows = await database.query(
        "SELECT file_id, resubmission_id, any(upload_time) AS at, uniqExactIf((row, cell), NOT waits) AS n"
        f" FROM ({_claims(_OF_FILES)})"
        " GROUP BY GROUPING SETS ((file_id), (file_id, resubmission_id))"
        " ORDER BY file_id, at, resubmission_id",
        {"ids": list(file_ids)},
    )
    found: dict[str, Corrections] = {}
    for file_id in {row["file_id"] for row in rows}:
        of_file = [row for row in rows if row["file_id"] == file_id]
        by_file = {r["resubmission_id"]: r["n"] for r in of_file if r["resubmission_id"]}
        (total,) = (row["n"] for row in of_file if not row["resubmission_id"])
        found[file_id] = Corrections(total, by_file)
    return found


async def any_corrections(database: Database) -> bool:
    """Whether rows of any file were resubmitted."""
    return bool(await database.query("SELECT 1 AS one FROM resubmitted_row_rows LIMIT 1"))


async def claims_on(database: Database, rows: Collection[tuple[str, int]]) -> dict[Root, Claim]:
    """What of the entries of (file_id, row) is corrected, or waits in a file that may correct it."""
    if not rows:
        return {}
    file_ids = sorted({file_id for file_id, _ in rows})
    if not await _any_resubmitted(database, file_ids):
        return {}
    found = await database.query(
        _claims(_OF_FILES, _OF_ROWS),
        {"ids": file_ids, "rows": sorted({row for _, row in rows})},
    )
    claims: dict[Root, Claim] = {}
    for claim in sorted(found, key=lambda claim: not claim["waits"]):
        if (claim["file_id"], claim["row"]) in rows:
            key = Root(claim["file_id"], claim["row"], claim["cell"], claim["part"])
            claims[key] = "waiting" if claim["waits"] else "already_corrected"
    return claims


async def live_resubmissions(database: Database, file_id: str) -> list[str]:
    """Ids of the files that resubmit rows of a file, without deleted ones."""
    rows = await database.query(
        "SELECT file_id FROM file_records FINAL PREWHERE file_id IN"
        f" (SELECT resubmission_id FROM resubmitted_row_rows WHERE {_OF_FILE})"
        " WHERE deleted = 0 ORDER BY upload_time, file_id",
        {"id": file_id},
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
    if not await _any_resubmitted(database, file_ids):
        return {}
    found = await database.query(_claims(_OF_FILES), {"ids": list(file_ids)})
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
    if not rows or not await _any_resubmitted(database, [file_id]):
        return {}
    found = await database.query(
        _claims(_OF_FILE, _OF_ROWS), {"id": file_id, "rows": sorted(set(rows))}
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


async def _any_resubmitted(database: Database, file_ids: Collection[str]) -> bool:
    """Whether rows of any of the files were resubmitted."""
    if not file_ids:
        return False
    rows = await database.query(
        f"SELECT 1 AS one FROM resubmitted_row_rows WHERE {_OF_FILES} LIMIT 1",
        {"ids": list(file_ids)},
    )
    return bool(rows)


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
