"""What distinguishes the records of data in a head: their width, and where times and numbers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rows.sniff.cells import NUMBERS, Kind, kind_of
from rows.sniff.lines import NO_LINES, Line, Lines

# Records by which the usual kinds of the columns are found.
_TYPICAL: Final = 80
_UNITS_OF_TIME: Final = (b"UTC", b"GMT")


class DataRecords:
    """What kinds of cells data records have, by those that have the usual number of fields."""

    def __init__(self, lines: Lines) -> None:
        self.width = usual_width(lines)
        alike = lines.with_width(self.width) if self.width else NO_LINES
        step = max(1, len(alike) // _TYPICAL)
        rows = _most_like_data([line.fields or () for line in alike[::step][:_TYPICAL]])
        self.times: list[int] = []
        self.numbers: list[int] = []
        last = 0
        for place in range(self.width):
            kinds = Counter(kind_of_field(row[place]) for row in rows)
            if kinds[Kind.EMPTY] < len(rows):
                last = place + 1
            filled = len(rows) - kinds[Kind.EMPTY] - kinds[Kind.MISSING]
            if 2 * kinds[Kind.TIME] > filled > 0:
                self.times.append(place)
            elif 2 * (kinds[Kind.NUMBER] + kinds[Kind.SIGNED]) > filled > 0:
                self.numbers.append(place)
        self.filled_width = last  # without columns at the end that are always empty

    def is_data(self, line: Line) -> bool:
        """Whether times and numbers are in their places."""
        if not line.fields or line.width != self.width or not (self.times or self.numbers):
            return False
        kinds = [kind_of_field(field) for field in line.fields]
        if any(kinds[k] is not Kind.TIME for k in self.times):
            return False
        if not self.times and any(kinds[k] is Kind.TEXT for k in self.numbers):
            return False
        numbers = sum(kinds[k] in NUMBERS for k in self.numbers)
        gaps = sum(kinds[k] in (Kind.EMPTY, Kind.MISSING) for k in self.numbers)
        if not numbers and any(kinds[k] is Kind.TEXT for k in self.numbers):
            return False  # a line before the data that says a time: `Started,14.03.2024 09:00,`
        return (bool(self.times) or numbers > 0) and 2 * (numbers + gaps) >= len(self.numbers)

    def is_units(self, line: Line, *, after_header: bool = False) -> bool:
        """Whether a record says units, types or the like: words and no numbers.

        After the header, 1 is the unit of a quantity without one, if UTC is that of the timestamp.
        Any other record with a number is data: `sensor-1,yesterday,1`.
        """
        if not line.fields or self.is_data(line):
            return False
        every = [kind_of_field(field) for field in line.fields]
        kinds = set(every)
        if kinds & {Kind.NUMBER, Kind.SIGNED, Kind.TIME}:
            places = [k for k in self.times if k < len(line.fields)]
            return (
                after_header
                and Kind.TIME not in kinds
                and line.fields.count(b"1") == sum(kind in NUMBERS for kind in every)
                and bool(places)
                and all(line.fields[k].strip().upper() in _UNITS_OF_TIME for k in places)
            )
        return Kind.TEXT in kinds or any(
            set(field) <= set(b"-=_") for field in line.fields if field
        )


@lru_cache(1 << 16)  # a head has hardly more fields
def kind_of_field(field: bytes) -> Kind:
    """What a field is."""
    return kind_of(field.decode("utf-8", "replace"))


def _weight(fields: Sequence[bytes]) -> int:
    """How much a record looks like data: it has a time and numbers, several numbers, or one."""
    kinds = [kind_of_field(field) for field in fields]
    numbers, times = sum(k in NUMBERS for k in kinds), Kind.TIME in kinds
    return 8 if times and numbers else 4 if numbers > 1 else 2 if times or numbers else 0


def _most_like_data(rows: list[tuple[bytes, ...]]) -> list[tuple[bytes, ...]]:
    """The records that look most like data, lines of a preamble left out."""
    weights = [_weight(row) for row in rows]
    best = max(weights, default=0)
    return [row for row, weight in zip(rows, weights, strict=True) if weight == best]


def usual_width(lines: Lines) -> int:
    """The number of fields of the data: the one that most records with numbers and times have."""
    weights: Counter[int] = Counter()
    step = max(1, len(lines) // _TYPICAL)
    for line in lines[::step]:
        if line.fields and line.width > 1:
            weights[line.width] += _weight(line.fields)
    return max(weights, key=lambda width: (weights[width], width), default=0)
