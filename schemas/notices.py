"""Notices: what was seen in a file and not acted on. The closed list of codes is in docs/rows.md."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict


class NoticeCode(StrEnum):
    """Code of a notice."""

    SENTINEL = "sentinel"  # a value such as -9999 that often means: no reading
    FUTURE = "future"  # a reading later than the upload
    ID_E_NOTATION = "id_e_notation"  # a sensor_id such as 1.39E+12
    REPEATED = "repeated"  # a (sensor, timestamp) that was there before
    TIMES_GO_BACK = "times_go_back"  # a timestamp before the one before it of the same sensor
    LOCAL_ZONE = "local_zone"  # timestamps look like local time, and are taken as UTC
    SEVERAL_QUANTITIES = "several_quantities"  # one sensor has values of several quantities
    ENCODING = "encoding"  # the encoding is a guess


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


_COUNTED: Final[dict[NoticeCode, tuple[str, str]]] = {
    NoticeCode.SENTINEL: (
        "values that often mean `no reading`, such as -9999, were taken as readings",
        "say with missing that the value means: no reading",
    ),
    NoticeCode.FUTURE: (
        "timestamps are later than the upload",
        "check timezone, timestamp_format and the clock of the logger",
    ),
    NoticeCode.ID_E_NOTATION: (
        "sensor ids are written like 1.39E+12: a spreadsheet may have cut off digits",
        "export the file again with the column as text",
    ),
    NoticeCode.REPEATED: (
        "readings have the sensor and the timestamp of one before them",
        "check whether another column distinguishes the sensors, and name it with sensor_column too",
    ),
    NoticeCode.TIMES_GO_BACK: (
        "timestamps are earlier than the one before of the same sensor",
        "check timestamp_format and timezone, or whether the file holds several downloads",
    ),
}
"""What a notice that rows were counted for says, and what to do about it."""


def counted_notice(code: str, count: int, first_row: int) -> Notice:
    """The notice of a code that rows were counted for.

    Args:
        count: of records or readings.
        first_row: number of the first of them.
    """
    message, suggestion = _COUNTED[NoticeCode(code)]
    return Notice(
        code=NoticeCode(code),
        count=count,
        first_row=first_row,
        message=f"{count} {message}; the first in row {first_row}",
        suggestion=suggestion,
    )
