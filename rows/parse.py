"""Parsing: one batch of records to counts, per-sensor partials and the report of invalid rows."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from rows.arrays.buffers import room, zeros
from rows.grammar import Grammar
from rows.invalid.report import invalid_rows
from rows.kernels import layout as at
from rows.kernels import parse, sensors
from rows.schema import PARTIALS, READINGS
from rows.timestamp_format import program_of
from schemas.events import DialectSpec
from schemas.invalid_codes import NUMBER_OF
from schemas.limits import Limits

# Room to begin with, in records per byte of the batch; it is doubled where a batch needs more.
# Memory that is never written to takes none.
_BYTES_PER_SENSOR = 32
_BYTES_PER_INVALID_ROW = 16
_SLOTS = 4096
# No valid row is shorter than `a,0,0` with its line feed.
_BYTES_PER_READING = 6


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
    readings: pa.RecordBatch | None = None  # schema.READINGS, where they were asked for


def parse_batch(
    data: bytes | memoryview,
    dialect: DialectSpec,
    limits: Limits,
    *,
    first_row: int,
    first_line: int,
    first_byte: int = 0,
    max_invalid: int | None = None,
    readings: bool = False,
) -> BatchOutcome:
    """Parse, validate and aggregate the records of one span, as `BatchCutter` gives them.

    Args:
        data: exactly the bytes of the span, less than 2 GiB.
        first_row, first_line, first_byte: number of its first row and line, its offset in the file.
        max_invalid: only the first so many invalid rows get a report; the counts are of all.
        readings: whether to give the valid rows too, 28 bytes each.

    The kernel runs without the GIL; calls on several threads do not disturb each other.
    """
    text = np.frombuffer(data, np.uint8)
    if len(text) >= 1 << 31:
        raise ValueError("a batch has less than 2 GiB")
    grammar = Grammar(dialect, limits)
    settings = _settings(grammar, dialect, limits, first_row, max_invalid)
    steps = np.array(program_of(dialect.timestamp_format), np.int64)
    settings[at.FORMAT_AT], settings[at.FORMAT_SIZE] = steps.ctypes.data, len(steps)
    state = np.zeros(at.STATE_SIZE, np.int64)
    floats = np.array([np.inf, -np.inf, 0.0])
    table = room((len(text) // _BYTES_PER_SENSOR + _SLOTS) * at.SENSOR_BYTES)
    slots = zeros(_SLOTS, np.int64)
    keys = room(len(text) + 4 * at.MAX_ID_BYTES)
    bad = room((len(text) // _BYTES_PER_INVALID_ROW + 64) * at.BAD_WORDS, np.int32)
    listed = np.empty(0, np.uint8)
    if readings:
        listed = _room_for_readings(len(text), settings)
    # A whole record can be one field with doubled quotes.
    scratch = room(min(len(text), grammar.max_record_bytes) + 8)
    while True:
        why = parse.parse(
            text.ctypes.data, len(text), settings, state, floats, slots.ctypes.data,
            len(slots), table.ctypes.data, len(table) // at.SENSOR_BYTES, keys.ctypes.data,
            len(keys), bad, scratch.ctypes.data, len(scratch),
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
            count = int(state[at.SENSORS])
            if state[at.KEYS_USED] + at.MAX_ID_BYTES > len(keys):
                keys = _larger(keys)
            if count == len(table) // at.SENSOR_BYTES:
                table = _larger(table)
            if 2 * count >= len(slots):
                slots = zeros(4 * len(slots), np.int64)
                sensors.refill_slots(table.ctypes.data, count, slots.ctypes.data, len(slots) - 1)
    del slots, scratch  # columns are made beside what is left
    count, invalid = int(state[at.ROW] - state[at.INVALID]), int(state[at.INVALID])
    partials, order = _partials(table, int(state[at.SENSORS]), keys, int(state[at.KEYS_USED]))
    del table, keys
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
        partials=partials,
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
        readings=_readings(listed, count, partials, order) if readings else None,
    )


def _settings(
    grammar: Grammar, dialect: DialectSpec, limits: Limits, first_row: int, max_invalid: int | None
) -> np.ndarray:
    settings = np.zeros(at.SETTINGS_SIZE, np.int64)
    settings[: at.GRAMMAR_SIZE] = grammar.words
    settings[at.COMMA] = dialect.decimal == ","
    settings[at.MAX_RAW] = limits.max_raw_bytes
    settings[at.MAX_INVALID] = (1 << 62) if max_invalid is None else max_invalid
    settings[at.FIRST_ROW] = first_row
    return settings


def _larger(array: np.ndarray) -> np.ndarray:
    """A copy with as much room again behind it."""
    grown = room(2 * len(array), array.dtype.type)
    grown[: len(array)] = array
    return grown


def _room_for_readings(size: int, settings: np.ndarray) -> np.ndarray:
    """Room for all valid rows there can be in `size` bytes, and the kernel told of it."""
    most = size // _BYTES_PER_READING + 1
    listed = room(most * at.READING_BYTES)
    settings[at.READINGS], settings[at.READINGS_ROOM] = listed.ctypes.data, most
    return listed


def _readings(
    listed: np.ndarray, count: int, partials: pa.RecordBatch, order: np.ndarray
) -> pa.RecordBatch:
    """The first `count` of the listed valid rows as Arrow, without a copy."""
    most = len(listed) // at.READING_BYTES
    words = listed[: 24 * most].view(np.int64).reshape(3, most)[:, :count]
    numbers = listed[24 * most :].view(np.int32)[:count]
    place = np.empty(len(order), np.int64)  # of a sensor among the partials, by its number
    place[order] = np.arange(len(order))
    ids = partials.column("sensor_id").take(arrow.numbers(place, pa.int64()))
    found = [
        pa.DictionaryArray.from_arrays(arrow.numbers(numbers, pa.int32()), ids),
        arrow.numbers(words[0], READINGS.field("timestamp").type),
        arrow.numbers(words[1], pa.float64()),
        arrow.numbers(words[2], pa.int64()),
    ]
    return pa.RecordBatch.from_arrays(found, schema=READINGS)


def _partials(
    table: np.ndarray, count: int, keys: np.ndarray, key_bytes: int
) -> tuple[pa.RecordBatch, np.ndarray]:
    """The sensors of a batch as Arrow, ordered by hash; and their numbers in that order."""
    words = np.empty(count, np.int64)
    sensors.list_hashes(table.ctypes.data, count, words)
    hashes = words.view(np.uint64)
    order = np.argsort(hashes)
    ordered = hashes[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = _ties_by_id(order, ordered, table, keys)
    del words, hashes, ordered
    offsets = np.empty(count + 1, np.int32)
    text = room(key_bytes)  # without what the ids were padded with, it has room
    numbers = room((len(PARTIALS) - 1) * count, np.int64).reshape(len(PARTIALS) - 1, count)
    sensors.gather(table.ctypes.data, order, keys.ctypes.data, text.ctypes.data, offsets, numbers)
    found = [arrow.numbers(numbers[0], pa.uint64()), arrow.strings(offsets, text)]
    for field, column in zip(list(PARTIALS)[2:], numbers[1:], strict=True):
        found.append(arrow.numbers(column, field.type))
    return pa.RecordBatch.from_arrays(found, schema=PARTIALS), order


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
