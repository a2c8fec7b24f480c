"""Which files changed, so that event streams send new documents.

The polling query reads versions only; documents are read of the few files with a new version.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.queries.chunks import chunks


@dataclass(frozen=True, slots=True, order=True)
class FileVersion:
    """The version of what is known of a file; 0 if nothing was read.

    `progress` is (generation, version of that generation's progress).
    """

    record: int = 0
    progress: tuple[int, int] = (0, 0)

    def joined(self, other: FileVersion) -> FileVersion:
        """The newest of both."""
        return FileVersion(max(self.record, other.record), max(self.progress, other.progress))


async def file_versions(
    database: Database,
    *,
    file_ids: Collection[str] = (),
    since: datetime | None = None,
    limit: int = 100_000,
) -> dict[str, FileVersion]:
    """Versions of the files `file_ids`, and of those with something recorded since a moment.

    Deleted files are included. For files selected by `since` alone, only what was recorded since
    then is read.
    """
    found: dict[str, FileVersion] = {}
    parts = list(chunks(file_ids)) or [()]
    for place, some in enumerate(parts):
        of_part = await _versions(database, some, since if place == 0 else None, limit)
        for file_id, version in of_part.items():
            found[file_id] = version.joined(found.get(file_id, FileVersion()))
    return found


async def _versions(
    database: Database, file_ids: Sequence[str], since: datetime | None, limit: int
) -> dict[str, FileVersion]:
    params: dict[str, Any] = {"limit": limit}
    records, progress = [], []
    if file_ids:
        params["ids"] = list(file_ids)
        records.append("file_id IN {ids:Array(String)}")
        progress.append("file_id IN {ids:Array(String)}")
    if since is not None:
        params["since"] = since
        records.append("recorded_at >= {since:DateTime64(6, 'UTC')}")
        progress.append("updated_at >= {since:DateTime64(6, 'UTC')}")
    if not records:
        return {}
    # Without FINAL: the highest version is what FINAL would leave.
    rows = await database.query(
        "SELECT file_id, max(record) AS record, max(progress) AS progress FROM ("
        "SELECT file_id, version AS record, (toUInt32(0), toUInt64(0)) AS progress"
        f" FROM file_records WHERE {' OR '.join(records)}"
        " UNION ALL SELECT file_id, toUInt64(0) AS record, (generation, version) AS progress"
        f" FROM file_progress WHERE {' OR '.join(progress)}"
        ") GROUP BY file_id LIMIT {limit:UInt64}",
        params,
    )
    return {row["file_id"]: FileVersion(row["record"], tuple(row["progress"])) for row in rows}


async def files_by_id(database: Database, file_ids: Collection[str]) -> dict[str, FileRecord]:
    """The records of those of `file_ids` that exist (still)."""
    records: list[FileRecord] = []
    for some in chunks(file_ids):
        rows = await database.query(
            "SELECT record FROM file_records FINAL PREWHERE file_id IN {ids:Array(String)}"
            " WHERE deleted = 0",
            {"ids": some},
        )
        records += [FileRecord.from_json(row["record"]) for row in rows]
    return {record.file_id: record for record in records}
