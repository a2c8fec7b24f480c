"""Timestamps written as a format says: a program of directives, run over the text.

The program is what `rows.timestamp_format` makes of a format: literal bytes below 256, and directives.
"""

from __future__ import annotations

from rows.kernels.intrinsics import load8, load64
from rows.kernels.jit import inlined, inner
from rows.kernels.timestamp import (
    DAY_US,
    EMPTY,
    MOMENT,
    NO_FORMAT,
    OUT_OF_RANGE,
    day_start,
    in_years,
)

# Directives. The first ones are numbers of up to two digits, then such of up to so many.
BLANKS, YEAR, YEAR2, MONTH, DAY, HOUR, HOUR12, MINUTE, SECOND = range(256, 265)
FRACTION, HALF, MONTH_NAME, WEEKDAY_NAME, DAY_OF_YEAR, OFFSET = range(265, 271)

_ZERO, _PLUS, _DASH, _COLON, _SPACE, _TAB = 48, 43, 45, 58, 32, 9
_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"


def _packed(text: str) -> int:
    return int.from_bytes(text.encode(), "little")


# Of every name its first three letters, and the rest.
_MONTH_WORDS = tuple(_packed(name[:3]) for name in _MONTHS.split())
_MONTH_RESTS = tuple(_packed(name[3:]) for name in _MONTHS.split())
_WEEKDAY_WORDS = tuple(_packed(name[:3]) for name in _WEEKDAYS.split())
_WEEKDAY_RESTS = tuple(_packed(name[3:]) for name in _WEEKDAYS.split())


@inner
def _number(i: int, e: int, most: int) -> tuple[int, int]:
    """The digits at i, `most` at the most: (their number, how many they are)."""
    number = 0
    count = 0
    while count < most and i + count < e and 0 <= load8(i + count) - _ZERO <= 9:
        number = number * 10 + load8(i + count) - _ZERO
        count += 1
    return number, count


@inner
def _letters(i: int, e: int) -> tuple[int, int, int]:
    """The letters at i, made small: (the first three, up to six more, how many they are)."""
    first = 0
    rest = 0
    count = 0
    while i + count < e and count < 10:
        letter = load8(i + count) | 0x20
        if not 97 <= letter <= 122:
            break
        if count < 3:
            first |= letter << (8 * count)
        elif count < 9:
            rest |= letter << (8 * (count - 3))
        else:
            rest = -1  # longer than any name
        count += 1
    return first, rest, count


@inlined
def _has_name(first: int, rest: int, word: int, whole: int) -> bool:
    return first == word and (rest in (0, whole))


@inner
def _named(i: int, e: int, months: bool) -> tuple[int, int]:
    """Which month (or weekday), from 1, is named at i, and its letters; 0 where none is."""
    first, rest, count = _letters(i, e)
    if months:
        for k in range(12):
            if _has_name(first, rest, _MONTH_WORDS[k], _MONTH_RESTS[k]):
                return k + 1, count
    else:
        for k in range(7):
            if _has_name(first, rest, _WEEKDAY_WORDS[k], _WEEKDAY_RESTS[k]):
                return k + 1, count
    return 0, 0


@inner
def written_moment(s: int, e: int, program: int, size: int) -> tuple[int, int]:
    """The moment that [s, e) names by the `size` words at `program`: (what became of it, microseconds
    since 1970 in UTC)."""
    if s == e:
        return EMPTY, 0
    year = 0
    month = day = 1
    day_of_year = 0
    hour = minute = second = micros = offset = 0
    half = -1
    possible = True
    i = s
    for k in range(size):
        step = load64(program + 8 * k)
        count = 0
        if step < BLANKS:
            count = i < e and load8(i) == step
        elif step == BLANKS:
            while i + count < e and load8(i + count) in (_SPACE, _TAB):
                count += 1
        elif step == YEAR:
            year, count = _number(i, e, 4)
            if count != 4:
                return NO_FORMAT, 0
        elif step == YEAR2:
            year, count = _number(i, e, 2)
            if count != 2:
                return NO_FORMAT, 0
            year += 1900 if year >= 69 else 2000
        elif step == MONTH:
            month, count = _number(i, e, 2)
        elif step == DAY:
            day, count = _number(i, e, 2)
        elif step in (HOUR, HOUR12):
            hour, count = _number(i, e, 2)
        elif step == MINUTE:
            minute, count = _number(i, e, 2)
        elif step == SECOND:
            second, count = _number(i, e, 2)
        elif step == FRACTION:
            micros, count = _number(i, e, 9)
            for _ in range(count, 6):
                micros *= 10
            for _ in range(6, count):
                micros //= 10
        elif step == HALF:
            if e - i >= 2 and load8(i + 1) | 0x20 == 109:  # m
                letter = load8(i) | 0x20
                if letter in (97, 112):  # a, p
                    half = letter == 112
                    count = 2
        elif step == MONTH_NAME:
            month, count = _named(i, e, True)
        elif step == WEEKDAY_NAME:
            _, count = _named(i, e, False)
        elif step == DAY_OF_YEAR:
            day_of_year, count = _number(i, e, 3)
            possible = possible and day_of_year != 0
        elif i < e and load8(i) in (90, 122):  # Z, z
            offset = 0
            count = 1
        elif i < e and load8(i) in (_PLUS, _DASH):
            hours, digits = _number(i + 1, e, 2)
            colon = i + 3 < e and load8(i + 3) == _COLON
            minutes, more = _number(i + 3 + colon, e, 2)
            if digits == 2 and (more == 2 or (more == 0 and not colon)):
                count = 3 + colon + more
                possible = possible and hours <= 23 and minutes <= 59
                offset = hours * 60 + minutes
                if load8(i) == _DASH:
                    offset = -offset
        if count == 0:
            return NO_FORMAT, 0
        i += count
    if i != e:
        return NO_FORMAT, 0
    if half != -1:
        possible = possible and 1 <= hour <= 12
        hour = hour % 12 + 12 * half
    start = day_start(year, month, day)
    if start != -1 and day_of_year > 0:
        start += (day_of_year - 1) * DAY_US
        possible = possible and start <= day_start(year, 12, 31)
    if start == -1 or not possible or hour > 23 or minute > 59 or second > 59:
        return OUT_OF_RANGE, 0
    at = start + (((hour * 60 + minute - offset) * 60) + second) * 1_000_000 + micros
    return (MOMENT, at) if in_years(at) else (OUT_OF_RANGE, 0)
