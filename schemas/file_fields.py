"""The fields of a file's record, and how a row of the table `file_records` stores them.

Nothing here imports Arrow: these rows are few, and are written as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final, Self

import orjson
from pydantic import TypeAdapter

from schemas.dialect_document import detected_document, dialect_document
from schemas.events import ContainerKind, Detected, DialectSpec, ObjectRef, Source
from schemas.file_state import Status, Terminal
from schemas.instants import micros_of, moment_of
from schemas.notices import Notice
from schemas.read_options import ReadOptions
from schemas.same_bytes import SameBytes
from schemas.suggestions import Suggestion
from schemas.tables import Row, Table

# Higher than the version of any generation, so that a deleted file stays deleted.
DELETED_VERSION: Final = 1 << 62
# Higher than the version of any generation: no generation begins after the raw bytes are removed.
_RAW_REMOVED_VERSION: Final = 1 << 61
# Versions of one generation, by how far it is.
_WAITING, _TERMINAL, _PURGED, _READINGS_REMOVED = 0, 1, 2, 3
# A container has records of one generation and state in order of `revision`: its generation comes
# first, from this bit on.
_CONTAINER_GENERATION: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSummary:
    """What the members of a container sum up to, deleted ones left out.

    `statuses` has how many members have each status.
    """

    statuses: Mapping[str, int]
    row_count: int = 0
    invalid_count: int = 0
    record_count: int = 0
    missing_count: int = 0
    excluded_count: int = 0
    sensor_count: int = 0
    min_value: float | None = None
    max_value: float | None = None
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFields:
    """What is known of a file in one state.

    Counts, `min_value`, `max_value`, `processing_ms` and `finished_at` are None while waiting;
    min and max stay None if no row was valid. While a file is replayed they, `dialect`, `codes`,
    `error` and `batches` still describe the live generation, whose status is `live_status`; the
    rest is of the generation that has begun.
    """

    TABLE: ClassVar[Table] = Table.FILE_RECORDS

    file_id: str
    generation: int
    # Latest generation with a terminal record: whose results and invalid rows are seen. 0: none.
    live_generation: int = 0
    status: Status = "waiting"
    # Status of the live generation while a later one is waiting; None otherwise.
    live_status: Terminal | None = None
    source: Source
    raw: ObjectRef
    filename: str
    size_bytes: int
    sha256: str
    upload_time: datetime
    options: ReadOptions = field(default_factory=ReadOptions)
    # The revision of the users' profiles that this generation is read with; None: without any.
    profiles: int | None = None
    content_encoding: str | None = None
    idempotency_key: str | None = None
    # The file whose invalid rows this one corrects.
    resubmission_of: str | None = None
    # Id of the API key that it was uploaded with; None without one.
    owner: str | None = None
    # The container that the file is a member of, the generation of it that began the latest one of
    # this file, and the member's name in it.
    parent_id: str | None = None
    parent_generation: int = 0
    member: str | None = None
    # Of a container: what it is; how many members it has, None until it is unpacked; why it could
    # not be unpacked to its end; its number among the records of this generation, which grows with
    # each change of a member; and what its members sum up to, which are null here.
    container: ContainerKind | None = None
    member_count: int | None = None
    damage: str | None = None
    revision: int = 0
    summary: MemberSummary | None = None
    # Earlier files with the same bytes that this generation is compared with, before it is read; kept
    # of a duplicate. The file that it is a duplicate of: it has no readings then.
    same_bytes: tuple[SameBytes, ...] = ()
    duplicate_of: str | None = None
    # It counts although its bytes are known, and so do its members if it is a container.
    forced: bool = False
    # When a replay was asked for; None for the first generation.
    requested_at: datetime | None = None
    batch_bytes: int
    row_count: int | None = None
    invalid_count: int | None = None
    # None in records of versions that knew long files only, too.
    record_count: int | None = None
    missing_count: int | None = None
    excluded_count: int | None = None
    sensor_count: int | None = None
    min_value: float | None = None
    max_value: float | None = None
    batches: int = 0
    processing_ms: int | None = None
    finished_at: datetime | None = None
    error: str | None = None
    dialect: DialectSpec | None = None
    codes: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    # What is settled of how to read it, if it is in doubt; `dialect` is None then.
    detected: Detected | None = None
    # Details of invalid rows are shown up to this row number; 0 is all of them.
    invalid_kept_through: int = 0
    # When this state was recorded: the clock of the reconciler, never part of an identity.
    recorded_at: datetime
    deleted: bool = False
    # When retention removed its raw bytes; no generation begins after that. When it removed the stored
    # readings of this generation.
    raw_removed_at: datetime | None = None
    readings_removed_at: datetime | None = None
    # When the end of this generation was inserted, by the clock of the database; None unless this record
    # has taken the place of that end.
    ended_at: datetime | None = None
    # Nothing is stored any more that is not visible: raw bytes that are removed, rows of generations before the live one, or,
    # of a deleted file, anything at all.
    purged: bool = False

    @property
    def own_name(self) -> str:
        """The name that read options refer to: of a member, its name in the container."""
        return self.filename if self.member is None else self.member

    @property
    def replaying(self) -> bool:
        """Whether a later generation than the live one has begun."""
        return self.status == "waiting" and self.live_generation > 0

    @property
    def shown_status(self) -> Status:
        """The visible status: that of the live generation if there is one."""
        return self.live_status or self.status

    @property
    def version(self) -> int:
        """Which record of a file holds: the highest."""
        if self.deleted:
            return DELETED_VERSION + self.purged
        state = _TERMINAL
        if self.status == "waiting":
            state = _WAITING
        elif self.readings_removed_at is not None:
            state = _READINGS_REMOVED
        elif self.purged and self.raw_removed_at is None:
            state = _PURGED
        if self.container is not None:
            version = (self.generation << _CONTAINER_GENERATION) + 4 * self.revision + state
        else:
            version = 4 * self.generation + state
        if self.raw_removed_at is None:
            return version
        return _RAW_REMOVED_VERSION + 2 * version + self.purged

    @property
    def read_as(self) -> dict[str, Any] | None:
        """How it was read, or what is settled of that, as documents have it; None if nothing is."""
        if self.dialect is not None:
            return dialect_document(self.dialect)
        return None if self.detected is None else detected_document(self.detected)

    @property
    def key(self) -> tuple[str, int]:
        """(file_id, generation)."""
        return self.file_id, self.generation

    def row(self) -> Row:
        """Columns of `file_records`; `record` is all the others in one, for `from_json`."""
        row = {name: getattr(self, name) for name in _FILE_COLUMNS}
        row["raw_bucket"], row["raw_key"] = self.raw.bucket, self.raw.key
        row["options"] = self.options.model_dump_json(exclude_defaults=True)
        row["dialect"] = self.dialect.model_dump_json() if self.dialect else None
        row["notices"] = _NOTICES.dump_json(self.notices).decode()
        row["suggestions"] = _SUGGESTIONS.dump_json(
            self.suggestions, exclude_defaults=True
        ).decode()
        row["summary"] = (
            _SUMMARY.dump_json(self.summary).decode() if self.summary is not None else None
        )
        row["same_bytes"] = (
            _SAME_BYTES.dump_json(self.same_bytes, exclude_defaults=True).decode()
            if self.same_bytes
            else ""
        )
        row["forced"] = int(self.forced)
        row["deleted"] = int(self.deleted)
        row["purged"] = int(self.purged)
        whole = row | {
            name: None if row[name] is None else micros_of(row[name]) for name in _MOMENTS
        }
        if self.raw.etag is not None:
            # Of no use to SQL: no column of its own.
            whole["raw_etag"] = self.raw.etag
        if self.detected is not None:
            whole["detected"] = self.detected.model_dump_json(exclude_defaults=True)
        row["record"] = orjson.dumps(whole).decode()
        # For the view; made of the others, so no part of `record`.
        read_as = self.read_as
        row["read_as"] = None if read_as is None else orjson.dumps(read_as).decode()
        row["version"] = self.version
        return row

    @classmethod
    @lru_cache(maxsize=1000)
    def from_json(cls, record: str) -> Self:
        """The record that the column `record` stands for.

        One column is read in a third of the time that all of them take, and lists show the same
        files again and again.
        """
        row = orjson.loads(record)
        for name in _MOMENTS:
            if row.get(name) is not None:
                row[name] = moment_of(row[name])
        for name in ("min_value", "max_value"):
            if row[name] is not None:
                # ClickHouse writes 40.0 as 40.
                row[name] = float(row[name])
        return cls.from_row(row)

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """The record that `row()` (or a query of all its columns) stands for."""
        # Records of earlier versions lack what later ones added.
        values = {name: row[name] for name in _FILE_COLUMNS if name in row}
        values["raw"] = ObjectRef(
            bucket=row["raw_bucket"], key=row["raw_key"], etag=row.get("raw_etag")
        )
        values["options"] = _options(row["options"])
        values["dialect"] = _dialect(row["dialect"]) if row["dialect"] else None
        values["notices"] = _NOTICES.validate_json(row.get("notices") or "[]")
        values["suggestions"] = _SUGGESTIONS.validate_json(row.get("suggestions") or "[]")
        detected = row.get("detected")
        values["detected"] = Detected.model_validate_json(detected) if detected else None
        summary = row.get("summary")
        values["summary"] = _SUMMARY.validate_json(summary) if summary else None
        same_bytes = row.get("same_bytes")
        values["same_bytes"] = _SAME_BYTES.validate_json(same_bytes) if same_bytes else ()
        values["forced"] = bool(row.get("forced", 0))
        values["deleted"] = bool(row["deleted"])
        values["purged"] = bool(row["purged"])
        return cls(**values)


# Columns that are stored as they are; the others are put together in `row`.
_FILE_COLUMNS: Final = tuple(
    f.name for f in fields(FileFields) if f.name not in ("raw", "detected")
)
# Microseconds since 1970 in the column `record`.
_MOMENTS: Final = (
    *("upload_time", "requested_at", "finished_at", "recorded_at"),
    *("raw_removed_at", "readings_removed_at", "ended_at"),
)


_NOTICES: Final = TypeAdapter(tuple[Notice, ...])
_SAME_BYTES: Final = TypeAdapter(tuple[SameBytes, ...])
_SUMMARY: Final = TypeAdapter(MemberSummary)
_SUGGESTIONS: Final = TypeAdapter(tuple[Suggestion, ...])


# Most files are written alike.
@lru_cache(maxsize=1000)
def _options(text: str) -> ReadOptions:
    return ReadOptions.model_validate_json(text)


@lru_cache(maxsize=1000)
def _dialect(text: str) -> DialectSpec:
    return DialectSpec.model_validate_json(text)
