"""What the API answers, described for OpenAPI.

Answers are made as plain documents (`schemas.file_document`), not by way of these models: a page of
1,000 sensors would be built twice. Tests hold the one against the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from schemas.events import ContainerKind, PropertySource
from schemas.file_state import Status
from schemas.invalid_codes import InvalidCode
from schemas.notices import Notice
from schemas.suggestions import FirstReading, Suggestion

T_ = TypeVar("T_")


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


class InvalidRow(BaseModel):
    """An invalid row."""

    row: int = Field(description="Number of the data record, from 1.")
    line: int = Field(description="Physical line it begins on, from 1.")
    byte: int = Field(description="Byte offset in the file, from 0.")
    column: str | None = Field(description="sensor_id, timestamp, value, or null: its structure.")
    code: InvalidCode = Field(description="Of the first fault.")
    error: str = Field(description="Names every fault, what was seen and what was expected.")
    raw: str = Field(description="The original row.")
    truncated: bool = Field(description="Whether `raw` is cut off.")
    cells: int = Field(description="Cells it cost: several if a record of a wide file is invalid.")
    observed: str | None = Field(description="The text that the first fault is about.")
    span_start: int | None = Field(description="Where `observed` begins in `raw`, in characters.")
    span_end: int | None = Field(description="End of `observed` in `raw`.")


class RowFields(BaseModel):
    """The three cells of a row; empty if the row has no such field, or not all of it is known."""

    sensor_id: str
    timestamp: str
    value: str


class RowCorrection(BaseModel):
    """The file with the corrected row."""

    file_id: str
    status: Literal["corrected", "waiting"] = Field(
        description="`waiting`: the other file is not processed yet."
    )


class ListedInvalidRow(InvalidRow):
    """An invalid row with its cells as the CSV export has them."""

    cell: int = Field(description="Of several invalid cells of a row: which one, from 0.")
    fields: RowFields = Field(description="What a resubmission is compared with.")
    correction: RowCorrection | None = Field(description="null if no file corrects it.")
    file_id: str = Field(
        default="", description="In the list of a container only: the member that the row is of."
    )
    member: str = Field(
        default="", description="In the list of a container only: the member's name in it."
    )


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


class _Property(BaseModel):
    source: PropertySource = Field(description="How it was determined.")


class TextProperty(_Property):
    """A property of how a file was read."""

    value: str


class OptionalTextProperty(_Property):
    """A property of how a file was read; null if there is none."""

    value: str | None


class FlagProperty(_Property):
    """A property of how a file was read: yes or no."""

    value: bool


class TextsProperty(_Property):
    """A property of how a file was read, with several values."""

    value: list[str]


class ColumnRole(BaseModel):
    """A column of a file."""

    name: str
    role: Literal["sensor", "timestamp", "value", "quality", "zone"] | None = Field(
        description="null if it is not read."
    )


class Dialect(BaseModel):
    """How a file was read."""

    layout: TextProperty
    encoding: TextProperty
    compression: OptionalTextProperty
    delimiter: TextProperty
    quote: TextProperty
    escape: OptionalTextProperty
    comment: OptionalTextProperty
    decimal: TextProperty
    thousands: OptionalTextProperty
    header: FlagProperty
    first_data_line: int = Field(description="Physical line of the first data record, from 1.")
    profile: str | None
    profile_version: int | None
    columns: list[ColumnRole] = Field(description="The first 1,000.")
    column_count: int
    sensor: TextProperty = Field(description="Template of the sensor_id.")
    timestamp: TextsProperty = Field(description="Columns of the timestamp.")
    timestamp_format: TextsProperty
    timezone: TextProperty
    values: TextsProperty = Field(description="Value columns, the first 1,000.")
    missing: TextsProperty
    max_invalid: OptionalTextProperty = Field(
        description="Most invalid rows: a number, or a share such as 5%; null is no limit."
    )


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
    generation: int = Field(description="1, and one more with each replay.")
    sensor_count: int | None
    invalid_count: int | None
    record_count: int | None = Field(description="Data records.")
    missing_count: int | None = Field(description="Cells or records without a reading.")
    excluded_count: int | None = Field(description="Readings left out by their quality flag.")
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


class Refusal(BaseModel):
    """A resubmitted row that was rejected."""

    line: int = Field(description="Line of the request body.")
    row: str = Field(description="Content of its column `row`.")
    code: Literal[
        "no_number",
        "twice",
        "not_invalid",
        "already_corrected",
        "waiting",
        "cut_off",
        "still_invalid",
    ]
    reason: str


class TakenRows(BaseModel):
    """The outcome of the rows that were resubmitted."""

    accepted: int
    unchanged: int = Field(description="Unchanged, and still invalid.")
    refused: int
    refusals: list[Refusal] = Field(description="The first 100.")


class ResubmittedFile(FileDocument):
    """A file of corrected rows, as the call that creates it returns it."""

    resubmission: TakenRows


class SensorResult(BaseModel):
    """Results of one sensor of a file."""

    sensor_id: str
    row_count: int = Field(description="Readings; without any the values below are null.")
    min_value: float | None
    max_value: float | None
    mean_value: float | None = Field(description="null if the sum is not finite.")
    first_timestamp: datetime | None
    first_value: float | None
    last_timestamp: datetime | None
    last_value: float | None
    missing_count: int
    excluded_count: int


class SensorTotals(SensorResult):
    """Results of one sensor over all files."""

    files: int


class SourceTotals(BaseModel):
    """What the sensors of one source have together."""

    source: str = Field(description="What their sensor_id has before the first slash.")
    sensors: int
    row_count: int
    first_timestamp: datetime | None
    last_timestamp: datetime | None = Field(description="When any of them was last heard of.")


class SensorInFile(SensorResult):
    """Results of one sensor in one file."""

    file_id: str
    filename: str


class Page(BaseModel, Generic[T_]):
    """A page of a list."""

    items: list[T_]
    next_cursor: str | None = Field(description="For the next page; null at the end.")


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


class ReadingInterval(BaseModel):
    """Aggregates of the readings of an interval."""

    timestamp: datetime = Field(description="Start of the interval.")
    row_count: int
    min_value: float
    max_value: float
    mean_value: float | None = Field(description="null if the sum is not finite.")


class Readings(BaseModel):
    """Readings over time; range and interval are null if there are none."""

    sensor_id: str | None = Field(description="null: all sensors.")
    begin: datetime | None = Field(alias="from")
    to: datetime | None = Field(description="The exclusive end of the range.")
    interval_seconds: float | None
    items: list[ReadingInterval] = Field(description="Intervals that have readings, in order.")


class ListedCounts(BaseModel):
    """Files by the status that the list of files shows: containers in place of their members."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int


class Counts(BaseModel):
    """Counts over all files; of a container its members are counted."""

    files: int
    waiting: int
    processed: int
    partial: int
    failed: int
    size_bytes: int
    row_count: int
    invalid_count: int
    record_count: int
    missing_count: int
    excluded_count: int
    sensor_count: int
    listed: ListedCounts


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What was wrong, where, and what to do.")
    code: str = Field(description="Stable; docs/errors.md lists all of them.")


class Live(BaseModel):
    """Whether the process is healthy."""

    status: Literal["live", "not live"]
    version: str = Field(description="Version of the product.")
    lost_tasks: dict[str, str] = Field(
        default={},
        description="Background tasks that fail again and again, with the last failure of each.",
    )


class Part(BaseModel):
    """One thing the process needs: a service, or another check."""

    ready: bool
    required: bool = Field(description="Whether uploads cannot be taken without it.")
    reason: str | None = Field(description="Why it is not ready.")
    detail: str | None = Field(description="More of what is ready: how many workers.")


class Ready(BaseModel):
    """Whether uploads can be taken."""

    status: Literal["ready", "degraded", "not ready"] = Field(
        description="`degraded`: uploads are taken, but a part fails that is not required."
    )
    parts: dict[str, Part]
