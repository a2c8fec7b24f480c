"""Signs in a column of their own: of values (`-`), and of results that are limits (`<`)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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
# Names that end with these say whether values rise or fall.
_TRENDS: Final = frozenset(
    {"trend", "tendency", "tendenz", "tendance", "tendencia", "tendenza", "tendens", "tendencja"}
    | {"evolution", "arrow", "pfeil", "change"}
)
_MANY_CHANGES: Final = 8
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
        if _are_signs(known.name(place), cells) and not _are_trends(known, place, values):
            raise _apart(known, place, values)
        if place not in values and cells & _LIMITS and cells <= _OF_RESULTS:
            raise _limits(known, place, sorted(cells & _LIMITS))


def _is_named_sign(name: str) -> bool:
    return folded(name) in _NAMES or name.strip() in _SIGN_ALONE


def _are_signs(name: str, cells: set[str]) -> bool:
    named = _is_named_sign(name)
    if cells & _MINUS and cells <= _SIGNS:
        return named or "+" in cells
    return named and bool(cells & {"-1", "-1.0"}) and cells <= _ONES


def _are_trends(known: KnownColumns, place: int, values: Sequence[int]) -> bool:
    """Whether signs say whether values rise or fall: by the name of the column, or because the
    numbers on both sides have their own signs, or change as the signs say."""
    if _is_named_sign(known.name(place)):
        return False
    if _TRENDS & set(folded(known.name(place)).split()[-1:]):
        return True
    beside = [k for k in (place - 1, place + 1) if k in values]
    if not beside:
        return False
    cells = {k: known.structure.column(k).cells for k in beside}
    if all(any(cell.strip()[:1] in _MINUS for cell in of if cell.strip()) for of in cells.values()):
        return True
    signs = known.structure.column(place).cells
    return any(_follow_changes(signs, of) for of in cells.values())


def _follow_changes(signs: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether numbers rise where there is a plus and fall where there is a minus, of many records."""
    counted = 0
    for sign, (before, after) in zip(signs[1:], pairwise(cells), strict=True):
        if not sign.strip():
            continue
        try:
            change = float(after.replace(",", ".")) - float(before.replace(",", "."))
        except ValueError:
            return False
        if change < 0 if sign.strip() == "+" else change > 0:
            return False
        counted += change != 0
    return counted >= _MANY_CHANGES


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
