"""Cells of value columns that are no plain numbers: words, units, marks. What they mean is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import NUMBERS, STATES, WITH_UNIT, Column, Kind, kind_of
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.words import TIME_ROLES

# Roles of columns whose words are never readings.
_NEVER_VALUES: Final = ("quality", "unit", "place", "zone", "descriptor", "elapsed", "fraction")
_MARKED: Final = re.compile(
    r"(?:[<>≤≥~≈±] ?[+-]?\d+(?:[.,]\d+)?|\(\d+(?:[.,]\d+)?\)|\d+(?:[.,]\d+)?-|[+-] +\d+(?:[.,]\d+)?)"
)
# How a receiver found its position (`3D`), and coordinates with the side they are on.
_OF_POSITIONS: Final = re.compile(
    r"[23][dD](?:[ -]?[dD]iff|\+)?|\d+\.\d{3,} ?(?:[NSns]|[EWew])|(?:no ?fix|none|dgps|pps)",
    re.IGNORECASE,
)
# Digits and letters of a number, one of each at least; a number that has digits only, or is read with
# an exponent.
_HEXADECIMAL: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Fa-f])[0-9A-Fa-f]{2,16}")
_DIGITS: Final = re.compile(r"[0-9]+(?:[eE][0-9]+)?")
_MOST_UNITS: Final = 5
_FEW: Final = 0.8


def check_words(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask what the words in columns of values mean: states, or numbers with their units.

    Raises:
        Question: nearly all cells of one are such words.
    """
    if known.given.reads_words:
        return
    for place in values:
        column = known.structure.column(place)
        if column.is_numeric or column.is_empty:
            continue
        found = _read_words(column)
        if found:
            raise _words(known, [place], found, {})


def words_in(known: KnownColumns, keys: Sequence[int]) -> Question | None:
    """A question about columns of words that can be readings; None if there is none such."""
    found: dict[int, dict[str, object]] = {}
    for place in known.free:
        role = known.roles[place]
        if place in keys or (role is not None and role.role in (*_NEVER_VALUES, *TIME_ROLES)):
            continue
        column = known.structure.column(place)
        if not column.is_numeric and not column.is_empty and (read := _read_words(column)):
            found[place] = read
    if not found:
        return None
    options: dict[str, tuple[str, ...]] = {}
    for read in found.values():
        for name, texts in read.items():
            options[name] = tuple(dict.fromkeys((*options.get(name, ()), *texts)))  # type: ignore[misc]
    return _words(
        known, list(found), dict(options), {"layout": "wide", "value_column": known.names(found)}
    )


def check_hexadecimal(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about columns with numbers in hexadecimal digits: `1E5` is one beside `2A0`.

    Raises:
        Question: what is no number in a column of whole numbers is one in hexadecimal digits.
    """
    if known.given.values is not None:
        return
    for place in values:
        column = known.structure.column(place)
        if not column.kinds[Kind.TEXT]:
            continue
        cells = Counter(cell for cell in column.cells if cell)
        texts = [cell for cell in cells if kind_of(cell) is Kind.TEXT]
        plain = (cell for cell in cells if kind_of(cell) is not Kind.TEXT)
        if not texts or not all(map(_HEXADECIMAL.fullmatch, texts)):
            continue
        if all(_DIGITS.fullmatch(cell) or kind_of(cell) is Kind.MISSING for cell in plain):
            name = known.name(place)
            raise Question(
                "value_unknown",
                f"values of {name!r} such as {texts[0][:40]!r} are numbers in hexadecimal digits, "
                "which are not read; write them as decimal ones, or say with ignore_column that they "
                "are left out",
                [Alternative({"ignore_column": (name,)}, f"{name!r} is not read")],
            )


def check_units(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask about columns of numbers with units beside those of mere numbers.

    Raises:
        Question: there is one without a known name that changes.
    """
    if known.given.reads_words:
        return
    units: dict[int, tuple[str, ...]] = {}
    for place in known.free:
        column = known.structure.column(place)
        if known.roles[place] is not None or place in keys or not known.has_words(place):
            continue
        if _are_marked(column):
            raise _marked(known, place)
        read = _read_words(column).get("value_unit")
        if isinstance(read, tuple) and len(set(column.cells)) > 1:
            units[place] = read
    if not units:
        return
    found = list(units)
    every = tuple(dict.fromkeys(unit for of in units.values() for unit in of))
    columns = known.names(sorted((*values, *found)))
    question = _words(
        known, found, {"value_unit": every}, {"layout": "wide", "value_column": columns}
    )
    names = known.names(found)
    question.alternatives.append(
        Alternative({"ignore_column": names}, f"{', '.join(map(repr, names))} is not read")
    )
    raise question


def _are_marked(column: Column) -> bool:
    """Whether cells are numbers with signs that are no units: `<0.5`, `(12.5)`, `12.5-`."""
    cells = [cell for cell in column.cells if cell]
    marked = sum(_MARKED.fullmatch(cell) is not None for cell in cells)
    numbers = sum(kind_of(cell) in NUMBERS for cell in cells)
    return marked > 0 and marked + numbers >= _FEW * len(cells)


def _marked(known: KnownColumns, place: int) -> Question:
    cells = known.structure.column(place).cells
    shown = next(cell for cell in cells if _MARKED.fullmatch(cell))
    name = known.name(place)
    return Question(
        "value_unknown",
        f"values of {name!r} such as {shown[:40]!r} are no plain numbers; write them as numbers, or "
        "say with ignore_column that they are not read, or with value_column that what is a plain "
        "number in it is read",
        [Alternative({"ignore_column": (name,)}, f"{name!r} is not read")],
    )


def are_of_positions(column: Column) -> bool:
    """Whether cells say how positions were found (`3D`), or are coordinates: `52.5004 N`."""
    cells = {cell for cell in column.cells if cell}
    return bool(cells) and all(_OF_POSITIONS.fullmatch(cell) for cell in cells)


def _read_words(column: Column) -> dict[str, object]:
    """The options with which the words of a column are numbers; none if they are other words."""
    counted = Counter(cell for cell in column.cells if cell)
    total = counted.total()
    states = {cell.lower(): n for cell, n in counted.items() if cell.lower() in STATES}
    if sum(states.values()) >= _FEW * total:
        return {"value_map": tuple(f"{word}={STATES[word]}" for word in sorted(states))}
    if are_of_positions(column):
        return {}
    units: Counter[str] = Counter()
    for cell, n in counted.items():
        if match := WITH_UNIT.fullmatch(cell):
            units[match[1]] += n
    if units and len(units) <= _MOST_UNITS and units.total() >= _FEW * total:
        return {"value_unit": tuple(sorted(units))}
    return {}


def _words(
    known: KnownColumns, places: Sequence[int], read: dict[str, object], more: dict[str, object]
) -> Question:
    shown = next(cell for cell in known.structure.column(places[0]).cells if cell)
    name = known.name(places[0])
    options = [f"{key}={text}" for key, texts in read.items() for text in texts]  # type: ignore[attr-defined]
    what = "words" if "value_map" in read else "numbers with units"
    return Question(
        "value_unknown",
        f"values of {name!r} are {what} such as {shown[:40]!r}; say with "
        f"{' and '.join(read)} which numbers they are",
        [Alternative({**more, **read}, ", ".join(options))],
    )
