"""What reading a batch gives, and how it is put together from what kernels return."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from rows.arrays.buffers import room, zeros
from rows.kernels import layout as at
from rows.kernels import sensors
from rows.noted import Noted, turns_of
from rows.schema import KEPT_COLUMNS, PARTIALS, READINGS

# Among the columns that `sensors.gather` gives.
_FIRST_TIMESTAMP = PARTIALS.get_field_index("first_timestamp") - 1
_FIRST_ROW = PARTIALS.get_field_index("first_row") - 1


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What one batch gives. All cells of value columns are in one of the counts of cells."""

    row_count: int  # readings
    invalid_count: int  # entries of `invalid_rows`, if all were kept
    min_value: float | None  # null without readings
    max_value: float | None
    codes: dict[str, int]  # invalid rows by the code of their first fault
    partials: pa.RecordBatch  # schema.PARTIALS
    invalid_rows: pa.RecordBatch  # schema.INVALID
    readings: pa.RecordBatch | None = None  # schema.READINGS, if they were asked for
    record_count: int = 0
    invalid_cells: int = 0  # that invalid rows cost; in a long file as many as there are
    missing_count: int = 0
    excluded_count: int = 0
    # By `NoticeCode`: how often, and the row that is the first.
    notices: dict[str, tuple[int, int]] = field(default_factory=dict)


def readings_of(
    listed: np.ndarray, count: int, partials: pa.RecordBatch, order: np.ndarray
) -> pa.RecordBatch:
    """The first `count` of the listed valid rows as Arrow, without a copy."""
    most = len(listed) // at.READING_BYTES
    words = listed[: 24 * most].view(np.int64).reshape(3, most)[:, :count]
    numbers = listed[24 * most :].view(np.int32)[:count]
    # By the number of a sensor its place among the partials; those that are left out have none.
    place = np.zeros(int(order.max()) + 1 if len(order) else 0, np.int64)
    place[order] = np.arange(len(order))
    ids = partials.column("sensor_id").take(arrow.numbers(place, pa.int64()))
    found = [
        pa.DictionaryArray.from_arrays(arrow.numbers(numbers, pa.int32()), ids),
        arrow.numbers(words[0], READINGS.field("timestamp").type),
        arrow.numbers(words[1], pa.float64()),
        arrow.numbers(words[2], pa.int64()),
    ]
    return pa.RecordBatch.from_arrays(found, schema=READINGS)


def partials_of(
    table: np.ndarray,
    count: int,
    keys: np.ndarray,
    key_bytes: int,
    noted: Noted,
    extras: np.ndarray | None = None,
) -> tuple[pa.RecordBatch, np.ndarray]:
    """The sensors of a batch as Arrow, ordered by hash; and their numbers in that order.

    Args:
        table: of sensors, as kernels keep it; `keys` has the texts of their ids.
        noted: see `rows.noted`.
        extras: per sensor its missing and its excluded cells; then sensors without any cell are
            left out.
    """
    words = np.empty(count, np.int64)
    sensors.list_hashes(table.ctypes.data, count, words)
    hashes = words.view(np.uint64)
    order = np.argsort(hashes)
    if extras is not None:
        counts = table.view(np.int64).reshape(-1, at.SENSOR_BYTES // 8)[:count, at.COUNT // 8]
        order = order[(counts + extras[:count].sum(axis=1) > 0)[order]]
    ordered = hashes[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = _ties_by_id(order, ordered, table, keys)
    del words, hashes, ordered
    count = len(order)
    offsets = np.empty(count + 1, np.int32)
    text = room(key_bytes)  # without what the ids were padded with, it has room
    numbers = room((KEPT_COLUMNS - 1) * count, np.int64).reshape(KEPT_COLUMNS - 1, count)
    sensors.gather(table.ctypes.data, order, keys.ctypes.data, text.ctypes.data, offsets, numbers)
    found = [arrow.numbers(numbers[0], pa.uint64()), arrow.strings(offsets, text)]
    if extras is not None:
        _make_neutral(numbers)
    counted = zeros(count, np.int64), zeros(count, np.int64)
    if extras is not None:
        counted = extras[order, 0].copy(), extras[order, 1].copy()
    turns = turns_of(noted, order, numbers[_FIRST_TIMESTAMP], numbers[_FIRST_ROW])
    columns = [*numbers[1:], *turns, *counted]
    for column_field, column in zip(list(PARTIALS)[2:], columns, strict=True):
        found.append(arrow.numbers(column, column_field.type))
    return pa.RecordBatch.from_arrays(found, schema=PARTIALS), order


def _make_neutral(numbers: np.ndarray) -> None:
    """Give sensors without readings what adding to changes nothing."""
    names = ["sensor_hash", *PARTIALS.names[2:KEPT_COLUMNS]]
    empty = numbers[names.index("row_count")] == 0
    if not empty.any():
        return
    floats = numbers.view(np.float64)
    for name, value in (("min_value", np.inf), ("max_value", -np.inf)):
        floats[names.index(name), empty] = value
    for name in ("sum_hi", "sum_lo", "first_value", "last_value"):
        floats[names.index(name), empty] = 0.0
    whole = np.iinfo(np.int64)
    numbers[names.index("first_timestamp"), empty] = whole.max
    numbers[names.index("last_timestamp"), empty] = whole.min
    for name in ("first_row", "last_row", "end_timestamp"):
        numbers[names.index(name), empty] = 0


def _ties_by_id(
    order: np.ndarray, hashes: np.ndarray, table: np.ndarray, keys: np.ndarray
) -> np.ndarray:
    """`order` with sensors of one hash put in the order of their ids; hardly ever are there any."""
    words = table.view(np.int64).reshape(-1, at.SENSOR_BYTES // 8)

    def text(number: int) -> bytes:
        where, size = words[number, at.ID_AT // 8], words[number, at.ID_SIZE // 8]
        return keys[where : where + size].tobytes()

    keyed = zip(hashes.tolist(), map(text, order.tolist()), order.tolist(), strict=True)
    return np.array([number for *_, number in sorted(keyed)], np.int64)
