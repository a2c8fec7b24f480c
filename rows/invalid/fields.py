"""The three cells of a rejected row, as people see and correct them. Needs no kernels.

Nothing of a row may get lost between its raw text and its cells: what does not fit into the columns
is part of a cell, where it is seen, and that cell has to be changed before the row is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any, Final, NamedTuple, TypeAlias

from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS, InvalidCode

# sensor_id, timestamp, value
Fields: TypeAlias = tuple[str, str, str]

_DAMAGED: Final = frozenset({InvalidCode.BAD_QUOTE, InvalidCode.QUOTE_NOT_CLOSED})
_SURPLUS: Final = _DAMAGED | {InvalidCode.EXTRA_FIELDS}
# With runs of spaces as the delimiter, a date and the time after one space are one field.
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """The cells of a rejected row, and which of them have to be changed to make it valid."""

    cells: Fields
    faulty: tuple[bool, bool, bool]


class _Field(NamedTuple):
    """One field of a record: its text, its range in the raw text, whether its quotes are damaged."""

    text: str
    start: int
    end: int
    damaged: bool


def rejected_row(row: Mapping[str, Any], dialect: DialectSpec | None) -> RejectedRow:
    """The cells of an invalid row.

    Quotes are undone; damaged ones stay in the text. A cell is empty if the record has no such
    field, or if its text was cut off. The last of the three columns also takes what follows it in a
    record with more fields than the header, so that `23,1` in a file with commas is one cell; and
    a part of the record with damaged quotes is in the cell of the next column, or of the last one.

    Args:
        row: `raw`, `code`, `column` and `truncated` of the invalid row.
        dialect: how the file was read.
    """
    code, column, raw = row["code"], row["column"], row["raw"]
    if dialect is None or code == InvalidCode.RECORD_TOO_LONG:
        return _rejected(("", "", ""), (True, True, True))
    fields = _split(raw, dialect)
    if row["truncated"]:
        # The last field has no end, nor has a quoted one that seems to be damaged.
        fields = list(takewhile(lambda field: not field.damaged, fields[:-1]))
    spilling = code in _SURPLUS
    spill = _spill(fields, dialect, code) if spilling else _Spill({}, None)
    cells, faulty = ["", "", ""], [False, False, False]
    for at, place in enumerate(dialect.columns):
        if not 0 <= place < len(fields):
            faulty[at] = True
            continue
        start = spill.starts.get(place)
        if place == spill.last:
            first = fields[place].start if start is None else start
            cells[at] = "" if row["truncated"] else raw[first:].strip(" \t")
        elif start is not None:
            cells[at] = raw[start : fields[place].end].strip(" \t")
        else:
            cells[at] = fields[place].text
        takes_more = place == spill.last or start is not None
        faulty[at] = takes_more or fields[place].damaged or not cells[at]
    if column is not None:
        faulty = [name == column for name in COLUMNS]
    return _rejected(cells, faulty if any(faulty) else (True, True, True))


def _rejected(cells: Sequence[str], faulty: Sequence[bool]) -> RejectedRow:
    sensor, timestamp, value = cells
    return RejectedRow((sensor, timestamp, value), (faulty[0], faulty[1], faulty[2]))


class _Spill(NamedTuple):
    """Where cells take more than their own field: offsets at which some begin, by their place,
    and the place of the one that takes all up to the end."""

    starts: dict[int, int]
    last: int | None


def _spill(fields: Sequence[_Field], dialect: DialectSpec, code: str) -> _Spill:
    starts: dict[int, int] = {}
    places = sorted(place for place in dialect.columns if 0 <= place < len(fields))
    before = -1
    for place in places:
        damaged = (field.start for field in fields[before + 1 : place] if field.damaged)
        start = next(damaged, None)
        if start is not None:
            starts[place] = start
        before = place
    rest = fields[before + 1 :]
    # Where quotes are damaged the number of fields says nothing, unless they are too many.
    surplus = code == InvalidCode.EXTRA_FIELDS or any(f.text for f in fields[dialect.width :])
    if places and (surplus or any(field.damaged for field in rest)):
        return _Spill(starts, places[-1])
    return _Spill(starts, None)


def _split(raw: str, dialect: DialectSpec) -> list[_Field]:
    quote, escape = dialect.quote, dialect.escape
    fields: list[_Field] = []
    end = len(raw)
    begin = 0
    if dialect.delimiter == " ":
        end = len(raw.rstrip(" \t"))
        begin = end - len(raw[:end].lstrip(" \t"))
    for match in _field(dialect.delimiter, quote, escape).finditer(raw, begin, end):
        quoted, plain, delimiter = match.groups()
        stop = match.end() - len(delimiter)
        if quoted is None:
            text = plain.strip(" \t")
            damaged = text.startswith(quote)
        else:
            text, damaged = _pair(quote, escape).sub(lambda pair: pair[0][1], quoted), False
        fields.append(_Field(text, match.start(), stop, damaged))
        if not delimiter:
            break
    return _with_times(fields, raw) if dialect.delimiter == " " else fields


def _with_times(fields: Sequence[_Field], raw: str) -> list[_Field]:
    """`fields` with each date and the time one space after it in one field."""
    joined: list[_Field] = []
    for field in fields:
        date = joined[-1] if joined else None
        if (
            date is not None
            and _DATE.fullmatch(raw, date.start, date.end)
            and raw[date.end : field.start] == " "
            and _TIME.match(raw, field.start)
        ):
            text = raw[date.start : field.end]
            joined[-1] = _Field(text, date.start, field.end, False)
        else:
            joined.append(field)
    return joined


@lru_cache(maxsize=32)
def _pair(quote: str, escape: str | None) -> re.Pattern[str]:
    """Two characters in quotes that stand for the second of them."""
    mark = re.escape(quote)
    return re.compile(f"{mark}{mark}" if escape is None else rf"{mark}{mark}|\\[{mark}\\]")


@lru_cache(maxsize=32)
def _field(delimiter: str, quote: str, escape: str | None) -> re.Pattern[str]:
    """One field and the delimiter after it: quoted if possible, else all up to the next one."""
    blank = " *" if delimiter in " \t" else "[ \t]*"
    cut = "[ \t]+" if delimiter == " " else re.escape(delimiter)
    inner = "[^ \t]*" if delimiter == " " else f"[^{re.escape(delimiter)}]*"
    mark = re.escape(quote)
    within = f"{mark}{mark}|[^{mark}]"
    if escape is not None:
        # A backslash is itself unless a quote or a backslash follows.
        within = rf"{mark}{mark}|\\[{mark}\\]|\\(?![{mark}\\])|[^{mark}\\]"
    quoted = rf"{mark}((?:{within})*){mark}{blank}(?={cut}|\Z)"
    return re.compile(rf"(?:{blank}{quoted}|({inner}))({cut}|\Z)", re.DOTALL)
