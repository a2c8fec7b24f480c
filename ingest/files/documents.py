"""Documents of files, put together from what the database says."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import orjson

from ingest.cache.results import Results
from schemas.file_document import Corrections, Document, file_document
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.notices import Notice
from sinks.clickhouse.client import Database
from sinks.queries import corrections_of, member_statuses, progress_of
from sinks.queries.overlaps import overlap_notices


async def whole_document(database: Database, results: Results, record: FileRecord) -> Document:
    """The file document with its first sensors and invalid rows, or with its progress.

    Sensors and rows are in it as JSON already; it is for `schemas.file_document.encode`.
    """
    progress: FileProgress | None = None
    if record.status == "waiting":
        progress = (await progress_of(database, [record.file_id])).get(record.file_id)
    if record.shown_status == "waiting":
        statuses = await statuses_of_members(database, [record])
        return file_document(
            record, progress=progress, member_statuses=statuses.get(record.file_id)
        )
    sensors, invalid, corrections, overlaps = await asyncio.gather(
        results.per_sensor_count(record),
        results.first_invalid_rows(record),
        corrections_of_records(database, [record]),
        overlap_notices(database, [record]),
    )
    document = file_document(
        record,
        progress=progress,
        corrections=corrections.get(record.file_id),
        overlap=overlaps.get(record.file_id),
    )
    document["aggregations"]["per_sensor_count"] = orjson.Fragment(sensors)
    document["invalid_rows"] = orjson.Fragment(invalid)
    return document


async def corrections_of_records(
    database: Database, records: Sequence[FileRecord]
) -> dict[str, Corrections]:
    """Corrections of the invalid rows of files, by file_id; only of files that have any."""
    return await corrections_of(database, [r.file_id for r in records if r.invalid_count])


async def statuses_of_members(
    database: Database, records: Sequence[FileRecord]
) -> dict[str, dict[str, int]]:
    """How many members have each status, of the containers that wait."""
    return await member_statuses(
        database,
        [r.file_id for r in records if r.container is not None and r.shown_status == "waiting"],
    )


def list_document(
    record: FileRecord,
    progress: FileProgress | None,
    corrections: Corrections | None = None,
    member_statuses: Mapping[str, int] | None = None,
    overlap: Notice | None = None,
) -> Document:
    """A file as lists show it: without its sensors and invalid rows, which its links lead to."""
    document = file_document(
        record,
        progress=progress,
        corrections=corrections,
        member_statuses=member_statuses,
        overlap=overlap,
    )
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
