"""What can be wrong with a row: the closed list of codes. Each has its section in docs/rows.md."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class InvalidCode(StrEnum):
    """Code of a fault. The order is the one in which the first fault of a row is chosen."""

    # The record as a whole.
    MISSING_FIELDS = "missing_fields"  # one of the three is not there
    EXTRA_FIELDS = "extra_fields"  # more than the header has, and not empty
    BAD_QUOTE = "bad_quote"  # something follows a closing quote
    QUOTE_NOT_CLOSED = "quote_not_closed"  # a quote is open at the line's end and stays so
    RECORD_TOO_LONG = "record_too_long"
    # sensor_id
    SENSOR_ID_EMPTY = "sensor_id_empty"
    SENSOR_ID_TOO_LONG = "sensor_id_too_long"
    SENSOR_ID_CONTROL_CHARACTER = "sensor_id_control_character"
    SENSOR_ID_ENCODING = "sensor_id_encoding"  # not UTF-8
    # timestamp
    TIMESTAMP_EMPTY = "timestamp_empty"
    TIMESTAMP_FORMAT = "timestamp_format"
    TIMESTAMP_RANGE = "timestamp_range"  # no such day or time, or not in the years that are taken
    TIMESTAMP_SKIPPED_HOUR = "timestamp_skipped_hour"  # no such local time: the clock went forward
    TIMESTAMP_REPEATED_HOUR = "timestamp_repeated_hour"  # two such local times: which one is open
    TIMESTAMP_ZONE = "timestamp_zone"  # the record's time zone is not known
    # value
    VALUE_EMPTY = "value_empty"
    VALUE_FORMAT = "value_format"
    VALUE_NOT_FINITE = "value_not_finite"  # nan, inf, or too large for a float64


COLUMNS: Final = ("sensor_id", "timestamp", "value")

COLUMN_OF: Final[dict[InvalidCode, str | None]] = {
    code: next((column for column in COLUMNS if code.value.startswith(column + "_")), None)
    for code in InvalidCode
}

_COLUMN_BY_NAME: Final[dict[str, str | None]] = {c.value: name for c, name in COLUMN_OF.items()}

# Codes are small numbers where they are many: from 1 in the order above, 0 for no fault.
NUMBER_OF: Final = {code: number for number, code in enumerate(InvalidCode, start=1)}


def by_column(codes: Mapping[str, int]) -> dict[str, int]:
    """Counts by code as counts by column; `structure` stands for the record as a whole."""
    columns = dict.fromkeys(("structure", *COLUMNS), 0)
    for code, count in codes.items():
        columns[_COLUMN_BY_NAME.get(code) or "structure"] += count
    return {column: count for column, count in columns.items() if count}
