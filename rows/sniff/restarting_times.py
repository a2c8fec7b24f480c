"""Columns that change where the times of the file begin again, as they do with each sensor."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from rows.sniff.known_columns import KnownColumns
from rows.sniff.measured_units import has_unit
from rows.sniff.same_instants import seconds_of
from rows.sniff.words import TIME_ROLES

# So many sensors one after the other at most, and records of each at least.
_MOST: Final = 40
_FEWEST: Final = 3
# Roles of columns that say no sensor.
_NEVER: Final = ("quality", "unit", "zone", "altitude", "place", "elapsed", *TIME_ROLES)


def restarting(known: KnownColumns, keys: Sequence[int]) -> list[int]:
    """The columns of texts or whole numbers, each there in records next to each other only, that
    change where times go back, and nowhere else.

    What belongs to the sensors in `keys` changes with them, and tells nothing.
    """
    ways, stamps = known.moment.ways, known.moment.cells
    if len(ways) != 1:
        return []
    found = []
    for place in known.free:
        role = known.roles[place]
        if place in keys or (role is not None and role.role in _NEVER) or has_unit(known, place):
            continue
        runs = _runs(known.structure.column(place).cells)
        if runs and _begin_again(runs, stamps, ways[0].formats[0]):
            sensors = set(known.structure.keys(keys))
            if len(set(known.structure.keys((*keys, place)))) > len(sensors):
                found.append(place)
    return found


def _runs(cells: Sequence[str]) -> list[tuple[int, int]]:
    """The first and the last record of each text; none if one comes again, or they are fractions."""
    texts: list[str] = []
    runs: list[tuple[int, int]] = []
    begin = 0
    for text, same in groupby(cells):
        end = begin + sum(1 for _ in same)
        if not text or "." in text or "," in text or len(runs) == _MOST or end - begin < _FEWEST:
            return []
        texts.append(text)
        runs.append((begin, end - 1))
        begin = end
    return runs if 1 < len(set(texts)) == len(texts) else []


def _begin_again(runs: Sequence[tuple[int, int]], stamps: Sequence[str], form: str) -> bool:
    """Whether times go on within each run, and back from each run to the next one."""
    spans = [(seconds_of(stamps[a], form), seconds_of(stamps[b], form)) for a, b in runs]
    times = [(a, b) for a, b in spans if a is not None and b is not None]
    if len(times) < len(runs):
        return False
    up = all(a < b for a, b in times) and all(c < b for (_, b), (c, _) in pairwise(times))
    down = all(a > b for a, b in times) and all(c > b for (_, b), (c, _) in pairwise(times))
    return up or down
