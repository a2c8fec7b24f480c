"""The three cells of a rejected row, as people see and correct them. Needs no kernels.

Nothing of a row may get lost between its raw text and its cells: what does not fit into the columns
is part of a cell, where it is seen, and that cell has to be changed before the row is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final, NamedTuple

from rows.invalid.planned import planned_row
from rows.invalid.record import Field, RejectedRow, split_record
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS, InvalidCode

_DAMAGED: Final = frozenset({InvalidCode.BAD_QUOTE, InvalidCode.QUOTE_NOT_CLOSED})
_SURPLUS: Final = _DAMAGED | {InvalidCode.EXTRA_FIELDS}


def rejected_row(row: Mapping[str, Any], dialect: DialectSpec | None) -> RejectedRow:
    """The cells of an invalid row.

    Quotes are undone; damaged ones stay in the text. A cell is empty if the record has no such
    field, or if its text was cut off. The last of the three columns also takes what follows it in a
    record with more fields than the header, so that `23,1` in a file with commas is one cell; and
    a part of the record with damaged quotes is in the cell of the next column, or of the last one.

    With a read plan the cells are the sensor_id as its template gives it, the text of the timestamp
    (several columns joined by a space) and the cell of the value.

    Args:
        row: `raw`, `code`, `column` and `truncated` of the invalid row.
        dialect: how the file was read.
    """
    if dialect is not None and dialect.plan is not None:
        return planned_row(row, dialect, dialect.plan)
    code, column, raw = row["code"], row["column"], row["raw"]
    if dialect is None or code == InvalidCode.RECORD_TOO_LONG:
        return _rejected(("", "", ""), (True, True, True))
    fields = split_record(raw, dialect)
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


def _spill(fields: Sequence[Field], dialect: DialectSpec, code: str) -> _Spill:
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
