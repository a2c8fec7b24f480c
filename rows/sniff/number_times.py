"""Timestamps that are numbers: which of the known ways puts them into the years 1990 to 2099."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from rows.sniff.cells import NUMBER
from rows.sniff.timestamps import Way

_SHARE: Final = 0.9
_FIRST, _END = 631_152_000, 4_102_444_800  # 1990-01-01 and 2100-01-01 in seconds
_EXCEL: Final = (32_874, 73_051)  # the same in days since 1899-12-30
_FILETIME: Final = (_FIRST + 11_644_473_600, _END + 11_644_473_600)  # in seconds since 1601
# What LabVIEW and older Macs write for 2005 to 2036, seconds since 1904, would be 2071 and later.
SINCE_1904: Final = (3_187_296_000, 4_165_603_200)
# Ticks of .NET (100 ns since the year 1) of 1990 to 2090 would be 1990, in nanoseconds.
_TICKS: Final = (627_982_848_000_000_000, 659_539_584_000_000_000)
_COMPACT: Final = {
    7: "%Y%j", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"
}  # fmt: skip
_DIGITS: Final = re.compile(r"\d+")


def find_number_formats(cells: Sequence[str]) -> tuple[str, ...]:
    """The formats that put at least nine in ten of the numbers among `cells` into 1990 to 2099.

    A number with an exponent is in none: a spreadsheet has cut its digits.
    """
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    if not numbers:
        return ()
    needed = _SHARE * len(numbers)
    found: list[str] = []
    ways: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("epoch", is_epoch), ("excel", _is_excel), ("filetime", _is_filetime)
    )  # fmt: skip
    for name, test in ways:
        if sum(map(test, numbers)) >= needed and not _counts_otherwise(numbers, needed):
            found.append(name)
    whole = [number for number in numbers if _DIGITS.fullmatch(number)]
    for size, form in _COMPACT.items():
        sized = [number for number in whole if len(number) == size]
        if len(sized) >= needed and sum(_is_compact(number, form) for number in sized) >= needed:
            found.append(form)
    return tuple(found)


def _counts_otherwise(numbers: Sequence[str], needed: float) -> bool:
    """Whether numbers are times of now if they count from another year than those of `epoch`."""
    return any(
        sum(_is_plain(n) and low <= int(n.partition(".")[0] or 0) < end for n in numbers) >= needed
        for low, end in (SINCE_1904, _TICKS)
    )


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


def _seconds(year: int) -> int:
    return (date(year, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * 86_400


def _is_excel(number: str) -> bool:
    return _is_plain(number) and _EXCEL[0] <= float(number) < _EXCEL[1]


def _is_filetime(number: str) -> bool:
    if not _DIGITS.fullmatch(number):
        return False
    return _FILETIME[0] <= int(number) // 10**7 < _FILETIME[1]


def _is_compact(number: str, form: str) -> bool:
    year = int(number[:4])
    if not 1990 <= year < 2100:
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
