"""The signs of a file's values, by options or by all values of the head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import Kind, kind_of
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import Roles
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure
from rows.sniff.value_signs import Signs, find_signs, may_be_signed, may_be_thousands
from schemas.read_options import ReadOptions

_FEW: Final = 0.02
_FEW_CELLS: Final = 2
_IN_GROUPS: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+")


def signs_of(structure: Structure, options: ReadOptions, roles: Roles, sources: Sources) -> Signs:
    """The signs of values, by the options or by all values of the head."""
    comma_delimited = structure.marks.delimiter == ","
    sources.note("thousands", "content")
    if options.thousands is not None:
        sources.note("decimal", "default")
        other = "," if options.thousands == "." else "."
        return Signs(options.decimal or other, options.thousands)
    if options.decimal is not None:
        sources.note("decimal", "option")
        return Signs("any" if options.decimal == "," else ".")
    sources.note("decimal", "content")
    columns = [column for place in roles.values if (column := structure.column(place)).numbers]
    if comma_delimited and all(column.has_plain_numbers for column in columns):
        return Signs(".")
    cells = [cell for column in columns for cell in column.cells]
    for place in roles.values:
        if not comma_delimited and may_be_thousands(structure.column(place).cells, cells):
            raise _points_in_doubt(structure, place)
    return detect_signs(
        cells,
        comma_delimited=comma_delimited,
        wide=roles.layout == "wide",
        has_signed=comma_delimited and any(_is_signed(column.cells) for column in columns),
    )


def _is_signed(cells: Sequence[str]) -> bool:
    """Whether at least half of the numbers of a column have commas: they are how it is written."""
    if not may_be_signed(cells):
        return False
    signed = sum(kind_of(cell) is Kind.SIGNED for cell in cells)
    return signed > _FEW_CELLS and signed * 2 >= sum(map(bool, cells))


def _points_in_doubt(structure: Structure, place: int) -> Question:
    shown = next(cell for cell in structure.column(place).cells if "." in cell)
    return Question(
        "number_ambiguous",
        f"values of {structure.names[place]!r} such as {shown[:40]!r} have three digits after the "
        "point or none at all; say with decimal or thousands what the point is",
        [_signs_alternative(Signs(".")), _signs_alternative(Signs(",", "."))],
    )


def detect_signs(
    cells: Sequence[str], *, comma_delimited: bool, wide: bool, has_signed: bool = False
) -> Signs:
    """The signs of values without options.

    Args:
        cells: of all columns of values.
        comma_delimited: without evidence a comma is then no decimal sign.
        wide: every column has values of its own.
        has_signed: a column has commas in at least half of its numbers.

    Raises:
        Question: they can be read in more than one way; or the file is long, most values have
            signs between thousands, and no option says that they are taken.
    """
    signed = 0
    if may_be_signed(cells):
        signed = sum(kind_of(cell) is Kind.SIGNED for cell in cells)
    elif comma_delimited:
        return Signs(".")
    found = find_signs(cells, comma_delimited=comma_delimited)
    if comma_delimited and not has_signed and signed * 2 < sum(map(bool, cells)):
        # Few cells cost themselves, unless what their commas are is plain: `1,187.25`.
        plain = wide and found.ways == (Signs(".", ","),) and any(map(_IN_GROUPS.fullmatch, cells))
        return found.ways[0] if plain else Signs(".")
    example = next((cell for cell in cells if "," in cell), "") or next(
        (cell for cell in cells if "." in cell), ""
    )
    if len(found.ways) > 1:
        if found.grouped <= _FEW * found.cells and all(
            way.decimal == "." for way in found.ways[1:]
        ):
            return Signs(".")  # a few cells that are in question cost themselves
        raise Question(
            "number_ambiguous",
            f"values such as {example[:40]!r} have a decimal sign or one between thousands; say "
            "which with decimal or thousands",
            [_signs_alternative(way) for way in found.ways],
        )
    way = found.ways[0]
    if comma_delimited and way.decimal != ".":
        raise Question(
            "number_ambiguous",
            f"values such as {example[:40]!r} have commas in a file that is separated by commas; "
            "say with decimal that they are decimal signs",
            [_signs_alternative(way)],
        )
    if way.thousands is None or wide:
        return way
    if found.grouped * 2 >= found.cells:
        raise Question(
            "number_ambiguous",
            f"values such as {example[:40]!r} have signs between thousands; say with thousands "
            "that they are taken",
            [_signs_alternative(way)],
        )
    return Signs(way.decimal)


def _signs_alternative(way: Signs) -> Alternative:
    options: dict[str, object] = {"decimal": "." if way.decimal == "." else ","}
    if way.thousands is not None:
        options["thousands"] = way.thousands
    decimal = "point" if way.decimal == "." else "comma"
    between = f", {way.thousands!r} is between thousands" if way.thousands else ""
    return Alternative(options, f"the decimal sign is a {decimal}{between}")
