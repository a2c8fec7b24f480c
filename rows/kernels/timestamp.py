"""Timestamps: ISO 8601 and epoch numbers to microseconds since 1970 in UTC."""

from __future__ import annotations

import numpy as np

from rows.kernels.intrinsics import load8, load64, shr, signed
from rows.kernels.jit import inlined, inner

# What became of a timestamp.
MOMENT, EMPTY, NO_FORMAT, OUT_OF_RANGE = 0, 1, 2, 3

FIRST_YEAR, LAST_YEAR = 1900, 2299
_TABLE_FROM = FIRST_YEAR - 1  # an offset can move a moment into the next or the previous year
_TABLE_YEARS = LAST_YEAR + 1 - _TABLE_FROM + 1


def _days(year: int) -> int:
    """Days from 1970-01-01 to the first of January of a year."""
    return int((np.datetime64(f"{year:04d}-01-01") - np.datetime64("1970-01-01")).astype(int))


def _months() -> tuple[np.ndarray, np.ndarray]:
    """Per month of the table: the day before its first, counted from 1970; its number of days."""
    first = np.arange(f"{_TABLE_FROM}-01", f"{LAST_YEAR + 2}-01", dtype="datetime64[M]")
    days = np.append(first, first[-1] + 1).astype("datetime64[D]").astype(np.int64)
    return (days[:-1] - 1).astype(np.int32), np.diff(days).astype(np.int32)


_BEFORE, _LENGTH = _months()
DAY_US = 86_400_000_000
_FIRST_US, _LAST_US = _days(FIRST_YEAR) * DAY_US, _days(LAST_YEAR + 1) * DAY_US

_HIGH_BITS = signed(0x8080808080808080)
# Text with its digits at zero, and what carries into the high bit of every byte that then is no
# digit (over 9), no separator (over 0); bytes of 0 are not looked at.
_DATE, _DATE_CARRY = 0x2D30302D30303030, 0x7F76767F76767676  # 0000-00-
_TIME, _TIME_CARRY = 0x30303A3030003030, 0x76767F7676007676  # 00?00:00

_DASH, _COLON, _DOT, _PLUS, _ZERO = 45, 58, 46, 43, 48


@inlined
def _digits2(p: int) -> int:
    """The two digits at p as a number, or -1."""
    tens, ones = load8(p) - _ZERO, load8(p + 1) - _ZERO
    if 0 <= tens <= 9 and 0 <= ones <= 9:
        return tens * 10 + ones
    return -1


@inlined
def day_start(year: int, month: int, day: int) -> int:
    """Microseconds of a day's beginning, or -1 (which is not one) if there is no such day."""
    if not (_TABLE_FROM <= year < _TABLE_FROM + _TABLE_YEARS and 1 <= month <= 12):
        return -1
    k = (year - _TABLE_FROM) * 12 + month - 1
    if not 1 <= day <= _LENGTH[k]:
        return -1
    return int(_BEFORE[k] + day) * DAY_US


@inlined
def in_years(at: int) -> bool:
    """Whether a moment is in the years that are taken."""
    return _FIRST_US <= at < _LAST_US


@inlined
def date_and_time(s: int) -> int:
    """Microseconds of `YYYY-MM-DD?hh:mm:ss` at s, whatever byte is in the middle; -1, which they never
    are, where it is anything else, or out of the years that are taken."""
    date = load64(s) ^ _DATE
    time = load64(s + 8) ^ _TIME
    bad = date | (date + _DATE_CARRY) | (time & ~0xFF0000) | ((time & ~0xFF0000) + _TIME_CARRY)
    second = _digits2(s + 17)
    if bad & _HIGH_BITS or load8(s + 16) != _COLON or not 0 <= second <= 59:
        return -1
    date = date * 10 + shr(date, 8)
    time &= ~0xFF0000
    time = time * 10 + shr(time, 8)
    hour, minute = shr(time, 24) & 0xFF, shr(time, 48) & 0xFF
    day = day_start((date & 0xFF) * 100 + (shr(date, 16) & 0xFF), shr(date, 40) & 0xFF, time & 0xFF)
    if day == -1 or hour > 23 or minute > 59:
        return -1
    at = day + (hour * 3600 + minute * 60 + second) * 1_000_000
    return at if _FIRST_US <= at < _LAST_US else -1


@inlined
def common_moment(s: int, e: int) -> int:
    """Microseconds of `YYYY-MM-DDThh:mm:ss` or the same with Z; -1, which they never are, where
    [s, e) is anything else, and `moment` has to look at it."""
    if e - s != 19 and (e - s != 20 or load8(s + 19) not in (90, 122)):
        return -1
    if load8(s + 10) not in (84, 32, 116):  # T, space, t
        return -1
    return date_and_time(s)


@inner
def _iso(s: int, e: int) -> tuple[int, int]:
    """As `moment`, for text that has a dash as its fifth byte."""
    if e - s < 10:
        return NO_FORMAT, 0
    century, rest, month, day = _digits2(s), _digits2(s + 2), _digits2(s + 5), _digits2(s + 8)
    if century < 0 or rest < 0 or month < 0 or day < 0 or load8(s + 7) != _DASH:
        return NO_FORMAT, 0
    hour = minute = second = micros = offset = 0
    possible = True
    i = s + 10
    if i < e:
        if load8(i) not in (84, 32, 116) or e - i < 6 or load8(i + 3) != _COLON:
            return NO_FORMAT, 0
        hour, minute = _digits2(i + 1), _digits2(i + 4)
        i += 6
        if e - i >= 3 and load8(i) == _COLON:
            second = _digits2(i + 1)
            i += 3
            if i < e and load8(i) == _DOT:
                first = i + 1
                i = first
                while i < e and 0 <= load8(i) - _ZERO <= 9:
                    if i - first < 6:
                        micros = micros * 10 + load8(i) - _ZERO
                    i += 1
                if not 1 <= i - first <= 9:
                    return NO_FORMAT, 0
                for _ in range(i - first, 6):
                    micros *= 10
        if hour < 0 or minute < 0 or second < 0:
            return NO_FORMAT, 0
        if i < e and load8(i) in (90, 122):  # Z, z
            i += 1
        elif i < e and load8(i) in (_PLUS, _DASH):
            west = load8(i) == _DASH
            if e - i not in (3, 5, 6) or (e - i == 6 and load8(i + 3) != _COLON):
                return NO_FORMAT, 0
            hours = _digits2(i + 1)
            minutes = _digits2(e - 2) if e - i > 3 else 0
            if hours < 0 or minutes < 0:
                return NO_FORMAT, 0
            possible = hours <= 23 and minutes <= 59
            offset = hours * 60 + minutes
            if west:
                offset = -offset
            i = e
        if i != e:
            return NO_FORMAT, 0
    start = day_start(century * 100 + rest, month, day)
    if start == -1 or not possible or hour > 23 or minute > 59 or second > 59:
        return OUT_OF_RANGE, 0
    at = start + (((hour * 60 + minute - offset) * 60) + second) * 1_000_000 + micros
    if not _FIRST_US <= at < _LAST_US:
        return OUT_OF_RANGE, 0
    return MOMENT, at


@inner
def _number(s: int, e: int) -> int:
    """The digits [s, e), at most 18 of them, as a number."""
    number = 0
    for i in range(s, e):
        number = number * 10 + load8(i) - _ZERO
    return number


@inner
def _digits_end(i: int, e: int) -> int:
    """Address of the first byte from i on that is no digit, or e."""
    while i < e and 0 <= load8(i) - _ZERO <= 9:
        i += 1
    return i


@inner
def _epoch(s: int, e: int) -> tuple[int, int]:
    """As `moment`, for a number since 1970 whose unit follows from its size."""
    negative = load8(s) == _DASH
    first = s + 1 if negative else s
    point = _digits_end(first, e)
    fraction = end = point
    if point < e and load8(point) == _DOT:
        fraction = point + 1
        end = _digits_end(fraction, e)
        if end == fraction:
            return NO_FORMAT, 0
    if point == first or end != e:
        return NO_FORMAT, 0
    while first < point and load8(first) == _ZERO:
        first += 1
    digits = point - first
    if digits > 20:
        return OUT_OF_RANGE, 0
    # The last digit that counts as a whole microsecond, then whether anything stands behind it.
    decimals = 0
    if digits >= 18:  # nanoseconds
        at = _number(first, point - 3)
        rest = _number(point - 3, point) != 0
    else:
        at = _number(first, point)
        rest = False
        if at < 100_000_000_000:
            decimals = 6
        elif at < 100_000_000_000_000:
            decimals = 3
    for k in range(decimals):
        at *= 10
        if fraction + k < end:
            at += load8(fraction + k) - _ZERO
    for i in range(fraction + decimals, end):
        rest = rest or load8(i) != _ZERO
    if negative:
        at = -at - rest
    if not _FIRST_US <= at < _LAST_US:
        return OUT_OF_RANGE, 0
    return MOMENT, at


@inner
def moment(s: int, e: int) -> tuple[int, int]:
    """The moment that [s, e) names: (what became of it, microseconds since 1970 in UTC)."""
    if s == e:
        return EMPTY, 0
    if e - s > 4 and load8(s + 4) == _DASH:
        return _iso(s, e)
    return _epoch(s, e)
