"""Readings as text: `sensor_id,timestamp,value` with instants as `2026-03-01T06:10:00.000000Z`."""

from __future__ import annotations

from rows.kernels.intrinsics import copy, store8
from rows.kernels.jit import Int32s, Int64s, inlined, kernel

STAMP_BYTES = 27
_ZERO, _COMMA, _LF = 48, 44, 10
_DAY_US, _SECOND_US = 86_400_000_000, 1_000_000
_DASH, _COLON, _DOT, _T, _Z = 45, 58, 46, 84, 90


@inlined
def _two(to: int, number: int) -> None:
    store8(to, _ZERO + number // 10)
    store8(to + 1, _ZERO + number % 10)


@inlined
def _date(to: int, days: int) -> None:
    """`YYYY-MM-DD` of a day counted from 1970-01-01, by H. Hinnant's `civil_from_days`."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    _two(to, year // 100)
    _two(to + 2, year % 100)
    store8(to + 4, _DASH)
    _two(to + 5, month)
    store8(to + 7, _DASH)
    _two(to + 8, day)


@kernel("int64(int64, int32[::1], int32[::1], int64[::1], int64, int32[::1], int64)")
def write(
    ids: int,
    id_offsets: Int32s,
    numbers: Int32s,
    instants: Int64s,
    values: int,
    value_offsets: Int32s,
    to: int,
) -> int:
    """Write a line for each reading to `to`; gives the bytes.

    `ids` and `values` are texts with their offsets; `numbers` says which id a reading has. There is
    room for all of it, and 32 bytes more for each line.
    """
    begin = to
    date = to  # of the day before: a date is written once for many readings
    today = 1 << 62
    for k in range(len(numbers)):
        s = id_offsets[numbers[k]]
        size = id_offsets[numbers[k] + 1] - s
        copy(to, ids + s, size)
        to += size
        store8(to, _COMMA)
        to += 1
        day = instants[k] // _DAY_US
        rest = instants[k] - day * _DAY_US
        if day != today:
            _date(to, day)
            today = day
        else:
            copy(to, date, 10)
        date = to
        second = rest // _SECOND_US
        micros = rest - second * _SECOND_US
        store8(to + 10, _T)
        _two(to + 11, second // 3600)
        store8(to + 13, _COLON)
        _two(to + 14, second // 60 % 60)
        store8(to + 16, _COLON)
        _two(to + 17, second % 60)
        store8(to + 19, _DOT)
        _two(to + 20, micros // 10_000)
        _two(to + 22, micros // 100 % 100)
        _two(to + 24, micros % 100)
        store8(to + 26, _Z)
        store8(to + 27, _COMMA)
        to += STAMP_BYTES + 1
        s = value_offsets[k]
        size = value_offsets[k + 1] - s
        copy(to, values + s, size)
        to += size
        store8(to, _LF)
        to += 1
    return to - begin
