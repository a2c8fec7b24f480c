"""What the service answers, with types. `document` is always the whole answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["waiting", "processed", "partial", "failed"]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is now.

    Counts are 0, and `min_value` and `max_value` None, while it waits; the latter stay None if no
    row is valid.
    """

    file_id: str
    filename: str
    status: Status
    generation: int
    upload_time: datetime
    row_count: int
    invalid_count: int
    sensor_count: int
    min_value: float | None
    max_value: float | None
    # Why it failed; None otherwise.
    error: str | None
    # Whether a later generation is being processed.
    replaying: bool
    # The earlier file with the same bytes, if this one does not count because of it.
    duplicate_of: str | None
    # When a rule of retention removed its original bytes, and its stored readings; None if it did not.
    raw_removed_at: datetime | None
    readings_removed_at: datetime | None
    document: Document = field(repr=False, compare=False)

    @classmethod
    def of(cls, document: Document) -> File:
        """The file of a file document."""
        found = document.get("aggregations") or {}
        return cls(
            file_id=document["file_id"],
            filename=document["filename"],
            status=document["status"],
            generation=document["generation"],
            upload_time=datetime.fromisoformat(document["upload_time"]),
            row_count=found.get("row_count") or 0,
            invalid_count=document.get("invalid_count") or 0,
            sensor_count=document.get("sensor_count") or 0,
            min_value=_number(found.get("min_value")),
            max_value=_number(found.get("max_value")),
            error=document.get("error"),
            replaying=bool(document.get("replay")),
            duplicate_of=document.get("duplicate_of"),
            raw_removed_at=_moment(document.get("raw_removed_at")),
            readings_removed_at=_moment(document.get("readings_removed_at")),
            document=document,
        )

    @property
    def ended(self) -> bool:
        """Whether it is processed, and no later generation is in progress."""
        return self.status != "waiting" and not self.replaying


@dataclass(frozen=True, slots=True)
class Sensor:
    """Results of one sensor: in one file, or over all files (then `files` counts them).

    What is of readings is None for a sensor without any, whose cells are all missing or excluded;
    `mean_value` also where the sum of the readings is beyond all float64.
    """

    sensor_id: str
    row_count: int
    min_value: float | None
    max_value: float | None
    mean_value: float | None
    first_timestamp: datetime | None
    first_value: float | None
    last_timestamp: datetime | None
    last_value: float | None
    files: int | None
    document: Document = field(repr=False, compare=False)

    @classmethod
    def of(cls, document: Document) -> Sensor:
        """The sensor of an item of a list."""
        values = {
            name: _number(document[name])
            for name in ("min_value", "max_value", "mean_value", "first_value", "last_value")
        }
        return cls(
            sensor_id=document["sensor_id"],
            row_count=document["row_count"],
            first_timestamp=_moment(document["first_timestamp"]),
            last_timestamp=_moment(document["last_timestamp"]),
            files=document.get("files"),
            document=document,
            **values,
        )


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row that is not valid, or an invalid cell of a wide record.

    `column` is the name of the faulty column or role, None if the row's structure is wrong; `error`
    names every fault.
    """

    row: int
    line: int
    column: str | None
    code: str
    error: str
    raw: str
    document: Document = field(repr=False, compare=False)

    @classmethod
    def of(cls, document: Document) -> InvalidRow:
        """The row of an item of a list."""
        names = ("row", "line", "column", "code", "error", "raw")
        return cls(**{name: document[name] for name in names}, document=document)


@dataclass(frozen=True, slots=True)
class Profile:
    """Saved read options, and the files that they are for; `version` 1 is the first one."""

    name: str
    version: int
    built_in: bool
    title: str
    match: Document
    options: Document
    document: Document = field(repr=False, compare=False)

    @classmethod
    def of(cls, document: Document) -> Profile:
        """The profile of a profile document."""
        names = ("name", "version", "built_in", "title", "match", "options")
        return cls(**{name: document[name] for name in names}, document=document)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a file: `progress`, `done` or `deleted`; of all files: `file`,
    `deleted` or `reset` (too much changed to list it: ask for the list again)."""

    kind: str
    event_id: str
    document: Document

    @property
    def file(self) -> File | None:
        """The file, unless it is deleted or the event is about none."""
        return File.of(self.document) if self.document.get("filename") else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
