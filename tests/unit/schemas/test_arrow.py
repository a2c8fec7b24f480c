"""Rows of the row engine made ready for their tables."""

from __future__ import annotations

import pyarrow as pa
import pytest

from rows.schema import INVALID
from schemas.arrow import (
    DEAD_LETTERS,
    INVALID_ROWS,
    dead_letter_table,
    invalid_row_table,
)
from schemas.dead_letter import DeadLetter
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
