"""What each column is: timestamp, sensor, value, or nothing that is read.

Recognition is all or nothing. Columns that options name are taken as they say; the others by their
names, each role once. What the cells show decides only between roles that a name allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from rows.sniff.cells import Column, Kind
from rows.sniff.doubt import Alternative, Question
from rows.sniff.moments import (
    Moment,
    calendar_moment,
    is_part_of_time,
    moment_of,
    moments_of,
)
from rows.sniff.structure import Structure
from rows.sniff.words import TIME_ROLES, HeaderRole, folded, role_of

Layout = Literal["long", "wide"]

_CALENDAR: Final = ("year", "month", "day", "day_of_year", "hour", "minute", "second")
_NEVER_VALUES: Final = ("quality", "unit", "place", "zone", "descriptor")
# Records that are too few to tell sensors from readings.
_FEW: Final = 4
# So many records have to repeat (sensor, timestamp) before a number is taken for part of the key.
_REPEATED: Final = 0.2


@dataclass(frozen=True, slots=True)
class Given:
    """What options say about the columns, as positions; None if they say nothing.

    Attributes:
        sensors, times, values: positions; `values` is `*` for all that no option names.
        literal_times: the timestamp has parts that are no columns.
        has_sensor: a template says the sensor.
        has_format: the option says how timestamps are written.
        ignored: columns that `*` leaves out.
        others: columns that other options name (quality, zone, in templates).
    """

    layout: Layout | None = None
    sensors: tuple[int, ...] | None = None
    times: tuple[int, ...] | None = None
    literal_times: bool = False
    values: tuple[int, ...] | Literal["*"] | None = None
    has_sensor: bool = False
    has_format: bool = False
    ignored: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()

    @property
    def claimed(self) -> frozenset[int]:
        """All columns that options name."""
        values = self.values if isinstance(self.values, tuple) else ()
        return frozenset((*(self.sensors or ()), *(self.times or ()), *values)) | self.others


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns of a file are.

    Attributes:
        moment: the timestamp; its ways are one, or more if options say the format.
        sensors, values: positions, in the order in which they are joined or read.
        zone: position of a column with the zone of each record.
        unread: the other columns, each with why it is not read.
        mixed_units: whether a sensor has values with different units.
    """

    layout: Layout
    moment: Moment
    sensors: tuple[int, ...]
    values: tuple[int, ...]
    zone: int | None = None
    unread: tuple[tuple[int, str], ...] = ()
    mixed_units: bool = False


def find_roles(structure: Structure, given: Given, *, complete: bool) -> Roles:
    """The roles of all columns.

    Raises:
        Question: more than one way to read the columns makes sense, or none does.
    """
    roles = [
        None if place in given.claimed | given.ignored else role_of(name)
        for place, name in enumerate(structure.names)
    ]
    moment = _moment(structure, given, roles)
    taken = set(moment.parts) | given.claimed | given.ignored
    roles = [None if place in taken else role for place, role in enumerate(roles)]
    zone = next((k for k, role in enumerate(roles) if role and role.role == "zone"), None)
    finder = _Finder(structure, given, roles, moment, frozenset(taken), complete)
    found = finder.long_or_wide()
    return replace(found, zone=zone)


def _moment(structure: Structure, given: Given, roles: Sequence[HeaderRole | None]) -> Moment:
    if given.times is not None:
        if given.has_format or given.literal_times:
            return moment_of(structure, given.times) if given.times else Moment((), ())
        return _named_moment(structure, given.times)
    if not structure.recognised and structure.header is not None:
        raise unknown_header(structure)
    moments = moments_of(structure, roles)
    if not moments:
        raise _no_moment(structure, roles)
    if len(moments) > 1:
        raise Question(
            "layout_unknown",
            "the timestamp can be "
            + " or ".join(_quoted(structure, moment.parts) for moment in moments[:4])
            + "; name its columns with timestamp_column",
            [
                Alternative(
                    {"timestamp_column": tuple(_names(structure, moment.parts))},
                    f"the timestamp is {_quoted(structure, moment.parts)}",
                )
                for moment in moments
            ],
        )
    return moments[0]


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
    candidates = [
        place
        for place in range(structure.width)
        if (way := moment_of(structure, (place,)).ways) and way[0].has_date
    ]
    return Question(
        "layout_unknown",
        f"no name in the header ({names}) is known to be that of the timestamp; say which it is "
        "with timestamp_column",
        [
            Alternative(
                {"timestamp_column": (structure.names[place],)},
                f"the timestamp is {structure.names[place]!r}",
            )
            for place in candidates
        ],
    )


def _no_moment(structure: Structure, roles: Sequence[HeaderRole | None]) -> Question:
    timed = [k for k, role in enumerate(roles) if role and role.role in TIME_ROLES]
    if not timed:
        return unknown_header(structure)
    shown = next((c for c in structure.column(timed[0]).cells if c), "")
    alternatives = []
    if structure.column(timed[0]).is_numeric:
        alternatives = [
            Alternative(
                {
                    "timestamp_column": (structure.names[timed[0]],),
                    "timestamp_format": (form,),
                    "timestamp_start": "2000-01-01",
                },
                f"{unit} since a start; put the real one in place of 2000-01-01",
            )
            for form, unit in (("elapsed_s", "seconds"), ("elapsed_ms", "milliseconds"))
        ]
    return Question(
        "timestamp_unknown",
        f"{_quoted(structure, timed)} should be the timestamp, but its values, such as "
        f"{shown[:40]!r}, are in no known form; say it with timestamp_format",
        alternatives,
    )


class _Finder:
    """Decides between long and wide, and which columns are sensors and values."""

    def __init__(
        self,
        structure: Structure,
        given: Given,
        roles: Sequence[HeaderRole | None],
        moment: Moment,
        taken: frozenset[int],
        complete: bool,
    ) -> None:
        self.structure, self.given, self.roles = structure, given, roles
        self.moment, self.taken, self.complete = moment, taken, complete
        self.free = [k for k in range(structure.width) if k not in taken]

    def long_or_wide(self) -> Roles:
        """The roles, if there is one way to see them."""
        given = self.given
        layout = given.layout or self._layout_by_values()
        if layout == "long":
            return self._long()
        return self._wide()

    def _with_role(self, *wanted: str) -> list[int]:
        return [k for k in self.free if (role := self.roles[k]) and role.role in wanted]

    def _layout_by_values(self) -> Layout:
        if self.given.values == "*" or (
            isinstance(self.given.values, tuple) and len(self.given.values) > 1
        ):
            return "wide"
        if isinstance(self.given.values, tuple):
            role = role_of(self.structure.names[self.given.values[0]])
            if role is not None and role.role == "value":
                return "long"
            return "long" if self._keys() or self.given.has_sensor else "wide"
        return "long" if self._value_words() else "wide"

    def _value_words(self) -> list[int]:
        """Columns that are called value. Words in them do not count if other columns have numbers."""
        named = self._with_role("value")
        numeric = [k for k in named if self._is_number(k)]
        others = [k for k in self.free if self.roles[k] is None and self._is_number(k)]
        if not others:
            return numeric or named
        # `state` or `reading` beside other numbers is one of several quantities.
        return [k for k in numeric if self._is_called_value(k)]

    def _is_called_value(self, place: int) -> bool:
        return folded(self.structure.names[place]).split()[-1:] != ["state"]

    def _is_number(self, place: int) -> bool:
        return self.structure.column(place).is_numeric

    def _keys(self) -> list[int]:
        """The columns that say which sensor a record is of."""
        if self.given.sensors is not None:
            return list(self.given.sensors)
        strong = [k for k in self._with_role("sensor", "date_or_sensor") if self._may_be_key(k)]
        strong = self._finest(strong)
        if not strong:
            strong = [k for k in self._with_role("identifier") if self._is_repeated(k)]
        quantities = [
            k for k in self._with_role("quantity") if not self.structure.column(k).is_empty
        ]
        if not strong and not quantities:
            strong = [k for k in self._names_of_things() if not self.structure.column(k).is_empty]
        return sorted({*strong, *quantities}, key=lambda k: (k in quantities, k))

    def _names_of_things(self) -> list[int]:
        """Columns called name or location, which say the sensor if nothing else does."""
        return [
            k
            for k in self._with_role("descriptor")
            if (word := self.structure.names[k].strip().lower())
            and role_of(word) is not None
            and word in _NAMES_OF_THINGS
        ]

    def _may_be_key(self, place: int) -> bool:
        """Whether a column called sensor says sensors: it has words, or whole numbers that come again.

        Raises:
            Question: its numbers can be sensors or readings.
        """
        column = self.structure.column(place)
        if column.is_empty:
            return False
        if not column.is_numeric:
            return True
        cells = [cell for cell in column.cells if cell]
        if any(not (cell.isascii() and cell.isdigit()) for cell in cells):
            return False
        times = self.moment.cells
        if 2 * len(set(cells)) <= len(cells) or 2 * len(set(times)) <= len(times):
            return True
        if len(cells) < _FEW:
            return True
        name = self.structure.names[place]
        raise Question(
            "layout_unknown",
            f"the numbers in {name!r} can be sensors or readings; say which with sensor_column or "
            "value_column",
            [
                Alternative({"sensor_column": (name,)}, f"the sensor is {name!r}"),
                Alternative({"layout": "wide", "value_column": ("*",)}, f"{name!r} has readings"),
            ],
        )

    def _is_repeated(self, place: int) -> bool:
        cells = [cell for cell in self.structure.column(place).cells if cell]
        return len(cells) > 1 and len(set(cells)) * 2 <= len(cells)

    def _finest(self, places: list[int]) -> list[int]:
        """Without the columns that another one already says."""
        if len(places) < 2:
            return places
        kept: list[int] = []
        for place in places:
            others = [
                k for k in places if k != place and (k in kept or k not in _done(places, place))
            ]
            if not any(self._says(other, place, first=other < place) for other in others):
                kept.append(place)
        return kept or places[:1]

    def _says(self, one: int, other: int, *, first: bool) -> bool:
        """Whether each text of `one` goes with one text of `other`; of equals the first one does."""
        pairs = set(
            zip(self.structure.column(one).cells, self.structure.column(other).cells, strict=True)
        )
        says = len({a for a, _ in pairs}) == len(pairs)
        if says and len({b for _, b in pairs}) == len(pairs):
            return first
        return says

    def _long(self) -> Roles:
        given = self.given
        if isinstance(given.values, tuple):
            values = list(given.values)
        else:
            values = self._value_words() or (
                [k for k in self.free if self.roles[k] is None and self._is_number(k)]
            )
        if len(values) != 1:
            raise self._values_unknown(values)
        keys = [k for k in self._keys() if k != values[0]]
        if not keys and not given.has_sensor:
            raise self._no_sensor(values[0])
        if given.sensors is None and not given.has_sensor:
            self._check_unique(keys, values)
        mixed = self._has_mixed_units(keys) or self._has_hidden_quantities(keys)
        return Roles(
            "long", self.moment, tuple(keys), tuple(values),
            unread=self._unread({*keys, *values}), mixed_units=mixed,
        )  # fmt: skip

    def _wide(self) -> Roles:
        structure, given = self.structure, self.given
        keys = self._keys_of_wide()
        if isinstance(given.values, tuple):
            values = list(given.values)
        elif given.values == "*":
            values = [k for k in range(structure.width) if k not in self.taken and k not in keys]
        else:
            values = [k for k in self.free if k not in keys and self._is_value(k)]
        if not values:
            raise self._values_unknown([])
        if given.values is None:
            named = self._with_role("value")
            if len(values) == 1 and values == named and not keys and not given.has_sensor:
                raise self._no_sensor(values[0])
        if given.sensors is None and not given.has_sensor:
            self._check_unique(keys, values)
        return Roles(
            "wide", self.moment, tuple(keys), tuple(values), unread=self._unread({*keys, *values})
        )

    def _keys_of_wide(self) -> list[int]:
        """As `_keys`; a quantity in numbers is one of the values."""
        keys = self._keys()
        if self.given.sensors is not None:
            return keys
        return [
            k
            for k in keys
            if not (role := self.roles[k]) or role.role != "quantity" or not self._is_number(k)
        ]

    def _is_value(self, place: int) -> bool:
        role, column = self.roles[place], self.structure.column(place)
        kind = role.role if role is not None else None
        if kind in _NEVER_VALUES:
            return False
        if kind in TIME_ROLES and kind != "minute_or_value":
            return column.is_numeric and not self._may_be_time(place, str(kind))
        if kind in ("identifier", "sensor", "date_or_sensor", "counter"):
            return self._may_be_quantity(place)
        if kind == "count" or place < min(self.moment.parts, default=0):
            if self._counts_records(place):
                return False
        elif (
            kind is None
            and self.structure.names[place].startswith("#")
            and self._counts_records(place)
        ):
            return False
        if column.is_empty:
            return not self.complete or not self.structure.rows
        return column.is_numeric

    def _may_be_time(self, place: int, kind: str) -> bool:
        """Whether the numbers of a column can be what its name says, a part of a date or a time."""
        return is_part_of_time(self.structure.column(place), kind)

    def _counts_records(self, place: int) -> bool:
        """Whether a column counts the records, so that it has no readings."""
        cells = self.structure.column(place).cells
        if len(cells) < 2 or not all(cell.isascii() and cell.isdigit() for cell in cells):
            return False
        return _counts(cells)

    def _may_be_quantity(self, place: int) -> bool:
        """Whether a column with a name for sensors has measured numbers instead."""
        column = self.structure.column(place)
        return column.is_numeric and any("." in cell for cell in column.cells)

    def _check_unique(self, keys: Sequence[int], values: Sequence[int]) -> None:
        """Ask if records repeat (sensor, timestamp), and a column that is not read tells them apart."""
        structure = self.structure
        rows, distinct = structure.rows, set[tuple[str, ...]]()
        every = (*keys, *self.moment.parts)
        if not every:
            return
        repeated = len(rows) - len(
            set(zip(*(structure.column(k).cells for k in every), strict=True))
        )
        if repeated:  # records that are equal in all cells are copies
            distinct = set(rows)
            repeated = len(distinct) - len({_cells(row, every) for row in distinct})
        if not repeated:
            self._check_constant(keys, values)
            return
        telling = []
        for place in self.free:
            if place in keys:
                continue
            role = self.roles[place]
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
            apart = len(distinct) - len({_cells(row, (*every, place)) for row in distinct})
            if apart * 2 <= repeated:
                telling.append(place)
        if telling:
            self._ask_for_key(keys, telling, repeated)
        counters = [
            k for k in self._with_role("counter", "count") if k not in keys and self._is_repeated(k)
        ]
        if counters and repeated >= _REPEATED * len(rows):
            self._ask_for_key(keys, counters, repeated)
        if repeated >= _REPEATED * len(rows) and not keys:
            raise Question(
                "layout_unknown",
                f"{repeated} records have the timestamp of another one, and no column is known to "
                "say which sensor they are of; name it with sensor_column",
                [self._key_alternative(keys, k) for k in self._possible_keys(values)],
            )

    def _check_constant(self, keys: Sequence[int], values: Sequence[int]) -> None:
        """Ask if a column that does not change so far can say the sensor of records to come."""
        if self.complete or keys:
            return
        for place in self.free:
            role = self.roles[place]
            if place in values or role is not None:
                continue
            column = self.structure.column(place)
            if column.is_text and len(set(column.cells)) == 1:
                self._ask_for_key(keys, [place], 0)

    def _ask_for_key(self, keys: Sequence[int], telling: Sequence[int], repeated: int) -> None:
        names = " or ".join(repr(self.structure.names[k]) for k in telling[:3])
        why = (
            f"{repeated} records have sensor and timestamp of another one, and {names} tells them apart"
            if repeated
            else f"{names} may say the sensor"
        )
        raise Question(
            "layout_unknown",
            f"{why}; say with sensor_column which columns are the sensor",
            [self._key_alternative(keys, k) for k in telling],
        )

    def _key_alternative(self, keys: Sequence[int], place: int) -> Alternative:
        names = tuple(_names(self.structure, (*keys, place)))
        return Alternative(
            {"sensor_column": names}, f"the sensor is {' and '.join(map(repr, names))}"
        )

    def _possible_keys(self, values: Sequence[int]) -> list[int]:
        return [k for k in self.free if k not in values and not self.structure.column(k).is_empty]

    def _no_sensor(self, value: int) -> Question:
        structure = self.structure
        name = structure.names[value]
        alternatives = [
            Alternative({"sensor": "{stem}"}, "the sensor is the file's name without its extension")
        ]
        alternatives += [
            self._key_alternative((), place)
            for place in self.free
            if place != value and self._has_words(place)
        ]
        return Question(
            "sensor_unknown",
            f"{name!r} is a value, but which sensor it is of is not in the file; say it with sensor "
            "or sensor_column",
            alternatives,
        )

    def _has_words(self, place: int) -> bool:
        column = self.structure.column(place)
        return column.is_text and not column.is_empty

    def _values_unknown(self, found: Sequence[int]) -> Question:
        structure = self.structure
        if found:
            names = " or ".join(repr(structure.names[k]) for k in found[:4])
            return Question(
                "layout_unknown",
                f"the value can be {names}; say which it is with value_column",
                [
                    Alternative(
                        {"value_column": (structure.names[k],)},
                        f"the value is {structure.names[k]!r}",
                    )
                    for k in found
                ]
                + [
                    Alternative(
                        {
                            "layout": "wide",
                            "value_column": tuple(structure.names[k] for k in found),
                        },
                        "all of them are values, a sensor each",
                    )
                ],
            )
        numeric = [k for k in self.free if self._is_number(k)]
        return Question(
            "layout_unknown",
            "no column has numbers that are known to be readings; say which it is with value_column",
            [
                Alternative(
                    {"layout": "wide", "value_column": (structure.names[k],)},
                    f"the readings are in {structure.names[k]!r}",
                )
                for k in numeric
            ],
        )

    def _has_mixed_units(self, keys: Sequence[int]) -> bool:
        units = self._with_role("unit")
        if not units:
            return False
        per_key: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for row in self.structure.rows:
            per_key[_cells(row, keys)].add(row[units[0]] if units[0] < len(row) else "")
        return any(len(found) > 1 for found in per_key.values())

    def _has_hidden_quantities(self, keys: Sequence[int]) -> bool:
        """Whether options left out a column that says the quantity."""
        left = [k for k in self._with_role("quantity") if k not in keys]
        return any(
            len({(_cells(row, keys), row[k]) for row in self.structure.rows})
            > len({_cells(row, keys) for row in self.structure.rows})
            for k in left
        )

    def _unread(self, read: Iterable[int]) -> tuple[tuple[int, str], ...]:
        used = {*read, *self.moment.parts}
        found = []
        for place in range(self.structure.width):
            if place in used or place in self.given.others:
                continue
            role = self.roles[place]
            if place in self.given.ignored:
                found.append((place, "option"))
            elif role is not None:
                found.append((place, role.role))
            else:
                found.append((place, "no numbers" if not self._is_number(place) else "unknown"))
        return tuple(found)


_NAMES_OF_THINGS: Final = frozenset(
    {"name", "location", "label", "group", "source", "bezeichnung", "nom", "nombre", "nome", "naam"}
    | {"namn", "nazwa", "ort"}
)


def _done(places: Sequence[int], place: int) -> list[int]:
    """The places before one, which are decided."""
    return list(places[: places.index(place)])


def _may_be_number_of_sensor(column: Column) -> bool:
    """Whether numbers are few whole ones that come again, as those of sensors are."""
    if column.kinds[Kind.TEXT] * 2 > column.filled:
        return True
    distinct = {cell for cell in column.cells if cell}
    return all(cell.isdigit() for cell in distinct) and len(distinct) * 2 <= len(column.cells)


def _counts(cells: Sequence[str]) -> bool:
    """Whether whole numbers go up by one from record to record."""
    return all(int(b) - int(a) == 1 for a, b in pairwise(cells))


def _cells(row: Sequence[str], places: Iterable[int]) -> tuple[str, ...]:
    return tuple([row[k] if k < len(row) else "" for k in places])


def _names(structure: Structure, places: Iterable[int]) -> list[str]:
    return [structure.names[k] for k in places]


def _quoted(structure: Structure, places: Sequence[int]) -> str:
    return " with ".join(repr(name) for name in _names(structure, places))
