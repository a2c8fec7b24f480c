"""Arrow schemas of what is written in bulk, and how it is made ready for its table.

The row engine makes batches of `INVALID` and `RESULTS`; file_id and generation are put beside them
here. Integers are int64 throughout, timestamps of results int64 microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from schemas.records import DeadLetter

# One per invalid row. `column` is null where the structure is at fault.
INVALID: Final = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("byte_offset", pa.int64(), nullable=False),
        pa.field("column", pa.string()),
        pa.field("code", pa.string(), nullable=False),
        pa.field("error", pa.string(), nullable=False),
        pa.field("raw", pa.string(), nullable=False),
        pa.field("truncated", pa.bool_(), nullable=False),
    ]
)

# One per sensor. The sum is sum_hi + sum_lo in double-double; it is not finite where it overflows.
RESULTS: Final = pa.schema(
    [
        pa.field("sensor_id", pa.string(), nullable=False),
        pa.field("row_count", pa.int64(), nullable=False),
        pa.field("min_value", pa.float64(), nullable=False),
        pa.field("max_value", pa.float64(), nullable=False),
        pa.field("sum_hi", pa.float64(), nullable=False),
        pa.field("sum_lo", pa.float64(), nullable=False),
        pa.field("first_timestamp", pa.int64(), nullable=False),
        pa.field("first_value", pa.float64(), nullable=False),
        pa.field("first_row", pa.int64(), nullable=False),
        pa.field("last_timestamp", pa.int64(), nullable=False),
        pa.field("last_value", pa.float64(), nullable=False),
        pa.field("last_row", pa.int64(), nullable=False),
    ]
)

_INSTANT: Final = pa.timestamp("us", "UTC")
_OF_FILE: Final = [
    pa.field("file_id", pa.string(), nullable=False),
    pa.field("generation", pa.int64(), nullable=False),
]

INVALID_ROWS: Final = pa.schema([*_OF_FILE, *INVALID])
SENSOR_RESULTS: Final = pa.schema(
    [
        *_OF_FILE,
        *(f.with_type(_INSTANT) if f.name.endswith("_timestamp") else f for f in RESULTS),
    ]
)
DEAD_LETTERS: Final = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int64(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary(), nullable=False),
        pa.field("headers", pa.map_(pa.string(), pa.string()), nullable=False),
        pa.field("received_at", _INSTANT, nullable=False),
    ]
)


def invalid_row_table(rows: pa.Table | pa.RecordBatch, file_id: str, generation: int) -> pa.Table:
    """`rows` (columns of `INVALID`, in any order) as the table `invalid_row_rows` takes them."""
    return _of_file(rows, file_id, generation, INVALID_ROWS)


def sensor_result_table(rows: pa.Table | pa.RecordBatch, file_id: str, generation: int) -> pa.Table:
    """`rows` (columns of `RESULTS`, in any order) as the table `sensor_result_rows` takes them."""
    return _of_file(rows, file_id, generation, SENSOR_RESULTS)


def dead_letter_table(letters: Sequence[DeadLetter]) -> pa.Table:
    """`letters` as the table `dead_letter_rows` takes them."""
    columns = {
        "headers": [list(letter.headers.items()) for letter in letters],
        **{
            name: [getattr(letter, name) for letter in letters]
            for name in DEAD_LETTERS.names
            if name != "headers"
        },
    }
    return pa.table([pa.array(columns[f.name], f.type) for f in DEAD_LETTERS], schema=DEAD_LETTERS)


def _of_file(
    rows: pa.Table | pa.RecordBatch, file_id: str, generation: int, schema: pa.Schema
) -> pa.Table:
    count = rows.num_rows
    columns = {
        "file_id": pa.repeat(pa.scalar(file_id, pa.string()), count),
        "generation": pa.repeat(pa.scalar(generation, pa.int64()), count),
    }
    return pa.table(
        [
            columns[f.name] if f.name in columns else rows.column(f.name).cast(f.type)
            for f in schema
        ],
        schema=schema,
    )
