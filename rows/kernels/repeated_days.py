"""Whether records can be on a day on which clocks show an hour twice, by their text alone.

The date of a timestamp is looked for by the two signs around its middle number, 64 bytes at a time,
wherever they are. So no record has to be cut into fields as long as there is no such day.
"""

from __future__ import annotations

from rows.kernels.intrinsics import load8, load64, mask1, trailing_zeros
from rows.kernels.jit import Int64s, inlined, inner, kernel
from rows.kernels.timestamp import DAY_US, day_start

# A way to write dates (int64): the signs before and after the middle number; from the first of them
# on, the places of year, month and day and of the date's begin and end; 1 if the year has four
# digits; 1 if a number never has fewer digits than its place.
FIRST_SIGN, SECOND_SIGN, YEAR, MONTH, DAY, BEGIN, END, LONG_YEAR, STRICT = range(9)
MARKS_SIZE = 9
# The day (since 1970) of the first bit of days; years from 1899 to 2300.
FIRST_DAY, DAYS = -25_932, 146_827

_ZERO = 48
_BLOCK = 64
_SLACK = 32  # bytes of a date, and more


@inlined
def _two(p: int) -> int:
    """The two digits at p as a number, or -1."""
    tens, ones = load8(p) - _ZERO, load8(p + 1) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@inner
def _may_be_one(i: int, marks: Int64s, days: int) -> bool:
    """Whether the date whose first sign is at i may be one of the days."""
    strict = marks[STRICT] != 0
    year = _two(i + marks[YEAR])
    if marks[LONG_YEAR] != 0:
        rest = _two(i + marks[YEAR] + 2)
        year = year * 100 + rest if year >= 0 and rest >= 0 else -1
    elif year >= 0:
        year += 1900 if year >= 69 else 2000
    month, day = _two(i + marks[MONTH]), _two(i + marks[DAY])
    if year < 0 or month < 0 or day < 0:
        return not strict  # a number can have one digit
    start = day_start(year, month, day)
    return start != -1 and load8(days + start // DAY_US - FIRST_DAY) != 0


@inner
def _may_be_short(p: int) -> bool:
    """Whether the middle number of a date is the one digit at p."""
    return 0 <= load8(p) - _ZERO <= 9


@kernel("boolean(int64, int64, int64[::1], int64)")
def may_have_days(base: int, size: int, marks: Int64s, days: int) -> bool:
    """Whether a date in the whole records at `base`, written as the marks say, may be one of some days.

    At `days` is one byte for each day from `FIRST_DAY` on, 1 if it is one of them.
    """
    end = base + size
    first, second, strict = marks[FIRST_SIGN], marks[SECOND_SIGN], marks[STRICT] != 0
    begin, stop = marks[BEGIN], marks[END]
    seen0 = seen1 = 0  # the last date that is none of the days
    block = base
    while block + _BLOCK + _SLACK <= end:
        signs = mask1(block, first)
        found = signs & mask1(block + 3, second)
        if not strict:
            short = signs & mask1(block + 2, second)
            while short != 0:
                if _may_be_short(block + trailing_zeros(short) + 1):
                    return True
                short &= short - 1
        while found != 0:
            i = block + trailing_zeros(found)
            found &= found - 1
            if i + begin < base:
                if not strict:
                    return True
                continue
            word0, word1 = load64(i + begin), load64(i + stop - 8)
            if word0 != seen0 or word1 != seen1:
                if _may_be_one(i, marks, days):
                    return True
                seen0, seen1 = word0, word1
        block += _BLOCK
    for i in range(block, end - 2):
        if load8(i) != first:
            continue
        if load8(i + 2) == second and not strict and _may_be_short(i + 1):
            return True
        if i + 3 < end and load8(i + 3) == second:
            if i + begin < base or i + stop > end:
                if not strict:
                    return True
            elif _may_be_one(i, marks, days):
                return True
    return False
