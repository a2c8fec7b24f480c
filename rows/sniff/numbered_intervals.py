"""Dates with numbers of the intervals of the day: hours 1 to 24, half-hours 1 to 48, and the like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.words import TIME_ROLES

# Hours of the shortest day: fewer numbers may be those of devices.
_FEWEST: Final = 23
_HOURS: Final = 24
# Roles of columns whose numbers say something else.
_OTHERS: Final = (*TIME_ROLES, "sensor", "quantity", "value")


def check_intervals(known: KnownColumns) -> None:
    """Ask if records of a date are numbered from 0 or 1 on, as the intervals of its day are.

    Raises:
        Question: `timestamp_unknown`; what hours are can be read, other intervals cannot.
    """
    ways = known.moment.ways
    if known.given.times is not None or known.given.values is not None:
        return
    if not ways or any(way.has_time for way in ways):
        return
    stamps = known.moment.cells
    for place in known.free:
        role = known.roles[place]
        if role is not None and role.role in _OTHERS:
            continue
        if not _number_each_day(stamps, known.structure.column(place).cells):
            continue
        day, name = known.names(known.moment.parts), known.name(place)
        numbers = {int(cell) for cell in known.structure.column(place).cells if cell}
        hours = max(numbers) <= _HOURS and len(numbers) <= _HOURS
        forms = tuple(
            f"{'%Y-%m-%d' if form == 'iso' else form} %H" for way in ways for form in way.formats
        )
        unsaid = "" if hours else ", which no read option can say"
        raise Question(
            "timestamp_unknown",
            f"{' with '.join(map(repr, day))} is a date, and {name!r} may number the intervals of "
            f"the day{unsaid}; write the time of each record",
            [
                Alternative(
                    {"timestamp_column": (*day, name), "timestamp_format": forms},
                    f"{name!r} is the hour of the day",
                )
            ]
            if hours
            else [],
        )


def _number_each_day(stamps: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the records of each date, next to each other, count from 0 or 1 on; the first and the
    last one may be cut."""
    if not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    days = [
        [int(cell) for _, cell in of]
        for _, of in groupby(zip(stamps, cells, strict=True), key=lambda pair: pair[0])
    ]
    if max(map(len, days), default=0) < _FEWEST or len(days) * 2 > len(cells):
        return False
    begins = {numbers[0] for numbers in days[1:]} or {days[0][0]}
    return begins <= {0, 1} and all(
        numbers == list(range(numbers[0], numbers[0] + len(numbers))) for numbers in days
    )
