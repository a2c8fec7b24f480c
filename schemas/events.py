"""The events that travel on the product's topics, versioned, and their wire form.

On the wire an event is one line of JSON, then (only where the event carries bytes) a line feed
and the bytes: `{"type": "batch_result", "version": 1, ...}\\n<Arrow IPC stream>`. The fields of an event
larger than `PACKED_FROM`, such as one with the plan of a file of thousands of columns, are packed:
`{"type": ..., "version": 1, "packed": "<base64 of zlib of the JSON object of its fields>"}`.

Every model here has an example in `schemas/examples/<type>.v<version>.json`; a test fails where
one is missing, or no longer says what the model says.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from schemas.errors import BadData
from schemas.notices import Notice
from schemas.read_options import ReadOptions
from schemas.read_plan import IN_EVENT, NEWER, Exact, ReadPlan
from schemas.same_bytes import SameBytes
from schemas.suggestions import Suggestion

Source = Literal["upload", "announced", "inline", "notification"]
PropertySource = Literal["option", "profile", "header", "content", "default"]
# Files that hold files; see `rows.containers`.
ContainerKind = Literal["zip", "tar", "workbook"]

# Bounds of what workers count, index and allocate by: a number out of range is no event.
MAX_BATCHES = 10_000_000
# Characters: an object key has at most 1,024 bytes.
MAX_FILENAME = 1_024
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Ordinal = Annotated[int, Field(ge=1, le=2**63 - 1)]
BatchNumber = Annotated[int, Field(ge=0, le=MAX_BATCHES)]
# Bytes of an event's fields from which on they are packed, and what they may have unpacked: the plan
# of the widest file is a few megabytes.
PACKED_FROM: Final = 64 << 10
MAX_UNPACKED: Final = 32 << 20
PACKED: Final = "packed"
FileId = Annotated[str, Field(min_length=1, max_length=200)]


class Event(BaseModel):
    """Base of every event: frozen, unknown fields ignored so that a newer producer is understood.

    Read options, and what is `Exact`, are refused if they have any: see `decode`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1


class ObjectRef(BaseModel):
    """The place of an object in the store.

    Another producer may put other content there at any moment. With `etag` (without quotes) only the
    content that has it is meant; None: whatever is there.
    """

    model_config = ConfigDict(frozen=True)
    bucket: str
    key: str
    etag: str | None = None


# What says how a dialect was found, not how the file is read.
_ABOUT: Final = {"sources", "profile", "profile_version", "notices"}
_LIMITS: Final = {"max_record_bytes", "max_record_lines"}


class DialectSpec(Exact):
    """How a file's bytes become records; found out once per file, then carried by its events.

    How it is detected and what it does is in docs/rows.md.
    """

    encoding: str = "utf-8"
    # `gzip` or `zstd`; offsets are then those of the expanded file.
    compression: Literal["gzip", "zstd"] | None = None
    delimiter: str = ","  # a space: runs of spaces
    quote: str = '"'
    escape: str | None = None  # a backslash if it escapes quotes
    comment: str | None = None  # what lines begin with that are no rows
    decimal: str = "."  # a comma: point and comma
    timestamp_format: str | None = None  # in place of ISO 8601 and epoch numbers
    line_end: str | None = None  # lf, crlf, cr or mixed: what the head shows, nothing depends on it
    header: bool
    # Records equal to one of these are no rows: the header again, the line of units.
    header_text: str | None = None
    units_text: str | None = None
    # 0-based positions of sensor_id, timestamp, value in a record; -1 where the header lacks one.
    columns: tuple[int, int, int] = (0, 1, 2)
    # Number of fields in the header, or 3 without one.
    width: int = 3
    # Byte offset and physical line of the first data record (after BOM, preamble, header, units).
    data_start: int = 0
    data_line: int = 1
    # Limits of records that this file is read with, regardless of later settings.
    max_record_bytes: int | None = None
    max_record_lines: int | None = None
    # How records become readings; None: `columns` are sensor_id, timestamp and value.
    plan: ReadPlan | None = None
    # How each property was determined: by its name (of an option, or a field of the plan).
    sources: dict[str, PropertySource] = Field(default={})
    # Most invalid rows the file may have; see the read option.
    max_invalid: str | None = None
    # The profile the file is read with.
    profile: str | None = None
    profile_version: int | None = None
    # What the head shows; what the rows show is counted by batch.
    notices: tuple[Notice, ...] = ()

    def reads_like(self, other: DialectSpec) -> bool:
        """Whether equal bytes give the same readings."""
        unlike = _ABOUT | _LIMITS
        return self.model_dump(exclude=unlike) == other.model_dump(exclude=unlike)

    def fingerprint(self) -> str:
        """16 hexadecimal digits, the same for dialects that cut and read a file alike."""
        # What a later version adds does not change it, as long as it is not used.
        text = self.model_dump_json(exclude=_ABOUT, exclude_defaults=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Detected(BaseModel):
    """What is settled of how to read a file that is in doubt, as its document has it.

    `values` has properties by name, `sources` how each was determined. Columns are the first that a
    document lists, each with its role or None.
    """

    model_config = ConfigDict(frozen=True)
    values: dict[str, str | bool | tuple[str, ...] | None] = {}
    sources: dict[str, PropertySource] = {}
    columns: tuple[tuple[str, str | None], ...] = ()
    column_count: Annotated[int, Field(ge=0)] = 0
    # Physical line of the first data record; None if it is not known where the data begin.
    data_line: Annotated[int, Field(ge=1)] | None = None
    profile: str | None = None
    profile_version: int | None = None

    def with_property(
        self, name: str, value: str | bool | tuple[str, ...] | None, source: PropertySource
    ) -> Detected:
        """The same with one more property."""
        return self.model_copy(
            update={
                "values": {**self.values, name: value},
                "sources": {**self.sources, name: source},
            }
        )


class FileUploaded(Event):
    """A raw file is stored and recorded as `waiting`. Carries the whole upload record."""

    TYPE: ClassVar[str] = "file_uploaded"
    file_id: FileId
    generation: Ordinal = 1
    source: Source
    raw: ObjectRef
    filename: str
    size_bytes: Count
    sha256: str
    upload_time: AwareDatetime
    options: ReadOptions = ReadOptions()
    # The revision of the users' profiles that this generation is read with; None: without any.
    profiles: Ordinal | None = None
    content_encoding: str | None = None
    idempotency_key: str | None = None
    # The file whose invalid rows this one corrects.
    resubmission_of: str | None = None
    # How it is read, if nothing is to be detected: corrected rows are read as the file that they
    # are of.
    dialect: DialectSpec | None = None
    # Id of the API key that it was uploaded with; None without one.
    owner: str | None = None
    # The container that the file is a member of, the generation of it that began this one, and the
    # member's name in it.
    parent_id: str | None = None
    parent_generation: Annotated[int, Field(ge=0)] = 0
    member: str | None = None
    # Set once the file is known to be a container.
    container: ContainerKind | None = None
    # Earlier files with the same bytes: if it is read as one of them is, it is a duplicate.
    same_bytes: tuple[SameBytes, ...] = ()
    # It counts although its bytes are known, and so do its members if it is a container.
    forced: bool = False
    # Members that were files already when the container was announced (again) to be unpacked on.
    unpacked_members: Count = 0
    # When a replay was asked for; unset in the first generation.
    requested_at: AwareDatetime | None = None
    # The size at which the file is cut. Part of the identity of its batches, so it travels with
    # the file and never changes for one generation, whatever the settings are by then.
    batch_bytes: Ordinal

    @property
    def own_name(self) -> str:
        """The name that read options refer to: of a member, its name in the container."""
        return self.filename if self.member is None else self.member


class SplitContinued(Event):
    """Where the split of a large file goes on. Written by split to its own topic."""

    TYPE: ClassVar[str] = "split_continued"
    file: FileUploaded
    dialect: DialectSpec
    next_byte: Count
    next_row: Ordinal
    next_line: Ordinal
    next_batch: BatchNumber
    # What is known there of sensors in a repeated hour; see `rows.order`.
    next_order: str = ""


class RowBatch(Event):
    """Some whole records of one file, by reference."""

    TYPE: ClassVar[str] = "row_batch"
    file_id: FileId
    generation: Ordinal
    batch_no: BatchNumber
    source: ObjectRef
    start: Count  # byte offset of the first record
    end: Count  # byte offset after the last record
    rows: Count  # data records in [start, end), as split counted them
    first_row: Ordinal  # number of the first data record
    first_line: Ordinal  # physical line it begins on
    # What is known before it of sensors in a repeated hour; see `rows.order`.
    order: str = ""
    # Of the file: readings later than that are noted. None in events of versions before this one.
    upload_time: AwareDatetime | None = None
    dialect: DialectSpec


class BatchResult(Event):
    """The result of one batch. The payload is its per-sensor partials as an Arrow IPC stream.

    Where the partials are larger than fits a message, they lie in the store at `partials_ref`
    and the payload is empty.
    """

    TYPE: ClassVar[str] = "batch_result"
    file_id: FileId
    generation: Ordinal
    batch_no: BatchNumber
    row_count: Count  # readings
    invalid_count: Count
    # Data records; None in events of versions that knew long files only: valid and inreadings.
    record_count: Count | None = None
    missing_count: Count = 0
    excluded_count: Count = 0
    min_value: float | None
    max_value: float | None
    codes: dict[str, Count] = {}
    # By code of a notice: how many records or readings it is about, and the first row of them.
    notices: dict[str, tuple[Count, Count]] = {}
    partials_ref: ObjectRef | None = None
    # Of the dialect that it was read with; None in events of versions before this one.
    dialect_fingerprint: str | None = None
    # Set where the batch could not be processed after its retries; the file then fails.
    error: str | None = None


class FileSplit(Event):
    """The split of a file is complete (or has failed for good, where `error` says why).

    With `result` the payload is that of the result.
    """

    TYPE: ClassVar[str] = "file_split"
    file: FileUploaded
    batches: BatchNumber
    rows: Count
    dialect: DialectSpec | None = None
    error: str | None = None
    # If the file is in doubt: ready-made sets of read options, and what is settled.
    suggestions: tuple[Suggestion, ...] = ()
    detected: Detected | None = None
    # Where the file could be read up to some byte only: why. What was read before counts.
    damage: str | None = None
    # The result of its only batch, if that was processed at once.
    result: BatchResult | None = None


class FileDropped(Event):
    """The file was deleted while it was worked on: what is kept of it is let go. Any order, twice."""

    TYPE: ClassVar[str] = "file_dropped"
    file_id: FileId
    generation: Ordinal


class FileAnnounced(Event):
    """A file that another producer laid into the store (`files.announced`). Public: no envelope."""

    TYPE: ClassVar[str] = "file_announced"
    bucket: Annotated[str, Field(min_length=1)]
    object_key: Annotated[str, Field(min_length=1)]
    filename: Annotated[str, Field(max_length=MAX_FILENAME)] | None = None
    options: ReadOptions = ReadOptions()
    # Count the file although its bytes are known.
    force: bool = False


INTERNAL: tuple[type[Event], ...] = (
    *(FileUploaded, SplitContinued, RowBatch, BatchResult, FileSplit),
    FileDropped,
)
PUBLIC: tuple[type[Event], ...] = (FileAnnounced,)

# Errors of a part that this version does not know, such as a read option.
_NEWER: Final = {NEWER, "extra_forbidden"}
_BY_NAME: dict[tuple[str, int], type[Event]] = {(e.TYPE, e.VERSION): e for e in INTERNAL}
E_ = TypeVar("E_", bound=Event)


def encode(event: Event, payload: bytes = b"") -> bytes:
    """Wire form of `event` with its optional binary payload."""
    body = event.model_dump_json(exclude_defaults=True).encode()
    if len(body) > PACKED_FROM:
        body = b'{"packed":"' + base64.b64encode(zlib.compress(body)) + b'"}'
    head = f'{{"type":"{event.TYPE}","version":{event.VERSION},'.encode() + body[1:]
    return head + b"\n" + payload if payload else head


def decode(value: bytes | None) -> tuple[Event, bytes]:
    """Event and payload of a message.

    Raises:
        BadData: `undecodable` or `unknown_event`, with a reason for the dead letter. Its file stays
            waiting then and is announced again, until a worker that knows the event has it.
    """
    head, _, payload = (value or b"").partition(b"\n")
    try:
        fields: Any = from_json(head)
    except ValueError as exc:
        raise BadData(
            "undecodable", f"the message does not begin with a line of JSON: {exc}"
        ) from exc
    if not isinstance(fields, dict):
        raise BadData("undecodable", f"expected a JSON object, saw {type(fields).__name__}")
    name, version = fields.pop("type", None), fields.pop("version", None)
    known_types = isinstance(name, str) and isinstance(version, int)
    model = _BY_NAME.get((name, version)) if known_types else None
    if model is None:
        known = ", ".join(f"{n} v{v}" for n, v in _BY_NAME)
        raise BadData("unknown_event", f"type {name!r} version {version!r} is none of: {known}")
    if PACKED in fields:
        fields = _unpacked(fields[PACKED])
    try:
        return model.model_validate(fields, context=IN_EVENT), payload
    except ValidationError as exc:
        newer = {error["type"] for error in exc.errors(include_url=False)} & _NEWER
        raise BadData("unknown_event" if newer else "undecodable", describe(exc)) from exc


def _unpacked(packed: object) -> dict[str, Any]:
    """The fields of a packed event.

    Raises:
        BadData: `undecodable`; also if they are larger than `MAX_UNPACKED`.
    """
    try:
        if not isinstance(packed, str):
            raise ValueError("it is no text")
        expander = zlib.decompressobj()
        body = expander.decompress(base64.b64decode(packed, validate=True), MAX_UNPACKED)
        if not expander.eof:
            raise ValueError(f"it is cut off, or longer than {MAX_UNPACKED} bytes")
        fields = from_json(body)
        if not isinstance(fields, dict):
            raise ValueError(f"expected a JSON object, saw {type(fields).__name__}")
    except (ValueError, zlib.error) as exc:
        raise BadData("undecodable", f"{PACKED} cannot be unpacked: {exc}") from exc
    return fields


def decode_announced(value: bytes | None) -> FileAnnounced:
    """The announcement another producer wrote.

    Raises:
        BadData: `undecodable`, with a reason its producer can read.
    """
    try:
        return FileAnnounced.model_validate_json(value or b"")
    except ValidationError as exc:
        raise BadData("undecodable", describe(exc)) from exc


def describe(error: ValidationError) -> str:
    """One sentence for a validation error: each field with what was wrong."""
    return "; ".join(
        f"{'.'.join(str(p) for p in e['loc']) or 'message'}: {e['msg']}" for e in error.errors()
    )
