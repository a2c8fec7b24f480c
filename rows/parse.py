"""Parsing: one batch of records to counts, per-sensor partials and the report of invalid rows."""

from __future__ import annotations

import ctypes

import numpy as np

from rows.arrays.buffers import room, zeros
from rows.grammar import Grammar
from rows.invalid.report import Kept, invalid_rows
from rows.kernels import layout as at
from rows.kernels import parse, sensors
from rows.noted import noted_of, notices_of
from rows.order import NOTHING, Order
from rows.outcome import BatchOutcome, partials_of, readings_of
from rows.plan_batch import BatchPlace, PlanBatch, with_plan
from schemas.events import DialectSpec
from schemas.invalid_codes import NUMBER_OF
from schemas.limits import Limits
from schemas.notices import NoticeCode

# Room to begin with, in records per byte of the batch; it is doubled where a batch needs more.
# Memory that is never written to takes none.
_BYTES_PER_SENSOR = 32
_BYTES_PER_INVALID_ROW = 16
_SLOTS = 4096
_NO_LIMIT = (1 << 62) - 1
# No valid row is shorter than `a,0,0` with its line feed.
_BYTES_PER_READING = 6


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
    order: Order = NOTHING,
    latest: int | None = None,
) -> BatchOutcome:
    """Parse, validate and aggregate the records of one span, as `RecordSplitter` gives them.

    Args:
        data: exactly the bytes of the span, less than 2 GiB.
        first_row, first_line, first_byte: number of its first row and line, its offset in the file.
        max_invalid: only the first so many invalid rows get a report; the counts are of all.
        readings: whether to give the readings too, 28 bytes each: in file order, those of one
            record in the order of the value columns.
        order: what is known of sensors in a repeated hour at its beginning, as the span says.
        latest: readings after that instant (microseconds since 1970) are counted as future.

    The kernel runs without the GIL; calls on several threads do not disturb each other.
    """
    text = np.frombuffer(data, np.uint8)
    if len(text) >= 1 << 31:
        raise ValueError("a batch has less than 2 GiB")
    planned = with_plan(dialect)
    if planned.plan is not None:
        place = BatchPlace(first_row, first_line, first_byte)
        batch = PlanBatch(text, planned, planned.plan, limits, order)
        return batch.read(place, max_invalid=max_invalid, readings=readings, latest=latest)
    grammar = Grammar(dialect, limits)
    settings = _settings(grammar, dialect, limits, first_row, max_invalid)
    settings[at.LATEST] = _NO_LIMIT if latest is None else latest
    state = np.zeros(at.STATE_SIZE, np.int64)
    floats = np.array([np.inf, -np.inf, 0.0])
    table = room((len(text) // _BYTES_PER_SENSOR + _SLOTS) * at.SENSOR_BYTES)
    slots = zeros(_SLOTS, np.int64)
    noted = noted_of(table)
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
            len(keys), bad, scratch.ctypes.data, len(scratch), noted.ctypes.data,
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
                noted = noted_of(table, noted)
            if 2 * count >= len(slots):
                slots = zeros(4 * len(slots), np.int64)
                sensors.refill_slots(table.ctypes.data, count, slots.ctypes.data, len(slots) - 1)
    del slots, scratch  # columns are made beside what is left
    count, invalid = int(state[at.ROW] - state[at.INVALID]), int(state[at.INVALID])
    partials, by_hash = partials_of(
        table, int(state[at.SENSORS]), keys, int(state[at.KEYS_USED]), noted
    )
    counted = {
        NoticeCode.SENTINEL: state[at.SENTINEL : at.SENTINEL_ROW + 1],
        NoticeCode.FUTURE: state[at.FUTURE : at.FUTURE_ROW + 1],
    }
    notices = notices_of(counted, table, noted)
    del table, keys, noted
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
            Kept(bad[: int(state[at.KEPT]) * at.BAD_WORDS]),
            dialect,
            limits,
            settings,
            first_row=first_row,
            first_line=first_line,
            first_byte=first_byte,
        ),
        readings=readings_of(listed, count, partials, by_hash) if readings else None,
        record_count=count + invalid,
        invalid_cells=invalid,
        notices=notices,
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
    """A copy with as much memory again after it."""
    grown = room(2 * len(array), array.dtype.type)
    grown[: len(array)] = array
    return grown


def _room_for_readings(size: int, settings: np.ndarray) -> np.ndarray:
    """Memory for all valid rows that `size` bytes can have, passed to the kernel."""
    most = size // _BYTES_PER_READING + 1
    listed = room(most * at.READING_BYTES)
    settings[at.READINGS], settings[at.READINGS_ROOM] = listed.ctypes.data, most
    return listed
