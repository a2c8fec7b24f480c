"""Which columns say the sensor of a record, and whether they tell records of one time apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import Column, Kind
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns, cells_of
from rows.sniff.moments import is_hour_and_minute
from rows.sniff.name_parts import is_identifier
from rows.sniff.words import role_of

# Records that are too few to tell sensors from readings.
_FEW: Final = 4
# So many records have to repeat (sensor, timestamp) before a number is taken for part of the key.
_REPEATED: Final = 0.2
# Roles of columns with words that say no sensor.
_NEVER_KEYS: Final = ("quality", "unit", "zone")
# So many quantities a column may name that says what was measured.
_MOST_QUANTITIES: Final = 20
# Columns that an alternative may join for the sensor.
_MOST_JOINED: Final = 3
_NAMES_OF_THINGS: Final = frozenset(
    {"name", "location", "label", "group", "source", "bezeichnung", "nom", "nombre", "nome", "naam"}
    | {"namn", "nazwa", "ort"}
)


def find_keys(known: KnownColumns) -> list[int]:
    """The columns that say which sensor a record is of.

    Raises:
        Question: the numbers of one can be sensors or readings.
    """
    if known.given.sensors is not None:
        return list(known.given.sensors)
    strong = [k for k in known.with_role("sensor", "date_or_sensor") if _may_be_key(known, k)]
    strong = _finest(known, strong)
    if not strong:
        strong = [k for k in known.with_role("identifier") if known.is_repeated(k)]
    quantities = [k for k in known.with_role("quantity") if not known.structure.column(k).is_empty]
    if not strong and not quantities:
        strong = [k for k in _names_of_things(known) if not known.structure.column(k).is_empty]
    return sorted({*strong, *quantities}, key=lambda k: (k in quantities, k))


def _names_of_things(known: KnownColumns) -> list[int]:
    """Columns called name or location, which say the sensor if nothing else does."""
    return [
        k
        for k in known.with_role("descriptor")
        if (word := known.name(k).strip().lower())
        and role_of(word) is not None
        and word in _NAMES_OF_THINGS
    ]


def _may_be_key(known: KnownColumns, place: int) -> bool:
    """Whether a column called sensor says sensors: it has words, or whole numbers that come again.

    Raises:
        Question: its numbers can be sensors or readings.
    """
    column = known.structure.column(place)
    if column.is_empty:
        return False
    if not column.is_numeric:
        return True
    cells = [cell for cell in column.cells if cell]
    if any(not (cell.isascii() and cell.isdigit()) for cell in cells):
        return False
    times = known.moment.cells
    if 2 * len(set(cells)) <= len(cells) or 2 * len(set(times)) <= len(times):
        return True
    if len(cells) < _FEW:
        return True
    name = known.name(place)
    raise Question(
        "layout_unknown",
        f"the numbers in {name!r} can be sensors or readings; say which with sensor_column or "
        "value_column",
        [
            Alternative({"sensor_column": (name,)}, f"the sensor is {name!r}"),
            Alternative({"layout": "wide", "value_column": ("*",)}, f"{name!r} has readings"),
        ],
    )


def _finest(known: KnownColumns, places: list[int]) -> list[int]:
    """Without the columns that another one already says."""
    if len(places) < 2:
        return places
    kept: list[int] = []
    for place in places:
        done = places[: places.index(place)]
        others = [k for k in places if k != place and (k in kept or k not in done)]
        if not any(_says(known, other, place, first=other < place) for other in others):
            kept.append(place)
    return kept or places[:1]


def _says(known: KnownColumns, one: int, other: int, *, first: bool) -> bool:
    """Whether each text of `one` goes with one text of `other`; of equals the first one does."""
    column = known.structure.column
    pairs = set(zip(column(one).cells, column(other).cells, strict=True))
    says = len({a for a, _ in pairs}) == len(pairs)
    if says and len({b for _, b in pairs}) == len(pairs):
        return first
    return says


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
    found = structure.keys(every)
    if stamped:
        rest = len(every) - len(stamped)
        found = [key for key in found if all(key[rest:])]
    repeated = len(found) - len(set(found))
    rows: list[tuple[str, ...]] = []
    distinct = set[tuple[str, ...]]()
    if repeated:
        rows = [row for row in structure.rows if not stamped or all(cells_of(row, stamped))]
        # Records that are equal in all cells are copies.
        distinct = set(rows)
        if len(distinct) < len(rows):
            repeated = len(distinct) - len({cells_of(row, every) for row in distinct})
    if not repeated:
        _check_constant(known, keys, values)
        _check_merged(known, keys, values)
        return

    def left(places: Sequence[int]) -> int:
        """How many records stay alike with more columns in the key."""
        return len(distinct) - len({cells_of(row, (*every, *places)) for row in distinct})

    possible = []
    for place in known.free:
        if place in keys:
            continue
        role = known.roles[place]
        column = structure.column(place)
        if role is not None and role.role in ("quality", "unit", "zone", "counter", "count"):
            continue
        if place in values and (
            repeated < _REPEATED * len(rows) or not _may_be_number_of_sensor(column)
        ):
            continue
        if column.is_numeric and place not in values and not _may_be_number_of_sensor(column):
            continue
        if column.is_empty or len(set(column.cells)) < 2:
            continue
        possible.append(place)
    telling = [place for place in possible if left([place]) * 2 <= repeated]
    if telling:
        raise _which_key(known, keys, [(place,) for place in telling], repeated)
    counters = [
        k for k in known.with_role("counter", "count") if k not in keys and known.is_repeated(k)
    ]
    if counters and repeated >= _REPEATED * len(rows):
        raise _which_key(known, keys, [(place,) for place in counters], repeated)
    joined = _joined(possible, left) if possible else ()
    if joined and left(joined) * 2 <= repeated:
        raise _which_key(known, keys, [joined], repeated)
    if repeated >= _REPEATED * len(rows) and not keys:
        places = [k for k in known.free if k not in values and not structure.column(k).is_empty]
        raise Question(
            "layout_unknown",
            f"{repeated} records have the timestamp of another one, and no column is known to "
            "say which sensor they are of; name it with sensor_column",
            [
                *_clock_alternatives(known),
                *[
                    key_alternative(known, (k,))
                    for k in places
                    if len(set(structure.column(k).cells)) > 1
                ],
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
    if known.complete or keys:
        return
    for place in known.free:
        if place in values or known.roles[place] is not None:
            continue
        column = known.structure.column(place)
        says = column.is_text or (column.is_numeric and is_identifier(known.name(place)))
        if says and len(set(column.cells)) == 1:
            raise _which_key(known, keys, [(place,)], 0)


def _check_merged(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask if a column of few words changes within a sensor, as one that says what was measured.

    A column without a known name only if the sensor has one value at a time.
    """
    if known.given.values is not None:
        return
    things = _names_of_things(known)
    for place in known.free:
        if place in values or place in keys or not known.has_words(place):
            continue
        if place not in things and (known.roles[place] is not None or len(values) > 1):
            continue
        cells = [cell for cell in known.structure.column(place).cells if cell]
        distinct = len(set(cells))
        if not 1 < distinct <= min((len(cells) + 1) // 2, _MOST_QUANTITIES):
            continue
        rows = [row for row in known.structure.rows if all(cells_of(row, (place,)))]
        sensors = {cells_of(row, keys) for row in rows}
        if len({cells_of(row, (*keys, place)) for row in rows}) > len(sensors):
            question = _which_key(known, keys, [(place,)], 0)
            if keys:
                question.alternatives.append(key_alternative(known, keys))
            raise question


def _which_key(
    known: KnownColumns, keys: Sequence[int], telling: Sequence[tuple[int, ...]], repeated: int
) -> Question:
    names = " or ".join(" with ".join(map(repr, known.names(places))) for places in telling[:3])
    why = (
        f"{repeated} records have sensor and timestamp of another one, and {names} distinguishes them"
        if repeated
        else f"{names} may say the sensor"
    )
    alternatives = [key_alternative(known, (*keys, *places)) for places in telling]
    return Question(
        "layout_unknown",
        f"{why}; say with sensor_column which columns are the sensor",
        alternatives,
    )


def key_alternative(known: KnownColumns, places: Sequence[int]) -> Alternative:
    """The sensor is in these columns."""
    names = known.names(places)
    return Alternative({"sensor_column": names}, f"the sensor is {' and '.join(map(repr, names))}")


def no_sensor(known: KnownColumns, value: int) -> Question:
    """The value is known, and no column says which sensor it is of."""
    others = [
        place
        for place in known.free
        if place != value
        and known.has_words(place)
        and ((role := known.roles[place]) is None or role.role not in _NEVER_KEYS)
    ]
    varying = [k for k in others if len(set(known.structure.column(k).cells)) > 1]
    by_file = Alternative(
        {"sensor": "{stem}"}, "the sensor is the file's name without its extension"
    )
    alternatives = [key_alternative(known, (place,)) for place in varying or others]
    if len(varying) > 1:
        alternatives.insert(0, key_alternative(known, varying[:_MOST_JOINED]))
    at = len(alternatives) if varying else 0
    alternatives.insert(at, by_file)
    return Question(
        "sensor_unknown",
        f"{known.name(value)!r} is a value, but which sensor it is of is not in the file; say it "
        "with sensor or sensor_column",
        alternatives,
    )


def has_mixed_units(known: KnownColumns, keys: Sequence[int]) -> bool:
    """Whether a sensor has values with different units."""
    units = known.with_role("unit")
    if not units:
        return False
    per_key: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in known.structure.rows:
        per_key[cells_of(row, keys)].add(row[units[0]] if units[0] < len(row) else "")
    return any(len(found) > 1 for found in per_key.values())


def has_hidden_quantities(known: KnownColumns, keys: Sequence[int]) -> bool:
    """Whether options left out a column that says the quantity."""
    rows = known.structure.rows
    return any(
        len({(cells_of(row, keys), cells_of(row, (k,))) for row in rows})
        > len({cells_of(row, keys) for row in rows})
        for k in known.with_role("quantity")
        if k not in keys
    )


def _may_be_number_of_sensor(column: Column) -> bool:
    """Whether numbers are few whole ones that come again, as those of sensors are."""
    if column.kinds[Kind.TEXT] * 2 > column.filled:
        return True
    distinct = {cell for cell in column.cells if cell}
    return all(cell.isdigit() for cell in distinct) and len(distinct) * 2 <= len(column.cells)
