"""Which columns are the timestamp, and how their cells are read.

A timestamp is in one column, in a date and a time of day, or in columns for year, month, day and so
on. Each of these is a moment. If more than one is left after qualifiers are compared (start before
end, UTC before local time), it is not known which one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from rows.sniff.cells import NUMBER, Column
from rows.sniff.chosen_moments import best_qualified, distinct, same_numbers, unlike
from rows.sniff.date_masks import compact_format, order_said_by
from rows.sniff.moment import Moment
from rows.sniff.number_times import are_compact, counts_from_1970, find_number_formats, number_way
from rows.sniff.spreadsheet_times import day_zero_of, midnight_of
from rows.sniff.structure import Structure
from rows.sniff.timestamps import Found, Way, few_of, find_ways
from rows.sniff.words import HeaderRole, folded

_CALENDAR: Final = {
    "year": "%Y", "month": "%m", "day": "%d", "day_of_year": "%j",
    "hour": "%H", "minute": "%M", "second": "%S",
}  # fmt: skip
_LIMITS: Final = {
    "year": (1900, 2299), "month": (1, 12), "day": (1, 31), "day_of_year": (1, 366),
    "hour": (0, 24), "minute": (0, 59), "second": (0, 59),
}  # fmt: skip
_SHARE: Final = 0.9
_HOURS: Final = re.compile(r"(?:1?\d|2[0-3])(?:\.\d{1,9})?|24(?:\.0{1,9})?")
_SIX: Final = 6  # digits of hour, minute and second
# Roles of columns with dates or times as text or as one number. A day or an hour can be one too.
_WRITTEN: Final = ("timestamp", "date", "time", "time_or_hour", "date_or_sensor")
_EXTREMES: Final = frozenset({"max", "maximum", "mean", "avg", "average"})


def moments_of(structure: Structure, roles: Sequence[HeaderRole | None]) -> list[Moment]:
    """The moments that a file's columns can be by the roles of their names, best ones only."""
    clocks: list[Moment] = []
    dates: list[Moment] = []
    whole: list[Moment] = []
    calendar: dict[str, int] = {}
    has_month = {"year", "month"} <= {role.role for role in roles if role is not None}
    for place, role in enumerate(roles):
        if role is None:
            continue
        if role.role == "minute_or_value" and _has_extremes(structure):
            continue
        # `Tag` is a day beside a year and a month.
        named = "day" if has_month and role.role == "date_or_sensor" else role.role
        kind = _calendar_role(named, structure.column(place))
        if kind is not None:
            calendar.setdefault(kind, place)
            continue
        if role.role not in _WRITTEN and (
            role.role not in ("day", "hour") or structure.column(place).is_numeric
        ):
            continue
        clock = role.role in ("time", "time_or_hour")
        moment = (_on_day_zero(structure, place) if clock else None) or moment_of(
            structure, (place,), clock=clock
        )
        moment = _qualified(moment, role.qualifiers)
        kinds = {(way.has_date, way.has_time) for way in moment.ways}
        if kinds == {(False, True)}:
            clocks.append(moment)
        elif kinds == {(True, False)}:
            dates.append(moment)
        elif moment.ways:
            whole.append(moment)
        elif is_hour_and_minute(structure.column(place)):
            clocks.append(_as_number(moment, "%H%M"))
        elif clock and _has_seconds(structure.column(place)):
            clocks.append(_as_number(moment, "%H%M%S"))
    found = distinct(best_qualified(whole))
    dates, clocks = best_qualified(dates), best_qualified(clocks)
    if len(found) == len(clocks) == 1 and not dates:
        at_midnight = _date_at_midnight(structure, found[0])
        if at_midnight is not None:
            return [_joined(structure, at_midnight, clocks[0])]
    in_parts = _days(structure, calendar)
    if (other := _date_and_clock(structure, found, dates, clocks)) is not None:
        return distinct(best_qualified([*found, other]))
    if found:
        apart = [day for day in in_parts if not same_numbers(structure, found, calendar)]
        return [*found, *unlike(found, dates), *unlike(found, clocks), *apart]
    days = dates or in_parts
    timed = clocks or _clock(structure, calendar, _hours_with_decimals(structure, roles, calendar))
    if not days:
        return clocks
    if not timed:
        return days
    return [_joined(structure, day, clock) for day in days for clock in timed]


def with_utc(structure: Structure, roles: Sequence[HeaderRole | None]) -> list[HeaderRole | None]:
    """Roles with those of columns that are called `UTC` or `GMT` and have timestamps."""
    found = list(roles)
    for place, name in enumerate(structure.names):
        if roles[place] is not None or folded(name) not in ("utc", "gmt"):
            continue
        ways = moment_of(structure, (place,)).ways
        if ways and all(way.has_date and way.has_time for way in ways):
            found[place] = HeaderRole("timestamp", frozenset({"utc"}))
    return found


def moment_of(structure: Structure, parts: tuple[int, ...], *, clock: bool = False) -> Moment:
    """What one column, or several that are joined by a space, are as a timestamp."""
    columns = [structure.column(place) for place in parts]
    cells = columns[0].cells if len(columns) == 1 else joined([c.cells for c in columns])
    order = order_of(structure, parts)
    if len(columns) == 1 and columns[0].is_numeric:
        fits = columns[0].numbers
        texts = _texts(structure, parts[0])
        forms = find_number_formats(cells)
        if forms and not all(map(counts_from_1970, texts)):
            forms = tuple(form for form in forms if form not in ("epoch", "excel"))
        said = {form for text in texts if (form := compact_format(text)) is not None}
        masked = said & set(forms) or {form for form in said if are_compact(cells, form)}
        ways = tuple(number_way(form, fits) for form in (sorted(map(str, masked)) or forms))
        return Moment(parts, ways, frozenset(), True, cells)
    found: Found = find_ways(cells, order=order, clock=clock)
    return Moment(parts, found.ways, frozenset(), False, cells)


def joined(columns: Sequence[Sequence[str]]) -> list[str]:
    """The cells of several columns, joined by a space; empty if one is."""
    together = zip(*columns, strict=True)
    if all(map(all, columns)):
        return list(map(" ".join, together))
    return [" ".join(cells) if all(cells) else "" for cells in together]


def calendar_moment(
    structure: Structure, parts: Sequence[int], kinds: Sequence[str]
) -> Moment | None:
    """Columns for year, month and so on as one moment; None if their cells are no such numbers."""
    forms: list[list[str]] = [[]]
    for place, kind in zip(parts, kinds, strict=True):
        column = structure.column(place)
        in_decimals = kind == "hour" and "." in "".join(column.cells)
        if in_decimals and all(map(_HOURS.fullmatch, column.cells)):
            forms = [[*before, "%h"] for before in forms]
            continue
        if not _is_calendar(column, kind):
            return None
        form = _CALENDAR[kind]
        if kind == "year" and sum(len(cell) == 2 for cell in column.cells) * 2 > column.filled:
            form = "%y"
        options = [form]
        if kind == "second" and any("." in cell for cell in column.cells):
            options = ["%S.%f", "%S"]
        forms = [[*before, option] for before in forms for option in options]
    cells = joined([structure.column(place).cells for place in parts])
    formats = tuple(" ".join(form) for form in forms)
    has_day = {"month", "day"} <= set(kinds) or "day_of_year" in kinds
    if "year" not in kinds or not has_day:
        return None
    way = Way(formats, "", len(cells), True, "hour" in kinds)
    return Moment(tuple(parts), (way,), frozenset(), False, cells)


def order_of(structure: Structure, parts: Sequence[int | str]) -> str | None:
    """The order of a date that the names of columns say, lines of units under them, or the lines
    before the data that a text is from."""
    for place in parts:
        if isinstance(place, str):
            texts = [line.text.decode("utf-8", "replace") for line in structure.preamble]
            said = [order_said_by(text) for text in texts if place in text]
        else:
            said = [order_said_by(text) for text in _texts(structure, place)]
        known = next((order for order in said if order is not None), None)
        if known is not None:
            return known
    return None


def _texts(structure: Structure, place: int) -> list[str]:
    """The name of a column, and what lines of units say under it."""
    if structure.header is None or place >= len(structure.names):
        return []
    return [structure.names[place], *structure.units_of(place)]


def _qualified(moment: Moment, qualifiers: frozenset[str]) -> Moment:
    return Moment(moment.parts, moment.ways, qualifiers, moment.numeric, moment.cells)


def _calendar_role(role: str, column: Column) -> str | None:
    kind = {"time_or_hour": "hour", "minute_or_value": "minute"}.get(role, role)
    if kind not in _CALENDAR or not _is_calendar(column, kind):
        return None
    if role == "minute_or_value" and any("." in cell for cell in column.cells):
        return None
    return kind


def _has_extremes(structure: Structure) -> bool:
    """Whether `min` in a header is a minimum, as there is a maximum or a mean too."""
    return any(_EXTREMES & set(folded(name).split()) for name in structure.names)


def is_part_of_time(column: Column, kind: str) -> bool:
    """Whether numbers can be what a role says: a part of a date, or a timestamp in numbers."""
    kind = {"time_or_hour": "hour", "minute_or_value": "minute"}.get(kind, kind)
    if kind in _CALENDAR:
        return _is_calendar(column, kind)
    return bool(find_number_formats(column.cells)) or is_hour_and_minute(column)


def _is_calendar(column: Column, kind: str) -> bool:
    lowest, highest = _LIMITS[kind]
    values = [cell for cell in column.cells if cell]
    numbers = [cell for cell in values if NUMBER.fullmatch(cell)]
    if len(values) - len(numbers) <= few_of(len(values)):
        values = numbers  # without a header that comes again
    if not values:
        return False
    short_year = kind == "year" and all(len(cell) == 2 for cell in values)
    fits = 0
    for cell in values:
        whole, _, fraction = cell.partition(".")
        if not (whole.isascii() and whole.isdigit()) or (fraction and kind != "second"):
            continue
        if fraction and not fraction.isdigit():
            continue
        fits += short_year or lowest <= int(whole) <= highest
    return fits >= _SHARE * len(values)


def is_hour_and_minute(column: Column) -> bool:
    """Whether the cells are times such as 0, 30, 130, 2359, and not anything smaller."""
    values = [cell for cell in column.cells if cell.isascii() and cell.isdigit() and len(cell) <= 4]
    if len(values) < _SHARE * column.filled or not values:
        return False
    numbers = [int(cell) for cell in values]
    return max(numbers) >= 100 and all(number <= 2400 and number % 100 < 60 for number in numbers)


def _has_seconds(column: Column) -> bool:
    """Whether the cells are times such as 500, 93000, 235959, with hours in nine of ten."""
    cells = [cell for cell in column.cells if cell]
    if not cells or any(not (c.isascii() and c.isdigit() and len(c) <= _SIX) for c in cells):
        return False
    numbers = [int(cell) for cell in cells]
    with_hour = sum(len(cell) == _SIX or int(cell) >= 10_000 for cell in cells)
    return with_hour >= _SHARE * len(cells) and all(
        number <= 240_000 and number % 100 < 60 and number // 100 % 100 < 60 for number in numbers
    )


def _as_number(moment: Moment, form: str) -> Moment:
    way = Way((form,), "", len(moment.cells), False, True)
    return Moment(moment.parts, (way,), moment.qualifiers, False, moment.cells)


def _days(structure: Structure, calendar: dict[str, int]) -> list[Moment]:
    for kinds in (("year", "month", "day"), ("year", "day_of_year")):
        if all(kind in calendar for kind in kinds):
            found = calendar_moment(structure, [calendar[k] for k in kinds], kinds)
            if found is not None:
                return [found]
    return []


def _hours_with_decimals(
    structure: Structure, roles: Sequence[HeaderRole | None], calendar: dict[str, int]
) -> int | None:
    """The column of hours with decimals (0, 0.5, ... 23.5) beside a year and a day of the year; None
    if there is none, or they do not go on within each day."""
    named = [k for k, role in enumerate(roles) if role is not None and role.role == "hour"]
    if len(named) != 1 or not {"year", "day_of_year"} <= calendar.keys():
        return None
    cells = structure.column(named[0]).cells
    days = structure.keys([calendar["year"], calendar["day_of_year"]])
    if not all(_HOURS.fullmatch(cell) for cell in cells) or len(set(days)) == len(days):
        return None
    goes_on = all(
        one != other or float(a) < float(b)
        for (one, a), (other, b) in pairwise(zip(days, cells, strict=True))
    )
    return named[0] if goes_on else None


def _clock(structure: Structure, calendar: dict[str, int], in_decimals: int | None) -> list[Moment]:
    kinds = [kind for kind in ("hour", "minute", "second") if kind in calendar]
    if not kinds and in_decimals is not None:
        column = structure.column(in_decimals)
        way = Way(("%h",), "", len(column.cells), False, True)
        return [Moment((in_decimals,), (way,), frozenset(), False, column.cells)]
    if not kinds or kinds[0] != "hour" or kinds == ["hour", "second"]:
        return []
    parts = tuple(calendar[kind] for kind in kinds)
    cells = joined([structure.column(place).cells for place in parts])
    formats = [" ".join(_CALENDAR[kind] for kind in kinds)]
    if "second" in kinds and any("." in cell for cell in cells):
        formats.insert(0, formats[0] + ".%f")
    way = Way(tuple(formats), "", len(cells), False, True)
    return [Moment(parts, (way,), frozenset(), False, cells)]


def _date_and_clock(
    structure: Structure, whole: list[Moment], dates: list[Moment], clocks: list[Moment]
) -> Moment | None:
    """A date and a time of day that are not those of the timestamp beside them; None if there are none.

    The date may be in all its texts, as of what is entered on the day on which it was observed.
    """
    if not len(whole) == len(dates) == len(clocks) == 1 or whole[0].numeric:
        return None
    if all(b in a for a, b in zip(whole[0].cells, clocks[0].cells, strict=True)):
        return None
    return _joined(structure, dates[0], clocks[0])


def _date_at_midnight(structure: Structure, whole: Moment) -> Moment | None:
    """A timestamp as a mere date, if all its times are midnight, as of a cell with a date."""
    text = midnight_of(whole.cells) if not whole.numeric and len(whole.parts) == 1 else None
    if text is None:
        return None
    dates = [cell.removesuffix(text).rstrip() if cell else "" for cell in whole.cells]
    found = find_ways(dates, order=order_of(structure, whole.parts))
    ways = tuple(
        replace(way, formats=tuple(_as_date(form) + text for form in way.formats))
        for way in found.ways
        if way.has_date and not way.has_time
    )
    return replace(whole, ways=ways) if ways and len(ways) == len(found.ways) else None


def _on_day_zero(structure: Structure, place: int) -> Moment | None:
    """Times of day that are written with day zero of spreadsheets; None if they are not."""
    cells = structure.column(place).cells
    text = day_zero_of(cells)
    if text is None:
        return None
    found = find_ways([cell.removeprefix(text) if cell else "" for cell in cells], clock=True)
    ways = tuple(
        replace(way, formats=tuple(text + form for form in way.formats)) for way in found.ways
    )
    times = all(way.has_time and not way.has_date for way in ways)
    return Moment((place,), ways, frozenset(), False, cells) if ways and times else None


def _as_date(form: str) -> str:
    return "%Y-%m-%d" if form == "iso" else form


def _joined(structure: Structure, day: Moment, clock: Moment) -> Moment:
    """A date and a time of day as one moment."""
    parts = (*day.parts, *clock.parts)
    cells = joined([structure.column(place).cells for place in parts])
    iso = "\n24" not in "\n".join(["", *clock.cells])
    ways = tuple(
        Way(
            tuple(dict.fromkeys(_form(d, c, iso) for d in one.formats for c in other.formats)),
            one.order,
            min(one.fits, other.fits),
            True,
            True,
            other.zone,
        )
        for one in day.ways
        for other in clock.ways
    )
    return Moment(parts, ways, day.qualifiers | clock.qualifiers, False, cells)


def _form(day: str, clock: str, iso: bool) -> str:
    """The format of a date and a time of day; `iso` takes no hour 24."""
    if day != "iso":
        return f"{day} {clock}"
    if iso and clock in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"):
        return "iso"
    return f"%Y-%m-%d {clock}"
