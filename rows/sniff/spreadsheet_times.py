"""Dates and times as spreadsheets and databases export them from cells of their own.

A date becomes a date and midnight (`14.03.2024 00:00:00`), a time of day a time on day zero
(`1899-12-30 08:15:00`). What was added is a text that all cells of a column share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_MIDNIGHT: Final = re.compile(
    r"(?:T|t| +)(?:0{1,2}:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?[AaPp][Mm])$"
)
_DAY_ZERO: Final = re.compile(
    r"^(?:1899[-/.]12[-/.]3[01]|1900[-/.]0?1[-/.]0?[01]|3[01][-/.]12[-/.](?:1899|99)"
    r"|12[-/.]3[01][-/.](?:1899|99)|0?[01][-/.]0?1[-/.]1900|0?1[-/.]0?[01][-/.]1900)[Tt ]"
)


def midnight_of(cells: Sequence[str]) -> str | None:
    """What all dates of a column end with if it is midnight; None if any says another time."""
    return _shared(cells, _MIDNIGHT)


def day_zero_of(cells: Sequence[str]) -> str | None:
    """What all times of a column begin with if it is day zero; None if any says another day."""
    return _shared(cells, _DAY_ZERO)


def _shared(cells: Sequence[str], pattern: re.Pattern[str]) -> str | None:
    first = next((cell for cell in cells if cell), "")
    found = pattern.search(first)
    if found is None or (found[0].lower().endswith("pm")):
        return None
    text = found[0]
    same = str.endswith if found.end() == len(first) else str.startswith
    return text if all(same(cell, text) for cell in cells if cell) else None
