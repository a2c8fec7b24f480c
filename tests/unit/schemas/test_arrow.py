"""Rows of the row engine made ready for their tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from rows.schema import INVALID, PARTIALS
from schemas.arrow import (
    DEAD_LETTERS,
    INVALID_ROWS,
    SENSOR_RESULTS,
    dead_letter_table,
    invalid_row_table,
    sensor_result_table,
)
from schemas.file_record import DeadLetter
from tests.harness.records import FINISHED, stored_invalid_rows


def test_invalid_rows_get_their_file() -> None:
    rows = stored_invalid_rows()
    batch = pa.RecordBatch.from_pylist(rows, schema=INVALID)
    made = invalid_row_table(batch, "f-1", 2)
    assert made.schema.equals(INVALID_ROWS)
    of_file = {"file_id": "f-1", "generation": 2}
    assert made.to_pylist() == [of_file | row | {"cell": 0} for row in rows]


def test_entries_of_one_row_are_numbered() -> None:
    entry = stored_invalid_rows()[0]
    rows = [entry | {"row": row} for row in (1, 2, 2, 2, 5, 6, 6)]
    made = invalid_row_table(pa.RecordBatch.from_pylist(rows, schema=INVALID), "f-1", 1)
    assert made.column("cell").to_pylist() == [0, 0, 1, 2, 0, 0, 1]
    empty = invalid_row_table(pa.RecordBatch.from_pylist([], schema=INVALID), "f-1", 1)
    assert empty.num_rows == 0


def test_partials_become_results_with_timestamps() -> None:
    partial = {
        "sensor_hash": 7,
        "sensor_id": "a",
        "row_count": 2,
        "min_value": -1.0,
        "max_value": 4.0,
        "sum_hi": 3.0,
        "sum_lo": 1e-20,
        "first_timestamp": -1,
        "first_row": 1,
        "first_value": -1.0,
        "last_timestamp": 1_714_564_800_000_001,
        "last_row": 2,
        "last_value": 4.0,
        "missing_count": 3,
        "excluded_count": 0,
    }
    made = sensor_result_table(pa.Table.from_pylist([partial], schema=PARTIALS), "f-1", 1)
    assert made.schema.equals(SENSOR_RESULTS)
    (row,) = made.to_pylist()
    assert row["first_timestamp"] == datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)
    assert row["last_timestamp"] == datetime(2024, 5, 1, 12, 0, 0, 1, UTC)
    same = set(partial) - {"sensor_hash", "first_timestamp", "last_timestamp"}
    assert {name: row[name] for name in same} == {name: partial[name] for name in same}


@pytest.mark.parametrize("count", [0, 3])
def test_dead_letters_keep_their_bytes(count: int) -> None:
    letters = [
        DeadLetter(
            topic="files.inline",
            partition=1,
            offset=n,
            code="undecodable",
            reason="no",
            key=None,
            value=b"\xff\x00" * n,
            headers={"filename": "a.csv"},
            received_at=FINISHED,
        )
        for n in range(count)
    ]
    made = dead_letter_table(letters)
    assert made.schema.equals(DEAD_LETTERS)
    assert made.column("value").to_pylist() == [letter.value for letter in letters]
    assert made.column("headers").to_pylist() == [[("filename", "a.csv")]] * count
