"""What can be wrong with a row: the closed list of codes. Each has its section in docs/rows.md."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final


@unique
class InvalidCode(StrEnum):
    """Code of a fault. The order is the one in which the first fault of a row is chosen."""

    # The record as a whole.
    MISSING_FIELDS = "missing_fields"
    EXTRA_FIELDS = "extra_fields"
    BAD_QUOTE = "bad_quote"
    QUOTE_NOT_CLOSED = "quote_not_closed"
    RECORD_TOO_LONG = "record_too_long"
    # sensor_id
    SENSOR_ID_EMPTY = "sensor_id_empty"
    SENSOR_ID_TOO_LONG = "sensor_id_too_long"
    SENSOR_ID_CONTROL_CHARACTER = "sensor_id_control_character"
    SENSOR_ID_ENCODING = "sensor_id_encoding"
    # timestamp
    TIMESTAMP_EMPTY = "timestamp_empty"
    TIMESTAMP_FORMAT = "timestamp_format"
    TIMESTAMP_RANGE = "timestamp_range"
    TIMESTAMP_SKIPPED_HOUR = "timestamp_skipped_hour"
    TIMESTAMP_REPEATED_HOUR = "timestamp_repeated_hour"
    TIMESTAMP_ZONE = "timestamp_zone"
    # value
    VALUE_EMPTY = "value_empty"
    VALUE_FORMAT = "value_format"
    VALUE_NOT_FINITE = "value_not_finite"


MEANING: Final[Mapping[InvalidCode, str]] = {
    InvalidCode.MISSING_FIELDS: "The record has fewer fields than its columns need.",
    InvalidCode.EXTRA_FIELDS: "The record has more fields than the header, and the extra ones are not empty.",
    InvalidCode.BAD_QUOTE: "Text follows a closing quote. The line is lost.",
    InvalidCode.QUOTE_NOT_CLOSED: "A quote is open at the end of the line and is not closed where it could be. The line is lost.",
    InvalidCode.RECORD_TOO_LONG: "The line is longer than `MAX_RECORD_BYTES`.",
    InvalidCode.SENSOR_ID_EMPTY: "The sensor_id is empty.",
    InvalidCode.SENSOR_ID_TOO_LONG: "The sensor_id has more than 256 characters.",
    InvalidCode.SENSOR_ID_CONTROL_CHARACTER: "The sensor_id has a control character.",
    InvalidCode.SENSOR_ID_ENCODING: "The sensor_id cannot be decoded.",
    InvalidCode.TIMESTAMP_EMPTY: "The timestamp is empty.",
    InvalidCode.TIMESTAMP_FORMAT: "The timestamp is in none of the expected formats.",
    InvalidCode.TIMESTAMP_RANGE: "The date or time does not exist, or is not in the years 1900 to 2299.",
    InvalidCode.TIMESTAMP_SKIPPED_HOUR: "The local time does not exist: daylight saving began.",
    InvalidCode.TIMESTAMP_REPEATED_HOUR: "The local time exists twice, and nothing says which one is meant.",
    InvalidCode.TIMESTAMP_ZONE: "The time zone of the record is unknown.",
    InvalidCode.VALUE_EMPTY: "The value is empty.",
    InvalidCode.VALUE_FORMAT: "The value is not a decimal number.",
    InvalidCode.VALUE_NOT_FINITE: "The value is `nan`, `inf`, or too large for a float64.",
}
"""What each code means, for the documents; docs/rows.md has the exact rules."""

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
