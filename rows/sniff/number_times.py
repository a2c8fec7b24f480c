"""Timestamps that are numbers: which of the known ways puts them into the years 1990 to 2099."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache, partial
from typing import Final

from rows.sniff.cells import NUMBER
from rows.sniff.timestamps import Way
from rows.sniff.words import folded

_SHARE: Final = 0.9
_FIRST, _END = 631_152_000, 4_102_444_800  # 1990-01-01 and 2100-01-01 in seconds
_EXCEL: Final = (32_874, 73_051)  # the same in days since 1899-12-30
_FILETIME: Final = (_FIRST + 11_644_473_600, _END + 11_644_473_600)  # in seconds since 1601
# What LabVIEW and older Macs write for 2005 to 2036, seconds since 1904, would be 2071 and later.
SINCE_1904: Final = (3_187_296_000, 4_165_603_200)
# Seconds since 2000 or 2001 (MicroPython, clocks of microcontrollers, Apple) of 2020 to 2031 would
# be the years 1990 to 2001.
_SINCE_2000: Final = (_FIRST, 1_000_000_000)
# Modified Julian days of 1990 to 2036 would be 2031 to 2077 as days of a spreadsheet.
_MODIFIED_JULIAN: Final = (47_892, 64_693)
# Ticks of .NET (100 ns since the year 1) of 1990 to 2090 would be 1990, in nanoseconds.
_TICKS: Final = (627_982_848_000_000_000, 659_539_584_000_000_000)
_COMPACT: Final = {
    7: "%Y%j", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"
}  # fmt: skip
_YEARS: Final = range(1990, 2100)
# Years of dates whose form a header says.
_WRITTEN_YEARS: Final = range(1700, 2300)
_SIX: Final = 6
_PACKED: Final = {6: ("%d%m%y", "%m%d%y", "%y%m%d"), 8: ("%d%m%Y", "%m%d%Y")}
_YEARS_OF_DATES: Final = range(1990, 2100)
_OTHERWISE: Final = {
    "epoch": (SINCE_1904, _SINCE_2000, _TICKS),
    "excel": (_MODIFIED_JULIAN,),
}
_OF_UNIX: Final = frozenset({"unix", "epoch", "utc", "posix"})
_DIGITS: Final = re.compile(r"\d+")
_COMMA: Final = re.compile(r"^(\d{5,}),(\d+)$")
# No number of so few digits before the point is a time in any of these formats.
_LONG_LINE: Final = re.compile(r"(?m)^\d{5}")
_SINCE: Final = re.compile(
    r"since\s+(\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{4}\b)", re.I
)
_EPOCH_YEAR: Final = "1970"


def find_number_formats(cells: Sequence[str]) -> tuple[str, ...]:
    """The formats that put at least nine in ten of the numbers among `cells` into 1990 to 2099.

    A number with an exponent is in none: a spreadsheet has cut its digits.
    """
    text = "\n".join(cells)
    if _LONG_LINE.search(text) is None:
        return ()
    if "," in text and "." not in text:
        # After five digits or more a comma is none between thousands.
        cells = [_COMMA.sub(r"\1.\2", cell) for cell in cells]
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    if not numbers:
        return ()
    found: list[str] = []
    ways: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("epoch", is_epoch), ("excel", _is_excel), ("filetime", _is_filetime)
    )  # fmt: skip
    for name, test in ways:
        if _are_most(numbers, test) and not _counts_otherwise(name, numbers):
            found.append(name)
    found += [form for form in _COMPACT.values() if _are_most(numbers, _COMPACT_TESTS[form])]
    return tuple(found)


def are_compact(cells: Sequence[str], form: str) -> bool:
    """Whether nine in ten of the numbers among `cells` are dates of the years 1700 to 2299 in a form.

    For columns whose header says the form: `YYYYMMDD`.
    """
    size = next(length for length, known in _COMPACT.items() if known == form)
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    test = partial(_is_compact, form=form, size=size, years=_WRITTEN_YEARS)
    return bool(numbers) and _are_most(numbers, test)


def _are_most(numbers: Sequence[str], test: Callable[[str], bool]) -> bool:
    """Whether a test holds for nine in ten; it ends once it does not hold for too many."""
    allowed = len(numbers) - _SHARE * len(numbers)
    missed = 0
    for number in numbers:
        if not test(number):
            missed += 1
            if missed > allowed:
                return False
    return True


def _counts_otherwise(form: str, numbers: Sequence[str]) -> bool:
    """Whether numbers are times of now if they count from another day than those of `form`."""
    return any(
        _are_most(numbers, partial(_is_within, low=low, end=end))
        for low, end in _OTHERWISE.get(form, ())
    )


def _is_within(number: str, low: int, end: int) -> bool:
    return _is_plain(number) and low <= int(number.partition(".")[0] or 0) < end


def start_said_by(text: str) -> str | None:
    """The day that a text says times are counted from: `seconds since 1990-01-01`; None if none."""
    found = _SINCE.search(text)
    if found is None:
        return None
    return found[1] if "-" in found[1] else f"{found[1]}-01-01"


def counts_from_1970(text: str) -> bool:
    """Whether a name or a unit leaves it possible that times are counted from 1970.

    `seconds since 1990-01-01` says another start, and the time of GPS counts from 1980.
    """
    start = start_said_by(text)
    if start is not None:
        return start.startswith(_EPOCH_YEAR)
    words = set(folded(text).split())
    return "gps" not in words or bool(words & _OF_UNIX)


def packed_dates_of(cells: Sequence[str]) -> tuple[str, ...]:
    """The forms in which dates such as 140624 or 14062024 can be read; for suggestions only."""
    days = {cell for cell in cells if cell.isascii() and cell.isdigit()}
    sizes = {len(day) for day in days}
    if not days or len(days) < len(set(cells)) or len(sizes) != 1:
        return ()
    forms = _PACKED.get(sizes.pop(), ())
    return tuple(form for form in forms if all(_is_day(day, form) for day in days))


def _is_day(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).year in _YEARS_OF_DATES
    except ValueError:
        return False


def number_way(form: str, fits: int) -> Way:
    """A named format, or one of a compact date, as a way to read timestamps."""
    return Way((form,), "", fits, True, form not in ("%Y%m%d", "%Y%j"))


def _is_plain(number: str) -> bool:
    return "e" not in number and "E" not in number and number[0] not in "+-"


def is_epoch(number: str, first_year: int = 1990, end_year: int = 2100) -> bool:
    """Whether a number is epoch time of some years, its unit being that of its size."""
    if not _is_plain(number):
        return False
    whole = int(number.partition(".")[0] or 0)
    unit = 1 if whole < 10**11 else 10**3 if whole < 10**14 else 10**6 if whole < 10**17 else 10**9
    return _seconds(first_year) <= whole // unit < _seconds(end_year)


@cache
def _seconds(year: int) -> int:
    return (date(year, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * 86_400


def _is_excel(number: str) -> bool:
    return _is_plain(number) and _EXCEL[0] <= float(number) < _EXCEL[1]


def _is_filetime(number: str) -> bool:
    if not _DIGITS.fullmatch(number):
        return False
    return _FILETIME[0] <= int(number) // 10**7 < _FILETIME[1]


def _is_compact(number: str, form: str, size: int, years: range = _YEARS) -> bool:
    if len(number) != size or not _DIGITS.fullmatch(number):
        return False
    year = int(number[:4])
    if year not in years:
        return False
    if form == "%Y%j":
        return 1 <= int(number[4:]) <= 366
    try:
        date(year, int(number[4:6]), int(number[6:8]))
    except ValueError:
        return False
    hour, minute, second = (int(number[k : k + 2] or 0) for k in (8, 10, 12))
    whole_day = (hour, minute, second) == (24, 0, 0)
    return (hour < 24 or whole_day) and minute < 60 and second < 60


_COMPACT_TESTS: Final = {
    form: partial(_is_compact, form=form, size=size) for size, form in _COMPACT.items()
}
