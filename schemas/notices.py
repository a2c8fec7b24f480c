"""Notices: what was seen in a file and not acted on. The closed list of codes is in docs/rows.md."""

from __future__ import annotations

from enum import StrEnum

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
