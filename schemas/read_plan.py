"""The read plan: what the head of a file was resolved to. Nothing else is looked at later.

A plan is made once per file and travels with its events, so that a batch gives the same readings
whatever other batches there are. Positions of columns are 0-based.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.timestamp_format import check_format

# A text with the cells of a record in it: literal texts, and positions of columns. In the template
# of a sensor COLUMN is the name of the value column.
Template: TypeAlias = tuple[int | str, ...]
COLUMN: Final = -1
# Context of the validation of events, and the type of the error if one is of a newer version.
IN_EVENT: Final = {"in_event": True}
NEWER: Final = "newer_version"


class Exact(BaseModel):
    """Base of what says how bytes become readings.

    In an event a field that this version does not know is refused: without it the file would be read
    in another way than the version means that wrote it. Fields with their default are not written,
    so only files that need a new field have to wait for a worker that knows it.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, fields: Any, info: ValidationInfo) -> Any:
        if info.context == IN_EVENT and isinstance(fields, dict):
            unknown = fields.keys() - cls.model_fields.keys()
            if unknown:
                raise _newer(f"{cls.__name__} with {', '.join(sorted(unknown))}")
        return fields


def _newer(what: str) -> PydanticCustomError:
    return PydanticCustomError(NEWER, "{what} is of a newer version", {"what": what})


class RecordOrder(Exact):
    """How the records of one sensor follow each other; decides the repeated hour `by order`.

    Settled from the head of the file, see `rows.head_order`.
    """

    # Nothing is known: no sensor has two times.
    unknown: bool = False
    descending: bool = False
    # Usual distance of two times in microseconds (0: not known), and records that share one time
    # (0: sometimes more, sometimes less).
    step_us: int = 0
    repeats: int = 1
    # What all instants of the head leave if they are divided by `step_us`; None: not the same for all.
    phase_us: int | None = None
    # Whether the head is all of the file, so that no record can have another phase.
    whole: bool = False
    # How far times go back at most, but for jumps of hours.
    jitter_us: int = 0


class TimePlan(Exact):
    """How the cells of a record become an instant."""

    # Cells and literal texts, joined by one space. None: the record has no time.
    parts: Template
    # The first that fits; none: ISO 8601, or an epoch number whose unit follows from its size.
    formats: tuple[str, ...] = ()
    shift_us: int = 0
    # ISO 8601 as in the option `timestamp_start`, all groups filled in.
    start: str | None = None
    # For timestamps without an offset: an IANA name, or an offset such as +01:00.
    zone: str = "UTC"
    # A zone that depends on the record; `zone` is then not used.
    zone_parts: Template = ()
    ambiguous: Literal["order", "earlier", "later", "invalid"] = "order"
    order: RecordOrder = RecordOrder()

    @field_validator("formats")
    @classmethod
    def _formats(cls, formats: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.context == IN_EVENT:
            for form in formats:
                try:
                    check_format(form)
                except ValueError:
                    raise _newer(f"the timestamp format {form!r}") from None
        return formats


class Parts(Exact):
    """What a line in the middle of a file is compared with, which may begin another part of it."""

    # Records begin with a number, so that a line that does not is looked at; they may be in quotes.
    numbers_first: bool = False
    quotes_first: bool = False
    # Entries of lines before the data that say what is measured where: name in small letters, text.
    named: tuple[tuple[str, str], ...] = ()
    # The patterns of `preamble_pattern` that were found, each with the texts of its groups.
    patterns: tuple[tuple[str, ...], ...] = ()
    # The line before the header, without dates.
    title: str | None = None
    # Lines between header and data; `alone` if that is one line of one text.
    units: tuple[str, ...] = ()
    alone: str | None = None


class ReadPlan(Exact):
    """Where a record's sensor, time and values are, and how they are written.

    Compact, because a wide file can have 10,000 value columns: what all value columns share is
    given once.
    """

    layout: Literal["long", "wide"]
    # Names of all columns in order: of the header, of the option, or `#3`.
    columns: tuple[str, ...]
    time: TimePlan
    # Positions of the value columns, in order; one in a long file.
    values: tuple[int, ...]
    # The sensor_id of a reading.
    sensor: Template
    # Position of the quality column: one for all value columns, or one per value column (None:
    # it has no flag); empty without flags.
    quality: tuple[int | None, ...] = ()
    quality_accept: tuple[str, ...] = ()
    quality_reject: tuple[str, ...] = ()
    # An empty cell of a wide file is always missing.
    missing: tuple[str, ...] = ()
    value_map: tuple[tuple[str, float], ...] = ()
    value_unit: tuple[str, ...] = ()
    # `any`: a point and a comma, as in the files whose header is sensor_id,timestamp,value.
    decimal: Literal[".", ",", "any"] = "."
    thousands: Literal[",", ".", "'", " "] | None = None
    ragged: tuple[Literal["fill", "cut"], ...] = ()
    # Cells may be texts that are written as formulas, so that spreadsheets leave them alone: `="007"`.
    formulas: bool = False
    end_pattern: str | None = None
    # None: no line begins another part.
    parts: Parts | None = None
