"""The report of a batch's invalid rows as Arrow; its text is written by a kernel, row by row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from rows.kernels import error_report as r
from rows.kernels import layout as at
from rows.schema import INVALID
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS, InvalidCode
from schemas.limits import Limits

_CODES = arrow.words(["", *InvalidCode])
_COLUMNS = arrow.words(COLUMNS)
_EXPECTED = (
    ", expected 1 to 256 characters of UTF-8, no control characters",
    ", expected an ISO 8601 date and time or an epoch number",
    ", expected a finite decimal number",
)
_EXPECTED_RANGE = ", expected a date and time that exist, in the years 1900 to 2299"
_ALL = ", ".join(COLUMNS)
_SENTENCE = 80  # bytes of an ordinary sentence


def invalid_rows(
    text: np.ndarray,
    bad: np.ndarray,
    dialect: DialectSpec,
    limits: Limits,
    settings: np.ndarray,
    *,
    first_row: int,
    first_line: int,
    first_byte: int,
) -> pa.RecordBatch:
    """The report (`schema.INVALID`) of the rows that the parsing kernel kept in `bad`."""
    count = len(bad) // at.BAD_WORDS
    phrases, offsets = _phrases(dialect, int(settings[at.MAX_BYTES]))
    state = np.zeros(r.REPORT_STATE, np.int64)
    errors = np.empty(count * _SENTENCE + 2 * r.SENTENCE_ROOM, np.uint8)
    records = bad.reshape(count, at.BAD_WORDS)
    sizes = records[:, at.BAD_END] - records[:, at.BAD_START]
    raw = np.empty(int(np.minimum(sizes, limits.max_raw_bytes).sum()) + 4096, np.uint8)
    error_ends, raw_ends = np.zeros((2, count + 1), np.int32)
    truncated, codes, faulty = np.empty((3, count), np.int8)
    numbers = np.empty((3, count + 1), np.int64)
    numbers[:, count] = first_row, first_line, first_byte
    while True:
        why = r.report(
            text.ctypes.data, bad, count, settings, state, phrases.ctypes.data, offsets,
            errors.ctypes.data, len(errors), raw.ctypes.data, len(raw), error_ends, raw_ends,
            truncated, codes, faulty, numbers,
        )  # fmt: skip
        if why == r.DONE:
            break
        if why == r.ROOM_FOR_ERRORS:
            errors = _larger(errors, int(state[r.ERRORS_USED]), r.SENTENCE_ROOM)
        else:
            raw = _larger(raw, int(state[r.RAW_USED]), 3 * limits.max_raw_bytes)
    return pa.RecordBatch.from_arrays(
        [
            *(arrow.numbers(column[:count], pa.int64()) for column in numbers),
            _COLUMNS.take(_index_or_null(faulty)),
            _CODES.take(arrow.numbers(codes, pa.int8())),
            arrow.strings(error_ends, errors[: state[r.ERRORS_USED]]),
            arrow.strings(raw_ends, raw[: state[r.RAW_USED]]),
            arrow.booleans(truncated),
        ],
        schema=INVALID,
    )


def _larger(array: np.ndarray, used: int, room: int) -> np.ndarray:
    """A copy of what is used, with half as much again and `room` behind it."""
    grown = np.empty(used + used // 2 + room + 4096, np.uint8)
    grown[:used] = array[:used]
    return grown


def _index_or_null(faulty: np.ndarray) -> pa.Array:
    """Positions among the columns, null where it is none of them."""
    known = np.packbits(faulty < len(COLUMNS), bitorder="little")
    buffers = [pa.py_buffer(known), pa.py_buffer(faulty)]
    return pa.Array.from_buffers(pa.int8(), len(faulty), buffers)


def _phrases(dialect: DialectSpec, max_record_bytes: int) -> tuple[np.ndarray, np.ndarray]:
    """What sentences are made of for a dialect: the text of all phrases and where each begins."""
    places = sorted((k, name) for k, name in zip(dialect.columns, COLUMNS, strict=True) if k >= 0)
    lacking = [name for k, name in zip(dialect.columns, COLUMNS, strict=True) if k < 0]
    needed = max(dialect.columns) + 1
    if len(places) == needed:
        missing = f", expected {needed}: {', '.join(name for _, name in places)}"
    else:
        listed = ", ".join(f"{name} is field {k + 1}" for k, name in places)
        missing = f", expected at least {needed}: {listed}"
    phrases = dict.fromkeys(range(r.PHRASES), "")
    phrases |= {
        r.ONE_FIELD: " field",
        r.FIELDS: " fields",
        r.MISSING: missing,
        r.LACKS: f"no {' and no '.join(lacking)} in the header, expected {_ALL}" if lacking else "",
        r.EXTRA: f", expected {dialect.width}",
        r.BAD_QUOTE: "quotes: ",
        r.EXPECTED_QUOTE: ", expected a delimiter or the line's end behind a closing quote",
        r.EXPECTED_CLOSED: ", expected the quote that is open at the line's end to be closed",
        r.TOO_LONG: f"saw a line of more than {max_record_bytes} bytes, expected at most that",
        r.AND: "; ",
        r.SAW: 'saw "',
        r.CUT: "…",
        r.CLOSE: '"',
        r.CHARACTERS: " characters)",
        r.EMPTY: "saw nothing",
        r.EXPECTED_RANGE: _EXPECTED_RANGE,
    }
    for k, name in enumerate(COLUMNS):
        phrases[r.BEGIN + k] = f"{name}: "
        phrases[r.EXPECTED + k] = _EXPECTED[k]
    if dialect.timestamp_format is not None:
        phrases[r.EXPECTED + 1] = f", expected a timestamp written as {dialect.timestamp_format}"
    texts = [phrases[k].encode() for k in range(r.PHRASES)]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return np.frombuffer(b"".join(texts) + bytes(8), np.uint8), offsets
