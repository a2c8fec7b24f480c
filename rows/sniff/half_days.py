"""Times of a clock with twelve hours whose half of the day is in another column, or in none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby, pairwise
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.moment import Moment
from rows.sniff.structure import Structure
from rows.sniff.timestamps import Way
from rows.sniff.written_times import ISO, iso_as_format
from schemas.calendar_names import half_of

# A column is looked at as a whole if so many of its cells are as expected.
_FEW_CELLS: Final = 8


def check_halves(structure: Structure, moment: Moment, ignored: Collection[int]) -> None:
    """Ask about a column beside a time of day that says whether it is before or after noon.

    Raises:
        Question: it has `AM`, `PM` or the like in all records.
    """
    if moment.numeric or any("%p" in form for way in moment.ways for form in way.formats):
        return
    for place in range(structure.width):
        if place in moment.parts or place in ignored:
            continue
        column = structure.column(place).cells
        if any(half_of(cell.strip()) is None for cell in column[:_FEW_CELLS] if cell.strip()):
            continue
        cells = {cell.strip() for cell in column if cell.strip()}
        if not cells or any(half_of(cell) is None for cell in cells):
            continue
        names = [structure.names[k] for k in (*moment.parts, place)]
        forms = _formats(moment.ways, moment.cells)
        halves = tuple(sorted(f"{form.replace('%H', '%I')} %p" for form in forms if "%H" in form))
        alternatives = [
            Alternative(
                {"ignore_column": (names[-1],)}, f"timestamps are read without {names[-1]!r}"
            )
        ]
        if halves:
            stamp = {"timestamp_column": tuple(names), "timestamp_format": halves}
            alternatives.insert(0, Alternative(stamp, f"{names[-1]!r} is the half of the day"))
        raise Question(
            "timestamp_ambiguous",
            f"{names[-1]!r} says whether a time is before or after noon; say with timestamp_column "
            "and timestamp_format how they are read together, or leave it out with ignore_column",
            alternatives,
        )


def _formats(ways: Sequence[Way], cells: Sequence[str]) -> tuple[str, ...]:
    """All formats of ways, those of ISO 8601 as they are written."""
    forms = {form for way in ways for form in way.formats}
    if "iso" in forms:
        forms = forms - {"iso"} | {iso_as_format(cell) for cell in cells if ISO.fullmatch(cell)}
    return tuple(sorted(forms))


# Date and clock of a timestamp; what comes after the minutes does not matter.
_CLOCK: Final = re.compile(r"(.*?)\b(\d{1,2}):(\d\d)")
_HALF, _HOUR = 12 * 60, 60
_DAY: Final = 20  # records of a day by the hour, some of which may be lacking


def check_twelve_hours(moment: Moment) -> None:
    """Ask about times that go on from 12:50 to 1:00 on the same day, as on a clock of twelve hours.

    Raises:
        Question: they do, and no hour is 0 or more than 12.
    """
    if moment.numeric or any("%p" in form for way in moment.ways for form in way.formats):
        return
    before: tuple[str, int, int] | None = None
    again = ""
    for cell, _ in groupby(moment.cells):  # many records in a row have the same time
        found = _CLOCK.match(cell)
        if found is None:
            if cell:
                return
            continue
        day, hour, minute = found[1], int(found[2]), int(found[3])
        if not 0 < hour <= _HALF // _HOUR:
            return
        if before is not None and (before[0], before[1], hour) == (day, _HALF // _HOUR, 1):
            again = again or cell
        before = day, hour, minute
    if not again:
        return
    formats = _formats(moment.ways, moment.cells)
    raise Question(
        "timestamp_ambiguous",
        f"times such as {again[:40]!r} are of a clock with twelve hours, and which half of the day "
        "they are in is not to be seen; write them with AM and PM or with 24 hours",
        [Alternative({"timestamp_format": formats}, "they are hours of the whole day")]
        if formats
        else [],
    )


def check_dates_alone(moment: Moment) -> None:
    """Ask about dates without a time of day that come after the times of the same date, before those
    of another one or at the end: their records may be sums of the day, and not of its beginning.

    Raises:
        Question: there is such a date.
    """
    cells = moment.cells
    if moment.numeric or not cells or len(set(map(len, cells))) == 1:
        return
    before = ""
    if _go_down(cells):
        return  # the beginning of a day comes after its other times then
    for place, cell in enumerate(cells):
        size = len(cell)
        if cell and size < len(before) and before.startswith(cell) and before[size] in " T":
            after = next(filter(None, cells[place + 1 :]), "")
            if not after.startswith(cell) and _CLOCK.match(before):
                raise _sums_of_days(moment, cell, before)
        before = cell or before


def _go_down(cells: Sequence[str]) -> bool:
    """Whether times of the same date go down from one record to the next, the first time they differ."""
    for one, other in pairwise(map(_CLOCK.match, cells)):
        if one is None or other is None or one[1] != other[1]:
            continue
        first, second = [(int(found[2]), int(found[3])) for found in (one, other)]
        if first != second:
            return first > second
    return False


def _sums_of_days(moment: Moment, cell: str, before: str) -> Question:
    formats = _formats(moment.ways, moment.cells)
    timed = tuple(form for form in formats if "%H" in form or "%I" in form)
    alternatives = []
    if timed and timed != formats:
        alternatives = [
            Alternative(
                {"timestamp_format": timed}, "records with a date alone are invalid and not read"
            ),
            Alternative({"timestamp_format": formats}, "a date alone is its beginning"),
        ]
    return Question(
        "timestamp_ambiguous",
        f"{cell[:40]!r} comes after {before[:40]!r} without a time of day, as if the record were a sum "
        "of that day; leave such records out, or say with timestamp_format how timestamps are written",
        alternatives,
    )


_MIDNIGHT: Final = re.compile(r"(.*?)\b0?0:00(?::00(?:[.,]0+)?)?(?!\d)")


def check_midnights(moment: Moment) -> None:
    """Ask about midnights that come after 23:00 of the same date, and not before its other times.

    They may be the end of that day, and not its beginning.

    Raises:
        Question: there is such a midnight.
    """
    if moment.numeric or len(moment.cells) < _DAY:
        return
    cells = moment.cells
    found = [
        place
        for place, cell in enumerate(cells)
        if "0:00" in cell and place and cell != cells[place - 1]
    ]
    for place in found:
        midnight, before = _MIDNIGHT.match(cells[place]), _CLOCK.match(cells[place - 1])
        if midnight is None or before is None or not midnight[1]:
            continue
        if (before[1], before[2]) != (midnight[1], "23") or cells[place] in cells[:place]:
            continue
        if any(cell.startswith(midnight[1]) for cell in cells[place + 1 : place + 3]):
            continue
        formats = _formats(moment.ways, cells)
        raise Question(
            "timestamp_ambiguous",
            f"{cells[place][:40]!r} comes after {cells[place - 1][:40]!r}, as if it were the end of "
            "that day; write 24:00 or the next date, or say with timestamp_format that it is not",
            [Alternative({"timestamp_format": formats}, "midnight is the beginning of its date")]
            if formats
            else [],
        )
