"""Files: one by one, in pages, and what the reconciler and the stream ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.totals_sql import SEAL_OF_ALL, changed_since
from sinks.clickhouse.client import Database
from sinks.queries.chunks import chunks
from sinks.queries.exports import ENDED_AT

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Files with a record of a kind, which need not be the one that holds: found by an index, and few,
# because records that were replaced are merged away.
_HAVE_WAITED: Final = "SELECT file_id FROM file_records WHERE (status = 'waiting') = 1"
_HAVE_ROWS_TO_PURGE: Final = (
    "SELECT file_id FROM file_records WHERE"
    " (1 - purged) * (deleted + (raw_removed_at IS NOT NULL) + (generation > 1)) > 0"
)


async def file_by_id(database: Database, file_id: str) -> FileRecord | None:
    """The current record, or None if there is no such file (any more)."""
    rows = await database.query(
        "SELECT record FROM file_records FINAL PREWHERE file_id = {id:String} WHERE deleted = 0",
        {"id": file_id},
    )
    return FileRecord.from_json(rows[0]["record"]) if rows else None


async def file_states(database: Database, file_ids: Iterable[str]) -> dict[str, FileState]:
    """State of each file that the database knows, deleted ones included."""
    states: dict[str, FileState] = {}
    for chunk in chunks(file_ids):
        rows = await database.query(
            "SELECT file_id, generation, live_generation, status, deleted, version,"
            " processing_ms, finished_at FROM file_records FINAL PREWHERE file_id IN {ids:Array(String)}",
            {"ids": chunk},
        )
        states |= {row["file_id"]: FileState.from_row(row) for row in rows}
    return states


async def dead_letter_keys(database: Database, code: str, keys: Iterable[str]) -> set[str]:
    """Those of the message keys for which there is a dead letter with this code."""
    found: set[str] = set()
    for chunk in chunks(keys):
        rows = await database.query(
            "SELECT DISTINCT assumeNotNull(key) AS key FROM dead_letter_rows"
            " WHERE code = {code:String} AND key IN {keys:Array(String)}",
            {"code": code, "keys": chunk},
        )
        found |= {row["key"] for row in rows}
    return found


async def waiting_files(
    database: Database, *, before: datetime, limit: int = 1000
) -> list[FileRecord]:
    """Files that were recorded as waiting before a moment and made no progress since, oldest first."""
    rows = await database.query(
        "SELECT record FROM file_records FINAL PREWHERE file_id IN ("
        f"SELECT file_id FROM file_records FINAL PREWHERE file_id IN ({_HAVE_WAITED})"
        " WHERE status = 'waiting' AND deleted = 0 AND recorded_at < {before:DateTime64(6, 'UTC')}"
        " AND (file_id, generation) NOT IN (SELECT file_id, generation FROM file_progress"
        " WHERE updated_at >= {before:DateTime64(6, 'UTC')})"
        " ORDER BY recorded_at, file_id LIMIT {limit:UInt64}"
        ") WHERE status = 'waiting' AND deleted = 0 ORDER BY recorded_at, file_id",
        {"before": before, "limit": limit},
    )
    return [FileRecord.from_json(row["record"]) for row in rows]


async def corrected_files(database: Database, file_ids: Iterable[str]) -> dict[str, str]:
    """Of each file that brings back rows of another one, that file; deleted ones too."""
    found: dict[str, str] = {}
    for chunk in chunks(file_ids):
        rows = await database.query(
            "SELECT file_id, resubmission_of FROM file_records FINAL"
            " PREWHERE file_id IN {ids:Array(String)} WHERE resubmission_of IS NOT NULL",
            {"ids": chunk},
        )
        found |= {row["file_id"]: row["resubmission_of"] for row in rows}
    return found


async def progress_of(database: Database, file_ids: Iterable[str]) -> dict[str, FileProgress]:
    """How far each file is, in the latest generation that made any progress."""
    progress: dict[str, FileProgress] = {}
    for chunk in chunks(file_ids):
        rows = await database.query(
            "SELECT file_id, generation, batches_done, batches_total, rows_done, updated_at"
            " FROM file_progress FINAL PREWHERE file_id IN {ids:Array(String)}"
            " ORDER BY file_id, generation",
            {"ids": chunk},
        )
        progress |= {row["file_id"]: FileProgress.from_row(row) for row in rows}
    return progress


async def files_to_purge(
    database: Database, *, before: datetime, limit: int = 100, after: FileRecord | None = None
) -> list[FileRecord]:
    """Records of files with stored rows that are no longer visible, of all or those after a record.

    Deleted files, those whose raw bytes are removed, and terminal ones that were replayed; the latter
    if they were recorded before a moment, the others of any time. Oldest first. Rows that totals contain are needed to take them out
    again, so a file that was recorded before the moment waits until that is sealed.
    """
    rows = await database.query(
        f"WITH {SEAL_OF_ALL} AS seal_of_all"
        f" SELECT record, {ENDED_AT} AS ended FROM file_records FINAL PREWHERE file_id IN ("
        f"SELECT file_id FROM file_records FINAL PREWHERE file_id IN ({_HAVE_ROWS_TO_PURGE})"
        " WHERE purged = 0 AND (deleted = 1 OR"
        " raw_removed_at IS NOT NULL OR (generation > 1 AND status != 'waiting'"
        " AND recorded_at < {before:DateTime64(6, 'UTC')}))"
        " AND (recorded_at >= {before:DateTime64(6, 'UTC')} OR file_id NOT IN"
        f" (SELECT file_id FROM ({changed_since('seal_of_all')})))"
        " AND (recorded_at, file_id) > ({after:DateTime64(6, 'UTC')}, {after_id:String})"
        " ORDER BY recorded_at, file_id LIMIT {limit:UInt64}"
        ") WHERE purged = 0 ORDER BY recorded_at, file_id",
        {
            "before": before,
            "limit": limit,
            "after": _EPOCH if after is None else after.recorded_at,
            "after_id": "" if after is None else after.file_id,
        },
    )
    return [replace(FileRecord.from_json(row["record"]), ended_at=row["ended"]) for row in rows]


async def with_ends(database: Database, records: Sequence[FileRecord]) -> list[FileRecord]:
    """Records of files that have ended, with when their ends were inserted: for records that take
    their place and are no ends."""
    moments: dict[tuple[str, int], datetime | None] = {}
    for chunk in chunks(record.file_id for record in records):
        rows = await database.query(
            f"SELECT file_id, version, {ENDED_AT} AS ended FROM file_records FINAL"
            " PREWHERE file_id IN {ids:Array(String)}",
            {"ids": chunk},
        )
        moments |= {(row["file_id"], row["version"]): row["ended"] for row in rows}
    return [
        replace(record, ended_at=moments.get((record.file_id, record.version), record.ended_at))
        for record in records
    ]


async def others_with_raw(database: Database, record: FileRecord) -> bool:
    """Whether the object of `record` is that of another file too, which still has it."""
    rows = await database.query(
        # All records of a file have the same object, so the index finds it.
        "SELECT 1 FROM file_records FINAL PREWHERE file_id IN (SELECT file_id FROM file_records"
        " WHERE raw_key = {key:String} AND raw_bucket = {bucket:String})"
        " WHERE deleted = 0 AND raw_removed_at IS NULL"
        " AND raw_key = {key:String}"
        " AND raw_bucket = {bucket:String} AND file_id != {id:String}"
        # Other content that took its place is another object; older records do not say which it was.
        " AND ({etag:String} = '' OR JSONExtractString(record, 'raw_etag') IN ('', {etag:String}))"
        " LIMIT 1",
        {
            "key": record.raw.key,
            "bucket": record.raw.bucket,
            "id": record.file_id,
            "etag": record.raw.etag or "",
        },
    )
    return bool(rows)
