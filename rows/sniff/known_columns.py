"""What is known of a file's columns while their roles are looked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Literal

from rows.sniff.moment import Moment
from rows.sniff.structure import Structure
from rows.sniff.words import HeaderRole

Layout = Literal["long", "wide"]


@dataclass(frozen=True, slots=True)
class Given:
    """What options say about the columns, as positions; None if they say nothing.

    Attributes:
        sensors, times, values: positions; `values` is `*` for all that no option names.
        literal_times: the timestamp has parts that are no columns.
        has_sensor: a template says the sensor.
        has_format: the option says how timestamps are written.
        reads_words: an option says which numbers words or units stand for.
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
    reads_words: bool = False
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
        mixed_units: whether a sensor has values with different units.
    """

    layout: Layout
    moment: Moment
    sensors: tuple[int, ...]
    values: tuple[int, ...]
    zone: int | None = None
    mixed_units: bool = False


@dataclass(frozen=True)
class KnownColumns:
    """The columns of a file with what options, header and timestamps say about them.

    Attributes:
        roles: by their names; None for columns that an option or the timestamp has.
        taken: columns that options or the timestamp have.
        complete: whether the head is the whole file.
    """

    structure: Structure
    given: Given
    roles: Sequence[HeaderRole | None]
    moment: Moment
    taken: frozenset[int]
    complete: bool

    @cached_property
    def free(self) -> list[int]:
        """The columns that neither an option nor the timestamp has."""
        return [place for place in range(self.structure.width) if place not in self.taken]

    @cached_property
    def _by_role(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place in self.free:
            if (role := self.roles[place]) is not None:
                found.setdefault(role.role, []).append(place)
        return found

    def with_role(self, *wanted: str) -> list[int]:
        """The free columns whose names have one of these roles, in the order of the file."""
        return sorted(place for role in {*wanted} for place in self._by_role.get(role, ()))

    def is_number(self, place: int) -> bool:
        """Whether a column has numbers."""
        return self.structure.column(place).is_numeric

    def has_words(self, place: int) -> bool:
        """Whether a column has words."""
        column = self.structure.column(place)
        return column.is_text and not column.is_empty

    def is_repeated(self, place: int) -> bool:
        """Whether each text of a column comes twice on the average."""
        cells = [cell for cell in self.structure.column(place).cells if cell]
        return len(cells) > 1 and len(set(cells)) * 2 <= len(cells)

    def name(self, place: int) -> str:
        """The name by which an option names a column."""
        return self.structure.names[place]

    def names(self, places: Iterable[int]) -> tuple[str, ...]:
        """The names of several columns."""
        return tuple(self.structure.names[place] for place in places)


def count_distinct(rows: Collection[Sequence[str]], places: Sequence[int]) -> int:
    """How many records differ in some cells; see `cells_of`."""
    if not places:
        return min(1, len(rows))
    try:
        return len(set(map(itemgetter(*places), rows)))
    except IndexError:
        return len({cells_of(row, places) for row in rows})


def cells_of(row: Sequence[str], places: Iterable[int]) -> tuple[str, ...]:
    """Some cells of a record; empty ones for those that it does not have."""
    return tuple([row[k] if k < len(row) else "" for k in places])
