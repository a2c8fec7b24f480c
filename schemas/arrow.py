"""Arrow schemas of what is written in bulk, and how it is made ready for its table.

The row engine knows nothing of files; file_id and generation are put beside its rows here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from schemas.dead_letter import DeadLetter


def _schema(*fields: pa.Field[Any]) -> pa.Schema:
    return pa.schema(fields)


_INSTANT: Final = pa.timestamp("us", "UTC")

# One per invalid row of a file, or invalid cell of a wide one. `column` is null if the structure is at
# fault. `cell` numbers the entries of one row, from 0; `cells` is what an entry cost. `observed` is the
# text that the first fault is about, with its span in `raw` in characters.
INVALID_ROWS: Final = _schema(
    pa.field("file_id", pa.string(), nullable=False),
    pa.field("generation", pa.int64(), nullable=False),
    pa.field("row", pa.int64(), nullable=False),
    pa.field("line", pa.int64(), nullable=False),
    pa.field("byte_offset", pa.int64(), nullable=False),
    pa.field("column", pa.string()),
    pa.field("code", pa.string(), nullable=False),
    pa.field("error", pa.string(), nullable=False),
    pa.field("raw", pa.string(), nullable=False),
    pa.field("truncated", pa.bool_(), nullable=False),
    pa.field("cell", pa.int64(), nullable=False),
    pa.field("cells", pa.int64(), nullable=False),
    pa.field("observed", pa.string()),
    pa.field("span_start", pa.int32()),
    pa.field("span_end", pa.int32()),
)

_NAME: Final = pa.dictionary(pa.int32(), pa.string())

# One per reading of a file; `cell` numbers those of one row, from 0. Texts are dictionaries: thousands
# of rows share each.
READINGS: Final = _schema(
    pa.field("file_id", _NAME, nullable=False),
    pa.field("generation", pa.int64(), nullable=False),
    pa.field("row", pa.int64(), nullable=False),
    pa.field("sensor_id", _NAME, nullable=False),
    pa.field("timestamp", _INSTANT, nullable=False),
    pa.field("value", pa.float64(), nullable=False),
    pa.field("live_key", pa.uint64(), nullable=False),
    pa.field("cell", pa.int64(), nullable=False),
)

# One per sensor of a file. The sum is sum_hi + sum_lo in double-double; not finite where it
# overflows.
SENSOR_RESULTS: Final = _schema(
    pa.field("file_id", pa.string(), nullable=False),
    pa.field("generation", pa.int64(), nullable=False),
    pa.field("sensor_id", pa.string(), nullable=False),
    pa.field("row_count", pa.int64(), nullable=False),
    pa.field("min_value", pa.float64(), nullable=False),
    pa.field("max_value", pa.float64(), nullable=False),
    pa.field("sum_hi", pa.float64(), nullable=False),
    pa.field("sum_lo", pa.float64(), nullable=False),
    pa.field("first_timestamp", _INSTANT, nullable=False),
    pa.field("first_value", pa.float64(), nullable=False),
    pa.field("first_row", pa.int64(), nullable=False),
    pa.field("last_timestamp", _INSTANT, nullable=False),
    pa.field("last_value", pa.float64(), nullable=False),
    pa.field("last_row", pa.int64(), nullable=False),
    pa.field("missing_count", pa.int64(), nullable=False),
    pa.field("excluded_count", pa.int64(), nullable=False),
)

DEAD_LETTERS: Final = _schema(
    pa.field("topic", pa.string(), nullable=False),
    pa.field("partition", pa.int64(), nullable=False),
    pa.field("offset", pa.int64(), nullable=False),
    pa.field("code", pa.string(), nullable=False),
    pa.field("reason", pa.string(), nullable=False),
    pa.field("key", pa.binary()),
    pa.field("value", pa.binary(), nullable=False),
    pa.field("headers", pa.map_(pa.string(), pa.string()), nullable=False),
    pa.field("received_at", _INSTANT, nullable=False),
)


def invalid_row_table(rows: pa.Table | pa.RecordBatch, file_id: str, generation: int) -> pa.Table:
    """Invalid rows of a batch (the other columns of `INVALID_ROWS` but `cell`, in any order, the
    entries of a row one after another) for the sink."""
    return _of_file(rows, file_id, generation, INVALID_ROWS)


def reading_table(rows: pa.Table | pa.RecordBatch, file_id: str, generation: int) -> pa.Table:
    """Readings of a batch (the other columns of `READINGS` but `cell`, in any order, those of a row
    one after another) for the sink."""
    return _of_file(rows, file_id, generation, READINGS)


def dead_letter_table(letters: Sequence[DeadLetter]) -> pa.Table:
    """`letters` for the sink."""
    columns = {
        name: [getattr(letter, name) for letter in letters]
        for name in DEAD_LETTERS.names
        if name != "headers"
    }
    columns["headers"] = [list(letter.headers.items()) for letter in letters]
    return pa.table([pa.array(columns[f.name], f.type) for f in DEAD_LETTERS], schema=DEAD_LETTERS)


def live_key(file_id: str, generation: int) -> int:
    """One word for a generation of a file, as the view `readings` makes it too."""
    name = f"{file_id}/{generation}".encode()
    digest = hashlib.md5(name, usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little")


def _of_file(
    rows: pa.Table | pa.RecordBatch, file_id: str, generation: int, schema: pa.Schema
) -> pa.Table:
    of_file = {
        "file_id": file_id,
        "generation": generation,
        "live_key": live_key(file_id, generation),
    }
    columns = []
    for f in schema:
        if f.name in of_file:
            columns.append(_repeated(of_file[f.name], f.type, rows.num_rows))
        elif f.name == "cell":
            columns.append(pa.array(_places_in_runs(rows.column("row").to_numpy()), f.type))
        else:
            columns.append(rows.column(f.name).cast(f.type))
    return pa.table(columns, schema=schema)


def _places_in_runs(rows: np.ndarray) -> np.ndarray:
    """For each element its place, from 0, in its run of equal ones."""
    places = np.arange(len(rows))
    begins = np.empty(len(rows), bool)
    begins[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=begins[1:])
    return places - np.maximum.accumulate(np.where(begins, places, 0))


def _repeated(value: object, kind: pa.DataType, count: int) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return pa.repeat(pa.scalar(value, kind), count)
    zeros = pa.repeat(pa.scalar(0, kind.index_type), count)
    return pa.DictionaryArray.from_arrays(zeros, pa.array([value], kind.value_type))
