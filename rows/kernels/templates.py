"""Texts made of the cells of a record: sensors and timestamps of several columns, zones in cells."""

from __future__ import annotations

from rows.kernels import plan_layout as at
from rows.kernels.grammar import trimmed
from rows.kernels.instants import offset_at
from rows.kernels.intrinsics import copy, load8, load64, signed, store8, store64, tail_word
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.layout import (
    MAX_ID_BYTES,
    SENSOR_ID_CONTROL,
    SENSOR_ID_EMPTY,
    SENSOR_ID_ENCODING,
    SENSOR_ID_TOO_LONG,
)
from rows.kernels.record_fields import PLACE_WORDS
from rows.kernels.utf8 import character, is_control

# A text that is put together has at most so many bytes; longer ones are cut, and fit nothing.
MAX_TEXT = 4096
_SPACE = 32
MIXED = _MIX1, _MIX2 = signed(0x9FB21C651E98DF25), signed(0xE7037ED1A0B428DB)
_MAX_ZONE_NAME = 32


@inlined
def cell(k: int, places: Int64s) -> tuple[int, int]:
    """The text of a field: a plain one is trimmed. 0 if the record has no such field."""
    s, e = places[PLACE_WORDS * k], places[PLACE_WORDS * k + 1]
    if places[PLACE_WORDS * k + 2] == 0 and s != 0:
        s, e = trimmed(s, e)
    return s, e


@inlined
def trimmed_cell(k: int, places: Int64s) -> tuple[int, int]:
    """The text of a field, trimmed in quotes too. 0 if the record has no such field."""
    s, e = places[PLACE_WORDS * k], places[PLACE_WORDS * k + 1]
    if s != 0:
        s, e = trimmed(s, e)
    return s, e


@inner
def _put(to: int, limit: int, source: int, size: int) -> int:
    size = min(size, limit - to)
    copy(to, source, size)
    return to + size


@inner
def composed(
    parts: int, count: int, joined: bool, name: int, name_size: int, places: Int64s, to: int
) -> tuple[int, int]:
    """Write the text of a template to `to`: (its end, what its cells are).

    `joined`: by one space. What the cells are: 0 if one is not there, 1 if all are empty, 2 else
    (no cells among them).
    """
    begin = to
    limit = to + MAX_TEXT
    cells = 0
    filled = 0
    for k in range(count):
        part = parts + 8 * at.PART_WORDS * k
        if joined and k > 0 and to < limit:
            store8(to, _SPACE)
            to += 1
        position = load64(part)
        if position == at.LITERAL:
            to = _put(to, limit, load64(part + 8), load64(part + 16))
        elif position == at.COLUMN:
            to = _put(to, limit, name, name_size)
        else:
            s, e = trimmed_cell(position, places) if joined else cell(position, places)
            if s == 0:
                return begin, 0
            cells += 1
            filled += s < e
            to = _put(to, limit, s, e - s)
    return to, 1 if cells > 0 and filled == 0 else 2


@inner
def record_key(parts: int, count: int, places: Int64s, to: int) -> tuple[int, int]:
    """Write what tells the sensors of a wide record from others, its cells with their sizes: (its
    end, code number of what is wrong with the cells).

    `to` has room for all cells of the template, each of at most MAX_ID_BYTES, and 16 bytes more.
    """
    filled = False
    for k in range(count):
        position = load64(parts + 8 * at.PART_WORDS * k)
        if position < 0:
            continue
        s, e = cell(position, places)
        if e - s > MAX_ID_BYTES:
            return to, SENSOR_ID_TOO_LONG
        filled = filled or s < e
        store64(to, e - s)
        copy(to + 8, s, e - s)
        to += 8 + e - s
    return to, 0 if filled else SENSOR_ID_EMPTY


@inner
def cell_fault(parts: int, count: int, places: Int64s) -> int:
    """Code number of what is wrong with the cells of a template as parts of a sensor_id."""
    for k in range(count):
        position = load64(parts + 8 * at.PART_WORDS * k)
        if position < 0:
            continue
        s, e = cell(position, places)
        while s < e:
            size = character(s, e)
            if size < 0:
                return SENSOR_ID_ENCODING
            if is_control(s, size):
                return SENSOR_ID_CONTROL
            s += size
    return 0


@inlined
def zone_name_slot(w0: int, w1: int, w2: int, w3: int) -> int:
    """Where the name of a zone is looked for first."""
    h = (((w0 ^ _MIX1) * _MIX2 ^ w1) * _MIX2 ^ w2) * _MIX2 ^ w3
    h *= _MIX1
    return ((h >> 40) ^ h) & (at.ZONE_NAME_SLOTS - 1)


@inner
def zone_named(s: int, e: int, end: int, table: int) -> int:
    """The number of the zone that [s, e) names, -1 if there is none; nothing at `end` is read."""
    size = e - s
    if not 1 <= size <= _MAX_ZONE_NAME:
        return -1
    w0 = tail_word(s, min(size, 8), end)
    w1 = tail_word(s + 8, min(size - 8, 8), end) if size > 8 else 0
    w2 = tail_word(s + 16, min(size - 16, 8), end) if size > 16 else 0
    w3 = tail_word(s + 24, min(size - 24, 8), end) if size > 24 else 0
    k = zone_name_slot(w0, w1, w2, w3)
    while True:
        entry = table + 8 * at.ZONE_NAME_WORDS * k
        number = load64(entry + 32)
        if number == 0:
            return -1
        if (
            load64(entry) == w0
            and load64(entry + 8) == w1
            and load64(entry + 16) == w2
            and load64(entry + 24) == w3
        ):
            return number - 1
        k = (k + 1) & (at.ZONE_NAME_SLOTS - 1)


@inner
def offset_named(s: int, e: int) -> tuple[bool, int]:
    """Whether [s, e) is an offset such as `+01:00`, `-0530`, `UTC+1`; and its minutes."""
    i = s
    if e - i > 3:
        word = (load8(i) | load8(i + 1) << 8 | load8(i + 2) << 16) | 0x202020
        if word in (0x637475, 0x746D67):  # "utc", "gmt"
            i += 3
    if i == e or load8(i) not in (43, 45):
        return False, 0
    size, minutes, possible = offset_at(i, e)
    if size != 0 and i + size == e and possible != 0:
        return True, minutes
    # One digit of hours, with or without minutes.
    digit = load8(i + 1) - 48 if e - i >= 2 else -1
    if not 0 <= digit <= 9:
        return False, 0
    minutes = digit * 60
    if e - i == 5 and load8(i + 2) == 58:
        tens, ones = load8(i + 3) - 48, load8(i + 4) - 48
        if not (0 <= tens <= 5 and 0 <= ones <= 9):
            return False, 0
        minutes += tens * 10 + ones
    elif e - i != 2:
        return False, 0
    return True, -minutes if load8(i) == 45 else minutes
