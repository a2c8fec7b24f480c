"""Columns of whole numbers that go round, as the addresses of devices do that are polled in turn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rows.sniff.cells import NUMBER
from rows.sniff.known_columns import KnownColumns
from rows.sniff.measured_units import has_unit
from rows.sniff.name_parts import is_numbered
from rows.sniff.words import folded, without_units

# So many devices are polled in turn at most.
_MOST: Final = 40
# Share of the records that have to go on as the round does: a poll can fail.
_SHARE: Final = 0.8
# Roles of columns whose numbers can be those of devices.
_ROLES: Final = ("count", "counter", "identifier", "descriptor", "quantity")
# States of switches go round too.
_STATES: Final = frozenset({"0", "1"})
# So many records are too few to see that two numbers go round.
_FEW: Final = 6
# Days of a week, months, hours of a day, and minutes go round by themselves.
_OF_CALENDARS: Final = (7, 12, 24, 60)
_CALENDAR: Final = frozenset(
    {"day", "weekday", "dow", "week", "month", "hour", "minute", "quarter", "season", "wochentag"}
)
_DEPTHS: Final = frozenset(
    {"depth", "depths", "tiefe", "profondeur", "profundidad", "profondita", "diepte", "djup"}
    | {"layer", "schicht", "bin", "height", "hoehe", "hohe", "hauteur", "altura", "level"}
)
_NUMBERS_OF_DEVICES: Final = frozenset({"address", "addr", "slave", "instance", "adresse", "slot"})


def cycling(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> list[int]:
    """The columns whose numbers go round and keep the values apart.

    Each of these numbers comes twice at least, mostly after the same other one. Their name is one
    for numbers of devices, or another column has values for each of them that are near to each other
    and far from those of the others. Numbers that are counted from one to the last in all records are
    no readings whatever the others are, unless the days of a week or the hours of a day are; nor are
    depths and heights that go round. Numbers with a unit are readings.
    """
    found = []
    are_values = {*values}
    for place in known.free:
        role = known.roles[place]
        if place in keys or (role is not None and role.role not in _ROLES):
            continue
        cells = known.structure.column(place).cells
        if not values or are_values == {place}:
            continue
        if _names_depths(known.name(place)) and _is_strict_round(cells):
            found.append(place)
            continue
        if has_unit(known, place) or not _goes_round(cells):
            continue
        if (
            _names_devices(known.name(place))
            or _is_counted(known.name(place), cells)
            or any(
                is_apart(cells, known.structure.column(other).cells)
                for other in values
                if other != place
            )
        ):
            found.append(place)
    return found


def _is_counted(name: str, cells: Sequence[str]) -> bool:
    """Whether numbers are counted from 0 or 1 to the last one again and again, in all records.

    Parts of a calendar are counted like that too.
    """
    if any(not _is_whole(cell) for cell in cells) or _CALENDAR & set(folded(name).split()):
        return False
    numbers = [int(cell) for cell in cells]
    low, high = min(numbers), max(numbers)
    if low > 1 or high - low + 1 in _OF_CALENDARS or len(numbers) < max(2 * (high - low + 1), _FEW):
        return False
    return all(b == (low if a == high else a + 1) for a, b in pairwise(numbers))


def _names_depths(name: str) -> bool:
    return bool(_DEPTHS & set(folded(without_units(name)).split()))


def _is_strict_round(cells: Sequence[str]) -> bool:
    """Whether numbers go round in all records, twice at least, and six records at least."""
    size = len(set(cells))
    return (
        1 < size <= min(_MOST, len(cells) // 2)
        and len(cells) >= _FEW
        and all(NUMBER.fullmatch(cell) for cell in cells)
        and all(cell == cells[k % size] for k, cell in enumerate(cells))
    )


def _names_devices(name: str) -> bool:
    words = folded(without_units(name)).split()
    return is_numbered(name) or (bool(words) and words[-1] in _NUMBERS_OF_DEVICES)


def _goes_round(cells: Sequence[str]) -> bool:
    every = cells[: 4 * _MOST]
    # Lines after the data can be among them: a sum, a remark.
    first = [cell for cell in every if _is_whole(cell)]
    if len(first) < _SHARE * len(every):
        return False
    counts = Counter(first)
    if not 2 <= len(counts) <= _MOST or set(counts) <= _STATES or min(counts.values()) < 2:
        return False
    after: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one, other in pairwise(first):
        after[one][other] += 1
    usual = {one: others.most_common(1)[0] for one, others in after.items()}
    follow = sum(count for _, count in usual.values())
    is_round = len({other for other, _ in usual.values()}) == len(counts)
    return is_round and all(one != other for one, (other, _) in usual.items()) and (
        follow >= _SHARE * (len(first) - 1)
    )  # fmt: skip


def _is_whole(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()


def is_apart(keys: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the numbers of each key are in a range of their own, far from the next one."""
    ranges: dict[str, tuple[float, float]] = {}
    for key, cell in zip(keys[: 4 * _MOST], cells, strict=False):
        text = cell.replace(",", ".")
        if not key or not NUMBER.fullmatch(text):
            continue
        number = float(text)
        low, high = ranges.get(key, (number, number))
        ranges[key] = min(low, number), max(high, number)
    if len(ranges) < 2:
        return False
    ordered = sorted(ranges.values())
    widest = max(high - low for low, high in ordered)
    return all(2 * widest < after[0] - before[1] for before, after in pairwise(ordered))
