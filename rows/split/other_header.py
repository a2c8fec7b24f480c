"""Another header in the middle of a file: the columns of what follows it are not those of the file."""

from __future__ import annotations

import re
from typing import Final

from rows.invalid.record import split_record
from schemas.events import DialectSpec

_DIGIT: Final = re.compile(r"\d")
_SHOWN: Final = 4
ADVICE: Final = (
    "the rows before that are kept; send the parts of the file with different columns by themselves"
)


def other_header(record: bytes, line: int, dialect: DialectSpec) -> str | None:
    """What is reported if a record that begins as the header does is another header; None if not.

    It is one if all of its timestamp cells have a text without digits, and no cell in a value column
    is a number: a reading, or one with a cell at fault, it cannot be then.
    """
    plan = dialect.plan
    if plan is None:
        return None
    cells = [field.text for field in split_record(record.decode("utf-8", "replace"), dialect)]
    times = [_cell(cells, part) for part in plan.time.parts if isinstance(part, int)]
    if not times or not all(cell and _DIGIT.search(cell) is None for cell in times):
        return None
    if any(is_number(_cell(cells, place)) for place in plan.values):
        return None
    names = ", ".join(cells[:_SHOWN]) + (", …" if len(cells) > _SHOWN else "")
    return (
        f"other_header: line {line} is another header ({names}), and what follows it was not read; "
        f"{ADVICE}"
    )


def _cell(cells: list[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def is_number(cell: str) -> bool:
    """Whether a cell is a number, with a decimal comma or a point."""
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
