"""Cells of value columns: numbers with their signs, words, markers of missing readings."""

from __future__ import annotations

import numpy as np

from rows.kernels import decimal as d
from rows.kernels import plan_layout as at
from rows.kernels.grammar import trimmed
from rows.kernels.intrinsics import (
    copy,
    load8,
    load64,
    load_float,
    same_bytes,
    shr,
    signed,
    store8,
    trailing_zeros,
)
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.templates import trimmed_cell

_MINUS, _PLUS, _DOT, _COMMA, _ZERO, _SPACE = 45, 43, 46, 44, 48, 32
_HIGH_BITS = signed(0x8080808080808080)
_ONES, _ZEROS = 0x0101010101010101, 0x3030303030303030
_DIGIT_CARRY = 0x7676767676767676
_PAIRS = 0x000000FF000000FF
_LEFT, _RIGHT = 100 + (1_000_000 << 32), 1 + (10_000 << 32)
_TEN = np.array([float(10**k) for k in range(23)])
_GROUP = 3  # digits between thousands signs
# What a cell is.
READING, MISSING, EXCLUDED, INVALID, ASK = 0, 1, 2, 3, 4


@inlined
def in_texts(s: int, e: int, texts: int, count: int) -> bool:
    """Whether [s, e) is one of `count` texts (`plan_layout.TEXT_WORDS` each)."""
    for k in range(count):
        entry = texts + 8 * at.TEXT_WORDS * k
        if load64(entry) == e - s and same_bytes(s, load64(entry + 16), e - s):
            return True
    return False


@inner
def word_at(s: int, e: int, texts: int, count: int) -> int:
    """Which of the texts, in small letters, [s, e) is in any case of ASCII letters; -1 for none."""
    for k in range(count):
        entry = texts + 8 * at.TEXT_WORDS * k
        if load64(entry) != e - s:
            continue
        text = load64(entry + 16)
        same = True
        for i in range(e - s):
            byte = load8(s + i)
            if 65 <= byte <= 90:
                byte |= 0x20
            if byte != load8(text + i):
                same = False
                break
        if same:
            return k
    return -1


@inner
def _blank_of_number(i: int, e: int) -> int:
    """Bytes of a space, no-break space or narrow no-break space between digits; 0 for none."""
    byte = load8(i)
    if byte == _SPACE:
        return 1
    if byte == 0xC2 and i + 1 < e and load8(i + 1) == 0xA0:
        return 2
    if byte == 0xE2 and i + 2 < e and load8(i + 1) == 0x80 and load8(i + 2) in (0xAF, 0x89):
        return 3
    return 0


@inlined
def _sign_size(i: int, e: int, sign: int) -> int:
    """Bytes of the thousands sign at i, 0 if it is none."""
    if sign == _SPACE:
        return _blank_of_number(i, e)
    if load8(i) == sign:
        return 1
    # The typographic apostrophe.
    if sign == 39 and load8(i) == 0xE2 and i + 2 < e:
        return 3 if load8(i + 1) == 0x80 and load8(i + 2) == 0x99 else 0
    return 0


@inner
def _ungrouped(s: int, e: int, sign: int, to: int) -> int:
    """Copy a number without its thousands signs; returns the end of the copy, 0 if any of them is not
    between groups of three digits, before the decimals."""
    i = s
    end = to
    digits = 0  # of the group
    groups = 0
    while i < e:
        byte = load8(i)
        if 0 <= byte - _ZERO <= 9:
            digits += 1
        elif byte in (_MINUS, _PLUS) and i == s:
            pass
        else:
            size = _sign_size(i, e, sign)
            if size == 0:
                break
            if digits == 0 or digits > _GROUP or (groups > 0 and digits != _GROUP):
                return 0
            groups += 1
            digits = 0
            i += size
            continue
        store8(end, byte)
        end += 1
        i += 1
    if groups > 0 and digits != _GROUP:
        return 0
    while i < e:
        byte = load8(i)
        if groups > 0 and not (0 <= byte - _ZERO <= 9 or byte in (_DOT, _COMMA)):
            return 0
        store8(end, byte)
        end += 1
        i += 1
    return end


@inlined
def short_number(s: int, e: int, point: int) -> tuple[bool, float]:
    """As `decimal.short_decimal`, with this byte as the decimal sign."""
    negative = load8(s) == _MINUS
    s += negative
    size = e - s
    if not 1 <= size <= 8:
        return False, 0.0
    word = load64(s)
    points = word ^ (point * _ONES)
    points = (points - _ONES) & ~points & _HIGH_BITS
    before = trailing_zeros(points) & 0x78
    digits = 8 * size
    word ^= _ZEROS
    decimals = 0
    if before < digits:
        low = (1 << before) - 1
        word = (word & low) | (shr(word, 8) & ~low)
        digits -= 8
        decimals = (digits - before) >> 3
    if digits == 0:
        return False, 0.0
    word <<= 64 - digits
    if (word | (word + _DIGIT_CARRY)) & _HIGH_BITS:
        return False, 0.0
    word = word * 10 + shr(word, 8)
    number = (word & _PAIRS) * _LEFT + (shr(word, 16) & _PAIRS) * _RIGHT
    value = float(shr(number, 32)) / _TEN[decimals]
    return True, -value if negative else value


@inlined
def plain_value(s: int, e: int, point: int) -> tuple[bool, float]:
    """The number that [s, e) is with this byte as the decimal sign; (False, 0) if it has to be looked
    at otherwise."""
    done, value = short_number(s, e, point)
    if done or point != _DOT:
        return done, value
    outcome, value = d.decimal(s, e, 0)
    return outcome == d.NUMBER, value


@inner
def _plain_number(
    s: int, e: int, signs: int, thousands: int, scratch: int, state: Int64s, floats_at: int
) -> tuple[int, float]:
    """The number that [s, e) is: (what became of it, its value); see `decimal.decimal`."""
    if thousands != 0 and s < e:
        end = _ungrouped(s, e, thousands, scratch)
        if end == 0:
            return d.NOT_A_NUMBER, 0.0
        s, e = scratch, end
    if signs == at.COMMA_ONLY:
        for i in range(s, e):
            if load8(i) == _DOT:
                return d.NOT_A_NUMBER, 0.0
    outcome, value = d.decimal(s, e, 0 if signs == at.POINT else 1)
    if outcome == d.ASK:
        if state[at.ANSWERED] == 0:
            state[at.ASKED_AT] = s
            state[at.ASKED_SIZE] = e - s
            return outcome, 0.0
        state[at.ANSWERED] = 0
        value = load_float(floats_at)
        outcome = d.NUMBER if value - value == 0.0 else d.NOT_FINITE
    return outcome, value


@inner
def number_slow(
    s: int, e: int, settings: Int64s, scratch: int, state: Int64s, floats_at: int
) -> tuple[int, float]:
    """As `_plain_number`, with a unit that may follow the number.

    `floats_at` is the address of the answer to a question (`decimal.ASK`).
    """
    signs, thousands = settings[at.SIGNS], settings[at.THOUSANDS]
    outcome, value = _plain_number(s, e, signs, thousands, scratch, state, floats_at)
    if outcome != d.NOT_A_NUMBER:
        return outcome, value
    units = settings[at.UNITS_AT]
    for k in range(settings[at.UNITS]):
        entry = units + 8 * at.TEXT_WORDS * k
        size = load64(entry)
        if size < e - s and same_bytes(e - size, load64(entry + 16), size):
            begin, end = trimmed(s, e - size)
            # A no-break space between number and unit.
            if end - begin > 2 and load8(end - 2) == 0xC2 and load8(end - 1) == 0xA0:
                end -= 2
            number, value = _plain_number(begin, end, signs, thousands, scratch, state, floats_at)
            if number not in (d.NOT_A_NUMBER, d.EMPTY):
                return number, value
    return outcome, 0.0


@inlined
def is_missing_number(value: float, settings: Int64s) -> bool:
    """Whether a number is a marker."""
    numbers = settings[at.MISSING_NUMBERS_AT]
    found = False
    for k in range(settings[at.MISSING_NUMBERS]):
        found = found or load_float(numbers + 8 * k) == value
    return found


@inner
def mapped(value: float, settings: Int64s) -> float:
    """What a number means that the option `value_map` has."""
    pairs = settings[at.MAPPED_AT]
    for k in range(settings[at.MAPPED]):
        if load_float(pairs + 16 * k) == value:
            return load_float(pairs + 16 * k + 8)
    return value


@inner
def flag_accepts(k: int, places: Int64s, settings: Int64s) -> bool:
    """Whether the flag in a field lets the reading be taken."""
    s, e = trimmed_cell(k, places)
    if settings[at.ACCEPT] != 0 and not in_texts(s, e, settings[at.ACCEPT_AT], settings[at.ACCEPT]):
        return False
    return not in_texts(s, e, settings[at.REJECT_AT], settings[at.REJECT])


@inner
def cell_slow(
    s: int, e: int, settings: Int64s, scratch: int, state: Int64s, floats: int
) -> tuple[int, int, float]:
    """A cell that is no short number: (what it is, what is wrong with it, its value)."""
    if s == e and settings[at.WIDE] != 0:
        return MISSING, 0, 0.0
    begin, end = s, e
    if e - s > 3 and load8(s) == 0xE2 and load8(s + 1) == 0x88 and load8(s + 2) == 0x92:
        # The typographic minus.
        store8(scratch, _MINUS)
        copy(scratch + 1, s + 3, e - s - 3)
        begin, end = scratch, scratch + e - s - 2
    outcome, value = number_slow(begin, end, settings, scratch, state, floats)
    if outcome == d.ASK:
        return ASK, 0, 0.0
    if outcome == d.NUMBER:
        if is_missing_number(value, settings):
            return MISSING, 0, 0.0
        return READING, 0, mapped(value, settings)
    if in_texts(s, e, settings[at.MISSING_AT], settings[at.MISSING]):
        return MISSING, 0, 0.0
    word = word_at(s, e, settings[at.WORDS_AT], settings[at.WORDS])
    if word >= 0:
        return READING, 0, load_float(settings[at.WORD_VALUES_AT] + 8 * word)
    return INVALID, outcome, 0.0
