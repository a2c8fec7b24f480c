"""Files without a header: sensor, timestamp and value, if that is the only way to see them."""

from __future__ import annotations

from itertools import takewhile

from rows.sniff.cells import (
    MISSING_WORDS,
    NUMBERS,
    STATES,
    WITH_UNIT,
    Kind,
    counts_records,
    kind_of,
)
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import Roles
from rows.sniff.moments import is_hour_and_minute, is_part_of_time, moment_of
from rows.sniff.number_times import find_number_formats
from rows.sniff.structure import Structure
from rows.sniff.timestamps import find_ways

_COLUMNS = 3
_SHORT = 2
_FIRST_COLUMNS = 8  # in which the date of a day's record is looked for
_SHORTEST_DAY = 23  # hours of the day on which clocks are put forward
_FEW = 3
GAPS = (*NUMBERS, Kind.EMPTY, Kind.MISSING)
"""Numbers and gaps between them."""
_NO_SENSORS = frozenset(
    {
        *MISSING_WORDS,
        *STATES,
        "ok",
        "good",
        "bad",
        "err",
        "error",
        "fail",
        "fault",
        "valid",
        "invalid",
    }
)


def roles_of(structure: Structure) -> Roles:
    """The roles of three columns by their cells.

    One column is a date and time, one has numbers, and the third says the sensor: it has words, or
    whole numbers that are needed to tell records of one time apart.

    Raises:
        Question: there are other columns, or more than one way to see them.
    """
    width = structure.usual or structure.width
    times, numbers, words = [], [], []
    for place in range(width):
        column = structure.column(place)
        moment = moment_of(structure, (place,))
        if not moment.numeric and moment.ways:
            times.append(place)
        elif column.is_numeric:
            numbers.append(place)
        elif not column.is_empty:
            words.append(place)
    if not times:
        times = [k for k in numbers if moment_of(structure, (k,)).ways == _epoch(structure, k)]
        numbers = [k for k in numbers if k not in times]
    if (width, len(times)) == (_COLUMNS, 1):
        time = times[0]
        moment = moment_of(structure, (time,))
        if (
            len(numbers) == 1
            and len(words) == 1
            and _names_sensors(structure, words[0], time)
            and not _is_counter(structure, numbers[0])
        ):
            return Roles("long", moment, (words[0],), (numbers[0],))
        if len(numbers) == 2 and not moment.numeric:
            keys = [k for k in numbers if _is_key(structure, k, time)]
            if len(keys) == 1:
                value = next(k for k in numbers if k != keys[0])
                return Roles("long", moment, (keys[0],), (value,))
    raise _question(structure, times, numbers, words)


def _names_sensors(structure: Structure, place: int, time: int) -> bool:
    """Whether the words of a column can be sensors, and are neither states, flags nor units.

    After the time, one or two letters are a unit or a flag as well as a sensor.
    """
    words = {cell.strip().lower() for cell in structure.column(place).cells if cell.strip()}
    if any(
        word in _NO_SENSORS or kind_of(word) in NUMBERS or WITH_UNIT.fullmatch(word)
        for word in words
    ):
        return False
    return place < time or not all(len(word) <= _SHORT for word in words)


def _is_counter(structure: Structure, place: int) -> bool:
    """Whether numbers may count the records instead of being readings."""
    column = structure.column(place)
    return len(column.cells) >= _FEW and counts_records(column)


def _epoch(structure: Structure, place: int) -> object:
    """The ways of a column if it is epoch time and nothing else; something unequal otherwise."""
    ways = moment_of(structure, (place,)).ways
    return ways if [way.formats for way in ways] == [("epoch",)] else None


def _is_key(structure: Structure, place: int, time: int) -> bool:
    """Whether whole numbers tell apart the records that have one time."""
    column, times = structure.column(place), structure.column(time).cells
    if not all(cell.isdigit() for cell in column.cells if cell):
        return False
    repeated = len(times) - len(set(times))
    pairs = set(zip(column.cells, times, strict=True))
    distinct = set(column.cells)
    return (
        repeated * 4 >= len(times)
        and len(pairs) == len(times)
        and 1 < len(distinct) <= len(times) // 2
    )


def _question(
    structure: Structure, times: list[int], numbers: list[int], words: list[int]
) -> Question:
    names = structure.names
    if (matrix := _intervals_of_days(structure, numbers)) is not None:
        return matrix
    if (across := _times_across(structure)) is not None:
        return across
    alternatives: list[Alternative] = []

    stamps = _stamps(structure, times, numbers)

    def add(sentence: str, **options: object) -> None:
        if len(stamps) > 1 and formats:
            sentence = f"{sentence}, timestamps are {formats[0]}"
        alternatives.append(Alternative({"header": False, **stamp, **options}, sentence))

    for parts, formats in stamps:
        stamp: dict[str, object] = {"timestamp_column": tuple(names[k] for k in parts)}
        if formats:
            stamp["timestamp_format"] = formats
        columns = [k for k in numbers if k not in parts]
        columns = [k for k in columns if not _is_counter(structure, k)] or columns
        others = [k for k in words if k not in parts]
        for place in others:
            units = _units_of(structure, place)
            if units:
                others = [k for k in others if k != place]
                columns = [k for k in columns if not _is_counter(structure, k)]
                add(
                    f"the readings are the numbers of {names[place]}",
                    layout="long", sensor="{stem}", value_column=(names[place],), value_unit=units,
                )  # fmt: skip
        if len(columns) == 1:
            for word in others[:2]:
                add(
                    f"the sensor is {names[word]}, the value {names[columns[0]]}",
                    layout="long", sensor_column=(names[word],), value_column=(names[columns[0]],),
                )  # fmt: skip
            add(
                "the sensor is the file's name without its extension",
                layout="long", sensor="{stem}", value_column=(names[columns[0]],),
            )  # fmt: skip
        elif columns:
            named = tuple(names[k] for k in columns)
            add("each column of numbers is a sensor", layout="wide", value_column=named)
            keys = [k for k in columns if _may_name(structure, k)]
            for key in [*others, *keys][:2]:
                rest = tuple(names[k] for k in columns if k != key)
                add(
                    f"the sensor is {names[key]}",
                    layout="long" if len(rest) == 1 else "wide",
                    sensor_column=(names[key],),
                    value_column=rest,
                )
    return Question(
        "layout_unknown",
        "the file has no header, and its columns are not plainly sensor, timestamp and value; name "
        "them with column_names, or say which is which with sensor_column, timestamp_column and "
        "value_column",
        alternatives,
    )


def _intervals_of_days(structure: Structure, numbers: list[int]) -> Question | None:
    """A question about records with a date and the numbers of a day after it, as NEM12 has them."""
    names = structure.names
    records = [row for row in structure.rows if len(row) == structure.usual]
    known = set(numbers)
    for place in range(min(_FIRST_COLUMNS, len(names))):
        run = list(takewhile(known.__contains__, range(place + 1, len(names))))
        if len(run) < _SHORTEST_DAY:
            continue
        cells = [row[place] for row in records]
        ways = find_ways(cells).ways
        formats = find_number_formats(cells)
        if formats != ("%Y%m%d",) and len(ways) == 1 and not ways[0].has_time:
            formats = ways[0].formats
        elif formats != ("%Y%m%d",):
            continue
        stamp = {"timestamp_column": (names[place],), "timestamp_format": formats}
        values = tuple(names[k] for k in run)
        return Question(
            "layout_unknown",
            f"records have a date ({names[place]}) and {len(run)} numbers after it, as if these were "
            "the intervals of a day, as in NEM12, which no read option can say; send one record for each "
            "interval, or say with value_column that they are sensors",
            [
                Alternative(
                    {"header": False, "layout": "wide", **stamp, "value_column": values},
                    "each column is a sensor, with one reading for each date",
                )
            ],
        )
    return None


def _times_across(structure: Structure) -> Question | None:
    """A question about a first line of timestamps or dates above numbers: one column for each time."""
    rows = [row for row in structure.rows if len(row) == structure.usual]
    if len(rows) < _FEW:
        return None
    across = [k for k, cell in enumerate(rows[0]) if kind_of(cell) is Kind.TIME]
    if len(across) < _SHORT or not all(kind_of(row[k]) in GAPS for row in rows[1:] for k in across):
        return None
    shown = ", ".join(rows[0][k] for k in across[:_COLUMNS])
    return Question(
        "layout_unknown",
        f"the first line has times ({shown}, ...) as names of columns, which no read option can say; "
        "send one record for each time",
    )


def _units_of(structure: Structure, place: int) -> tuple[str, ...]:
    """The units of a column of numbers with units; none if it has anything else."""
    found = [WITH_UNIT.fullmatch(cell) for cell in structure.column(place).cells if cell]
    units = {match[1] for match in found if match is not None}
    return tuple(sorted(units)) if all(found) and len(units) <= _COLUMNS else ()


def _may_name(structure: Structure, place: int) -> bool:
    """Whether the numbers of a column are whole ones that come again."""
    cells = structure.column(place).cells
    return all(cell.isdigit() for cell in cells) and len(set(cells)) * 2 <= len(cells)


def _stamps(
    structure: Structure, times: list[int], numbers: list[int]
) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Columns that can be the timestamp, each with its formats if they have to be said."""
    dated, clocks = [], []
    for place in times:
        ways = moment_of(structure, (place,)).ways
        if ways and ways[0].has_date:
            dated.append(place)
        elif ways:
            clocks.append(place)
    if (
        len(dated) == 1
        and len(clocks) == 1
        and not any(way.has_time for way in moment_of(structure, (dated[0],)).ways)
    ):
        return [((dated[0], clocks[0]), ())]
    if dated:
        return [((dated[0],), ())]
    found: list[tuple[tuple[int, ...], tuple[str, ...]]] = [
        (parts, (form,)) for parts, form in _calendars(structure, numbers)
    ]
    for place in numbers:
        ways = moment_of(structure, (place,)).ways
        found += [
            ((place, clock), tuple(f"{day} {time}" for day in way.formats for time in formats))
            for way in ways
            if way.has_date and not way.has_time
            for clock in clocks
            for formats in [moment_of(structure, (clock,)).ways[0].formats]
        ]
        found += [
            ((place,), way.formats) for way in ways if way.has_date and (way.has_time or not clocks)
        ]
    return found


_CALENDARS = (
    (("year", "month", "day", "hour", "minute", "second"), "%Y %m %d %H %M %S"),
    (("year", "month", "day", "hour", "minute"), "%Y %m %d %H %M"),
    (("year", "month", "day", "hour"), "%Y %m %d %H"),
    (("year", "month", "day"), "%Y %m %d"),
    (("month", "day", "year", "hour", "minute", "second"), "%m %d %Y %H %M %S"),
    (("month", "day", "year", "hour", "minute"), "%m %d %Y %H %M"),
    (("day", "month", "year", "hour", "minute", "second"), "%d %m %Y %H %M %S"),
    (("day", "month", "year", "hour", "minute"), "%d %m %Y %H %M"),
    (("month", "day", "year", "hhmm"), "%m %d %Y %H%M"),
    (("day", "month", "year", "hhmm"), "%d %m %Y %H%M"),
    (("month", "day", "year"), "%m %d %Y"),
    (("day", "month", "year"), "%d %m %Y"),
    (("year", "day_of_year", "hhmm"), "%Y %j %H%M"),
    (("year", "day_of_year", "hour", "minute"), "%Y %j %H %M"),
)
_YEARS = range(1990, 2100)


def _are_whole(structure: Structure, place: int) -> bool:
    """Whether numbers have no decimals: seconds with some would be `%S.%f`, and are readings here."""
    return not any("." in cell or "," in cell for cell in structure.column(place).cells)


def _calendars(structure: Structure, numbers: list[int]) -> list[tuple[tuple[int, ...], str]]:
    """Neighbouring columns of numbers that can be year, month, day and so on; the longest first."""
    for place in numbers:
        cells = [cell for cell in structure.column(place).cells if cell]
        if not cells or not all(cell.isdigit() and int(cell) in _YEARS for cell in cells):
            continue
        found: list[tuple[tuple[int, ...], str]] = []
        for kinds, form in _CALENDARS:
            begin = place - kinds.index("year")
            parts = tuple(range(begin, begin + len(kinds)))
            if not set(parts) <= set(numbers) or any(len(parts) < len(one) for one, _ in found):
                continue
            fits = [
                is_hour_and_minute(structure.column(k))
                if kind == "hhmm"
                else is_part_of_time(structure.column(k), kind) and _are_whole(structure, k)
                for k, kind in zip(parts, kinds, strict=True)
            ]
            if all(fits):
                found.append((parts, form))
        if found:
            return found
    return []
