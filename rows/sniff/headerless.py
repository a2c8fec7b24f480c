"""Files without a header: sensor, timestamp and value, if that is the only way to see them."""

from __future__ import annotations

from rows.sniff.doubt import Alternative, Question
from rows.sniff.moments import moment_of
from rows.sniff.roles import Roles
from rows.sniff.structure import Structure

_COLUMNS = 3


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
        if len(numbers) == 1 and len(words) == 1:
            return Roles("long", moment, (words[0],), (numbers[0],))
        if len(numbers) == 2 and not moment.numeric:
            keys = [k for k in numbers if _is_key(structure, k, time)]
            if len(keys) == 1:
                value = next(k for k in numbers if k != keys[0])
                return Roles("long", moment, (keys[0],), (value,))
    raise _question(structure, times, numbers, words)


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
    alternatives: list[Alternative] = []

    def add(sentence: str, **options: object) -> None:
        alternatives.append(
            Alternative({"header": False, "timestamp_column": (time,), **options}, sentence)
        )

    time = names[times[0]] if times else ""
    columns = tuple(names[k] for k in numbers)
    if time and len(columns) == 1:
        for word in words[:2]:
            add(
                f"the sensor is {names[word]}, the value {columns[0]}",
                layout="long", sensor_column=(names[word],), value_column=columns,
            )  # fmt: skip
        add(
            "the sensor is the file's name without its extension",
            layout="long", sensor="{stem}", value_column=columns,
        )  # fmt: skip
    elif time and columns:
        add("each column of numbers is a sensor", layout="wide", value_column=columns)
        for key in [*words, *numbers][:2]:
            rest = tuple(names[k] for k in numbers if k != key)
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
