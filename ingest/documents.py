"""Documents of files, put together from what the database says."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from schemas.document import MAX_INVALID_ROWS, MAX_SENSORS, Document, Mended, file_document
from schemas.records import FileProgress, FileRecord
from sinks.database import Database
from sinks.queries import invalid_rows_page, mended_of, per_sensor_count, progress_of


async def whole_document(database: Database, record: FileRecord) -> Document:
    """The file document with its first sensors and invalid rows, or with its progress."""
    progress: FileProgress | None = None
    if record.status == "waiting":
        progress = (await progress_of(database, [record.file_id])).get(record.file_id)
    if record.shown_status == "waiting":
        return file_document(record, progress=progress)
    sensors, invalid, mended = await asyncio.gather(
        per_sensor_count(database, record, MAX_SENSORS),
        invalid_rows_page(database, record, limit=MAX_INVALID_ROWS),
        mended_of_records(database, [record]),
    )
    return file_document(
        record,
        per_sensor_count=sensors,
        invalid_rows=invalid,
        progress=progress,
        mended=mended.get(record.file_id),
    )


async def mended_of_records(database: Database, records: Sequence[FileRecord]) -> dict[str, Mended]:
    """What came back of the invalid rows of files, by file_id; only of those that have any."""
    return await mended_of(database, [r.file_id for r in records if r.invalid_count])


def list_document(
    record: FileRecord, progress: FileProgress | None, mended: Mended | None = None
) -> Document:
    """A file as lists show it: without its sensors and invalid rows, which its links lead to."""
    document = file_document(record, progress=progress, mended=mended)
    del document["invalid_rows"]
    if document["aggregations"] is not None:
        del document["aggregations"]["per_sensor_count"]
    return document


def etag_of(body: bytes) -> str:
    """A strong entity tag: equal bytes, equal tag."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def has_etag(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller has that version already (RFC 9110, weak comparison)."""
    if not if_none_match:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags
