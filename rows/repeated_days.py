"""Days on which clocks of a zone show an hour twice, and whether records can be of one of them.

Nearly all records of nearly all files are not, and then nothing of the order of records has to be
followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rows.kernels import repeated_days as kernel
from rows.kernels.timestamp import DAY_US
from rows.zones import Zone, zone_of
from schemas.events import DialectSpec
from schemas.read_plan import TimePlan
from schemas.timestamp_format import DIGITS, NAMED, steps_of

_ISO: Final = ("%Y", "-", "%m", "-", "%d")
_NUMBERS: Final = frozenset({"%Y", "%y", "%m", "%d"})
# Formats of instants, whatever clocks show.
_INSTANTS: Final = frozenset(form for form in NAMED if form.startswith(("epoch", "file")))


class RepeatedDays:
    """What finds out whether records can have a time in a repeated hour.

    Args:
        marks: of the ways in which dates are written, as `rows.kernels.repeated_days` has them.
        after: days after it that count too.
    """

    def __init__(self, zone: Zone, marks: Sequence[NDArray[np.int64]], after: int = 0) -> None:
        self._marks = marks
        self._days = np.zeros(kernel.DAYS, np.uint8)
        twice = np.flatnonzero(zone.first > zone.second)
        for begin, end in zip(zone.bounds[twice], zone.bounds[twice + 1], strict=True):
            # A time of day can be 24:00, so the day before counts too.
            first = int(begin) // DAY_US - 1 - kernel.FIRST_DAY
            last = (int(end) - 1) // DAY_US - kernel.FIRST_DAY + after
            self._days[max(first, 0) : max(last + 1, 0)] = 1

    def may_be_in(self, text: NDArray[np.uint8], dialect: DialectSpec) -> bool:
        """Whether some whole records can have such a time; True if that is not to be seen."""
        quotes = {ord(sign) for sign in (dialect.quote, dialect.escape) if sign}
        return any(
            # In quotes a doubled sign of them is one.
            bool(quotes & {int(marks[kernel.FIRST_SIGN]), int(marks[kernel.SECOND_SIGN])})
            or kernel.may_have_days(text.ctypes.data, len(text), marks, self._days.ctypes.data)
            for marks in self._marks
        )


def repeated_days(time: TimePlan) -> RepeatedDays | None:
    """One for timestamps that are read so; None if their dates are not all written in numbers."""
    if time.zone_parts or not all(isinstance(part, int) for part in time.parts):
        return None
    marks = []
    for form in time.formats or ("iso", "epoch"):
        if form in _INSTANTS:
            continue
        if form != "iso" and form in NAMED:
            return None
        found = _marks_of(_ISO if form == "iso" else steps_of(form), strict=form == "iso")
        if found is None:
            return None
        marks.append(found)
    # Newest first, times after the hour are those before it in the file (`rows.zones`).
    return RepeatedDays(zone_of(time.zone), marks, after=int(time.order.descending))


def _marks_of(steps: Sequence[str], *, strict: bool) -> NDArray[np.int64] | None:
    """The marks of dates with these steps; None if they are not three numbers with signs between."""
    places = [k for k, step in enumerate(steps) if step in _NUMBERS]
    if len(places) != len(_ISO) // 2 + 1 or places[2] - places[0] != len(_ISO) - 1:
        return None
    date = steps[places[0] : places[2] + 1]
    around = [*steps[max(places[0] - 1, 0) : places[0]], *steps[places[2] + 1 : places[2] + 2]]
    signs = date[1], date[3]
    if any(len(step) != 1 for step in (*signs, *around)) or DIGITS[date[2]] != DIGITS["%d"]:
        return None
    if any(step.isdigit() for step in around):
        return None
    if any(not sign.isascii() or sign.isalnum() or sign.isspace() for sign in signs):
        return None
    at = {date[0]: -DIGITS[date[0]], date[2]: 1, date[4]: 1 + DIGITS[date[2]] + 1}
    year = "%Y" if "%Y" in at else "%y"
    if not {"%m", "%d", year} <= at.keys():
        return None
    marks = np.zeros(kernel.MARKS_SIZE, np.int64)
    marks[kernel.FIRST_SIGN], marks[kernel.SECOND_SIGN] = map(ord, signs)
    marks[kernel.YEAR], marks[kernel.MONTH], marks[kernel.DAY] = at[year], at["%m"], at["%d"]
    marks[kernel.BEGIN] = at[date[0]]
    marks[kernel.END] = at[date[4]] + DIGITS[date[4]]
    marks[kernel.LONG_YEAR], marks[kernel.STRICT] = year == "%Y", strict
    return marks
