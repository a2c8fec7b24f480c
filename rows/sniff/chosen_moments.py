"""Which of several timestamps of a file is meant: qualifiers of their names, and what they repeat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.moment import Moment
from rows.sniff.same_instants import are_same, is_finer
from rows.sniff.structure import Structure

_DIGITS: Final = re.compile(r"\d+")
_NUMBER_IN_FORM: Final = re.compile(r"%([YymdHIMSfj])")
_CALENDAR_OF: Final = {
    "Y": "year",
    "m": "month",
    "d": "day",
    "H": "hour",
    "M": "minute",
    "S": "second",
}
# Instants that tell a timestamp from the time of day beside it.
_FEW_INSTANTS: Final = 2


def best_qualified(moments: list[Moment]) -> list[Moment]:
    """Those that qualifiers do not rule out: start before end, UTC before any other."""
    for better in (_is_not_end, _is_utc, _is_not_local):
        kept = [moment for moment in moments if better(moment)]
        if kept:
            moments = kept
    return moments


def _is_not_end(moment: Moment) -> bool:
    return "end" not in moment.qualifiers


def _is_utc(moment: Moment) -> bool:
    return "utc" in moment.qualifiers


def _is_not_local(moment: Moment) -> bool:
    return "local" not in moment.qualifiers


def unlike(found: list[Moment], others: list[Moment]) -> list[Moment]:
    """Columns of dates or times of day whose cells are not those of the one whole timestamp.

    Times of day that distinguish no more records than the whole timestamp does say something else,
    such as how long a step of a test takes.
    """
    if len(found) != 1 or not others:
        return others
    whole = found[0]
    instants = len(set(whole.cells))
    return [
        other
        for other in others
        if (
            any(way.has_date for way in other.ways)
            or instants < len(set(other.cells))
            or instants < _FEW_INSTANTS
        )
        and (
            whole.numeric or not all(b in a for a, b in zip(whole.cells, other.cells, strict=True))
        )
    ]


def distinct(moments: list[Moment]) -> list[Moment]:
    """Timestamps without those that say the instants of another one; the finer one is kept."""
    kept: list[Moment] = []
    for moment in moments:
        again = next((k for k, other in enumerate(kept) if _say_the_same(moment, other)), None)
        if again is None:
            kept.append(moment)
        elif is_finer(*_read_as(moment), *_read_as(kept[again])):
            kept[again] = moment
    return kept


def _say_the_same(one: Moment, other: Moment) -> bool:
    if len(one.ways) != 1 or len(other.ways) != 1:
        return False
    return are_same(*_read_as(one), *_read_as(other))


def _read_as(moment: Moment) -> tuple[Sequence[str], str]:
    return moment.cells, moment.ways[0].formats[0]


def same_numbers(structure: Structure, found: list[Moment], calendar: dict[str, int]) -> bool:
    """Whether the numbers in columns for year, month and so on are those in the whole timestamps."""
    if len(found) != 1 or found[0].numeric or len(found[0].ways) != 1:
        return False
    form = found[0].ways[0].formats[0]
    letters = "YmdHMS" if form == "iso" else "".join(_NUMBER_IN_FORM.findall(form))
    places = {_CALENDAR_OF[letter]: k for k, letter in enumerate(letters) if letter in _CALENDAR_OF}
    if not set(calendar) <= set(places):
        return False
    parts = [structure.column(place).cells for place in calendar.values()]
    for cell, *numbers in zip(found[0].cells, *parts, strict=True):
        inside = [int(digits) for digits in _DIGITS.findall(cell)]
        for kind, number in zip(calendar, numbers, strict=True):
            if (
                len(inside) <= places[kind]
                or not number.isdigit()
                or inside[places[kind]] != int(number)
            ):
                return False
    return True
