"""Readings as canonical CSV: header `sensor_id,timestamp,value`, instants in UTC, shortest values."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rows.arrays import arrow
from rows.arrays.buffers import room
from rows.kernels import csv_text

HEADER: Final = b"sensor_id,timestamp,value\n"
_QUOTED: Final = frozenset(b',"\r\n')
_LINE_ROOM: Final = 32


def readings_csv(readings: pa.RecordBatch) -> memoryview:
    """The lines of readings (`schema.READINGS`, in their order), without the header.

    A value is the shortest decimal text that gives the same float64; ids are quoted if they have a
    comma, a quote or a line end, or begin or end with a blank.
    """
    count = readings.num_rows
    if count == 0:
        return memoryview(b"")
    sensors = readings.column("sensor_id")
    ids = [_quoted(text) for text in sensors.dictionary.to_pylist()]
    id_offsets = np.cumsum([0, *map(len, ids)], dtype=np.int32)
    id_text = np.frombuffer(b"".join(ids) or b"\0", np.uint8)
    numbers = arrow.values(sensors.indices, np.int32)
    instants = arrow.values(readings.column("timestamp"), np.int64)
    values = pc.cast(readings.column("value"), pa.string())
    _, offsets, text = values.buffers()
    value_offsets = np.frombuffer(offsets, np.int32)[values.offset : values.offset + count + 1]
    size = int((id_offsets[1:] - id_offsets[:-1])[numbers].sum())
    size += int(value_offsets[-1] - value_offsets[0]) + (_LINE_ROOM + csv_text.STAMP_BYTES) * count
    lines = room(size)
    used = csv_text.write(
        id_text.ctypes.data, id_offsets, numbers.copy(), instants.copy(), text.address,
        value_offsets.copy(), lines.ctypes.data,
    )  # fmt: skip
    return lines.data[:used]


def _quoted(text: str) -> bytes:
    data = text.encode()
    if _QUOTED.isdisjoint(data) and text.strip(" \t") == text:
        return data
    return b'"' + data.replace(b'"', b'""') + b'"'
