"""Timestamps that say a month, a week, a quarter or a day since some year: suggestions for those that
a format can say, and a sentence for the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import MISSING_WORDS
from rows.sniff.doubt import Alternative
from schemas.calendar_names import month_of

_YEAR: Final = r"(?:19|20)\d\d"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
# Months in numbers, with their formats.
_MONTHS: Final = (
    (re.compile(rf"{_YEAR}-{_MONTH}"), "%Y-%m"),
    (re.compile(rf"{_YEAR}/{_MONTH}"), "%Y/%m"),
    (re.compile(rf"{_YEAR}\.(?:0[1-9]|1[0-2])"), "%Y.%m"),
    (re.compile(rf"{_YEAR}M(?:0[1-9]|1[0-2])"), "%YM%m"),
    (re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])"), "%Y%m"),
    (re.compile(rf"{_MONTH}-{_YEAR}"), "%m-%Y"),
    (re.compile(rf"{_MONTH}/{_YEAR}"), "%m/%Y"),
    (re.compile(rf"{_MONTH}\.{_YEAR}"), "%m.%Y"),
)
# A month by its name, and a year before or after it.
_NAMED: Final = re.compile(
    r"([^\W\d_]{3,12})([-/. ]|\. )(\d{4}|\d{2})|(\d{4})([-/. ])([^\W\d_]{3,12})"
)
# What no format can say, with the sentence for it.
_UNSAID: Final = (
    (
        re.compile(
            rf"{_YEAR}[- ]?(?:W|KW)[- ]?\d{{1,2}}(?:-[1-7])?|(?:W|KW|CW|Week|Woche|Semaine|Semana)"
            rf"[- .]*\d{{1,2}}[-/ ,.]*{_YEAR}|\d{{1,2}}/KW[- /]?{_YEAR}",
            re.IGNORECASE,
        ),
        "are weeks, which no read option can say; write the date of a day for each week, such as its "
        "Monday",
    ),
    (
        re.compile(rf"{_YEAR}[- /]?(?:Q|T)[1-4]|(?:Q|T)[1-4][- /]?{_YEAR}", re.IGNORECASE),
        "are quarters of a year, which no read option can say; write the date of a day for each of them",
    ),
    (
        re.compile(r"(?:19|20)\d\d[.,]\d{3,}"),
        "are years with decimals, which no read option can say; write dates and times",
    ),
    (
        re.compile(r"24[0-9]{5}[.,]\d+"),
        "are Julian days, which no read option can say; write dates and times",
    ),
    (
        re.compile(r"7[23]\d{4}[.,]\d+"),
        "are days since the year 0 as of MATLAB, which no read option can say; write dates and times",
    ),
)
_MISSING: Final = frozenset(MISSING_WORDS)
# So many cells have to be as expected; a sum below the data is not.
_SHARE: Final = 0.9
_FEWEST: Final = 2


def months_in(cells: Sequence[str]) -> tuple[str, ...]:
    """The formats of a column of months; none if it has anything else."""
    found = _filled(cells)
    for pattern, form in _MONTHS:
        if _are_most(found, pattern):
            return (form,)
    forms = [_form_of(cell) for cell in found]
    named = {form for form in forms if form is not None}
    return tuple(named) if len(named) == 1 and forms.count(None) <= _stray(found) else ()


def unsaid(cells: Sequence[str]) -> str | None:
    """What cells are that no format can say, as the rest of a sentence; None if they are not."""
    found = _filled(cells)
    return next((why for pattern, why in _UNSAID if _are_most(found, pattern)), None)


def month_alternatives(name: str, cells: Sequence[str]) -> list[Alternative]:
    """How a column of months is read; nothing if it is none."""
    return [
        Alternative(
            {"timestamp_column": (name,), "timestamp_format": (form,)},
            "records are of the first day of the month",
        )
        for form in months_in(cells)
    ]


def _filled(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if cell and cell.lower() not in _MISSING]


def _stray(cells: Sequence[str]) -> float:
    return max(1.0, (1 - _SHARE) * len(cells)) if len(cells) > _FEWEST else 0.0


def _are_most(cells: Sequence[str], pattern: re.Pattern[str]) -> bool:
    if not cells or pattern.fullmatch(cells[0]) is None:
        return False
    return sum(pattern.fullmatch(cell) is None for cell in cells) <= _stray(cells)


def _form_of(cell: str) -> str | None:
    match = _NAMED.fullmatch(cell)
    if match is None or month_of((match[1] or match[6]).lower()) is None:
        return None
    if match[1]:
        return f"%b{match[2]}{'%Y' if len(match[3]) > 2 else '%y'}"
    return f"%Y{match[5]}%b"
