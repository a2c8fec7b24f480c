"""Notices: what was seen in a file and not acted on. docs/errors.md lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from pydantic import BaseModel, ConfigDict


@unique
class NoticeCode(StrEnum):
    """Code of a notice."""

    SENTINEL = "sentinel"
    FUTURE = "future"
    ID_E_NOTATION = "id_e_notation"
    REPEATED = "repeated"
    TIMES_GO_BACK = "times_go_back"
    LOCAL_ZONE = "local_zone"
    SEVERAL_QUANTITIES = "several_quantities"
    ENCODING = "encoding"
    OVERLAP = "overlap"


MEANING: Final[Mapping[NoticeCode, str]] = {
    NoticeCode.SENTINEL: 'Values that often mean "no reading", such as -9999, were taken as readings.',
    NoticeCode.FUTURE: "Timestamps are later than the upload.",
    NoticeCode.ID_E_NOTATION: "Sensor ids are written like 1.39E+12: a spreadsheet may have cut off digits.",
    NoticeCode.REPEATED: "Readings have the sensor and the timestamp of an earlier one.",
    NoticeCode.TIMES_GO_BACK: "Timestamps are earlier than the previous one of the same sensor.",
    NoticeCode.LOCAL_ZONE: "Timestamps without an offset were taken as UTC, but look like local time.",
    NoticeCode.SEVERAL_QUANTITIES: "One sensor has values of several units or quantities.",
    NoticeCode.ENCODING: "The encoding is a guess.",
    NoticeCode.OVERLAP: "Readings have the sensor and the timestamp of readings of earlier files.",
}
"""What each code means, for the documents."""


# Values that makers of loggers and data centres write for: no reading (-127 is that of a DS18B20
# whose wire is broken, 32767 and 65535 are all bits of a register).
SENTINELS: Final = (
    *(-127.0, -999.0, -999.9, -999.99, -9999.0, -9999.9, -9999.99, -99999.0, -999999.0),
    *(-6999.0, -7999.0, -32768.0, -1e30, -1e34, -1e38),
    *(9999.0, 9999.9, 9999.99, 99999.0, 999999.0, 32767.0, 65535.0, 1e30, 1e34, 1e36, 1e37, 1e38),
)


class Notice(BaseModel):
    """One notice about a file."""

    model_config = ConfigDict(frozen=True)
    code: NoticeCode
    # Records or readings it is about; None if it is about the file as a whole.
    count: int | None = None
    first_row: int | None = None
    message: str
    # What to do about it: an option to set, in words.
    suggestion: str | None = None
    # Other files that it names.
    file_ids: tuple[str, ...] = ()
    # Whether there may be more than `count`.
    lower_bound: bool = False


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a notice that rows were counted for says, of one and of several, and what to do about it."""

    one: str
    several: str
    suggestion: str


_COUNTED: Final[dict[NoticeCode, _Counted]] = {
    NoticeCode.SENTINEL: _Counted(
        "value that often means `no reading`, such as -9999, was taken as a reading",
        "values that often mean `no reading`, such as -9999, were taken as readings",
        "say with missing that the value means: no reading",
    ),
    NoticeCode.FUTURE: _Counted(
        "timestamp is later than the upload",
        "timestamps are later than the upload",
        "check timezone, timestamp_format and the clock of the logger",
    ),
    NoticeCode.ID_E_NOTATION: _Counted(
        "sensor id is written like 1.39E+12: a spreadsheet may have cut off digits",
        "sensor ids are written like 1.39E+12: a spreadsheet may have cut off digits",
        "export the file again with the column as text",
    ),
    NoticeCode.REPEATED: _Counted(
        "reading has the sensor and the timestamp of one before it",
        "readings have the sensor and the timestamp of one before them",
        "check whether another column distinguishes the sensors, and name it with sensor_column too",
    ),
    NoticeCode.TIMES_GO_BACK: _Counted(
        "timestamp is earlier than the one before of the same sensor",
        "timestamps are earlier than the one before of the same sensor",
        "check timestamp_format and timezone, or whether the file holds several downloads",
    ),
}


def counted_notice(code: str, count: int, first_row: int) -> Notice:
    """The notice of a code that rows were counted for.

    Args:
        count: of records or readings.
        first_row: number of the first of them.
    """
    counted = _COUNTED[NoticeCode(code)]
    what = counted.one if count == 1 else counted.several
    return Notice(
        code=NoticeCode(code),
        count=count,
        first_row=first_row,
        message=f"{count} {what}; the first in row {first_row}"
        if count != 1
        else f"1 {what}, in row {first_row}",
        suggestion=counted.suggestion,
    )


def with_counted(
    seen: Sequence[Notice], counted: Mapping[str, tuple[int, int]]
) -> tuple[Notice, ...]:
    """The notices of a file: those of its head, then those that its rows were counted for.

    Args:
        counted: how many rows of each code, and the number of the first of them.
    """
    return (*seen, *(counted_notice(code, *found) for code, found in sorted(counted.items())))


@dataclass(frozen=True, slots=True)
class OverlappedFile:
    """An earlier file, and how many readings of a later one have the sensor and the timestamp of one
    of its readings and of no file between them."""

    file_id: str
    filename: str
    readings: int


# Earlier files that a notice names.
_NAMED: Final = 3


def overlap_notice(
    others: Sequence[OverlappedFile], first_row: int, *, lower_bound: bool
) -> Notice:
    """The notice of a file whose readings overlap earlier files.

    Args:
        others: one or more; those with the most readings are named.
        first_row: number of the first record with such a reading.
        lower_bound: whether more earlier files overlap than were compared.
    """
    count = sum(other.readings for other in others)
    most = sorted(others, key=lambda other: (-other.readings, other.filename, other.file_id))
    names = ", ".join(f"{other.filename} ({other.readings})" for other in most[:_NAMED])
    if len(most) > _NAMED:
        names += f" and {len(most) - _NAMED} more"
    least = "at least " if lower_bound else ""
    files = "an earlier file" if len(most) == 1 else "earlier files"
    what = "readings have the sensor and the timestamp of readings of"
    if count == 1:
        what = "reading has the sensor and the timestamp of a reading of"
    return Notice(
        code=NoticeCode.OVERLAP,
        count=count,
        first_row=first_row,
        message=f"{least}{count} {what} {files}: {names}; the first in row {first_row}",
        suggestion="they count in both files: if they are the same readings, delete the file that"
        " the other one contains, or send only what is new",
        file_ids=tuple(other.file_id for other in most[:_NAMED]),
        lower_bound=lower_bound,
    )
