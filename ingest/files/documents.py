"""Documents of files, put together from what the database says."""

from __future__ import annotations

import asyncio
import hashlib

import orjson

from ingest.cache.results import Results
from ingest.files.additions import NOTHING, Addition, Additions
from schemas.file_document import Document, file_document
from schemas.file_record import FileRecord


async def whole_document(additions: Additions, results: Results, record: FileRecord) -> Document:
    """The file document with its first sensors and invalid rows, or with its progress.

    Sensors and rows are in it as JSON already; it is for `schemas.file_document.encode`.
    """
    if record.shown_status == "waiting":
        return document_with(record, (await additions.of([record]))[record.file_id])
    sensors, invalid, found = await asyncio.gather(
        results.per_sensor_count(record),
        results.first_invalid_rows(record),
        additions.of([record]),
    )
    document = document_with(record, found[record.file_id])
    document["aggregations"]["per_sensor_count"] = orjson.Fragment(sensors)
    document["invalid_rows"] = orjson.Fragment(invalid)
    return document


def document_with(record: FileRecord, addition: Addition) -> Document:
    """The file document with what is added to the record."""
    return file_document(
        record,
        progress=addition.progress,
        corrections=addition.corrections,
        member_statuses=addition.member_statuses,
        overlap=addition.overlap,
    )


def list_document(record: FileRecord, addition: Addition = NOTHING) -> Document:
    """A file as lists show it: without its sensors and invalid rows, which its links lead to."""
    document = document_with(record, addition)
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
