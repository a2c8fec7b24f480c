"""Units that the head of a file has not, in the column with the unit of each record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from rows.invalid.record import split_record
from schemas.events import DialectSpec
from schemas.read_plan import ReadPlan

_LINE_FEED: Final = 10
_DIGIT: Final = re.compile(r"\d")
_NUMBER: Final = re.compile(r"[+-]?[\d.,' \u00a0]*\d[\d.,]*(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class OtherUnits:
    """How many records have such a unit, and where the first of them begins in its batch."""

    count: int
    first_byte: int


def other_units(text: np.ndarray, dialect: DialectSpec, records: int) -> OtherUnits | None:
    """The records of a batch with a unit that the head has not; None if there are none.

    A batch whose records all have the units of the head costs no more than a search for them.

    Args:
        text: the bytes of the batch.
        records: how many it has.
    """
    plan = dialect.plan
    if plan is None or plan.units is None:
        return None
    data = text.tobytes() if text.size and text[-1] == _LINE_FEED else text.tobytes() + b"\n"
    if sum(map(data.count, _as_written(dialect, plan))) >= records:
        return None
    known = _pattern(dialect, plan)
    if len(known.findall(data)) >= records:
        return None
    count, first, at = 0, -1, 0
    for line in data.split(b"\n"):
        if (
            line
            and known.search(line + b"\n") is None
            and _has_another(_cells(line, dialect), plan)
        ):
            count += 1
            first = at if first < 0 else first
        at += len(line) + 1
    return OtherUnits(count, first) if count else None


def _as_written(dialect: DialectSpec, plan: ReadPlan) -> list[bytes]:
    """The units with what is around them, if nothing else is."""
    assert plan.units is not None
    sign = dialect.delimiter
    before = sign if plan.units.place else "\n"
    last = plan.units.place == len(plan.columns) - 1
    return [
        f"{before}{text}{after}".encode()
        for text in plan.units.texts
        for after in (("\n", "\r\n") if last else (sign,))
    ]


def _pattern(dialect: DialectSpec, plan: ReadPlan) -> re.Pattern[bytes]:
    """A unit of the head in quotes or with blanks around it, too."""
    assert plan.units is not None
    sign, quote = re.escape(dialect.delimiter), re.escape(dialect.quote)
    before = sign if plan.units.place else r"^"
    after = r"\r?$" if plan.units.place == len(plan.columns) - 1 else sign
    texts = "|".join(map(re.escape, plan.units.texts))
    pattern = rf"{before}[ \t]*{quote}?[ \t]*(?:{texts})[ \t]*{quote}?[ \t]*(?={after})"
    return re.compile(pattern.encode(), re.MULTILINE)


def _cells(line: bytes, dialect: DialectSpec) -> list[str]:
    text = line.decode("utf-8", "replace")
    if dialect.quote not in text:
        return [cell.strip() for cell in text.split(dialect.delimiter)]
    return [field.text.strip() for field in split_record(text, dialect)]


def _has_another(cells: list[str], plan: ReadPlan) -> bool:
    """Whether cells are a reading, by their time and value, whose unit the head has not."""
    assert plan.units is not None
    places = [k for k in plan.time.parts if isinstance(k, int)]
    if max(plan.units.place, *places, *plan.values) >= len(cells):
        return False
    unit = cells[plan.units.place]
    return (
        bool(unit)
        and unit not in plan.units.texts
        and all(_DIGIT.search(cells[k]) for k in places)
        and any(_NUMBER.fullmatch(cells[k]) for k in plan.values)
    )
