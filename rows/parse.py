"""Parsing: one batch of records to counts, per-sensor partials and the report of invalid rows."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rows.codes import NUMBER_OF
from rows.kernels import layout as at
from rows.kernels import parsing, sensors
from rows.kernels.records import MEMO_SIZE
from rows.limits import Limits
from rows.report import invalid_rows
from rows.schema import PARTIALS
from schemas.events import DialectSpec

# Room to begin with; it is doubled where a batch needs more.
_SENSORS = 2048
_KEY_BYTES = 64 << 10
_INVALID_ROWS = 1024


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What one batch came to. `row_count` counts valid rows; min and max are null without any."""

    row_count: int
    invalid_count: int
    min_value: float | None
    max_value: float | None
    codes: dict[str, int]  # invalid rows by the code of their first fault
    partials: pa.RecordBatch  # schema.PARTIALS
    invalid_rows: pa.RecordBatch  # schema.INVALID


def parse_batch(
    data: bytes | memoryview,
    dialect: DialectSpec,
    limits: Limits,
    *,
    first_row: int,
    first_line: int,
    first_byte: int = 0,
    max_invalid: int | None = None,
) -> BatchOutcome:
    """Parse, validate and aggregate the records of one span, as `BatchCutter` gives them.

    Args:
        data: exactly the bytes of the span, less than 2 GiB.
        first_row, first_line, first_byte: number of its first row and line, its offset in the file.
        max_invalid: only the first so many invalid rows get a report; the counts are of all.

    The kernel runs without the GIL; calls on several threads do not disturb each other.
    """
    text = np.frombuffer(data, np.uint8)
    if len(text) >= 1 << 31:
        raise ValueError("a batch has less than 2 GiB")
    settings = _settings(dialect, limits, first_row, max_invalid)
    state = np.zeros(at.STATE_SIZE, np.int64)
    floats = np.array([np.inf, -np.inf, 0.0])
    memo = np.zeros(MEMO_SIZE, np.int64)
    table = np.empty(_SENSORS * at.SENSOR_WORDS, np.int64)
    slots = np.zeros(2 * _SENSORS, np.int64)
    keys = np.empty(_KEY_BYTES, np.uint8)
    bad = np.empty(_INVALID_ROWS * at.BAD_WORDS, np.int32)
    # A whole record can be one field with doubled quotes. Untouched memory costs nothing.
    scratch = np.empty(min(len(text), limits.max_record_bytes) + 8, np.uint8)
    while True:
        why = parsing.parse(
            text.ctypes.data, len(text), settings, state, floats, memo, slots, table,
            table.view(np.float64), keys.ctypes.data, len(keys), bad, scratch.ctypes.data,
            len(scratch),
        )  # fmt: skip
        if why == at.DONE:
            break
        if why == at.ROOM_FOR_INVALID:
            bad = _larger(bad)
        elif why == at.QUESTION:
            number = ctypes.string_at(int(state[at.ASKED_AT]), int(state[at.ASKED_SIZE]))
            floats[at.ANSWER] = float(number.replace(b",", b"."))
            state[at.ANSWERED] = 1
        else:
            if state[at.KEYS_USED] + at.MAX_ID_BYTES > len(keys):
                keys = _larger(keys)
            if 2 * state[at.SENSORS] >= len(slots):
                table = _larger(table)
                slots = np.zeros(2 * len(slots), np.int64)
                sensors.refill_slots(table, int(state[at.SENSORS]), slots)
    count, invalid = int(state[at.ROW] - state[at.INVALID]), int(state[at.INVALID])
    return BatchOutcome(
        row_count=count,
        invalid_count=invalid,
        min_value=float(floats[at.MIN]) if count else None,
        max_value=float(floats[at.MAX]) if count else None,
        codes={
            code.value: int(state[at.CODES + number])
            for code, number in NUMBER_OF.items()
            if state[at.CODES + number]
        },
        partials=_partials(table, int(state[at.SENSORS]), keys),
        invalid_rows=invalid_rows(
            text,
            bad[: int(state[at.KEPT]) * at.BAD_WORDS],
            dialect,
            limits,
            settings,
            first_row=first_row,
            first_line=first_line,
            first_byte=first_byte,
        ),
    )


def _settings(
    dialect: DialectSpec, limits: Limits, first_row: int, max_invalid: int | None
) -> np.ndarray:
    settings = np.zeros(at.SETTINGS_SIZE, np.int64)
    settings[at.DELIMITER] = ord(dialect.delimiter)
    settings[at.QUOTE] = ord(dialect.quote)
    settings[at.COMMA] = dialect.delimiter != "," or dialect.decimal == ","
    settings[at.SENSOR : at.VALUE + 1] = dialect.columns
    settings[at.WIDTH] = dialect.width
    settings[at.NEEDED] = max(dialect.columns) + 1
    settings[at.MAX_BYTES] = limits.max_record_bytes
    settings[at.MAX_LINES] = limits.max_record_lines
    settings[at.MAX_RAW] = limits.max_raw_bytes
    settings[at.MAX_INVALID] = (1 << 62) if max_invalid is None else max_invalid
    settings[at.FIRST_ROW] = first_row
    return settings


def _larger(array: np.ndarray) -> np.ndarray:
    """A copy with as much room again behind it."""
    grown = np.empty(2 * len(array), array.dtype)
    grown[: len(array)] = array
    return grown


def _partials(table: np.ndarray, count: int, keys: np.ndarray) -> pa.RecordBatch:
    """The sensors of a batch as Arrow, ordered by hash."""
    words = table[: count * at.SENSOR_WORDS].reshape(count, at.SENSOR_WORDS)
    hashes = words[:, at.HASH].view(np.uint64)
    order = np.argsort(hashes, kind="stable")
    order = _ties_by_id(order, hashes, words, keys)
    offsets = np.empty(count + 1, np.int32)
    text = np.empty(int(words[:, at.ID_SIZE].sum()), np.uint8)
    sensors.gather_ids(table, order, keys.ctypes.data, text.ctypes.data, offsets)
    words = words[order]
    floats = words.view(np.float64)
    ids = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))
    columns = [
        pa.array(np.ascontiguousarray(words[:, at.HASH]).view(np.uint64)),
        ids,
        pa.array(np.ascontiguousarray(words[:, at.COUNT])),
        *(
            pa.array(np.ascontiguousarray(floats[:, k]))
            for k in (at.MIN_VALUE, at.MAX_VALUE, at.SUM_HI, at.SUM_LO)
        ),
    ]
    for moment, row, value in (
        (at.FIRST_TIMESTAMP, at.FIRST_ROW_OF, at.FIRST_VALUE),
        (at.LAST_TIMESTAMP, at.LAST_ROW_OF, at.LAST_VALUE),
    ):
        columns.append(pa.array(np.ascontiguousarray(words[:, moment])))
        columns.append(pa.array(np.ascontiguousarray(words[:, row])))
        columns.append(pa.array(np.ascontiguousarray(floats[:, value])))
    return pa.RecordBatch.from_arrays(columns, schema=PARTIALS)


def _ties_by_id(
    order: np.ndarray, hashes: np.ndarray, words: np.ndarray, keys: np.ndarray
) -> np.ndarray:
    """`order` with sensors of one hash put in the order of their ids; hardly ever are there any."""
    ordered = hashes[order]
    if not (ordered[1:] == ordered[:-1]).any():
        return order

    def text(k: int) -> bytes:
        at_key, size = int(words[k, at.ID_AT]), int(words[k, at.ID_SIZE])
        return keys[at_key : at_key + size].tobytes()

    return np.array(sorted(order.tolist(), key=lambda k: (int(hashes[k]), text(k))), np.int64)
