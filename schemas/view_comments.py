"""What every public view and each of its columns is, in a sentence.

`migrate` sets them as comments in ClickHouse, so SQL clients and the web UI's SQL page show them. A
column has the same meaning in every view that has it, unless a view says something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

VIEWS: Final[Mapping[str, str]] = {
    "dead_letters": "Messages that could not be processed, with their bytes",
    "files": "Files that are not deleted, one row each",
    "invalid_rows": "Invalid rows (in wide files, invalid cells) of each file, with the reason",
    "mended_rows": "Invalid rows that are valid rows of another file now",
    "readings": "Every valid row, if readings are stored (READINGS=on)",
    "sensor_results": "Results of each file per sensor",
    "sensors": "Totals per sensor over all files",
}

# By column; of one view only, by (view, column).
COLUMNS: Final[Mapping[str | tuple[str, str], str]] = {
    "announced_at": "When the message was last announced again, in UTC; NULL if it was not",
    "byte": "Offset of the record in the decoded file, in bytes from 0",
    "cell": "Number of the cell in the record, from 1; 0 if the row is the whole record",
    "cells": "How many cells of a wide record the entry stands for",
    "code": "Code of the first fault",
    ("dead_letters", "code"): "Code of the reason",
    "codes": "Invalid rows by code",
    "column": "Name of the faulty column or role; NULL if the structure is at fault",
    "dialect": "How the file was read, in JSON: each property with its source",
    "duplicate_of": "Id of the earlier file with the same bytes, which counts; NULL if it is no duplicate",
    "error": "A sentence with what was observed and what was expected",
    ("files", "error"): "Why the file failed; NULL if it did not",
    "excluded_count": "Readings excluded by their quality flag, or withheld by max_invalid",
    "file_id": "Id of the file",
    "filename": "Name of the file",
    "files": "How many files have rows of the sensor",
    "finished_at": "When the file became terminal, in UTC",
    "first_timestamp": "Earliest time of a valid row, in UTC",
    "first_value": "Value at first_timestamp",
    "generation": "Which processing of the file this is: 1, and one more with each replay",
    "headers": "Headers of the message",
    "invalid_count": "Invalid rows",
    "invalid_rows_through": "Row up to which invalid rows are kept in detail; NULL if all are",
    "key": "Key of the message",
    "last_timestamp": "Latest time of a valid row, in UTC",
    "last_value": "Value at last_timestamp",
    "letter_id": "Id of the dead letter",
    "line": "Physical line that the record begins on, from 1",
    "max_value": "Largest value; NULL without valid rows",
    "mean_value": "Mean of the values; NULL without valid rows, or if their sum is not finite",
    "min_value": "Smallest value; NULL without valid rows",
    "missing_count": "Empty cells, or texts that mean no reading",
    "notices": "What was seen but not acted on, in JSON",
    "observed": "The faulty text",
    "offset": "Offset of the message in its partition",
    "parent_id": "Id of the container that the file was unpacked from; NULL if it was not",
    "partition": "Partition of the message",
    "processing_ms": "Milliseconds from upload to the terminal status",
    "profile": "Profile that the file was read with",
    "raw": "Text of the record, possibly cut",
    "raw_bucket": "Bucket of the original bytes",
    "raw_key": "Key of the original bytes in the bucket",
    "raw_removed_at": "When a rule of RETENTION removed the original bytes; NULL if it did not",
    "readings_removed_at": "When a rule of RETENTION removed the stored readings; NULL if it did not",
    "reason": "Why the message could not be processed",
    "received_at": "When the message became a dead letter, in UTC",
    "record_count": "Data records read",
    "resubmission_id": "Id of the file that corrects the row",
    "resubmission_of": "Id of the file whose rows this file corrects; NULL if it corrects none",
    "resubmission_row": "Number of the correcting row in that file",
    "row": "Number of the data record, from 1; blank lines are not counted",
    "row_count": "Valid rows",
    "sensor_count": "Sensors with valid rows",
    "sensor_id": "Name of the sensor",
    "sha256": "SHA-256 of the bytes as uploaded, in hexadecimal",
    "size_bytes": "Size as uploaded",
    "source": "How the file arrived: upload, announced, inline or notification",
    "span_end": "End of the faulty text in raw, in characters",
    "span_start": "Begin of the faulty text in raw, in characters from 0",
    "status": "waiting, processed, partial or failed",
    "timestamp": "Time of the reading, in UTC",
    "topic": "Topic of the message",
    "truncated": "Whether raw is cut",
    "upload_time": "When the file was accepted, in UTC",
    "value": "Value of the reading",
    ("dead_letters", "value"): "Bytes of the message",
}

# What parts the head of a view's definition from its SELECT.
SELECT_FOLLOWS: Final = " AS\nSELECT"


def comment_of(view: str, column: str) -> str:
    """What a column of a view is; empty if it has no comment, which a test does not allow."""
    return COLUMNS.get((view, column)) or COLUMNS.get(column, "")


def with_comments(view: str, statement: str, columns: Sequence[tuple[str, str]]) -> str:
    """The statement that creates a view, with the comments of the view and of its columns.

    Args:
        statement: `CREATE OR REPLACE VIEW name DEFINER … AS SELECT …`, without comments.
        columns: name and type of each column, in order.
    """
    declared = ", ".join(
        f"`{name}` {kind} COMMENT {_literal(comment_of(view, name))}" for name, kind in columns
    )
    head, _, select = statement.partition(SELECT_FOLLOWS)
    head = head.replace(f"VIEW {view} ", f"VIEW {view} ({declared}) ", 1)
    return f"{head} COMMENT {_literal(VIEWS.get(view, ''))}{SELECT_FOLLOWS}{select}"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
