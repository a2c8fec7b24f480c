"""Records with sensor and timestamp of another one: which columns distinguish them is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rows.sniff.cells import STATES, Kind
from rows.sniff.cycling_numbers import cycling, is_apart
from rows.sniff.directions import are_directions
from rows.sniff.doubt import MOST_SUGGESTIONS, Alternative, Question
from rows.sniff.known_columns import KnownColumns, cells_of, count_distinct
from rows.sniff.moments import is_hour_and_minute, moment_of
from rows.sniff.name_parts import (
    flags_among,
    is_code,
    is_identifier,
    is_numbered,
    names_a_mask,
    names_a_sensor,
)
from rows.sniff.parts_of_plants import devices_in_no_order
from rows.sniff.restarting_times import restarting
from rows.sniff.sensor_role import key_alternative, may_be_number_of_sensor, names_of_things
from rows.sniff.states import are_states
from rows.sniff.value_role import says_unit
from rows.sniff.value_words import are_of_positions
from rows.sniff.words import TIME_ROLES, folded

_OF_RECORDS: Final = frozenset(
    {"sensor", "record", "message", "packet", "sample", "row", "payload"}
)
# So many records have to repeat (sensor, timestamp) before a number is taken for part of the key.
REPEATED: Final = 0.2
# Two words that alternate are names if they do so three times, and are not those of a switch.
_TWO, _THREE_ROUNDS = 2, 6
_DIGIT: Final = re.compile(r"\d")
_LETTER: Final = re.compile(r"[^\W\d_]")
# Records of a sensor within which a number does not change; digits of numbers that may be readings.
_MANY: Final = 3
_SHORT, _LONG = 2, 6
# So many quantities a column may name that says what was measured.
_MOST_QUANTITIES: Final = 20
# Roles of columns whose words can say what was measured all the same, and how often each comes then.
_MAY_SAY: Final = ("descriptor", "value", "counter")
_ROUNDS: Final = 3
# Columns that an alternative may join for the sensor.
_MOST_JOINED: Final = 3


def check_unique(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask if records repeat (sensor, timestamp), and a column that is not read distinguishes them.

    Raises:
        Question: which columns are the sensor.
    """
    structure = known.structure
    every = (*keys, *known.moment.parts)
    if not every:
        return
    stamped = known.moment.parts
    keyed = found = structure.keys(every)
    if not all(all(structure.column(place).cells) for place in stamped):
        rest = len(every) - len(stamped)
        found = [key for key in found if all(key[rest:])]
    counts = Counter(found)
    repeated = len(found) - len(counts)
    # Records that are like another one, each once: those that are equal in all cells are copies.
    distinct = set[tuple[str, ...]]()
    if repeated:
        again = {key for key, count in counts.items() if count > 1}
        rows = structure.some_rows(list(map(again.__contains__, keyed)))
        distinct = set(rows)
        if len(distinct) < len(rows):
            repeated = len(distinct) - count_distinct(distinct, every)
    if not repeated:
        _check_constant(known, keys, values)
        _check_merged(known, keys, values)
        _check_cycling(known, keys, values)
        _check_properties(known, keys, values)
        return

    def left(places: Sequence[int]) -> int:
        """How many records stay alike with more columns in the key."""
        return len(distinct) - count_distinct(distinct, (*every, *places))

    clocks = [k for k in _clocks(known) if left([k]) * 2 <= repeated]
    if clocks:
        raise _unread_clock(known, clocks)
    possible = []
    are_values = {*values}
    for place in known.free:
        if place in keys:
            continue
        role = known.roles[place]
        column = structure.column(place)
        if role is not None and role.role in ("quality", "unit", "zone", "counter", "count"):
            continue
        if place in are_values and (
            repeated < REPEATED * len(found) or not may_be_number_of_sensor(column)
        ):
            continue
        if column.is_numeric and place not in are_values and not may_be_number_of_sensor(column):
            continue
        if column.is_empty or len(set(column.cells)) < 2 or _has_times(known, place):
            continue
        possible.append(place)
    telling = [place for place in possible if left([place]) * 2 <= repeated]
    # The same volume in cubic metres and in kilowatt hours is two series.
    units = [k for k in known.with_role("unit") if k not in keys and left([k]) * 2 <= repeated]
    if units or telling:
        types = [k for k in telling if _is_type(known.name(k))]
        others = [k for k in telling if k not in types]
        raise _which_key(known, keys, [(k,) for k in (*types, *units, *others)], repeated)
    counters = [
        k for k in known.with_role("counter", "count") if k not in keys and known.is_repeated(k)
    ]
    if counters and repeated >= REPEATED * len(found):
        raise _which_key(known, keys, [(place,) for place in counters], repeated)
    joined = _joined(possible, left) if possible else ()
    if joined and left(joined) * 2 <= repeated:
        raise _which_key(known, keys, [joined], repeated)
    numbered = _numbers_of_intervals(known, keys, values)
    if repeated >= REPEATED * len(found) and (
        telling := [k for k in numbered if left([k]) * 2 <= repeated]
    ):
        raise _intervals(known, keys, telling)
    if repeated >= REPEATED * len(found) and not keys:
        places = [k for k in known.free if k not in are_values and not structure.column(k).is_empty]
        raise Question(
            "layout_unknown",
            f"{_records_have(repeated)} the timestamp of another one, and no column is known to "
            "say which sensor they are of; name it with sensor_column",
            [
                *_clock_alternatives(known),
                *[
                    key_alternative(known, (k,))
                    for k in places
                    if len(set(structure.column(k).cells)) > 1 and not _has_times(known, k)
                ][: MOST_SUGGESTIONS - 2],
                _columns_alone(),
            ],
        )


def _has_times(known: KnownColumns, place: int) -> bool:
    """Whether a column has times, by its name or its cells: they say no sensor."""
    role, column = known.roles[place], known.structure.column(place)
    if role is not None and role.role in (*TIME_ROLES, "elapsed", "fraction"):
        return role.role != "date_or_sensor"
    return column.kinds[Kind.TIME] * 2 > column.filled


def _clocks(known: KnownColumns) -> list[int]:
    """Columns of times of day that are not read, if the timestamps are mere dates."""
    ways = known.moment.ways
    if known.given.times is not None or not ways or any(way.has_time for way in ways):
        return []
    found = []
    for place in known.free:
        of = moment_of(known.structure, (place,), clock=True).ways
        if of and all(way.has_time and not way.has_date for way in of):
            found.append(place)
    return found


def _numbers_of_intervals(
    known: KnownColumns, keys: Sequence[int], values: Sequence[int]
) -> list[int]:
    """Columns of whole numbers with the name of a part of a time, if the timestamps are dates."""
    ways = known.moment.ways
    if known.given.times is not None or not ways or any(way.has_time for way in ways):
        return []
    return [
        k
        for k in known.with_role("hour", "minute", "second", "time", "time_or_hour", "count")
        if k not in keys
        and k not in values
        and all(cell.isdigit() for cell in known.structure.column(k).cells if cell)
    ]


def _intervals(known: KnownColumns, keys: Sequence[int], telling: Sequence[int]) -> Question:
    day = " with ".join(map(repr, known.names(known.moment.parts)))
    return Question(
        "timestamp_unknown",
        f"{day} is a date, and {known.name(telling[0])!r} may number the intervals of the day; write "
        "the time of each record, or say with sensor_column that it is part of the sensor",
        [key_alternative(known, (*keys, place)) for place in telling],
    )


def _unread_clock(known: KnownColumns, clocks: Sequence[int]) -> Question:
    """Records of one date have different times of day in a column without a known name."""
    day = " with ".join(map(repr, known.names(known.moment.parts)))
    return Question(
        "timestamp_unknown",
        f"{day} is a date, and records of one date have times of day in "
        f"{' or '.join(map(repr, known.names(clocks[:3])))}; say with timestamp_column which they "
        "are read with",
        [
            Alternative(
                {"timestamp_column": known.names((*known.moment.parts, place))},
                f"the time of day is {known.name(place)!r}",
            )
            for place in clocks
        ],
    )


def _clock_alternatives(known: KnownColumns) -> list[Alternative]:
    """Columns of numbers that can be the time of day (`1015`) of timestamps that are dates."""
    way = known.moment.ways[0] if len(known.moment.ways) == 1 else None
    if way is None or way.has_time or "iso" in way.formats:
        return []
    return [
        Alternative(
            {
                "timestamp_column": known.names((*known.moment.parts, place)),
                "timestamp_format": tuple(f"{form} %H%M" for form in way.formats),
            },
            f"the time of day is {known.name(place)!r}",
        )
        for place in known.free
        if is_hour_and_minute(known.structure.column(place))
    ]


def _joined(possible: Sequence[int], left: object) -> tuple[int, ...]:
    """The columns that tell most records apart together, in the order of the file."""
    assert callable(left)
    found: list[int] = []
    best = left(found)
    while len(found) < _MOST_JOINED and best:
        place = min(
            (k for k in possible if k not in found), key=lambda k: left([*found, k]), default=None
        )
        if place is None or left([*found, place]) >= best:
            break
        found.append(place)
        best = left(found)
    return tuple(sorted(found))


def _check_constant(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask if a column that does not change so far can say the sensor of records to come."""
    quantities = known.with_role("quantity")
    if known.complete or any(key not in quantities for key in keys):
        return
    seen = {*values, *keys}
    for place in known.free:
        if place in seen or known.roles[place] is not None:
            continue
        column = known.structure.column(place)
        name = known.name(place)
        says = column.is_text or (
            column.is_numeric and (is_identifier(name) or is_numbered(name) or is_code(name))
        )
        if says and len(set(column.cells)) == 1:
            question = _which_key(known, keys, [(place,)], 0)
            if keys:
                question.alternatives.append(key_alternative(known, keys))
            raise question


def _check_merged(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask if a column of few words changes within a sensor, as one that says what was measured.

    A column without a known name only if the sensor has one value at a time.
    """
    if known.given.values is not None:
        return
    things = names_of_things(known)
    seen = {*values, *keys, *flags_among(known.structure.names)}
    for place in known.free:
        if place in seen or _is_mask(known, place):
            continue
        if are_directions(known.structure.column(place)):
            continue
        numbered = _numbers_things(known, place)
        if not known.has_words(place) and not numbered:
            continue
        name = known.name(place)
        known_for = place in things or names_a_sensor(name) or _is_type(name)
        cells = [cell for cell in known.structure.column(place).cells if cell]
        alone = (len(values) == 1 or _are_names(cells)) and not are_states(
            known.structure.column(place)
        )
        role = known.roles[place]
        said = (
            role is not None and role.role in _MAY_SAY and _tells_values_apart(known, values, cells)
        )
        if not known_for and not said and not numbered and (role is not None or not alone):
            continue
        distinct = len(set(cells))
        if not 1 < distinct <= min((len(cells) + 1) // 2, _MOST_QUANTITIES):
            continue
        rows = [row for row in known.structure.rows if all(cells_of(row, (place,)))]
        sensors = {cells_of(row, keys) for row in rows}
        if len({cells_of(row, (*keys, place)) for row in rows}) > len(sensors):
            question = _which_key(known, keys, [(place,)], 0)
            if keys:
                question.alternatives.append(key_alternative(known, keys))
            elif known.given.layout != "long":
                question.alternatives.append(
                    Alternative({"layout": "wide", "sensor": "{column}"}, "each column is a sensor")
                )
            raise question


def _is_type(name: str) -> bool:
    """Whether a name is one for what a record is about: `sensor type`, `record type`."""
    words = folded(name).split()
    return len(words) > 1 and words[-1] == "type" and words[0] in _OF_RECORDS


def _is_mask(known: KnownColumns, place: int) -> bool:
    """Whether a column says of each value whether it is an outlier, was filled, and the like, or of
    each position how it was found."""
    column = known.structure.column(place)
    return are_of_positions(column) or (names_a_mask(known.name(place)) and are_states(column))


def _numbers_things(known: KnownColumns, place: int) -> bool:
    """Whether a column without a known name has numbers of things: `unit_uid`."""
    return (
        known.roles[place] is None
        and known.is_number(place)
        and is_identifier(known.name(place))
        and all(cell.isdigit() for cell in known.structure.column(place).cells if cell)
    )


def _tells_values_apart(known: KnownColumns, values: Sequence[int], cells: Sequence[str]) -> bool:
    """Whether words go round, or the readings beside each of them are far from those of the others."""
    words = list(dict.fromkeys(cells))
    size = len(words)
    if not 1 < size <= len(cells) // _ROUNDS or {word.lower() for word in words} <= set(STATES):
        return False
    if all(cell == words[k % size] for k, cell in enumerate(cells)):
        return True
    return len(values) == 1 and is_apart(cells, known.structure.column(values[0]).cells)


def _are_names(cells: Sequence[str]) -> bool:
    """Whether words are names of things rather than states: they go round, all have a number, or
    three or more come one after the other and never again."""
    words = list(dict.fromkeys(cells))
    size = len(words)
    if size < 2 or len(cells) < 2 * size or not all(_LETTER.search(word) for word in words):
        return False
    if all(_DIGIT.search(word) for word in words):
        return True
    if size == _TWO and (len(cells) < _THREE_ROUNDS or {w.lower() for w in words} <= set(STATES)):
        return False
    goes_round = all(cell == words[k % size] for k, cell in enumerate(cells))
    runs = 1 + sum(a != b for a, b in pairwise(cells))
    return goes_round or (runs == size > _TWO and not {w.lower() for w in words} <= set(STATES))


def _check_cycling(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask if numbers may be those of devices that are polled in turn, if times begin again with each
    text of a column, or if a column called by a part of a plant says which one it is."""
    if known.given.values is not None:
        return
    found = cycling(known, keys, values) or restarting(known, keys)
    found = found or devices_in_no_order(known, keys)
    if not found:
        return
    question = _which_key(known, keys, [(place,) for place in found], 0)
    question.alternatives.append(
        Alternative(
            {"layout": "wide", "value_column": known.names(values)}, "all of them are values"
        )
    )
    raise question


def _check_properties(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask if whole numbers never change within a sensor, as those of its house or owner do.

    There are several sensors with several records each, and another column that changes. Numbers of
    one or two digits may be readings that do not change.
    """
    if known.given.values is not None or not keys or len(values) < 2:
        return
    sensors = known.structure.keys(keys)
    counts = Counter(sensors)
    if len(counts) < 2 or min(counts.values()) < _MANY:
        return
    found, constant = [], []
    for place in values:
        cells = known.structure.column(place).cells
        if known.roles[place] is not None or says_unit(known.name(place)):
            continue
        if not all(cell.isascii() and cell.isdigit() for cell in cells):
            continue
        numbers = set(cells)
        same = len(set(zip(sensors, cells, strict=True))) == len(counts)
        long = all(len(number) > _SHORT or number.startswith("0") for number in numbers)
        if same and long and (len(numbers) > 1 or len(cells[0]) > _LONG) and numbers != {"0"}:
            found.append(place)
        elif len(numbers) == 1 and numbers != {"0"}:
            constant.append(place)  # is asked about with others only
    rest = [place for place in values if place not in found]
    changing = any(len(set(known.structure.column(place).cells)) > len(counts) for place in rest)
    if not found or not changing:
        return
    names = known.names(sorted((*found, *constant)))
    raise Question(
        "layout_unknown",
        f"{' and '.join(map(repr, known.names(found[:3])))} never changes within a sensor, as if it "
        "were a number of it; say with ignore_column that it is not read, or with value_column that "
        "it is",
        [
            Alternative({"ignore_column": names}, f"{', '.join(names)} is not read"),
            Alternative(
                {"layout": "wide", "value_column": known.names(values)}, "all of them are values"
            ),
        ],
    )


def _which_key(
    known: KnownColumns, keys: Sequence[int], telling: Sequence[tuple[int, ...]], repeated: int
) -> Question:
    names = " or ".join(" with ".join(map(repr, known.names(places))) for places in telling[:3])
    why = (
        f"{_records_have(repeated)} sensor and timestamp of another one, and {names} distinguishes them"
        if repeated
        else f"{names} may say the sensor"
    )
    alternatives = [key_alternative(known, (*keys, *places)) for places in telling]
    if repeated and not keys and known.given.layout != "long":
        alternatives = [*alternatives[: MOST_SUGGESTIONS - 1], _columns_alone()]
    return Question(
        "layout_unknown",
        f"{why}; say with sensor_column which columns are the sensor",
        alternatives,
    )


def _columns_alone() -> Alternative:
    return Alternative(
        {"layout": "wide", "sensor": "{column}"},
        "each column is a sensor, with several readings at one time",
    )


def _records_have(count: int) -> str:
    return "1 record has" if count == 1 else f"{count} records have"
