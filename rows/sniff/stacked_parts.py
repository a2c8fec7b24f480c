"""Numbers that change only where the times begin again: files of several sensors were put together.

Such a number (`plot`, `Tiefe`) says which of them a record is of, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.same_instants import seconds_of
from rows.sniff.sensor_role import key_alternative

# So many records make a part, and so many parts are looked at.
_MANY: Final = 4
_MOST_PARTS: Final = 200


def check_parts(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask about whole numbers of which each has records of its own one after the other, if the times
    go back in every place in which the number changes, and nowhere else.

    Raises:
        Question: they may say the sensor.
    """
    if known.given.values is not None or len(values) < 2:
        return
    if keys and len(set(known.structure.keys(keys))) > 1:
        return  # the sensors that are known have times of their own
    found = [place for place in values if place not in keys and _changes(known, place)]
    backs = _steps_back(known) if found else []
    found = [place for place in found if backs and _changes(known, place) == backs]
    if not found or len(found) == len(values):
        return
    raise Question(
        "layout_unknown",
        f"{known.name(found[0])!r} changes where the times of the records begin again, as if it said "
        "the sensor; say with sensor_column which columns are the sensor",
        [
            *(key_alternative(known, (*keys, place)) for place in found),
            Alternative(
                {"layout": "wide", "value_column": known.names(values)}, "all of them are values"
            ),
        ],
    )


def _changes(known: KnownColumns, place: int) -> list[int]:
    """The records from which on whole numbers are others, if none of them comes back; else none."""
    cells = known.structure.column(place).cells
    if not all(cell.isascii() and cell.isdigit() for cell in cells):
        return []
    runs = [(number, sum(1 for _ in run)) for number, run in groupby(cells)]
    if not 1 < len(runs) <= _MOST_PARTS or len({number for number, _ in runs}) < len(runs):
        return []
    if any(count < _MANY for _, count in runs[:-1]):
        return []
    starts, record = [], 0
    for _, count in runs[:-1]:
        record += count
        starts.append(record)
    return starts


def _steps_back(known: KnownColumns) -> list[int]:
    """The records that are before the one above them, or after it in a file with the newest first;
    none if times cannot be read."""
    ways = known.moment.ways
    if len(ways) != 1:
        return []
    times = []
    for cell in known.moment.cells:
        read = (seconds_of(cell, form) for form in ways[0].formats)
        said = next((seconds for seconds in read if seconds is not None), None)
        if said is None:
            return []
        times.append(said)
    back = [k for k, (a, b) in enumerate(pairwise(times), 1) if b < a]
    on = [k for k, (a, b) in enumerate(pairwise(times), 1) if b > a]
    return min(back, on, key=len)
