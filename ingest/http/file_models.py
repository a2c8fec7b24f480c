"""Shapes of the documents of files and of uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from ingest.http.dialect_models import ColumnRole, Dialect
from ingest.http.invalid_row_models import InvalidRow, TakenRows
from schemas.events import ContainerKind
from schemas.file_state import Status
from schemas.notices import Notice
from schemas.suggestions import FirstReading, Suggestion


class Progress(BaseModel):
    """How far a file is."""

    batches_done: int
    batches_total: int | None = Field(description="null until the file is cut to its end.")
    rows_done: int = Field(description="Valid and invalid rows of the batches done.")


class Replay(BaseModel):
    """The generation that will take the place of what is shown."""

    generation: int
    requested_at: datetime
    progress: Progress


class Resubmission(BaseModel):
    """A file of corrected invalid rows."""

    file_id: str
    corrected_count: int = Field(description="How many invalid rows it corrects.")
    mended_count: int = Field(deprecated=True, description="Former name of `corrected_count`.")


class LimitReached(BaseModel):
    """A limit that bears on what is shown of a file."""

    code: Literal["too_many_invalid_rows"]
    through_row: int = Field(description="Details of invalid rows are kept up to this row.")
    reason: str


class Extent(BaseModel):
    """Valid rows: how many, the smallest and the largest value."""

    row_count: int
    min_value: float | None
    max_value: float | None


class Aggregations(Extent):
    """Aggregates of the valid rows of a file."""

    per_sensor_count: dict[str, int] = Field(description="Valid rows by sensor, up to 10,000.")


class Members(BaseModel):
    """How many members of a container are files, and how many have each status."""

    total: int
    waiting: int
    processed: int
    partial: int
    failed: int


class _File(BaseModel):
    file_id: str
    status: Status
    upload_time: datetime
    processing_ms: int | None
    filename: str
    size_bytes: int
    sha256: str
    generation: int = Field(
        description="1, or 2 for a file with the bytes of an earlier one; one more with each replay."
    )
    sensor_count: int | None
    invalid_count: int | None
    record_count: int | None = Field(description="Data records.")
    missing_count: int | None = Field(description="Cells or records without a reading.")
    excluded_count: int | None = Field(
        description="Readings left out by their quality flag, or withheld by `max_invalid`."
    )
    codes: dict[str, int] = Field(description="Invalid rows by code.")
    invalid_by_column: dict[str, int] = Field(
        description="Invalid rows by column; `structure` is the record as a whole."
    )
    corrected_count: int = Field(
        description="Invalid rows that are valid rows of another file now."
    )
    mended_count: int = Field(deprecated=True, description="Former name of `corrected_count`.")
    resubmissions: list[Resubmission] = Field(description="The files with corrected rows.")
    resubmission_of: str | None = Field(description="The file whose rows this one corrects.")
    duplicate_of: str | None = Field(
        description="The earlier file with the same bytes, which counts in its place."
    )
    raw_removed_at: datetime | None = Field(
        description="When a rule of `RETENTION` removed the bytes of the file: it cannot be downloaded, "
        "replayed or exported any more."
    )
    readings_removed_at: datetime | None = Field(
        description="When a rule of `RETENTION` removed the stored readings of the file."
    )
    parent_id: str | None = Field(description="The container that the file is a member of.")
    container: ContainerKind | None = Field(
        description="Kind of a container, once it is recognised; null for any other file."
    )
    members: Members | None = Field(
        description="Of a container: its members that are files, in all and by status."
    )
    options: dict[str, Any] = Field(description="Read options that were set.")
    profile: str | None = Field(description="Name of the profile it was read with.")
    profile_version: int | None = Field(description="Version of that profile.")
    notices: list[Notice] = Field(description="What was seen in the file and not acted on.")
    suggestions: list[Suggestion] = Field(
        description="If the file is in doubt: ready-made sets of read options."
    )
    dialect: Dialect | None = Field(
        description="How it was read, each property with how it was determined; null until known."
    )
    error: str | None = Field(description="Why the file failed.")
    limit_reached: LimitReached | None = Field(
        description="From where details of invalid rows are not kept; null if all are kept."
    )
    progress: Progress
    replay: Replay | None = Field(description="null unless the file is being replayed.")
    links: dict[str, str]


class FileDocument(_File):
    """A file; `aggregations` is null while it waits."""

    aggregations: Aggregations | None
    invalid_rows: list[InvalidRow] = Field(description="The first 100.")


class Reprocessing(BaseModel):
    """A known file is read again, because it was uploaded with other read options."""

    generation: int = Field(description="The one that is read with the options of this upload.")
    message: str


class UploadedFile(FileDocument):
    """A file as the call that uploaded it answers it."""

    reprocessing: Reprocessing | None = Field(
        None, description="Only if the file was known and the options are other ones."
    )


class HeadPreview(BaseModel):
    """What a file begins with."""

    columns: list[ColumnRole] = Field(description="The first 1,000; without roles if in doubt.")
    records: list[list[str]] = Field(description="Cells of the first data records, as text.")
    readings: list[FirstReading] = Field(description="The first ones.")


class DryRunDocument(FileDocument):
    """The result a file would have. No id, upload time or links, because it is not stored."""

    file_id: None  # type: ignore[assignment]
    upload_time: None  # type: ignore[assignment]
    preview: HeadPreview | None = Field(default=None, description="If it was asked for.")


class ListedFile(_File):
    """A file as lists show it."""

    aggregations: Extent | None


class ResubmittedFile(FileDocument):
    """A file of corrected rows, as the call that creates it returns it."""

    resubmission: TakenRows


class ResumableUpload(BaseModel):
    """How far a resumable upload is."""

    upload_id: str
    filename: str
    length: int
    offset: int = Field(description="Bytes received and kept.")
    expires: datetime
    file_id: str | None = Field(description="Once all bytes are received and the file is accepted.")
    known: bool = Field(
        description="The same name and bytes were uploaded before; this is that file."
    )
    generation: int | None = Field(
        description="The generation that reads a known file with other options; null without them."
    )
