"""The public file document: what the API answers for a file and what `files.results` carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, get_args

import orjson

from schemas.file_fields import MemberSummary
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.file_state import Status
from schemas.invalid_codes import by_column
from schemas.notices import Notice

Document = dict[str, Any]

# How much of a file a document shows at most; the links lead to the rest.
MAX_SENSORS: Final = 10_000
MAX_INVALID_ROWS: Final = 100
# Code of a file with more invalid rows than are kept in detail.
TOO_MANY_INVALID_ROWS: Final = "too_many_invalid_rows"
# Below the topic's limit for a message, with room for its key and headers.
MAX_MESSAGE_BYTES: Final = 900_000

_INVALID_FIELDS: Final = (
    *("row", "error", "line", "byte", "column", "code", "raw", "truncated"),
    *("cells", "observed", "span_start", "span_end"),
)
# Of a row in the document or a list of a container.
_OF_MEMBER: Final = ("file_id", "member")


@dataclass(frozen=True, slots=True)
class Corrections:
    """Invalid rows of a file that other files correct."""

    # Invalid rows of the file that are valid rows of another file now, each counted once.
    count: int = 0
    # How many rows each of the other files corrects, in the order of their uploads.
    by_file: Mapping[str, int] = field(default_factory=dict)


def file_document(
    record: FileRecord,
    *,
    per_sensor_count: Mapping[str, int] | None = None,
    invalid_rows: Sequence[Mapping[str, Any]] = (),
    progress: FileProgress | None = None,
    corrections: Corrections | None = None,
    member_statuses: Mapping[str, int] | None = None,
    overlap: Notice | None = None,
    root: str = "/api/v1",
) -> Document:
    """The document of a file.

    Args:
        per_sensor_count: valid rows by sensor, the first `MAX_SENSORS` by sensor_id.
        invalid_rows: the first `MAX_INVALID_ROWS`, each with the columns of the view `invalid_rows`;
            those of a container also with the `file_id` and the name of their `member`.
        progress: of the record's generation; not needed if the record is terminal.
        corrections: its invalid rows that other files correct; None if there are none.
        member_statuses: of a container that waits: how many of its members have each status.
        overlap: the notice that is found after the file has ended, if there is one.
        root: path of the API, for the links.
    """
    waiting = record.shown_status == "waiting"
    sums = record.summary or record
    corrections = corrections or Corrections()
    notices = (*record.notices, overlap) if overlap is not None else record.notices
    profile = record.dialect or record.detected
    return {
        "file_id": record.file_id,
        "status": record.shown_status,
        "upload_time": timestamp(record.upload_time),
        "processing_ms": record.processing_ms,
        "aggregations": None
        if waiting
        else {
            "row_count": sums.row_count,
            "min_value": sums.min_value,
            "max_value": sums.max_value,
            "per_sensor_count": dict(per_sensor_count or {}),
        },
        "invalid_rows": [] if waiting else [invalid_row(row) for row in invalid_rows],
        "filename": record.filename,
        "size_bytes": record.size_bytes,
        "sha256": record.sha256,
        "generation": record.live_generation if record.replaying else record.generation,
        "sensor_count": sums.sensor_count,
        "invalid_count": sums.invalid_count,
        **_counts(sums),
        "codes": dict(sums.codes),
        "invalid_by_column": by_column(sums.codes),
        "corrected_count": corrections.count,
        "mended_count": corrections.count,  # its former name, until 0.3
        "resubmissions": [
            {"file_id": file_id, "corrected_count": count, "mended_count": count}
            for file_id, count in corrections.by_file.items()
        ],
        "resubmission_of": record.resubmission_of,
        "duplicate_of": record.duplicate_of,
        "raw_removed_at": _moment(record.raw_removed_at),
        "readings_removed_at": _moment(record.readings_removed_at),
        "parent_id": record.parent_id,
        "container": record.container,
        "members": _members(record, member_statuses),
        "options": record.options.model_dump(mode="json", exclude_defaults=True),
        "profile": profile.profile if profile else None,
        "profile_version": profile.profile_version if profile else None,
        "dialect": record.read_as,
        "notices": [notice.model_dump(mode="json") for notice in notices],
        "suggestions": [suggestion.model_dump(mode="json") for suggestion in record.suggestions],
        "error": record.error,
        "limit_reached": None if waiting else limit_reached(record),
        "progress": _done(record) if not waiting else _progress(record, progress),
        "replay": _replay(record, progress),
        "links": links(record.file_id, root),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else timestamp(value)


def _members(record: FileRecord, statuses: Mapping[str, int] | None) -> Document | None:
    """How many members a container has, in all and by status; null for any other file."""
    if record.container is None:
        return None
    if statuses is None:
        statuses = record.summary.statuses if record.summary is not None else {}
    by_status = {status: statuses.get(status, 0) for status in get_args(Status)}
    return {"total": sum(by_status.values()), **by_status}


def _counts(record: FileRecord | MemberSummary) -> Document:
    """Records, and readings that are missing or excluded; null until they are known."""
    records = record.record_count
    if records is None and record.row_count is not None:
        records = record.row_count + (record.invalid_count or 0)
    known = records is not None
    return {
        "record_count": records,
        "missing_count": (record.missing_count or 0) if known else None,
        "excluded_count": (record.excluded_count or 0) if known else None,
    }


def begun_document(record: FileRecord, root: str = "/api/v1") -> Document:
    """The document of the generation that has begun, as the call that began it answers it."""
    begun = FileRecord.from_upload(record.upload(), recorded_at=record.recorded_at)
    return file_document(begun, root=root)


def reprocessing(record: FileRecord) -> Document:
    """What the answer to an upload adds if the file was known and its options are other ones."""
    return {
        "generation": record.generation,
        "message": "This file was uploaded before with other read options. It is read again with "
        f"these, as generation {record.generation}; until that is done, its earlier results are "
        "shown.",
    }


def limit_reached(record: FileRecord) -> Document | None:
    """The limit that bears on what is shown of a file, and up to where; None if none was reached."""
    through = record.invalid_kept_through
    if not through:
        return None
    return {
        "code": TOO_MANY_INVALID_ROWS,
        "through_row": through,
        "reason": f"more invalid rows than are kept: details end with row {through}, later ones are "
        "only counted",
    }


def invalid_row(row: Mapping[str, Any]) -> Document:
    """One invalid row as documents and lists show it; `file_id` and `member` if it has them."""
    found = {name: row[name] for name in _INVALID_FIELDS}
    return found | {name: row[name] for name in _OF_MEMBER if name in row}


def sensor_result(row: Mapping[str, Any]) -> Document:
    """One sensor (of a file, or over all files) as lists show it: timestamps as text."""
    return {
        name: timestamp(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def links(file_id: str, root: str = "/api/v1") -> dict[str, str]:
    """Where more of a file is to be had."""
    base = f"{root}/files/{file_id}"
    return {
        "self": base,
        "sensors": f"{base}/sensors",
        "invalid_rows": f"{base}/invalid-rows",
        "raw": f"{base}/raw",
        "events": f"{base}/events",
    }


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds: 2024-05-01T12:00:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def encode(document: Document) -> bytes:
    """JSON. What is not finite becomes null: JSON has no word for it."""
    return orjson.dumps(document)


def encode_bounded(document: Document, max_bytes: int = MAX_MESSAGE_BYTES) -> bytes:
    """JSON of at most `max_bytes`, with as many invalid rows and sensors as fit.

    Counts are never trimmed, so a reader can tell: `sensor_count` and `invalid_count` against
    what is listed. Invalid rows get up to half of the room, sensors what is then left.
    """
    encoded = encode(document)
    if len(encoded) <= max_bytes:
        return encoded
    aggregations = document["aggregations"]
    bare = document | {"invalid_rows": []}
    sensors: Mapping[str, int] = {}
    if aggregations is not None:
        sensors = aggregations["per_sensor_count"]
        bare["aggregations"] = aggregations | {"per_sensor_count": {}}
    room = max_bytes - len(encode(bare))
    rows = document["invalid_rows"]
    kept, used = _fitting((len(encode(row)) + 1 for row in rows), room // 2)
    bare["invalid_rows"] = rows[:kept]
    if aggregations is not None:
        # 2 for the colon and the comma.
        sizes = (len(orjson.dumps(name)) + len(str(n)) + 2 for name, n in sensors.items())
        kept, _ = _fitting(sizes, room - used)
        bare["aggregations"]["per_sensor_count"] = dict(list(sensors.items())[:kept])
    return encode(bare)


def _fitting(sizes: Any, room: int) -> tuple[int, int]:
    """How many of `sizes`, from the first on, fit into `room`, and what they take."""
    kept = used = 0
    for size in sizes:
        if used + size > room:
            break
        kept, used = kept + 1, used + size
    return kept, used


def _done(record: FileRecord) -> Document:
    rows = _counts(record.summary or record)["record_count"] or 0
    batches = record.batches if record.container is None else record.member_count or 0
    return {"batches_done": batches, "batches_total": batches, "rows_done": rows}


def _replay(record: FileRecord, progress: FileProgress | None) -> Document | None:
    """The generation that will take the place of what the document shows."""
    if not record.replaying:
        return None
    return {
        "generation": record.generation,
        "requested_at": timestamp(record.requested_at or record.recorded_at),
        "progress": _progress(record, progress),
    }


def _progress(record: FileRecord, progress: FileProgress | None) -> Document:
    if progress is None or progress.generation != record.generation:
        return {"batches_done": 0, "batches_total": None, "rows_done": 0}
    return {
        "batches_done": progress.batches_done,
        "batches_total": progress.batches_total,
        "rows_done": progress.rows_done,
    }
