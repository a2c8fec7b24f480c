"""The tables of ClickHouse that are written to, and which of their rows replace each other."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Any, ClassVar, Final, Protocol

Row = Mapping[str, Any]


@unique
class Table(StrEnum):
    """The tables that are written to."""

    FILE_RECORDS = "file_records"
    SENSOR_RESULTS = "sensor_result_rows"
    INVALID_ROWS = "invalid_row_rows"
    READINGS = "readings_by_sensor"
    FILE_PROGRESS = "file_progress"
    RESUBMITTED_ROWS = "resubmitted_row_rows"
    DEAD_LETTERS = "dead_letter_rows"
    SUSPECTS = "suspect_rows"
    BULK_OPERATIONS = "bulk_operations"
    BULK_OUTCOMES = "bulk_outcomes"


# Rows with equal identity replace each other: the one with the highest version holds, and among
# equal versions the one written last.
IDENTITY: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.FILE_RECORDS: ("file_id",),
    Table.SENSOR_RESULTS: ("file_id", "generation", "sensor_id"),
    Table.INVALID_ROWS: ("file_id", "generation", "row", "cell"),
    Table.READINGS: ("file_id", "generation", "row", "cell"),
    Table.FILE_PROGRESS: ("file_id", "generation"),
    Table.RESUBMITTED_ROWS: ("file_id", "row", "resubmission_id", "cell", "part"),
    Table.DEAD_LETTERS: ("topic", "partition", "offset", "value"),
    Table.SUSPECTS: ("message", "death"),
    Table.BULK_OPERATIONS: ("id",),
    Table.BULK_OUTCOMES: ("operation_id", "file_id"),
}
VERSION: Final[Mapping[Table, str | None]] = {
    Table.FILE_RECORDS: "version",
    Table.SENSOR_RESULTS: None,
    Table.INVALID_ROWS: None,
    Table.READINGS: None,
    Table.FILE_PROGRESS: "version",
    Table.RESUBMITTED_ROWS: None,
    Table.DEAD_LETTERS: None,
    Table.SUSPECTS: None,
    Table.BULK_OPERATIONS: "version",
    Table.BULK_OUTCOMES: None,
}


class Record(Protocol):
    """A row with a type of its own."""

    TABLE: ClassVar[Table]

    def row(self) -> Row:
        """Columns of the table by name, JSON types and datetimes only."""
        ...
