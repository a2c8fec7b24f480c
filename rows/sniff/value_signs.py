"""Decimal and thousands signs of a file's values, detected for all of them at once.

`1,204` is 1.204 or 1204. Other values of the file decide: `12,5` and `0,204` can only have
a decimal comma, `1,187.25` and `1,204,000` only commas between thousands, and where `12045` is
written there are no signs between thousands at all. If nothing settles it, nothing is assumed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_BLANKS: Final = " \u00a0\u2009\u202f"
_APOSTROPHES: Final = "'’"
_PLAIN: Final = re.compile(r"[+-]?(\d+)")
_FEW_GROUPED: Final = 2
_ONE_DIGIT: Final = str.maketrans("23456789", "1" * 8)
_SIGNS: Final = ",'’ \u00a0\u2009\u202f"
_TWO_POINTS: Final = re.compile(r"\.\d*\.")
_ONE_SIGN: Final = re.compile(r"[+-]?(\d*)([.,])(\d+)(?:[eE][+-]?\d+)?")
_GROUPED: Final = re.compile(
    r"[+-]?\d{1,3}(?:([,.'’ \u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?"
)


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of values. `thousands` is as in the option: `,` `.` `'` `space`, or None.

    `decimal` is `.`, `,`, or `any`: nothing says which, and both are taken.
    """

    decimal: str
    thousands: str | None = None


@dataclass(frozen=True, slots=True)
class FoundSigns:
    """What a file's values show.

    Attributes:
        ways: the signs that make sense of all values; two if the values do not decide.
        grouped: cells that are numbers only with a sign between thousands, or may be.
        cells: numbers, with whatever signs.
    """

    ways: tuple[Signs, ...]
    grouped: int = 0
    cells: int = 0


def find_signs(cells: Iterable[str], *, comma_delimited: bool) -> FoundSigns:
    """The signs of values; of cells that are no numbers nothing follows.

    Args:
        cells: trimmed texts of value cells of the head.
        comma_delimited: without evidence a comma is then no decimal sign.
    """
    seen: Counter[str] = Counter()
    for cell, count in Counter(_shapes(cells)).items():
        kind = _kind(cell)
        if kind is not None:
            seen[kind] += count
            if kind in ("group space", "group '") and cell.rstrip("0123456789")[-1:] in (",", "."):
                seen[f"decimal {cell.rstrip('0123456789')[-1]}"] += count
    total = sum(n for kind, n in seen.items() if not kind.startswith("decimal"))
    has_points = seen["point"] + seen["point?"] > 0
    default = Signs("." if comma_delimited or has_points else "any")
    mixed = {k: n for k, n in seen.items() if k.startswith("group")}
    if not mixed and not seen["comma"] and not seen["comma?"]:
        return FoundSigns((default,), 0, total)
    blanks, apostrophes = seen["group space"], seen["group '"]
    by_comma = seen["group ,"]  # 1,187.25 or 1,204,000
    by_point = seen["group ."]  # 1.004,5 or 1.204.000
    if by_comma and by_point:
        return FoundSigns((Signs(".", ","), Signs(",", ".")), by_comma + by_point, total)
    if by_comma or by_point:
        return _between_thousands(seen, "," if by_comma else ".", total)
    if blanks or apostrophes:
        sign = "space" if blanks >= apostrophes else "'"
        commas = seen["comma"] + seen["comma?"] + seen["decimal ,"]
        points = seen["point"] + seen["point?"] + seen["decimal ."]
        decimals = [mark for mark, count in ((",", commas), (".", points)) if count] or ["."]
        ways = tuple(Signs(mark, sign) for mark in decimals)
        return FoundSigns(ways, blanks + apostrophes, total)
    if not seen["comma?"]:
        # Every comma is a decimal sign. Points that may be between thousands remain in doubt.
        both = Signs("any" if has_points else ",")
        in_doubt = seen["point?"] and not seen["point"] and not seen["long"]
        ways = (both, Signs(",", ".")) if in_doubt else (both,)
        return FoundSigns(ways, seen["point?"] if in_doubt else 0, total)
    return _commas_with_three_digits(seen, total)


def _shapes(cells: Iterable[str]) -> list[str]:
    """Cells with 1 for every digit but 0: their signs are the same, and there are far fewer."""
    return "\n".join(cells).translate(_ONE_DIGIT).split("\n")


def may_be_signed(cells: Iterable[str]) -> bool:
    """Whether a cell can have a decimal comma or signs between thousands."""
    text = "\n".join(cells)
    return any(sign in text for sign in _SIGNS) or _TWO_POINTS.search(text) is not None


def may_be_thousands(column: Sequence[str], values: Sequence[str]) -> bool:
    """Whether the points in one column can be between thousands, and nothing in the file says.

    `1.412` beside `987`, and never `1412` or `1.41`: of decimals one in ten would have fewer digits.

    Args:
        column: cells of the column.
        values: cells of all columns of values.
    """
    seen = {_kind(cell) for cell in set(column)}
    if "point?" not in seen or seen & {"point", "long", "comma", "comma?", "group ,", "group ."}:
        return False
    whole = {cell.lstrip("+-0") for cell in column if _PLAIN.fullmatch(cell)} - {""}
    grouped = {cell for cell in column if _kind(cell) == "point?"}
    if not whole or len(grouped) < _FEW_GROUPED:
        return False
    others = {_kind(cell) for cell in set(values)}
    return "point" not in others and not others & {"comma", "group ."}


def _between_thousands(seen: Counter[str], sign: str, total: int) -> FoundSigns:
    """`1,187.25` was seen, or with the other sign."""
    other, name = (".", "comma") if sign == "," else (",", "point")
    grouped = seen[f"group {sign}"] + seen[f"{name}?"]
    if seen[name]:  # 12,5 beside 1,187.25
        return FoundSigns((Signs(other, sign), Signs(sign)), grouped, total)
    return FoundSigns((Signs(other, sign),), grouped, total)


def _commas_with_three_digits(seen: Counter[str], total: int) -> FoundSigns:
    """`1,204` was seen, and no number that has a sign between thousands for certain."""
    grouped = seen["comma?"]
    if seen["comma"]:  # 12,5: so 1,204 has a decimal comma too
        both = Signs("any" if seen["point"] + seen["point?"] else ",")
        if seen["point?"] and not seen["point"] and not seen["long"]:
            return FoundSigns((both, Signs(",", ".")), seen["point?"], total)
        return FoundSigns((both,), 0, total)
    if seen["point?"] and not seen["point"]:  # 1.204 beside 1,204
        three = (Signs("any"), Signs(".", ","), Signs(",", "."))
        return FoundSigns(three, grouped + seen["point?"], total)
    if seen["point"]:  # 986.5: so 1,204 has no decimal comma
        way = Signs(".", ",")
        ways = (way, Signs(",")) if seen["long"] else (way,)
        return FoundSigns(ways, grouped, total)
    if seen["long"]:  # 12045: there are no signs between thousands
        return FoundSigns((Signs(","),), 0, total)
    return FoundSigns((Signs(","), Signs(".", ",")), grouped, total)


def _kind(cell: str) -> str | None:
    """What a number shows: the word for its signs; None if it is no number."""
    if plain := _PLAIN.fullmatch(cell):
        return "long" if len(plain[1].lstrip("0")) > 3 else "short"
    if found := _ONE_SIGN.fullmatch(cell):
        whole, sign, decimals = found[1], found[2], found[3]
        name = "comma" if sign == "," else "point"
        may_group = len(decimals) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"
        if may_group and cell[-4] == sign:
            return f"{name}?"
        return name
    if found := _GROUPED.fullmatch(cell):
        sign, decimal = found[1], found[2]
        if sign == decimal:
            return None
        if sign in _BLANKS:
            return "group space"
        return "group '" if sign in _APOSTROPHES else f"group {sign}"
    return None
