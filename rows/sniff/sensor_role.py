"""Which columns say the sensor of a record, and whether they tell records of one time apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import (
    NUMBERS,
    Column,
    Kind,
    are_whole_with_zeros,
    column_of,
    counts_records,
    kind_of,
    without_zeros,
)
from rows.sniff.cycling_numbers import cycling
from rows.sniff.directions import are_directions
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns, cells_of
from rows.sniff.measured_units import has_unit, may_have_unit
from rows.sniff.name_parts import is_identifier, is_numbered
from rows.sniff.states import are_states, are_states_of_devices
from rows.sniff.words import folded, role_of
from schemas.invalid_codes import COLUMNS

# Records that are too few to tell sensors from readings.
_FEW: Final = 4
# Roles of columns with words that say no sensor.
_NEVER_KEYS: Final = ("quality", "unit", "zone")
# A number of a thing; `1E5` is one in hexadecimal digits.
_WHOLE: Final = re.compile(r"[0-9]+(?:[eE][0-9]+)?")
# So many records with the next number each are a count.
_CERTAIN_COUNT: Final = 8
_COUNTED: Final = re.compile(r"(.*?\D)(\d+)")
# Columns that an alternative may join for the sensor.
_MOST_JOINED: Final = 3
# A point is a sensor of a building, and a record of a battery tester or a logger.
_POINTS: Final = frozenset({"data point", "datapoint", "point", "points", "item"})
_NAMES_OF_THINGS: Final = frozenset(
    {"name", "location", "label", "group", "source", "bezeichnung", "nom", "nombre", "nome", "naam"}
    | {"namn", "nazwa", "ort"}
)


# Words for how something is named, beside the word for what it is.
_KINDS_OF_NAMES: Final = frozenset(
    {
        "id",
        "ids",
        "no",
        "nr",
        "number",
        "num",
        "name",
        "code",
        "key",
        "label",
        "serial",
        "sn",
        "uid",
    }
    | {
        "uuid",
        "abbr",
        "nom",
        "nombre",
        "nome",
        "naam",
        "namn",
        "nazwa",
        "nummer",
        "numero",
        "numer",
    }
    | {"identifier", "identifiant", "matricola", "seriennummer", "serienummer", "mac", "address"}
)
# Words for how a meter was read, and letters for it.
_READ_WORDS: Final = frozenset(
    {
        "actual",
        "estimated",
        "estimate",
        "est",
        "act",
        "customer",
        "substituted",
        "provisional",
        "manual",
    }
    | {"geschatzt", "abgelesen", "ersatzwert", "reel", "reelle", "estime", "estimee", "estimado"}
    | {"estimada", "stimato", "stimata", "effettiva", "geschat", "werkelijk", "arvioitu", "mitattu"}
)
_READ_LETTERS: Final = frozenset("aecrsp")
# Words for what receives readings of devices.
_RECEIVERS: Final = frozenset({"gateway", "gateways", "gw", "receiver", "hub", "concentrator"})
# Signals may be called as the states that they say.
_SIGNALS: Final = frozenset(
    {"signal", "tag", "tagname", "point", "item", "channel", "series", "trend", "topic", "object"}
    | {"entity", "name", "varname", "datapoint", "datenpunkt", "kanal", "canal"}
)
# So many things with a number and a name each are not those of one station only.
_MANY_THINGS: Final = 3


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
    quantities = [
        k
        for k in known.with_role("quantity")
        if not known.structure.column(k).is_empty and not _says_how_it_was_read(known, k)
    ]
    strong = _without_receivers(known, strong)
    if not strong and not quantities:
        strong = [
            k
            for k in names_of_things(known)
            if _may_name_things(known.structure.column(k)) and not _is_class(known, k)
        ]
        for place in strong:
            _check_source(known, place)
    return sorted({*strong, *quantities}, key=lambda k: (k in quantities, k))


def _check_source(known: KnownColumns, place: int) -> None:
    """Ask about a source that changes from time to time: what was worn, or how it was measured."""
    name, times = known.name(place), known.moment.cells
    cells = set(filter(None, known.structure.column(place).cells))
    if folded(name) != "source" or len(cells) < 2 or len(set(times)) < len(times):
        return
    raise Question(
        "layout_unknown",
        f"{name!r} may say the sensor, or where its readings are from; say with sensor_column that it "
        "is the sensor, or with ignore_column that it is not read",
        [
            key_alternative(known, (place,)),
            Alternative({"ignore_column": (name,)}, f"{name!r} is not read"),
        ],
    )


def _says_how_it_was_read(known: KnownColumns, place: int) -> bool:
    """Whether a type is that of the reading, not what was measured: `Actual`, `Estimated`."""
    cells = {folded(cell) for cell in known.structure.column(place).cells if cell}
    words = folded(known.name(place)).split()
    letters = _READ_LETTERS if words[:1] in (["read"], ["reading"]) else frozenset[str]()
    return bool(cells) and all(cell in letters or _READ_WORDS & set(cell.split()) for cell in cells)


def _without_receivers(known: KnownColumns, places: list[int]) -> list[int]:
    """Without gateways and the like, which receive readings, if one device is heard by one only.

    Raises:
        Question: a device is heard by several.
    """
    receivers = [k for k in places if _RECEIVERS & set(folded(known.name(k)).split())]
    devices = [k for k in places if k not in receivers]
    if not receivers or not devices:
        return places
    keys = known.structure.keys
    if len(set(keys(places))) == len(set(keys(devices))):
        return places
    names = " and ".join(map(repr, known.names(receivers)))
    raise Question(
        "layout_unknown",
        f"{names} is another one for the same {known.name(devices[0])!r}, as if it received readings "
        "of that; say with sensor_column which columns are the sensor",
        [key_alternative(known, devices), key_alternative(known, places)],
    )


def names_of_things(known: KnownColumns) -> list[int]:
    """Columns called name or location, which say the sensor if nothing else does."""
    return [
        k
        for k in known.with_role("descriptor")
        if (word := known.name(k).strip().lower())
        and role_of(word) is not None
        and word in _NAMES_OF_THINGS
    ]


def _is_class(known: KnownColumns, place: int) -> bool:
    """Whether a label says of which class a value is: it is a number, or true or false."""
    column = known.structure.column(place)
    if not known.is_number(place):
        return are_states(column)
    return known.name(place).strip().lower() == "label"


def _may_name_things(column: Column) -> bool:
    """Whether cells can be names of things: there are some, and they are no fractions."""
    fractions = column.is_numeric and any("." in cell or "," in cell for cell in column.cells)
    return not column.is_empty and not fractions


def _may_be_key(known: KnownColumns, place: int) -> bool:
    """Whether a column called sensor says sensors: it has words, or whole numbers that come again.

    Raises:
        Question: its numbers can be sensors or readings.
    """
    column = known.structure.column(place)
    if column.is_empty:
        return False
    cells = list(filter(None, column.cells))
    if 2 * len(cells) < len(column.cells) and len(set(cells)) == 1:
        return False  # it is beside the first record only, for the whole file
    if not column.is_numeric:
        if _counts_stations(known, place):
            raise _may_count(known, place)
        return not _has_states(known, place)
    if has_unit(known, place):
        return False
    # A sum or a remark at the end has words in it.
    cells = [cell for cell in cells if kind_of(cell) in NUMBERS]
    times, name = known.moment.cells, known.name(place)
    if may_have_unit(known, place) and all(map(_WHOLE.fullmatch, cells)):
        raise _can_be_either(name)
    counts = folded(name) in _POINTS and counts_records(column)
    is_number = is_identifier(name) or is_numbered(name) or counts
    others = any(k != place and known.is_number(k) for k in known.free)
    if are_whole_with_zeros(column) and not is_number and others:
        raise _can_be_either(name)  # such as those of a room
    cells = list(without_zeros(column_of(cells)).cells) if is_number else cells
    if any(_WHOLE.fullmatch(cell) is None for cell in cells):
        return False
    if 2 * len(set(cells)) <= len(cells) or 2 * len(set(times)) <= len(times):
        return True
    if len(cells) < _FEW:
        # A serial number has more digits.
        short = is_identifier(name) and all(len(cell) == 1 for cell in cells)
        moves = len(set(times)) == len(times) > 1
        if moves and (counts or (short and counts_records(column))):
            raise _may_count(known, place)
        return True
    if counts:
        return False
    raise _can_be_either(name)


def _has_states(known: KnownColumns, place: int) -> bool:
    """Whether a column called machine, device or the like says how that is: `Standby`, `Running`."""
    is_signal = bool(_SIGNALS & set(folded(known.name(place)).split()))
    return not is_signal and are_states_of_devices(known.structure.column(place))


def _can_be_either(name: str) -> Question:
    return Question(
        "layout_unknown",
        f"the numbers in {name!r} can be sensors or readings; say which with sensor_column or "
        "value_column",
        [
            Alternative({"sensor_column": (name,)}, f"the sensor is {name!r}"),
            Alternative({"layout": "wide", "value_column": ("*",)}, f"{name!r} has readings"),
        ],
    )


def _counts_stations(known: KnownColumns, place: int) -> bool:
    """Whether each record has the next number after the same word: `cast_001`, `cast_002`, ...

    Times are those of a journey then; records of one moment have a sensor each.
    """
    cells = list(filter(None, known.structure.column(place).cells))
    times = known.moment.cells
    if len(cells) < _CERTAIN_COUNT or 2 * len(set(times)) <= len(times):
        return False
    found = [_COUNTED.fullmatch(cell) for cell in cells]
    words = {match[1] for match in found if match}
    numbers = [match[2] for match in found if match]
    return len(words) == 1 and len(numbers) == len(cells) and counts_records(column_of(numbers))


def _may_count(known: KnownColumns, place: int) -> Question:
    name = known.name(place)
    return Question(
        "layout_unknown",
        f"{name!r} is another one in each record, as if it counted them; say with sensor_column that "
        "it is the sensor, or with ignore_column that it is not read",
        [
            Alternative({"ignore_column": (name,)}, f"{name!r} is not read"),
            Alternative({"sensor_column": (name,)}, f"the sensor is {name!r}"),
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
        if known.name(place).strip().lower() == COLUMNS[0] and not any(
            _says(known, place, other, first=True) for other in others
        ):
            kept.append(place)  # two files with the same devices may have other sensors
            continue
        if not any(
            _says(known, other, place, first=other < place)
            and (known.complete or _are_of_one_thing(known, other, place))
            for other in others
        ):
            kept.append(place)
    return kept or places[:1]


def _are_of_one_thing(known: KnownColumns, one: int, other: int) -> bool:
    """Whether two columns that go together in the head do so in the rest of the file: they are the
    number and the name of the same things.

    A file may be sorted by station and then by sensor, so that the head has one station only.
    """
    names = [set(folded(known.name(place)).split()) - _KINDS_OF_NAMES for place in (one, other)]
    if names[0] & names[1] or not all(names):
        return True
    cells = [set(known.structure.column(place).cells) for place in (one, other)]
    return len(cells[0]) == len(cells[1]) >= _MANY_THINGS


def _says(known: KnownColumns, one: int, other: int, *, first: bool) -> bool:
    """Whether each text of `one` goes with one text of `other`; of equals the first one does."""
    column = known.structure.column
    pairs = set(zip(column(one).cells, column(other).cells, strict=True))
    says = len({a for a, _ in pairs}) == len(pairs)
    if says and len({b for _, b in pairs}) == len(pairs):
        return first
    return says


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
        and not are_directions(known.structure.column(place))
    ]
    varying = [k for k in others if len(set(known.structure.column(k).cells)) > 1]
    numbered = [
        k
        for k in known.with_role("identifier")
        if k != value and len(set(known.structure.column(k).cells)) > 1
    ]
    numbered += [k for k in cycling(known, (), [value]) if k != value]
    varying = list(dict.fromkeys((*numbered, *_telling_numbers(known, value), *varying)))
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


def _telling_numbers(known: KnownColumns, value: int) -> list[int]:
    """Columns of whole numbers that tell records of one time apart, as numbers of sensors do."""
    structure, times = known.structure, known.moment.parts
    stamps = structure.keys(times)
    repeated = len(stamps) - len(set(stamps))
    return [
        k
        for k in known.free
        if k != value
        and repeated
        and known.is_number(k)
        and may_be_number_of_sensor(structure.column(k))
        and len(set(structure.keys((*times, k)))) == len(stamps)
    ]


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
    return any(
        len({(cells_of(row, keys), cells_of(row, (k,))) for row in known.structure.rows})
        > len({cells_of(row, keys) for row in known.structure.rows})
        for k in known.with_role("quantity")
        if k not in keys and not _says_how_it_was_read(known, k)
    )


def may_be_number_of_sensor(column: Column) -> bool:
    """Whether numbers are few whole ones that come again, as those of sensors are."""
    if column.kinds[Kind.TEXT] * 2 > column.filled:
        return True
    distinct = {cell for cell in column.cells if cell}
    return all(cell.isdigit() for cell in distinct) and len(distinct) * 2 <= len(column.cells)
