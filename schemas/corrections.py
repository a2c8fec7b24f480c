"""A correction of many invalid rows at once: which files, which rows, and what is changed in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from schemas.file_state import Status
from schemas.option_values import shift_us
from schemas.timestamp_format import NAMED, steps_of

M_ = TypeVar("M_", bound=BaseModel)
Column: TypeAlias = Literal["sensor_id", "timestamp", "value"]

MAX_FILE_IDS: Final = 2_000
MAX_CHANGES: Final = 20
_MAX_WORDS: Final = 1_000
_MAX_SHIFT_US: Final = 400 * 366 * 86_400_000_000

# An id has 36 characters; all that one selection names fit a parameter of a statement.
FileId: TypeAlias = Annotated[str, StringConstraints(max_length=60)]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=1_000)]
Find: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class BadRequest(ValueError):  # noqa: N818 - what was asked for, not a fault
    """What was asked for cannot be done; says what is wrong, and where."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSelection(_Model):
    """Files that have all that is given; at least one thing has to be.

    `members`: those in containers too, which `file_ids`, `profile`, `parent_id` and `q` imply.
    """

    file_ids: tuple[FileId, ...] = Field(default=(), max_length=MAX_FILE_IDS)
    profile: Text | None = None
    status: Status | None = None
    q: Text | None = None
    parent_id: Text | None = None
    since: datetime | None = None
    members: bool = False

    @field_validator("since")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value

    @model_validator(mode="after")
    def _says_which(self) -> FileSelection:
        if not (
            self.file_ids
            or self.profile
            or self.status
            or self.q
            or self.parent_id
            or self.since is not None
        ):
            raise ValueError("say which files: file_ids, profile, status, q, parent_id or since")
        return self


class RowFilter(_Model):
    """Invalid rows that have all that is given: a code, a faulty column, a text in the original row
    (in any case)."""

    code: Text | None = None
    column: Column | None = None
    text: Text | None = None


class Replace(_Model):
    """Each occurrence of a text in a cell becomes another one; `whole`: the cell as a whole."""

    kind: Literal["replace"]
    column: Column
    find: Find
    replacement: Text = ""
    whole: bool = False


class MapValues(_Model):
    """A cell that is one of the words becomes the text of that word; case does not matter."""

    kind: Literal["map"]
    column: Column = "value"
    words: dict[Find, Text] = Field(min_length=1, max_length=_MAX_WORDS)


class TimeFormat(_Model):
    """A timestamp is read with a strptime format."""

    kind: Literal["time_format"]
    format: Find

    @field_validator("format")
    @classmethod
    def _is_date_and_time(cls, value: str) -> str:
        if value in NAMED:
            raise ValueError(f"`{value}` is no strptime format such as %d.%m.%Y %H:%M:%S")
        steps = steps_of(value)
        for unknown in ("%*", "%Z"):
            if unknown in steps:
                raise ValueError(f"{unknown} cannot be used in a correction")
        if not {"%H", "%I"} & set(steps) or not {"%Y", "%y"} & set(steps):
            raise ValueError("a date and a time of day are needed")
        return value


class ShiftTimes(_Model):
    """A duration such as `-1h` is added to a timestamp."""

    kind: Literal["shift"]
    by: Find

    @field_validator("by")
    @classmethod
    def _is_duration(cls, value: str) -> str:
        micros = shift_us(value)
        if not micros or abs(micros) > _MAX_SHIFT_US:
            raise ValueError(f"`{value[:60]}` is no duration such as -1min, 900s, 1.5h")
        return value


Change: TypeAlias = Annotated[
    Replace | MapValues | TimeFormat | ShiftTimes, Field(discriminator="kind")
]


class Correction(_Model):
    """The changes, one after the other, of the cells of rows of files."""

    files: FileSelection
    rows: RowFilter = RowFilter()
    changes: tuple[Change, ...] = Field(min_length=1, max_length=MAX_CHANGES)


class Reprocessing(_Model):
    """Files that are read again with changed read options; `auto` takes an option back."""

    files: FileSelection
    options: dict[Text, Text | bool | int | tuple[Text, ...]] = Field(default={}, max_length=100)

    def texts(self) -> dict[str, list[str]]:
        """The options as they would be given in a query."""
        return {
            name: [_text(one) for one in (value if isinstance(value, tuple) else (value,))]
            for name, value in self.options.items()
        }


def correction_from(data: Any) -> Correction:
    """A correction from JSON values.

    Raises:
        BadRequest: says what is wrong.
    """
    return _from(Correction, data)


def reprocessing_from(data: Any) -> Reprocessing:
    """A reprocessing from JSON values.

    Raises:
        BadRequest: says what is wrong.
    """
    return _from(Reprocessing, data)


def _from(model: type[M_], data: Any) -> M_:
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise BadRequest(f"{place}: {reason}" if place else reason) from None


def _text(value: str | bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
