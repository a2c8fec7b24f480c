"""Timestamps of a read plan, but for formats that are written out: ISO 8601, epoch numbers, days.

Every function gets text behind which 32 bytes can be read. It gives (what became of it,
microseconds since 1970, how they are to be understood, further information):

* LOCAL: what a clock shows; the time zone of the record applies.
* ABSOLUTE: an instant in UTC.
* ABBREVIATED: what a clock shows, and the number of the abbreviation of its zone.
"""

from __future__ import annotations

from rows.kernels import decimal as d
from rows.kernels import plan_layout as at
from rows.kernels.intrinsics import load8, load64
from rows.kernels.jit import inlined, inner
from rows.kernels.timestamp import (
    DAY_US,
    MOMENT,
    NO_FORMAT,
    OUT_OF_RANGE,
    common_moment,
    day_start,
)

LOCAL, ABSOLUTE, ABBREVIATED = 0, 1, 2
# What else became of a timestamp; the codes follow each other in this order.
SKIPPED, REPEATED, NO_ZONE = 4, 5, 6

_DASH, _PLUS, _COLON, _DOT, _COMMA, _ZERO = 45, 43, 58, 46, 44, 48
_MAX_DIGITS = 18  # of microseconds; more are in no year that is taken
_EXACT_DIGITS = 19
_MS_PER_DAY = 86_400_000.0
# Day 0 of a spreadsheet (from 1 March 1900 on): 30 December 1899.
_SERIAL_ZERO = -25_569 * DAY_US
_LEAP_DAY = 60  # 29 February 1900, which spreadsheets have and the calendar has not
_MAX_SERIAL = 200_000.0


@inlined
def _is_digit(p: int) -> bool:
    return 0 <= load8(p) - _ZERO <= 9


@inner
def _pair(p: int) -> int:
    """The two digits at p as a number, or -1."""
    if _is_digit(p) and _is_digit(p + 1):
        return (load8(p) - _ZERO) * 10 + load8(p + 1) - _ZERO
    return -1


@inner
def offset_at(i: int, e: int) -> tuple[int, int, int]:
    """The offset at i, `Z` or `+hh`, `+hhmm`, `+hh:mm`: (bytes, minutes, 1 if there is such an
    offset); 0 bytes if it is none."""
    if i >= e:
        return 0, 0, 0
    lead = load8(i)
    if lead in (90, 122):  # Z, z
        return 1, 0, 1
    if lead not in (_PLUS, _DASH) or e - i < 3:
        return 0, 0, 0
    hours = _pair(i + 1)
    if hours < 0:
        return 0, 0, 0
    size = 3
    minutes = 0
    if e - i >= 6 and load8(i + 3) == _COLON and _pair(i + 4) >= 0:
        minutes = _pair(i + 4)
        size = 6
    elif e - i >= 5 and _pair(i + 3) >= 0:
        minutes = _pair(i + 3)
        size = 5
    possible = hours <= 23 and minutes <= 59
    total = hours * 60 + minutes
    return size, -total if lead == _DASH else total, 1 if possible else 0


@inner
def fraction_at(i: int, e: int) -> tuple[int, int]:
    """One to nine digits at i as a fraction: (how many, microseconds rounded down)."""
    micros = 0
    count = 0
    while i + count < e and count < 10 and _is_digit(i + count):
        if count < 6:
            micros = micros * 10 + load8(i + count) - _ZERO
        count += 1
    for _ in range(count, 6):
        micros *= 10
    return count, micros


@inner
def _iso_slow(s: int, e: int) -> tuple[int, int, int, int]:
    if e - s < 10:
        return NO_FORMAT, 0, 0, 0
    century, rest, month, day = _pair(s), _pair(s + 2), _pair(s + 5), _pair(s + 8)
    if century < 0 or rest < 0 or month < 0 or day < 0:
        return NO_FORMAT, 0, 0, 0
    if load8(s + 4) != _DASH or load8(s + 7) != _DASH:
        return NO_FORMAT, 0, 0, 0
    hour = minute = second = micros = 0
    offset = 0
    kind = LOCAL
    possible = 1
    i = s + 10
    if i < e:
        if load8(i) not in (84, 32, 116) or e - i < 6 or load8(i + 3) != _COLON:
            return NO_FORMAT, 0, 0, 0
        hour, minute = _pair(i + 1), _pair(i + 4)
        i += 6
        if e - i >= 3 and load8(i) == _COLON:
            second = _pair(i + 1)
            i += 3
            if i < e and load8(i) == _DOT:
                count, micros = fraction_at(i + 1, e)
                if not 1 <= count <= 9:
                    return NO_FORMAT, 0, 0, 0
                i += 1 + count
        if hour < 0 or minute < 0 or second < 0:
            return NO_FORMAT, 0, 0, 0
        if i < e:
            size, offset, possible = offset_at(i, e)
            if size == 0 or i + size != e:
                return NO_FORMAT, 0, 0, 0
            kind = ABSOLUTE
    start = day_start(century * 100 + rest, month, day)
    if start == -1 or possible == 0 or hour > 23 or minute > 59 or second > 59:
        return OUT_OF_RANGE, 0, 0, 0
    local = start + ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + micros
    return MOMENT, local, kind, 0


@inlined
def iso(s: int, e: int) -> tuple[int, int, int, int]:
    """ISO 8601: a date, or a date and a time, with or without an offset."""
    common = common_moment(s, e)
    if common != -1:
        return MOMENT, common, ABSOLUTE if e - s == 20 else LOCAL, 0
    return _iso_slow(s, e)


@inner
def _shifted(s: int, e: int, digits: int, comma: int) -> tuple[int, int]:
    """A decimal number moved by so many digits, rounded down: (what became of it, the number).

    BY_SIZE: by as many as make microseconds of a number whose unit follows from its size. An
    exponent is taken only if no digit of the number is lost to it.
    """
    i = s
    negative = i < e and load8(i) == _DASH
    if negative:
        i += 1
    begin = i
    while i < e and _is_digit(i):
        i += 1
    point = i
    if point == begin:
        return NO_FORMAT, 0
    decimals = 0
    if i < e and (load8(i) == _DOT or (comma != 0 and load8(i) == _COMMA)):
        i += 1
        while i < e and _is_digit(i):
            i += 1
        decimals = i - point - 1
        if decimals == 0:
            return NO_FORMAT, 0
    exponent = 0
    if i < e:
        if load8(i) | 0x20 != 0x65:
            return NO_FORMAT, 0
        i += 1
        if i < e and load8(i) == _PLUS:
            i += 1
        if i == e or e - i > 2:
            return NO_FORMAT, 0
        while i < e:
            if not _is_digit(i):
                return NO_FORMAT, 0
            exponent = exponent * 10 + load8(i) - _ZERO
            i += 1
        if exponent > decimals:
            return NO_FORMAT, 0
    # The digits of the number without its point; so many of them are before the (moved) point.
    whole = point - begin + exponent
    count = point - begin + decimals
    skipped = 0
    while skipped < whole and skipped < count:
        k = begin + skipped + (1 if skipped >= point - begin else 0)
        if load8(k) != _ZERO:
            break
        skipped += 1
    size = whole - skipped
    if digits == at.BY_SIZE:
        digits = 6 if size <= 11 else 3 if size <= 14 else 0 if size <= 17 else -3
    taken = whole + digits
    if taken - skipped > _MAX_DIGITS:
        return OUT_OF_RANGE, 0
    number = 0
    rest = False
    for n in range(count):
        digit = load8(begin + n + (1 if n >= point - begin else 0)) - _ZERO
        if n < taken:
            number = number * 10 + digit
        else:
            rest = rest or digit != 0
    for _ in range(count, taken):
        number *= 10
    if negative:
        number = -number - (1 if rest else 0)
    return MOMENT, number


@inner
def _spreadsheet_days(s: int, e: int, comma: int) -> tuple[int, int, int, int]:
    """Days of a spreadsheet, to the nearest millisecond."""
    digits = 0
    i = s
    stop = e
    points = 0
    while i < e:
        byte = load8(i)
        if 0 <= byte - _ZERO <= 9:
            digits += 1
            if digits == _EXACT_DIGITS and points == 1:
                stop = min(stop, i + 1)  # what follows is far below a millisecond
        elif byte == _DOT or (comma != 0 and byte == _COMMA):
            points += 1
        else:
            return NO_FORMAT, 0, 0, 0
        i += 1
    if digits == 0 or points > 1 or not _is_digit(s) or not _is_digit(e - 1):
        return NO_FORMAT, 0, 0, 0
    outcome, days = d.decimal(s, stop, comma)
    if outcome != d.NUMBER or days >= _MAX_SERIAL or days < 1.0:
        return OUT_OF_RANGE, 0, 0, 0
    whole = int(days)
    if whole == _LEAP_DAY:
        return OUT_OF_RANGE, 0, 0, 0
    millis = int(days * _MS_PER_DAY + 0.5)
    if whole < _LEAP_DAY:
        millis += int(_MS_PER_DAY)
    return MOMENT, _SERIAL_ZERO + millis * 1000, LOCAL, 0


@inner
def numbered(s: int, e: int, form: int, comma: int) -> tuple[int, int, int, int]:
    """A timestamp that is a number, by the format at `form`: EPOCH, ELAPSED or EXCEL."""
    kind = load64(form)
    if kind == at.EXCEL:
        return _spreadsheet_days(s, e, comma)
    outcome, number = _shifted(s, e, load64(form + 8 * at.EPOCH_DIGITS), comma)
    return outcome, number + load64(form + 8 * at.EPOCH_ORIGIN), ABSOLUTE, 0
