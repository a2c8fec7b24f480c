"""What is written to ClickHouse row by row: tables, their identities, and the typed records.

Light by intent: nothing here imports Arrow. Bulk rows are in `schemas.arrow`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal, Protocol, cast

import orjson
from pydantic import TypeAdapter

from schemas.dialect_document import dialect_document
from schemas.events import ContainerKind, DialectSpec, FileUploaded, ObjectRef, Source
from schemas.instants import micros_of, moment_of
from schemas.notices import Notice
from schemas.read_options import ReadOptions
from schemas.suggestions import Suggestion

Status = Literal["waiting", "processed", "partial", "failed"]
Terminal = Literal["processed", "partial", "failed"]
Row = Mapping[str, Any]

# Higher than the version of any generation, so that a deleted file stays deleted.
DELETED_VERSION: Final = 1 << 62
# Versions of one generation, by how far it is.
_WAITING, _TERMINAL, _PURGED = 0, 1, 2
# A container has records of one generation and state in order of `revision`: its generation comes
# first, from this bit on.
_CONTAINER_GENERATION: Final = 40


class Table(StrEnum):
    """The tables that are written to."""

    FILE_RECORDS = "file_records"
    SENSOR_RESULTS = "sensor_result_rows"
    INVALID_ROWS = "invalid_row_rows"
    READINGS = "readings_by_sensor"
    FILE_PROGRESS = "file_progress"
    RESUBMITTED_ROWS = "resubmitted_row_rows"
    DEAD_LETTERS = "dead_letter_rows"
    SUSPECTS = "suspect_rows"
    BULK_OPERATIONS = "bulk_operations"
    BULK_OUTCOMES = "bulk_outcomes"


# Rows with equal identity replace each other: the one with the highest version holds, and among
# equal versions the one written last.
IDENTITY: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.FILE_RECORDS: ("file_id",),
    Table.SENSOR_RESULTS: ("file_id", "generation", "sensor_id"),
    Table.INVALID_ROWS: ("file_id", "generation", "row", "cell"),
    Table.READINGS: ("file_id", "generation", "row", "cell"),
    Table.FILE_PROGRESS: ("file_id", "generation"),
    Table.RESUBMITTED_ROWS: ("file_id", "row", "resubmission_id", "cell", "part"),
    Table.DEAD_LETTERS: ("topic", "partition", "offset", "value"),
    Table.SUSPECTS: ("message", "death"),
    Table.BULK_OPERATIONS: ("id",),
    Table.BULK_OUTCOMES: ("operation_id", "file_id"),
}
VERSION: Final[Mapping[Table, str | None]] = {
    Table.FILE_RECORDS: "version",
    Table.SENSOR_RESULTS: None,
    Table.INVALID_ROWS: None,
    Table.READINGS: None,
    Table.FILE_PROGRESS: "version",
    Table.RESUBMITTED_ROWS: None,
    Table.DEAD_LETTERS: None,
    Table.SUSPECTS: None,
    Table.BULK_OPERATIONS: "version",
    Table.BULK_OUTCOMES: None,
}


class Record(Protocol):
    """A row with a type of its own."""

    TABLE: ClassVar[Table]

    def row(self) -> Row:
        """Columns of the table by name, JSON types and datetimes only."""
        ...


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
class FileRecord:
    """What is known of a file in one state; one row of `file_records`.

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
    # Details of invalid rows are shown up to this row number; 0 is all of them.
    invalid_kept_through: int = 0
    # When this state was recorded: the clock of the reconciler, never part of an identity.
    recorded_at: datetime
    deleted: bool = False
    # Nothing is stored any more that nobody can see: rows of generations before the live one, or,
    # of a deleted file, anything at all.
    purged: bool = False

    @classmethod
    def from_upload(cls, upload: FileUploaded, *, recorded_at: datetime) -> FileRecord:
        """The `waiting` record of an upload."""
        return cls(
            file_id=upload.file_id,
            generation=upload.generation,
            source=upload.source,
            raw=upload.raw,
            filename=upload.filename,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
            upload_time=upload.upload_time,
            options=upload.options,
            profiles=upload.profiles,
            content_encoding=upload.content_encoding,
            idempotency_key=upload.idempotency_key,
            resubmission_of=upload.resubmission_of,
            dialect=upload.dialect,
            owner=upload.owner,
            parent_id=upload.parent_id,
            parent_generation=upload.parent_generation,
            member=upload.member,
            container=upload.container,
            requested_at=upload.requested_at,
            batch_bytes=upload.batch_bytes,
            recorded_at=recorded_at,
        )

    def terminal(
        self,
        status: Terminal,
        *,
        finished_at: datetime,
        processing_ms: int,
        row_count: int = 0,
        invalid_count: int = 0,
        record_count: int | None = None,
        missing_count: int = 0,
        excluded_count: int = 0,
        sensor_count: int = 0,
        min_value: float | None = None,
        max_value: float | None = None,
        batches: int = 0,
        error: str | None = None,
        dialect: DialectSpec | None = None,
        codes: Mapping[str, int] | None = None,
        notices: Sequence[Notice] = (),
        suggestions: Sequence[Suggestion] = (),
        invalid_kept_through: int = 0,
    ) -> FileRecord:
        """The terminal record of this generation, which makes its results visible."""
        return replace(
            self,
            status=status,
            live_generation=self.generation,
            live_status=None,
            purged=False,
            recorded_at=finished_at,
            finished_at=finished_at,
            processing_ms=processing_ms,
            row_count=row_count,
            invalid_count=invalid_count,
            record_count=row_count + invalid_count if record_count is None else record_count,
            missing_count=missing_count,
            excluded_count=excluded_count,
            sensor_count=sensor_count,
            min_value=min_value,
            max_value=max_value,
            batches=batches,
            error=error,
            dialect=dialect or self._given_dialect,
            codes=dict(codes or {}),
            notices=tuple(notices),
            suggestions=tuple(suggestions),
            invalid_kept_through=invalid_kept_through,
        )

    def unpacked(
        self,
        container: ContainerKind,
        member_count: int,
        *,
        recorded_at: datetime,
        damage: str | None = None,
    ) -> FileRecord:
        """The `waiting` record of a container whose members are all recorded."""
        return replace(
            self,
            container=container,
            member_count=member_count,
            damage=damage,
            revision=1,
            recorded_at=recorded_at,
        )

    def summed_up(
        self,
        status: Terminal,
        summary: MemberSummary,
        *,
        revision: int,
        error: str | None,
        finished_at: datetime,
        processing_ms: int,
    ) -> FileRecord:
        """The terminal record of a container, or the next one after a member has changed.

        Its own counts are null, so that a sum over all files counts each row once.
        """
        return replace(
            self,
            status=status,
            live_generation=self.generation,
            live_status=None,
            purged=False,
            recorded_at=finished_at,
            finished_at=finished_at if self.status == "waiting" else self.finished_at,
            processing_ms=processing_ms if self.status == "waiting" else self.processing_ms,
            row_count=None,
            invalid_count=None,
            record_count=None,
            missing_count=None,
            excluded_count=None,
            sensor_count=None,
            min_value=None,
            max_value=None,
            batches=0,
            error=error,
            dialect=None,
            codes={},
            notices=(),
            suggestions=(),
            revision=revision,
            summary=summary,
        )

    def next_generation(
        self,
        *,
        recorded_at: datetime,
        options: ReadOptions | None = None,
        profiles: int | None = None,
    ) -> FileRecord:
        """The `waiting` record that begins the next reading of this file.

        The results of the live generation stay in it, and stay visible, until the new one is
        terminal. If this generation is still waiting, the next one supersedes it.
        """
        return replace(
            self,
            generation=self.generation + 1,
            status="waiting",
            live_status=self.live_status if self.status == "waiting" else self.status,
            options=self.options if options is None else options,
            # Corrected rows are read as the file that they are of.
            profiles=None if self.resubmission_of is not None else profiles,
            requested_at=recorded_at,
            recorded_at=recorded_at,
            purged=False,
            member_count=None,
            damage=None,
            revision=0,
        )

    def deletion(self, *, recorded_at: datetime) -> FileRecord:
        """The record of a deletion, which hides the file and its results."""
        return replace(self, deleted=True, purged=False, recorded_at=recorded_at)

    def purge(self) -> FileRecord:
        """The record that says that `purged` is true of the file.

        Of a deleted file nothing is left in it but the id, which goes on keeping away whatever is
        still written of the file, and the ids of the file that it brought rows back of and of the
        container that it is a member of.
        """
        if not self.deleted:
            return replace(self, purged=True)
        return FileRecord(
            file_id=self.file_id,
            generation=self.generation,
            source=self.source,
            raw=ObjectRef(bucket="", key=""),
            filename="",
            size_bytes=0,
            sha256="",
            upload_time=self.upload_time,
            resubmission_of=self.resubmission_of,
            live_generation=self.live_generation,
            parent_id=self.parent_id,
            parent_generation=self.parent_generation,
            batch_bytes=0,
            recorded_at=self.recorded_at,
            deleted=True,
            purged=True,
        )

    def upload(self) -> FileUploaded:
        """The event that announces this file (again)."""
        return FileUploaded(
            file_id=self.file_id,
            generation=self.generation,
            source=self.source,
            raw=self.raw,
            filename=self.filename,
            size_bytes=self.size_bytes,
            sha256=self.sha256,
            upload_time=self.upload_time,
            options=self.options,
            profiles=self.profiles,
            content_encoding=self.content_encoding,
            idempotency_key=self.idempotency_key,
            resubmission_of=self.resubmission_of,
            dialect=self._given_dialect,
            owner=self.owner,
            parent_id=self.parent_id,
            parent_generation=self.parent_generation,
            member=self.member,
            container=self.container,
            requested_at=self.requested_at,
            batch_bytes=self.batch_bytes,
        )

    @property
    def _given_dialect(self) -> DialectSpec | None:
        """How corrected rows of a file with a read plan are read, in every generation."""
        if self.resubmission_of is None or self.dialect is None or self.dialect.plan is None:
            return None
        return self.dialect

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
        elif self.purged:
            state = _PURGED
        if self.container is not None:
            return (self.generation << _CONTAINER_GENERATION) + 4 * self.revision + state
        return 4 * self.generation + state

    @property
    def key(self) -> tuple[str, int]:
        """(file_id, generation)."""
        return self.file_id, self.generation

    def row(self) -> Row:
        """Columns of `file_records`; `record` is all the others in one, for `from_json`."""
        row = {name: getattr(self, name) for name in _FILE_COLUMNS}
        row["raw_bucket"], row["raw_key"] = self.raw.bucket, self.raw.key
        row["options"] = self.options.model_dump_json(exclude_none=True)
        row["dialect"] = self.dialect.model_dump_json() if self.dialect else None
        row["notices"] = _NOTICES.dump_json(self.notices).decode()
        row["suggestions"] = _SUGGESTIONS.dump_json(
            self.suggestions, exclude_defaults=True
        ).decode()
        row["summary"] = (
            _SUMMARY.dump_json(self.summary).decode() if self.summary is not None else None
        )
        row["deleted"] = int(self.deleted)
        row["purged"] = int(self.purged)
        whole = row | {
            name: None if row[name] is None else micros_of(row[name]) for name in _MOMENTS
        }
        row["record"] = orjson.dumps(whole).decode()
        # For the view; made of `dialect`, so no part of `record`.
        row["read_as"] = (
            orjson.dumps(dialect_document(self.dialect)).decode() if self.dialect else None
        )
        row["version"] = self.version
        return row

    @classmethod
    @lru_cache(maxsize=1000)
    def from_json(cls, record: str) -> FileRecord:
        """The record that the column `record` stands for.

        One column is read in a third of the time that all of them take, and lists show the same
        files again and again.
        """
        row = orjson.loads(record)
        for name in _MOMENTS:
            if row[name] is not None:
                row[name] = moment_of(row[name])
        for name in ("min_value", "max_value"):
            if row[name] is not None:
                # ClickHouse writes 40.0 as 40.
                row[name] = float(row[name])
        return cls.from_row(row)

    @classmethod
    def from_row(cls, row: Row) -> FileRecord:
        """The record that `row()` (or a query of all its columns) stands for."""
        # Records of earlier versions lack what later ones added.
        values = {name: row[name] for name in _FILE_COLUMNS if name in row}
        values["raw"] = ObjectRef(bucket=row["raw_bucket"], key=row["raw_key"])
        values["options"] = _options(row["options"])
        values["dialect"] = _dialect(row["dialect"]) if row["dialect"] else None
        values["notices"] = _NOTICES.validate_json(row.get("notices") or "[]")
        values["suggestions"] = _SUGGESTIONS.validate_json(row.get("suggestions") or "[]")
        summary = row.get("summary")
        values["summary"] = _SUMMARY.validate_json(summary) if summary else None
        values["deleted"] = bool(row["deleted"])
        values["purged"] = bool(row["purged"])
        return cls(**values)


# Columns that are stored as they are; the others are put together in `row`.
_FILE_COLUMNS: Final = tuple(f.name for f in fields(FileRecord) if f.name != "raw")
# Microseconds since 1970 in the column `record`.
_MOMENTS: Final = ("upload_time", "requested_at", "finished_at", "recorded_at")


_NOTICES: Final = TypeAdapter(tuple[Notice, ...])
_SUMMARY: Final = TypeAdapter(MemberSummary)
_SUGGESTIONS: Final = TypeAdapter(tuple[Suggestion, ...])


# Most files are written alike.
@lru_cache(maxsize=1000)
def _options(text: str) -> ReadOptions:
    return ReadOptions.model_validate_json(text)


@lru_cache(maxsize=1000)
def _dialect(text: str) -> DialectSpec:
    return DialectSpec.model_validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """How far a generation of a file is; one row of `file_progress`."""

    TABLE: ClassVar[Table] = Table.FILE_PROGRESS

    file_id: str
    generation: int
    batches_done: int
    # None until the split of the file is complete.
    batches_total: int | None
    # Data records of the batches done.
    rows_done: int
    updated_at: datetime

    @property
    def version(self) -> int:
        """More batches done is later; with as many, knowing the total is."""
        return 2 * self.batches_done + (self.batches_total is not None)

    def row(self) -> Row:
        """Columns of `file_progress`."""
        row: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        row["version"] = self.version
        return row

    @classmethod
    def from_row(cls, row: Row) -> FileProgress:
        """The progress that a row of the table stands for."""
        return cls(**{f.name: row[f.name] for f in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that could not be understood; one row of `dead_letter_rows`.

    Carries bytes, so it is written by way of `schemas.arrow.dead_letter_table`.
    """

    topic: str
    partition: int
    offset: int
    code: str
    reason: str
    key: bytes | None
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What the database says of a file, as much as the stream needs to know before it works on it."""

    file_id: str
    generation: int
    live_generation: int
    status: Status
    deleted: bool
    processing_ms: int | None
    finished_at: datetime | None

    def status_of(self, generation: int) -> Literal["waiting", "terminal", "superseded", "deleted"]:
        """What `generation` of the file is in this state.

        `terminal`: its terminal record is the one that holds. `superseded`: a later generation
        was begun, nothing of this one will be read any more.
        """
        if self.deleted:
            return "deleted"
        if self.generation > generation:
            return "superseded"
        if self.generation == generation and self.status != "waiting":
            return "terminal"
        return "waiting"

    @classmethod
    def from_row(cls, row: Row) -> FileState:
        """The state that a row of the query stands for."""
        values = {f.name: row[f.name] for f in fields(cls)}
        values["deleted"] = bool(row["deleted"])
        return cls(**cast(Any, values))


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
