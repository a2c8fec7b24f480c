"""The read plan: what the head of a file was resolved to. Nothing else is looked at later.

A plan is made once per file and travels with its events, so that a batch gives the same readings
whatever other batches there are. Positions of columns are 0-based.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

# A text with the cells of a record in it: literal texts, and positions of columns. In the template
# of a sensor COLUMN is the name of the value column.
Template: TypeAlias = tuple[int | str, ...]
COLUMN: Final = -1


class RecordOrder(BaseModel):
    """How the records of one sensor follow each other; decides the repeated hour `by order`.

    Settled from the head of the file, see `rows.head_order`.
    """

    model_config = ConfigDict(frozen=True)
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


class TimePlan(BaseModel):
    """How the cells of a record become an instant."""

    model_config = ConfigDict(frozen=True)
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


class Parts(BaseModel):
    """What a line in the middle of a file is compared with, which may begin another part of it."""

    model_config = ConfigDict(frozen=True)
    # Records begin with a number, so that a line that does not is looked at; they may be in quotes.
    numbers_first: bool = False
    quotes_first: bool = False
    # Entries of lines before the data that say what is measured where: name in small letters, text.
    named: tuple[tuple[str, str], ...] = ()
    # The patterns of `preamble_pattern` that were found, each with the texts of its groups.
    patterns: tuple[tuple[str, ...], ...] = ()
    # The line before the header, without dates.
    title: str | None = None
    # Lines between header and data.
    units: tuple[str, ...] = ()


class ReadPlan(BaseModel):
    """Where a record's sensor, time and values are, and how they are written.

    Compact, because a wide file can have 10,000 value columns: what all value columns share is
    given once.
    """

    model_config = ConfigDict(frozen=True)
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
