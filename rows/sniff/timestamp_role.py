"""Which columns are the timestamp, by options, by names, and by the order of columns.

Of several moments that make sense none is chosen: the file is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rows.sniff.declared_start import declared_start
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import Given
from rows.sniff.long_periods import month_alternatives, unsaid
from rows.sniff.moment import Moment
from rows.sniff.moments import calendar_moment, is_part_of_time, joined, moment_of, moments_of
from rows.sniff.number_times import SINCE_1904, packed_dates_of, start_said_by
from rows.sniff.structure import Structure
from rows.sniff.timestamps import Way
from rows.sniff.words import TIME_ROLES, HeaderRole, folded, role_of
from rows.sniff.written_times import ISO, iso_as_format

_CALENDAR: Final = ("year", "month", "day", "day_of_year", "hour", "minute", "second")
# What counts from a start begins with a number below this one.
_START: Final = 100_000
# Words for the unit of what is counted from a start, with its format.
_UNITS: Final = (("millisecond", "elapsed_ms"), ("second", "elapsed_s"))
# Words in names of what is counted from a start: pressures grow as well.
_OF_TIMES: Final = frozenset(
    {
        "time",
        "elapsed",
        "seconds",
        "sec",
        "milliseconds",
        "ms",
        "zeit",
        "laufzeit",
        "sekunden",
        "runtime",
    }
    | {"temps", "tiempo", "tempo", "tijd", "tid", "czas", "times"}
)
_DIGITS: Final = re.compile(r"\d+(?:\.\d*)?\Z")
_IN_MILLISECONDS: Final = re.compile(r"(?:^|[(\[]) ?m(?:illi)?s(?:ec)? ?(?:$|[)\]])", re.IGNORECASE)
_DOTTED: Final = re.compile(r"(?:[01]?\d|2[0-3])\.[0-5]\d")
_MILLIS: Final = 3  # digits of a thousandth of a second
# Roles of columns that can hold the time since a start.
_ELAPSED: Final = ("timestamp", "time", "time_or_hour", "second", "elapsed")


def find_moment(structure: Structure, given: Given, roles: Sequence[HeaderRole | None]) -> Moment:
    """The timestamp.

    Raises:
        Question: more than one column or set of columns can be it, or none can.
    """
    if given.times is not None:
        if given.has_format or given.literal_times:
            return moment_of(structure, given.times) if given.times else Moment((), ())
        return _named_moment(structure, given.times)
    moments = moments_of(structure, roles)
    if not moments and (unnamed := _unnamed_moment(structure, roles)) is not None:
        return unnamed
    if not structure.recognised and structure.header is not None:
        raise unknown_header(structure)
    if not moments and given.has_format and (timed := _timed(structure, roles)):
        return moment_of(structure, timed) if len(timed) == 1 else Moment(timed, ())
    if not moments:
        raise _no_moment(structure, roles)
    if len(moments) > 1:
        raise Question(
            "layout_unknown",
            "the timestamp can be "
            + " or ".join(quoted(structure, moment.parts) for moment in moments[:4])
            + "; name its columns with timestamp_column",
            [
                Alternative(
                    {"timestamp_column": tuple(structure.names[k] for k in moment.parts)},
                    f"the timestamp is {quoted(structure, moment.parts)}",
                )
                for moment in moments
            ],
        )
    _check_clock(structure, roles, moments[0])
    _check_date(structure, roles, moments[0])
    return moments[0]


def with_fraction(
    structure: Structure, roles: Sequence[HeaderRole | None], moment: Moment
) -> Moment:
    """A timestamp with the milliseconds that are in a column of their own.

    Raises:
        Question: parts of a second are in a column of their own, and no format can join them.
    """
    for place, role in enumerate(roles):
        if role is None or place in moment.parts or role.role not in ("fraction", "second"):
            continue
        cells = [cell for cell in structure.column(place).cells if cell]
        if role.role == "second" and not _are_below_one(cells):
            continue
        if all(not cell.strip("0.") for cell in cells):
            continue
        joins = all(len(cell) == _MILLIS and cell.isdigit() for cell in cells)
        ways = tuple(way for one in moment.ways if (way := _finer(one, moment)) is not None)
        if joins and len(ways) == len(moment.ways) == 1 and not moment.numeric:
            parts = (*moment.parts, place)
            joined_cells = joined([structure.column(k).cells for k in parts])
            return replace(moment, parts=parts, ways=ways, cells=joined_cells)
        name = structure.names[place]
        raise Question(
            "timestamp_unknown",
            f"{name!r} has parts of a second such as {cells[0][:20]!r} that no format can join to "
            "the time; say with ignore_column that they are left out",
            [Alternative({"ignore_column": (name,)}, f"timestamps are read without {name!r}")],
        )
    return moment


def _are_below_one(cells: Sequence[str]) -> bool:
    """Whether numbers are parts of a second: `0.100`, `.2`."""
    return all(re.fullmatch(r"0?\.\d+|0", cell) for cell in cells)


def _finer(way: Way, moment: Moment) -> Way | None:
    """A way to read a time followed by parts of a second; None if it does not end with seconds."""
    forms = way.formats
    if forms == ("iso",):
        forms = tuple(sorted({iso_as_format(cell) for cell in moment.cells if ISO.fullmatch(cell)}))
    if not forms or not all(form.endswith("%S") for form in forms):
        return None
    return replace(way, formats=tuple(f"{form} %f" for form in forms))


def quoted(structure: Structure, places: Sequence[int]) -> str:
    """Names of columns for a sentence."""
    return " with ".join(repr(structure.names[place]) for place in places)


def _unnamed_moment(structure: Structure, roles: Sequence[HeaderRole | None]) -> Moment | None:
    """A first column without a name (the index of a table) that has the file's only timestamps."""
    if structure.header is None or structure.names[:1] not in (("#1",), ("index",)):
        return None
    if any(role is not None and role.role in TIME_ROLES for role in roles[1:]):
        return None
    dated = [
        place
        for place in range(structure.width)
        if (moment := moment_of(structure, (place,))).ways and not moment.numeric
    ]
    if dated != [0]:
        return None
    moment = moment_of(structure, (0,))
    return moment if all(way.has_date for way in moment.ways) else None


def _check_clock(structure: Structure, roles: Sequence[HeaderRole | None], moment: Moment) -> None:
    """Ask if the timestamp has no time of day, and a column that is called time is not understood."""
    if any(way.has_time for way in moment.ways) or (moment.numeric and len(moment.parts) > 1):
        return
    for place, role in enumerate(roles):
        if place in moment.parts or role is None or role.role not in ("time", "time_or_hour"):
            continue
        column = structure.column(place)
        if column.is_empty or "end" in role.qualifiers:
            continue
        shown = next((cell for cell in column.cells if cell), "")
        name, day = structure.names[place], quoted(structure, moment.parts)
        stamps = tuple(structure.names[k] for k in (*moment.parts, place))
        raise Question(
            "timestamp_unknown",
            f"{day} is a date, and the times of day in {name!r}, such as {shown[:40]!r}, are in no "
            "known form; say with timestamp_column and timestamp_format how they are written",
            [
                *[
                    Alternative(
                        {
                            "timestamp_column": stamps,
                            "timestamp_format": tuple(f"{form} %H.%M" for form in way.formats),
                        },
                        f"times of day such as {shown[:40]!r} are hours and minutes",
                    )
                    for way in moment.ways
                    if "iso" not in way.formats
                    and all(map(_DOTTED.fullmatch, filter(None, column.cells)))
                ],
                Alternative(
                    {
                        "timestamp_column": tuple(structure.names[k] for k in moment.parts),
                        "ignore_column": (name,),
                    },
                    f"the timestamp is {day} alone",
                ),
            ],
        )


def _check_date(structure: Structure, roles: Sequence[HeaderRole | None], moment: Moment) -> None:
    """Ask if the timestamp is a time of day, and a column that is called date is not understood."""
    if not moment.ways or any(way.has_date for way in moment.ways):
        return
    for place, role in enumerate(roles):
        if place in moment.parts or role is None or role.role != "date":
            continue
        cells = [cell for cell in structure.column(place).cells if cell]
        if not cells or "end" in role.qualifiers:
            continue
        stamps = tuple(structure.names[k] for k in (place, *moment.parts))
        raise Question(
            "timestamp_unknown",
            f"the dates in {stamps[0]!r}, such as {cells[0][:40]!r}, are in no known form; say with "
            "timestamp_column and timestamp_format how they are written",
            [
                Alternative(
                    {
                        "timestamp_column": stamps,
                        "timestamp_format": tuple(f"{form} {clock}" for clock in way.formats),
                    },
                    f"dates are {form}",
                )
                for way in moment.ways[:1]
                for form in packed_dates_of(cells)
            ],
        )


def _named_moment(structure: Structure, places: tuple[int, ...]) -> Moment:
    """The moment of columns that options name, by their names if they are parts of a date."""
    kinds = [role.role if role else "" for role in (role_of(structure.names[k]) for k in places)]
    kinds = [{"time_or_hour": "hour", "minute_or_value": "minute"}.get(k, k) for k in kinds]
    if all(kind in _CALENDAR for kind in kinds):
        found = calendar_moment(structure, places, kinds)
        if found is not None:
            return found
    if len(places) == 1:
        return moment_of(structure, places)
    known = [HeaderRole("timestamp") if k in places else None for k in range(structure.width)]
    apart = [moment_of(structure, (place,), clock=True) for place in places]
    for place, one in zip(places, apart, strict=True):
        if {(way.has_date, way.has_time) for way in one.ways} == {(False, True)}:
            known[place] = HeaderRole("time")
    moments = moments_of(structure, known)
    if len(moments) == 1 and set(moments[0].parts) == set(places):
        return moments[0]
    return moment_of(structure, places)


def unknown_header(structure: Structure) -> Question:
    """No column of a header is known to be the timestamp."""
    names = ", ".join(structure.names[:8])
    moments = [moment_of(structure, (place,)) for place in range(structure.width)]
    candidates = [moment for moment in moments if moment.ways and moment.ways[0].has_date]
    if any(not moment.numeric for moment in candidates):  # what is written is no number by chance
        candidates = [moment for moment in candidates if not moment.numeric]
    clocks = [m for m in moments if m.ways and not any(way.has_date for way in m.ways)]
    joined_to = [
        (*day.parts, *clock.parts)
        for day in candidates
        for clock in clocks
        if not any(way.has_time for way in day.ways)
    ]
    alternatives = [
        Alternative(
            {"timestamp_column": tuple(structure.names[place] for place in parts)},
            f"the timestamp is {quoted(structure, parts)}",
        )
        for parts in [*joined_to, *(moment.parts for moment in candidates)]
    ]
    if not candidates:
        for place, name in enumerate(structure.names):
            cells = structure.column(place).cells
            alternatives += month_alternatives(name, cells)
            if (why := unsaid(cells)) is not None:
                shown = next(filter(None, cells), "")
                return Question(
                    "timestamp_unknown", f"values of {name!r} such as {shown[:40]!r} {why}"
                )
    if not candidates and not alternatives and structure.width and _grows(structure, 0):
        alternatives = _since_a_start(structure, 0)
    return Question(
        "layout_unknown",
        f"no name in the header ({names}) is known to be that of the timestamp; say which it is "
        "with timestamp_column",
        alternatives,
    )


def _grows(structure: Structure, place: int) -> bool:
    """Whether the numbers of a column go up from record to record, from near zero on."""
    numbers = structure.column(place).growing
    return bool(numbers) and 0 <= numbers[0] < _START


def _since_a_start(structure: Structure, place: int) -> list[Alternative]:
    texts = [structure.names[place], *structure.units_of(place)]
    start = next(filter(None, map(start_said_by, texts)), None)
    form = next((form for said in texts for word, form in _UNITS if word in said.lower()), None)
    if form is None and any(map(_IN_MILLISECONDS.search, texts)):
        form = "elapsed_ms"
    if start is not None and form is not None:
        return [
            Alternative(
                {
                    "timestamp_column": (structure.names[place],),
                    "timestamp_format": (form,),
                    "timestamp_start": start,
                },
                f"times are counted from {start}",
            )
        ]
    first = next((cell for cell in structure.column(place).cells if cell), "")
    if _DIGITS.match(first) and SINCE_1904[0] <= float(first) < SINCE_1904[1]:
        return [
            Alternative(
                {
                    "timestamp_column": (structure.names[place],),
                    "timestamp_format": (form,),
                    **start,
                },
                sentence,
            )
            for form, start, sentence in (
                (
                    "elapsed_s",
                    {"timestamp_start": "1904-01-01"},
                    "seconds since 1904, as of LabVIEW",
                ),
                ("epoch_s", {}, "seconds since 1970"),
            )
        ]
    is_time = _OF_TIMES & set(folded(structure.names[place]).split())
    declared = declared_start(structure) if is_time else None
    if declared is not None and form is None:
        units = texts[0].partition("[")[2] or texts[0].partition("(")[2]
        form = "elapsed_s" if units[:-1].strip() == "s" else None
    if declared is not None and form is not None:
        return [
            Alternative(
                {
                    "timestamp_column": (structure.names[place],),
                    "timestamp_format": (form,),
                    "timestamp_start": declared,
                },
                f"times are counted from {declared}",
            )
        ]
    begin = declared or "2000-01-01"
    return [
        Alternative(
            {
                "timestamp_column": (structure.names[place],),
                "timestamp_format": (form,),
                "timestamp_start": begin,
            },
            f"{unit} since {begin}"
            if declared
            else f"{unit} since a start; put the real one in place of {begin}",
        )
        for form, unit in (("elapsed_s", "seconds"), ("elapsed_ms", "milliseconds"))
    ][:: -1 if form == "elapsed_ms" else 1]


def _timed(structure: Structure, roles: Sequence[HeaderRole | None]) -> tuple[int, ...]:
    """The only column that is called a timestamp or a part of it; none if there are several."""
    places = tuple(k for k, role in enumerate(roles) if role and role.role in TIME_ROLES)
    return places if len(places) == 1 and not structure.column(places[0]).is_empty else ()


def _no_moment(structure: Structure, roles: Sequence[HeaderRole | None]) -> Question:
    timed = [k for k, role in enumerate(roles) if role and role.role in (*TIME_ROLES, "elapsed")]
    if not timed:
        return unknown_header(structure)
    months = _months_of(structure, roles)
    if months is not None:
        return months
    column = structure.column(timed[0])
    shown = next((c for c in column.cells if c), "")
    if (named := month_alternatives(structure.names[timed[0]], column.cells)) and len(timed) == 1:
        return Question(
            "timestamp_unknown",
            f"{quoted(structure, timed)} has months such as {shown[:40]!r}, which say no day; say with "
            "timestamp_column and timestamp_format that records are of the first day",
            named,
        )
    if (why := unsaid(column.cells)) is not None:
        return Question(
            "timestamp_unknown",
            f"values of {quoted(structure, timed[:1])} such as {shown[:40]!r} {why}",
        )
    since = [
        k
        for k in timed
        if (role := roles[k]) and role.role in _ELAPSED and structure.column(k).is_numeric
    ]
    return Question(
        "timestamp_unknown",
        f"{quoted(structure, timed)} should be the timestamp, but its values, such as "
        f"{shown[:40]!r}, are in no known form; say it with timestamp_column and timestamp_format",
        _since_a_start(structure, since[0]) if since else [],
    )


def _months_of(structure: Structure, roles: Sequence[HeaderRole | None]) -> Question | None:
    """A question about records of a month or of a year each, which say no day; None if they do."""
    places = {
        role.role: k
        for k, role in reversed(list(enumerate(roles)))
        if role and role.role in _CALENDAR and is_part_of_time(structure.column(k), role.role)
    }
    parts = [kind for kind in ("year", "month") if kind in places]
    if "year" not in parts or set(places) - {"year", "month"}:
        return None
    records = structure.keys([places[kind] for kind in parts])
    if parts == ["year"] and len(set(records)) < len(records):
        return None
    names = tuple(structure.names[places[kind]] for kind in parts)
    form = " ".join({"year": "%Y", "month": "%m"}[kind] for kind in parts)
    return Question(
        "timestamp_unknown",
        f"{' with '.join(map(repr, names))} says no day; say with timestamp_format that records are "
        "of the first day",
        [
            Alternative(
                {"timestamp_column": names, "timestamp_format": (form,)},
                f"records are of the first day of the {parts[-1]}",
            )
        ],
    )
