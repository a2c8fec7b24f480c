"""Numbers under `Offset` that can be minutes or seconds from UTC, beside local times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.words import folded

_NAMES: Final = frozenset(
    {"offset", "time offset", "offset minutes", "offset min", "offset seconds"}
)
_QUARTER: Final = 15
_WEST, _EAST = -12 * 60, 14 * 60
_SECONDS: Final = 60
# On one day clocks show two offsets at most.
_MOST: Final = 2


def check_offsets(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about a column of numbers that can be offsets from UTC, if the times have none.

    Raises:
        Question: `timestamp_ambiguous`.
    """
    if known.moment.numeric or any(way.zone is not None for way in known.moment.ways):
        return
    for place in values:
        if folded(known.name(place)) not in _NAMES:
            continue
        cells = {cell for cell in known.structure.column(place).cells if cell}
        minutes = _minutes(cells)
        if minutes is None:
            continue
        name = known.name(place)
        alternatives = [
            Alternative({"ignore_column": (name,), "timezone": "UTC"}, f"{name!r} is not read"),
            Alternative(
                {"layout": "wide", "value_column": known.names(values)}, f"{name!r} is a value"
            ),
        ]
        if len(minutes) == 1:
            (only,) = minutes
            zone = f"{'-' if only < 0 else '+'}{abs(only) // 60:02}:{abs(only) % 60:02}"
            alternatives.insert(
                0,
                Alternative(
                    {"ignore_column": (name,), "timezone": zone}, f"timestamps are of {zone}"
                ),
            )
        raise Question(
            "timestamp_ambiguous",
            f"the numbers in {name!r} can be offsets of the timestamps from UTC; say with timezone "
            "which zone they are of, or with value_column that they are readings",
            alternatives,
        )


def _minutes(cells: set[str]) -> set[int] | None:
    """Offsets in minutes; None if the numbers are none, in minutes or in seconds."""
    if not 0 < len(cells) <= _MOST:
        return None
    numbers: set[int] = set()
    for cell in cells:
        if not cell.lstrip("+-").isdigit() or len(cell) > len("-50400"):
            return None
        numbers.add(int(cell))
    if all(number % (_QUARTER * _SECONDS) == 0 for number in numbers):
        numbers = {number // _SECONDS for number in numbers}
    if not any(numbers) or any(number % _QUARTER for number in numbers):
        return None
    return numbers if all(_WEST <= number <= _EAST for number in numbers) else None
