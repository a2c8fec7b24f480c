"""The report of a batch's invalid rows as Arrow; its text is written by a kernel, row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from rows.grammar import needed_fields
from rows.kernels import error_report as r
from rows.kernels import layout as at
from rows.kernels import plan_layout
from rows.schema import INVALID
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMN_OF, COLUMNS, NUMBER_OF, InvalidCode
from schemas.limits import Limits
from schemas.read_plan import COLUMN, ReadPlan

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
_OBSERVED = 24  # and of an ordinary observed text
_NAME = 200  # characters of a column's name that a sentence shows


def _expected_of() -> np.ndarray:
    """By code number, the phrase that says what was expected."""
    own = {
        InvalidCode.TIMESTAMP_RANGE: r.EXPECTED_RANGE,
        InvalidCode.TIMESTAMP_SKIPPED_HOUR: r.EXPECTED_SKIPPED,
        InvalidCode.TIMESTAMP_REPEATED_HOUR: r.EXPECTED_REPEATED,
        InvalidCode.TIMESTAMP_ZONE: r.EXPECTED_ZONE,
    }
    phrases = np.zeros(len(NUMBER_OF) + 1, np.int64)
    for code, number in NUMBER_OF.items():
        column = COLUMN_OF[code]
        if column is not None:
            phrases[number] = own.get(code, r.EXPECTED + COLUMNS.index(column))
    return phrases


_EXPECTED_OF = _expected_of()
_NONE = pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in INVALID], schema=INVALID)


@dataclass(frozen=True, slots=True)
class Kept:
    """The invalid rows that a kernel kept: `stride` words each; texts that are not in the batch."""

    words: np.ndarray
    stride: int = at.BAD_WORDS
    notes: np.ndarray | None = None


def invalid_rows(
    text: np.ndarray,
    kept: Kept,
    dialect: DialectSpec,
    limits: Limits,
    settings: np.ndarray,
    *,
    first_row: int,
    first_line: int,
    first_byte: int,
) -> pa.RecordBatch:
    """The report (`schema.INVALID`) of the rows that a kernel kept.

    Args:
        settings: as the kernel of three columns gets them.
        first_row, first_line, first_byte: of the batch.
    """
    bad = kept.words
    count = len(bad) // kept.stride
    if count == 0:
        return _NONE
    phrases, offsets = _phrases(dialect, int(settings[at.MAX_BYTES]))
    state = np.zeros(r.REPORT_STATE, np.int64)
    errors = np.empty(count * _SENTENCE + 2 * r.SENTENCE_ROOM, np.uint8)
    records = bad.reshape(count, kept.stride)
    sizes = records[:, at.BAD_END] - records[:, at.BAD_START]
    raw = np.empty(int(np.minimum(sizes, limits.max_raw_bytes).sum()) + 4096, np.uint8)
    observed = np.empty(count * _OBSERVED + 4096, np.uint8)
    error_ends, raw_ends, observed_ends = np.zeros((3, count + 1), np.int32)
    truncated, codes, seen = np.empty((3, count), np.int8)
    numbers = np.empty((3, count + 1), np.int64)
    numbers[:, count] = first_row, first_line, first_byte
    facts = np.empty((r.FACTS, count), np.int32)
    notes = kept.notes.ctypes.data if kept.notes is not None else 0
    while True:
        why = r.report(
            text.ctypes.data, notes, bad, kept.stride, count, settings, state,
            phrases.ctypes.data, offsets, _EXPECTED_OF, errors.ctypes.data, len(errors),
            raw.ctypes.data, len(raw), observed.ctypes.data, len(observed), error_ends, raw_ends,
            observed_ends, truncated, codes, seen, numbers, facts,
        )  # fmt: skip
        if why == r.DONE:
            break
        if why == r.ROOM_FOR_ERRORS:
            errors = _larger(errors, int(state[r.ERRORS_USED]), r.SENTENCE_ROOM)
        elif why == r.ROOM_FOR_RAW:
            raw = _larger(raw, int(state[r.RAW_USED]), 3 * limits.max_raw_bytes)
        else:
            observed = _larger(observed, int(state[r.OBSERVED_USED]), 4 * r.MAX_OBSERVED)
    columns = facts[r.COLUMN]
    if kept.stride > at.BAD_WORDS:
        # A sensor_id that is at fault in one cell of a wide record is that of a value column.
        value = records[:, plan_layout.BAD_VALUE]
        of_cell = (
            (columns == 0) & (value >= 0) & (len(dialect.plan.values if dialect.plan else ()) > 1)
        )
        columns = np.where(of_cell, r.NO_COLUMN + 1 + value, columns).astype(np.int32)
    spans = [_or_null(facts[k], facts[k] >= 0, pa.int32()) for k in (r.SPAN_START, r.SPAN_END)]
    return pa.RecordBatch.from_arrays(
        [
            *(arrow.numbers(column[:count], pa.int64()) for column in numbers),
            _column_names(dialect).take(_or_null(columns, columns != r.NO_COLUMN, pa.int32())),
            _CODES.take(arrow.numbers(codes, pa.int8())),
            arrow.strings(error_ends, errors[: state[r.ERRORS_USED]]),
            arrow.strings(raw_ends, raw[: state[r.RAW_USED]]),
            arrow.booleans(truncated),
            arrow.numbers(facts[r.CELLS].astype(np.int64), pa.int64()),
            _texts_or_null(observed_ends, observed[: state[r.OBSERVED_USED]], seen),
            *spans,
        ],
        schema=INVALID,
    )


def _larger(array: np.ndarray, used: int, room: int) -> np.ndarray:
    """A copy of what is used, with half as much again and `room` after it."""
    grown = np.empty(used + used // 2 + room + 4096, np.uint8)
    grown[:used] = array[:used]
    return grown


def _or_null(array: np.ndarray, known: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Numbers, null if they are not known."""
    bits = np.packbits(known, bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(np.ascontiguousarray(array))]
    return pa.Array.from_buffers(kind, len(array), buffers)


def _texts_or_null(ends: np.ndarray, text: np.ndarray, known: np.ndarray) -> pa.Array:
    """Texts, null if they are not known."""
    bits = np.packbits(known != 0, bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(ends), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), len(known), buffers)


def _column_names(dialect: DialectSpec) -> pa.Array:
    """What is in the column `column`: the three roles, a place for none, and value columns."""
    plan = dialect.plan
    if plan is None:
        return _COLUMNS
    roles = _role_names(plan)
    return arrow.words([*roles, "", *(plan.columns[k] for k in plan.values)])


def _role_names(plan: ReadPlan) -> tuple[str, str, str]:
    """The column of each role, if it is one; else the name of the role."""
    sensors = [part for part in plan.sensor if isinstance(part, int) and part != COLUMN]
    times = [part for part in plan.time.parts if isinstance(part, int)]
    sensor, timestamp, value = COLUMNS
    if len(sensors) == 1:
        sensor = plan.columns[sensors[0]]
    if len(times) == 1:
        timestamp = plan.columns[times[0]]
    if len(plan.values) == 1:
        value = plan.columns[plan.values[0]]
    return sensor, timestamp, value


def _phrases(dialect: DialectSpec, max_record_bytes: int) -> tuple[np.ndarray, np.ndarray]:
    """What sentences are made of for a dialect: the text of all phrases and where each begins."""
    plan = dialect.plan
    phrases = dict.fromkeys(range(r.PHRASES), "")
    phrases |= {
        r.ONE_FIELD: " field",
        r.FIELDS: " fields",
        r.EXTRA: f", expected {dialect.width}",
        r.BAD_QUOTE: "quotes: ",
        r.EXPECTED_QUOTE: ", expected a delimiter or the line's end after a closing quote",
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
    for k, name in enumerate(COLUMNS if plan is None else _role_names(plan)):
        phrases[r.BEGIN + k] = f"{name[:_NAME]}: "
        phrases[r.EXPECTED + k] = _EXPECTED[k]
    phrases |= _of_columns(dialect) if plan is None else _of_plan(plan)
    texts = [phrases[k].encode() for k in sorted(phrases)]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return np.frombuffer(b"".join(texts) + bytes(8), np.uint8), offsets


def _of_columns(dialect: DialectSpec) -> dict[int, str]:
    """Phrases about the three columns."""
    places = sorted((k, name) for k, name in zip(dialect.columns, COLUMNS, strict=True) if k >= 0)
    lacking = [name for k, name in zip(dialect.columns, COLUMNS, strict=True) if k < 0]
    needed = max(dialect.columns) + 1
    if len(places) == needed:
        missing = f", expected {needed}: {', '.join(name for _, name in places)}"
    else:
        listed = ", ".join(f"{name} is field {k + 1}" for k, name in places)
        missing = f", expected at least {needed}: {listed}"
    found = {
        r.MISSING: missing,
        r.LACKS: f"no {' and no '.join(lacking)} in the header, expected {_ALL}" if lacking else "",
    }
    if dialect.timestamp_format is not None:
        found[r.EXPECTED + 1] = f", expected a timestamp written as {dialect.timestamp_format}"
    return found


def _of_plan(plan: ReadPlan) -> dict[int, str]:
    """Phrases about the columns of a read plan."""
    needed = needed_fields(plan)
    last = plan.columns[needed - 1] if needed <= len(plan.columns) else f"#{needed}"
    zone = plan.time.zone
    found = {
        r.MISSING: f", expected at least {needed}: {last[:_NAME]} is field {needed}",
        r.EXPECTED_SKIPPED: f", expected a time that clocks of {zone} show: here they went forward",
        r.EXPECTED_REPEATED: f", expected a time that clocks of {zone} show once, or ambiguous_time "
        "to say which is meant",
        r.EXPECTED_ZONE: ", expected a time zone in the record: an IANA name or an offset",
    }
    written = [form for form in plan.time.formats if form != "iso"]
    if plan.time.formats:
        names = [_FORMAT_NAMES.get(form, f"a timestamp written as {form}") for form in written]
        if len(written) < len(plan.time.formats):
            names.insert(0, "an ISO 8601 date and time")
        found[r.EXPECTED + 1] = f", expected {' or '.join(names)}"
    if plan.decimal == "," or plan.thousands:
        sign = {",": "comma", ".": "point"}.get(plan.decimal, "point or comma")
        between = f" and {plan.thousands!r} between thousands" if plan.thousands else ""
        found[r.EXPECTED + 2] = f", expected a finite decimal number with a decimal {sign}{between}"
    for k, place in enumerate(plan.values):
        found[r.PHRASES + k] = f"{plan.columns[place][:_NAME]}: "
    return found


_FORMAT_NAMES = {
    "epoch": "an epoch number",
    "epoch_s": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
    "epoch_us": "microseconds since 1970",
    "epoch_ns": "nanoseconds since 1970",
    "excel": "days of a spreadsheet",
    "filetime": "a FILETIME number",
    "elapsed_s": "seconds since the start",
    "elapsed_ms": "milliseconds since the start",
}
