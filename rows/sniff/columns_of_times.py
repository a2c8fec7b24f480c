"""Columns that are named by times: one record has many of them, and none is a sensor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.name_parts import are_counted, are_times_of_day
from rows.sniff.words import folded, without_units
from schemas.calendar_names import WEEKDAYS, month_of

# Columns with names of months, of days of the week, of years.
_MOST_MONTHS, _MOST_DAYS, _MOST_YEARS = 6, 5, 2
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
# `7 Uhr`, `14h`, `9 am`: a few such names are enough if all columns have one.
_HOUR: Final = re.compile(
    r"(?:[01]?\d|2[0-4])(?:(?::|\.)[0-5]\d)? ?(?:uhr|h|hrs|hours?|heures?|horas?|ore|uur|kl|[ap]\.?m\.?)"
    r"|(?:[01]?\d|2[0-4]):[0-5]\d",
    re.IGNORECASE,
)
_MOST_HOURS: Final = 2
# Minutes of an hour, or seconds of a minute: `0`, `15`, `30`, `45`; `min 0`, `+5 min`, `:10`.
_PART: Final = re.compile(r"([^\d]*?)0*(\d{1,2})([^\d]*)")
_PARTS: Final = frozenset({"", "min", "mins", "minute", "minutes", "sec", "second", "seconds"})
_WHOLE: Final = 60
_FEWEST_PARTS: Final = 4
_HALVES: Final = frozenset(
    {"am", "pm", "morning", "noon", "afternoon", "evening", "night", "morgens", "morgen", "fruh"}
    | {"mittag", "mittags", "vormittag", "nachmittag", "abend", "abends", "nachts", "matin", "midi"}
    | {"soir", "manana", "tarde", "noche", "mattina", "pomeriggio", "sera", "ochtend", "middag"}
    | {"avond", "rano", "poludnie", "wieczor", "morgon", "kvall", "manha", "noite", "aamu", "ilta"}
)


def check_columns_of_times(known: KnownColumns, values: Sequence[int]) -> None:
    """Refuse to read columns that are named by times as sensors.

    Raises:
        Question: they are, or may be.
    """
    names = known.names(values)
    plain = [folded(without_units(name)) for name in names]
    what = None
    if known.given.layout is None:
        what = _calendar(plain) or _parts(known, names)
    if not any(way.has_time for way in known.moment.ways):
        if are_times_of_day(names) or _are_hours(names):
            raise Question(
                "layout_unknown",
                f"the columns {_shown(names)} are times of the day of each date, which no read "
                "option can say; send one record for each time",
            )
        if are_counted(names):
            raise _may_be_sensors(known, values, "may be intervals of each day")
        if _are_halves(plain):
            what = "parts of the day"
    if what:
        raise _may_be_sensors(known, values, f"may be {what} of each record")


def _calendar(plain: Sequence[str]) -> str | None:
    """What names are, if most are months or days of the week, or all are years."""
    months = {month for name in plain if (month := month_of(name))}
    if len(months) >= _MOST_MONTHS:
        return "months"
    if sum(name in _days() for name in plain) >= _MOST_DAYS:
        return "days of the week"
    if len(plain) >= _MOST_YEARS and all(map(_YEAR.fullmatch, plain)):
        return "years"
    return None


@cache
def _days() -> frozenset[str]:
    return frozenset(folded(name) for names in WEEKDAYS.values() for name in names.split())


def _parts(known: KnownColumns, names: Sequence[str]) -> str | None:
    """What names are, if they count the minutes of an hour or the seconds of a minute."""
    found = [_PART.fullmatch(name.strip()) for name in names]
    if len(found) < _FEWEST_PARTS or not any(way.has_time for way in known.moment.ways):
        return None
    numbers = [int(match[2]) for match in found if match]
    step = _WHOLE // len(numbers) if numbers else 0
    if len(numbers) < len(found) or numbers != list(range(0, _WHOLE, step or _WHOLE)):
        return None
    around = {folded(f"{match[1]} {match[3]}") for match in found if match}
    return "minutes or seconds" if len(around) == 1 and around <= _PARTS else None


def _are_hours(names: Sequence[str]) -> bool:
    return len(names) >= _MOST_HOURS and all(_HOUR.fullmatch(name.strip()) for name in names)


def _are_halves(plain: Sequence[str]) -> bool:
    """Whether names differ by words for parts of the day: `Temp AM` and `Temp PM`."""
    words = [set(name.split()) for name in plain]
    parts = [frozenset(of & _HALVES) for of in words]
    return len(set(parts) - {frozenset()}) > 1


def _shown(names: Sequence[str]) -> str:
    return f"{', '.join(names[:4])}, ..."


def _may_be_sensors(known: KnownColumns, values: Sequence[int], what: str) -> Question:
    names = known.names(values)
    return Question(
        "layout_unknown",
        f"the columns {_shown(names)} {what}, which no read option can say, or sensors; send one "
        "record for each time, or say with value_column that they are sensors",
        [
            Alternative(
                {"layout": "wide", "value_column": names},
                "each column is a sensor, with one reading for each record",
            )
        ],
    )
