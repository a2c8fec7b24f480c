"""Signs in a column of their own: of values (`-`), and of results that are limits (`<`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import Kind
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.words import folded

_MINUS: Final = frozenset({"-", "\u2212", "\u2013"})
_SIGNS: Final = _MINUS | {"+", ""}
_LIMITS: Final = frozenset({"<", ">", "<=", ">=", "≤", "≥"})
_OF_RESULTS: Final = _LIMITS | {"", "=", "~", "≈"}
_ONES: Final = frozenset({"1", "+1", "-1", "1.0", "-1.0", "0", "0.0", ""})
_EVERY: Final = _SIGNS | _OF_RESULTS | _ONES
# Names of columns with signs. A column of minus signs alone may have another meaning.
_NAMES: Final = frozenset(
    {"sign", "signs", "vorzeichen", "vz", "signe", "signo", "segno", "teken", "tecken", "znak"}
    | {"fortegn", "etumerkki", "polarity", "polarität", "polarité", "polaridad"}
)
_SIGN_ALONE: Final = frozenset({"+/-", "-/+", "±", "+-", "+ / -"})


def check_signs(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about columns whose signs belong to the values.

    Raises:
        Question: `value_unknown`. There is no option for the sign of a value; records whose results
            are limits can be left out by their flag.
    """
    if known.given.values is not None:
        return
    for place in known.free:
        every = known.structure.column(place).cells
        if not all(cell.strip() in _EVERY for cell in every):
            continue
        cells = {cell.strip() for cell in every}
        if _are_signs(known.name(place), cells):
            raise _apart(known, place, values)
        if place not in values and cells & _LIMITS and cells <= _OF_RESULTS:
            raise _limits(known, place, sorted(cells & _LIMITS))


def _are_signs(name: str, cells: set[str]) -> bool:
    named = folded(name) in _NAMES or name.strip() in _SIGN_ALONE
    if cells & _MINUS and cells <= _SIGNS:
        return named or "+" in cells
    return named and bool(cells & {"-1", "-1.0"}) and cells <= _ONES


def _apart(known: KnownColumns, place: int, values: Sequence[int]) -> Question:
    beside = [k for k in values if k != place]
    unsigned = [
        k
        for k in beside
        if not any(cell.startswith("-") for cell in known.structure.column(k).cells)
    ]
    of = min(unsigned or beside, key=lambda k: (abs(k - place), -k), default=None)
    what = f"values of {known.name(of)!r}" if of is not None else "values"
    rest = [k for k in beside if k != of and not known.structure.column(k).kinds[Kind.TEXT]]
    names = known.names(k for k in (of, place) if k is not None)
    return Question(
        "value_unknown",
        f"signs of {what} are in a column of their own, {known.name(place)!r}; write them before the "
        "numbers, or say with ignore_column what is not read",
        [Alternative({"ignore_column": names}, f"{' and '.join(map(repr, names))} are not read")]
        if rest
        else [],
    )


def _limits(known: KnownColumns, place: int, signs: Sequence[str]) -> Question:
    name = known.name(place)
    return Question(
        "value_unknown",
        f"{signs[0]!r} in {name!r} says that a value is a limit and no reading; say with "
        "quality_column and quality_reject that such records are left out, or with ignore_column "
        "that they are read as they are",
        [
            Alternative(
                {"quality_column": name, "quality_reject": tuple(signs)},
                f"records with {' or '.join(signs)} are left out",
            ),
            Alternative({"ignore_column": (name,)}, "limits are read as values"),
        ],
    )
