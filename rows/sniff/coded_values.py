"""Columns whose digits are no decimal numbers as they are: bytes, bits, and numbers to be scaled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import NUMBER, Column
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.lines import Line
from rows.sniff.structure import Structure
from rows.sniff.words import folded

_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]+")
_BITS: Final = re.compile(r"[01]+")
_FEWEST_BITS: Final = 4
# Words for what values are to be multiplied or divided by, as a name or before a line of numbers.
_SCALES: Final = frozenset(
    {"divisor", "divisors", "multiplier", "multipliers", "scale", "scales", "scaler", "scaling"}
    | {"scale factor", "scaling factor", "scalefactor", "factor", "factors", "conversion factor"}
    | {"meter multiplier", "ct ratio", "exponent", "gain", "faktor", "faktoren", "skalierung"}
    | {"multiplikator", "teiler", "wandlerfaktor", "facteur", "facteur d echelle", "coefficient"}
    | {"diviseur", "fattore", "escala", "factor de escala", "multiplicador", "schaalfactor"}
)
_OF_TABLE: Final = 3  # fields of a line that goes with columns, and is no setting with its value
_SCALES_WITHIN: Final = 4


def check_codes(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about columns of digits that are bytes in hexadecimal digits, or bits.

    Raises:
        Question: one is to be read.
    """
    if known.given.values is not None:
        return
    column = known.structure.column
    widths = {width for k in known.free if (width := _width_of_bytes(column(k)))}
    found = [k for k in values if _is_coded(column(k), widths)]
    if not found:
        return
    shown = next(cell for cell in column(found[0]).cells if cell)
    names = known.names(found)
    rest = [k for k in values if k not in found]
    raise Question(
        "value_unknown",
        f"values of {', '.join(map(repr, names[:3]))} such as {shown[:40]!r} may be bytes or bits and "
        "no decimal numbers; say with ignore_column that they are not read, or with value_column "
        "that they are",
        [
            *(
                [Alternative({"ignore_column": names}, f"{', '.join(names)} is not read")]
                if rest
                else []
            ),
            Alternative({"value_column": known.names(values)}, "they are decimal numbers"),
        ],
    )


def _is_coded(column: Column, widths: set[int]) -> bool:
    """Whether digits are bits, or bytes as those of another column are."""
    first = next((cell for cell in column.cells if cell), "")
    if len(first) not in widths and not (len(first) >= _FEWEST_BITS and _BITS.fullmatch(first)):
        return False
    cells = {cell for cell in column.cells if cell}
    if {len(cell) for cell in cells} != {len(first)}:
        return False
    if len(first) in widths and all(map(_HEXADECIMAL.fullmatch, cells)):
        return True
    # `1010` and `1011` can be hectopascals, `0011` cannot.
    return any(cell[0] == "0" for cell in cells) and all(map(_BITS.fullmatch, cells))


def _width_of_bytes(column: Column) -> int:
    """How many digits the cells of a column have, if they are hexadecimal ones; else 0.

    All have the same even number of them; in some are letters, so that they are no numbers, and in
    others are none.
    """
    first = next((cell for cell in column.cells if cell), "")
    if len(first) % 2 or not _HEXADECIMAL.fullmatch(first) or column.kinds_are_numbers:
        return 0
    cells = {cell for cell in column.cells if cell}
    if any(len(cell) != len(first) or not _HEXADECIMAL.fullmatch(cell) for cell in cells):
        return 0
    plain = any(cell.isdigit() for cell in cells)
    return len(first) if plain and any(not NUMBER.fullmatch(cell) for cell in cells) else 0


def check_multipliers(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about a column of numbers that the values of each record may have to be multiplied by.

    Raises:
        Question: there is one whose numbers are not all 1.
    """
    if known.given.values is not None:
        return
    for place in range(known.structure.width):
        if place in known.given.ignored or folded(known.name(place)) not in _SCALES:
            continue
        column = known.structure.column(place)
        numbers = {float(cell) for cell in column.cells if NUMBER.fullmatch(cell)}
        if not column.is_numeric or numbers <= {1.0} or len(numbers) * 2 > len(column.cells):
            continue
        name = known.name(place)
        rest = known.names([k for k in values if k != place])
        raise Question(
            "value_unknown",
            f"values may have to be multiplied by {name!r}, which no option does; say with "
            "value_column that they are read as they are",
            [Alternative({"value_column": rest}, "values are read as they are")] if rest else [],
        )


def check_scale_lines(structure: Structure) -> None:
    """Ask about a line of numbers that values are to be multiplied or divided by.

    Raises:
        Question: one before the data, or at their beginning, says so.
    """
    for line in (*structure.preamble, *structure.units, *structure.data[:_SCALES_WITHIN]):
        if _scales(line):
            shown = line.text[:40].decode("utf-8", "replace")
            raise Question(
                "value_unknown",
                f"line {line.number} ({shown!r}) may say by what values are to be multiplied or "
                "divided, which no option does; write the values as they are meant",
            )


def _scales(line: Line) -> bool:
    fields = [field.decode("utf-8", "replace").strip() for field in line.fields or ()]
    if len(fields) < _OF_TABLE or folded(fields[0]) not in _SCALES:
        return False
    numbers = [field.replace(",", ".") for field in fields[1:] if field]
    numbers = [number for number in numbers if NUMBER.fullmatch(number)]
    return any(float(number) != 1 for number in numbers)
