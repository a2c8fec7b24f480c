"""The Arrow schemas of what the row engine gives."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

# One row per sensor of a batch, ordered by (sensor_hash, sensor_id as bytes). Timestamps are
# microseconds since 1970 in UTC, rows are numbers in the file. The sum is sum_hi + sum_lo. A sensor
# without readings has what adding to changes nothing: infinite extremes, the greatest first and the
# smallest last timestamp. First and last are those in time, begin and end those in the order of
# records; `back` and `repeated` count the readings that are before the one before them, and at the
# same time, each with the first such row (0: none).
PARTIALS: Final = pa.schema(
    [
        pa.field("sensor_hash", pa.uint64(), nullable=False),
        pa.field("sensor_id", pa.string(), nullable=False),
        pa.field("row_count", pa.int64(), nullable=False),
        pa.field("min_value", pa.float64(), nullable=False),
        pa.field("max_value", pa.float64(), nullable=False),
        pa.field("sum_hi", pa.float64(), nullable=False),
        pa.field("sum_lo", pa.float64(), nullable=False),
        pa.field("first_timestamp", pa.int64(), nullable=False),
        pa.field("first_row", pa.int64(), nullable=False),
        pa.field("first_value", pa.float64(), nullable=False),
        pa.field("last_timestamp", pa.int64(), nullable=False),
        pa.field("last_row", pa.int64(), nullable=False),
        pa.field("last_value", pa.float64(), nullable=False),
        pa.field("end_timestamp", pa.int64(), nullable=False),
        pa.field("begin_timestamp", pa.int64(), nullable=False),
        pa.field("begin_row", pa.int64(), nullable=False),
        pa.field("back_count", pa.int64(), nullable=False),
        pa.field("back_row", pa.int64(), nullable=False),
        pa.field("repeated_count", pa.int64(), nullable=False),
        pa.field("repeated_row", pa.int64(), nullable=False),
        pa.field("missing_count", pa.int64(), nullable=False),
        pa.field("excluded_count", pa.int64(), nullable=False),
    ]
)
# The columns that kernels keep in a sensor's entry; the others are counted beside it.
KEPT_COLUMNS: Final = PARTIALS.get_field_index("end_timestamp") + 1

# One entry per invalid row, in row order; of a wide file one per invalid cell, or one per record that
# is invalid as a whole. `column` is null where the structure of the record is at fault. `observed` is
# the text that the first fault is about; the span says where it is in `raw`, in characters. `cells`
# is the number of cells it cost.
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
        pa.field("cells", pa.int64(), nullable=False),
        pa.field("observed", pa.string()),
        pa.field("span_start", pa.int32()),
        pa.field("span_end", pa.int32()),
    ]
)

# One row per valid row, in row order; microseconds since 1970 in UTC.
READINGS: Final = pa.schema(
    [
        pa.field("sensor_id", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("timestamp", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
    ]
)
