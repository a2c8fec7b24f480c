"""Whole numbers of twelve digits and more that come again: those of tags and devices.

A transponder of an animal has fifteen digits, a GTIN and the EUI of a device some less or more. What
is measured has no such numbers that come again; counters go up.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns

_LONG: Final = 12
# A number that never changes is one of a device if it is as long as these; a counter can stand.
_LONG_ALONE: Final = 15
_MANY: Final = 4


def check_long_numbers(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask about long numbers that come again after others, or never change.

    Raises:
        Question: they may say the sensor.
    """
    if known.given.values is not None:
        return
    are_values = {*values}
    for place in known.free:
        if place in keys or known.roles[place] is not None:
            continue
        if not _are_of_things(known.structure.column(place).cells, read=place in are_values):
            continue
        name = known.name(place)
        alternatives = [
            Alternative(
                {"sensor_column": known.names((*keys, place))}, f"{name!r} is (part of) the sensor"
            )
        ]
        if are_values - {place}:
            alternatives.append(Alternative({"ignore_column": (name,)}, f"{name!r} is not read"))
        raise Question(
            "layout_unknown",
            f"the long numbers in {name!r} may say the sensor; say with sensor_column that they do, or "
            "with ignore_column that they are not read",
            alternatives,
        )


def _are_of_things(cells: Sequence[str], *, read: bool) -> bool:
    """Whether numbers are those of things; of one that never changes only if it would be `read`."""
    if not all(cell.isascii() and cell.isdigit() and len(cell) >= _LONG for cell in cells):
        return False
    runs = [number for number, _ in groupby(cells)]
    if len(runs) == 1:
        return read and len(cells) >= _MANY and len(runs[0]) >= _LONG_ALONE
    return len(set(runs)) < len(runs)
