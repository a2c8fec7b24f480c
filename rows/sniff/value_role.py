"""Which columns have the readings, by their names and by what their numbers are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import (
    NUMBER,
    Column,
    counts_records,
    without_zeros,
)
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.measured_units import has_unit
from rows.sniff.moments import is_part_of_time
from rows.sniff.name_parts import (
    flags_among,
    is_code,
    is_identifier,
    is_numbered,
    is_state_code,
    is_version,
    names_a_mask,
    names_a_time,
)
from rows.sniff.times_in_values import are_dates, counts_days, counts_years, says_the_times
from rows.sniff.timestamps import few_of
from rows.sniff.words import TIME_ROLES, folded, role_of, without_units

_NEVER_VALUES: Final = ("quality", "unit", "place", "zone", "descriptor", "elapsed", "fraction")
# Roles of times whose columns have no readings, even if their numbers are no known timestamps.
_PLAINLY_TIMES: Final = ("timestamp", "time", "time_or_hour")
_ABOUT_VALUES: Final = frozenset(
    {"std", "stddev", "stdev", "sd", "sigma", "variance", "deviation", "error", "uncertainty"}
    | {"accuracy", "precision", "confidence", "resolution", "limit", "threshold", "completeness"}
    | {"coverage", "min", "minimum", "max", "maximum", "mean", "avg", "average", "median", "count"}
    | {"battery", "batt", "vbat", "rssi", "snr", "signal", "scale", "factor", "gain", "offset"}
    | {"raw", "cost", "price", "depth", "height", "distance", "x", "y", "z"}
)
_UNIT_IN_NAME: Final = re.compile(r"[(\[][^()\[\]]{1,12}[)\]]\s*$")
_ZERO_AND_ONE: Final = frozenset({"", "0", "1", "0.0", "1.0"})
_MOST_DIGITS: Final = 15  # of a float64
_END_OF_YEAR: Final = 367.0
_FLAG, _MOST_FLAGS = 2, 6  # digits of a flag, and flags of a column
# Records that are enough to see that numbers count them.
_CERTAIN_COUNT: Final = 12
# What numbers that count records begin with.
_BEGINNINGS: Final = ("0", "1")


def value_words(known: KnownColumns) -> list[int]:
    """Columns that are called value. Words in them do not count if other columns have numbers."""
    named = known.with_role("value")
    numeric = [k for k in named if known.is_number(k)]
    others = [
        k
        for k in known.free
        if known.roles[k] is None and known.is_number(k) and not is_identifier(known.name(k))
    ]
    if not others:
        return numeric or named
    # `state` or `reading` beside other numbers is one of several quantities.
    return [k for k in numeric if folded(known.name(k)).split()[-1:] != ["state"]]


def wide_values(known: KnownColumns, keys: Sequence[int]) -> list[int]:
    """The columns with readings of a wide file: all with numbers, unless their names say otherwise."""
    flags = flags_among(known.structure.names) | _lettered_flags(known)
    return [k for k in known.free if k not in keys and k not in flags and _is_value(known, k)]


def _repeats_its_name(column: Column, name: str) -> bool:
    """Whether records have the same in a column as the header has; a line at the end may not."""
    same = column.cells.count(name)
    return same > 1 and len(column.cells) - same <= few_of(len(column.cells))


def _lettered_flags(known: KnownColumns) -> frozenset[int]:
    """Columns named by another one and `F` (`NO2_F`), of which several have numbers of one or two
    digits only: `Temp_F` is in degrees."""
    bases = [folded(without_units(name)) for name in known.structure.names]
    found = frozenset(
        place
        for place, base in enumerate(bases)
        if (base.startswith("f ") and base[2:] in bases)
        or (base.endswith(" f") and base[:-2] in bases)
    )
    cells = [known.structure.column(place).cells for place in found]
    short = all(cell.isdigit() and len(cell) <= _FLAG for of in cells for cell in set(of) if cell)
    few = all(len(set(of)) <= _MOST_FLAGS for of in cells)
    return found if len(found) > 1 and short and few else frozenset()


def _is_value(known: KnownColumns, place: int) -> bool:
    role, column = known.roles[place], known.structure.column(place)
    kind = role.role if role is not None else None
    name = known.name(place)
    if kind == "descriptor" and _is_measured(column):
        return True
    if kind == "quality" and _UNIT_IN_NAME.search(name) and _is_measured(column):
        return True  # `Error (%)`
    if kind == "timestamp" and _is_measured(column) and not _can_be_times(column):
        return True  # `ts` is a temperature as well
    if kind in _NEVER_VALUES or kind in _PLAINLY_TIMES:
        return False
    if _says_quality(known, place):
        return False
    if names_a_mask(name, numbers=True) and _ZERO_AND_ONE.issuperset(column.cells):
        return False
    if kind == "altitude" and len({cell for cell in column.cells if cell}) == 1:
        return False
    if kind == "second" and column.growing and any(way.has_time for way in known.moment.ways):
        # It counts seconds from the first record on, besides timestamps.
        return False
    if kind == "day_of_year" and _are_days(column):
        return False
    if kind in TIME_ROLES and kind != "minute_or_value":
        if kind in ("year", "month") or known.with_role("year"):
            column = without_zeros(column)
        return column.is_numeric and not is_part_of_time(column, str(kind))
    if kind == "sensor" and has_unit(known, place):
        return column.is_numeric  # `Gateway [ms]`
    if kind in ("counter", "sensor") and counts_records(column):
        return False
    if kind in ("identifier", "sensor", "date_or_sensor", "counter"):
        column = without_zeros(column) if is_identifier(name) or is_numbered(name) else column
        fractions = sum("." in cell for cell in column.cells)  # one may be that of a sum
        return column.is_numeric and fractions > few_of(len(column.cells))
    if kind is None and _repeats_its_name(column, name):
        return False  # such as the version of a table
    if kind is None and is_version(name) and len({cell for cell in column.cells if cell}) == 1:
        return False
    if kind is None and names_a_time(name) and are_dates(column):
        return False
    if kind is None and _are_whole(whole := without_zeros(column)):
        if is_identifier(name) or is_state_code(name) or _are_too_long(whole):
            return False
        is_same = len({cell for cell in whole.cells if cell.isdigit()}) == 1
        if is_same and (is_numbered(name) or is_code(name)):
            return False
    if (
        (kind == "count" and not _UNIT_IN_NAME.search(name))
        or (kind is None and name.startswith("#"))
        or (
            is_before_times(known, place)
            and not _UNIT_IN_NAME.search(name)
            and _first_number(column) in _BEGINNINGS
        )
    ) and counts_records(column):
        return False
    if (
        kind is None
        and column.is_numeric
        and (counts_days(known, place) or counts_years(known, place))
    ):
        return False
    if kind is None and column.is_numeric and says_the_times(known, place):
        return False
    if column.is_empty:
        return not known.complete or not known.structure.rows
    return column.is_numeric


def check_counts(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about numbers that count the records, under a name that does not say so: from 0 or 1 on, or
    before the timestamp.

    Raises:
        Question: they may be readings all the same; other columns have some.
    """
    if known.given.values is not None:
        return
    for place in values:
        column, name = known.structure.column(place), known.name(place)
        if known.roles[place] is not None or says_unit(name):
            continue
        from_one = _first_number(column) in _BEGINNINGS
        if not from_one and not is_before_times(known, place):
            continue
        few = from_one and sum(map(bool, column.cells)) < _CERTAIN_COUNT
        if len(values) == 1 or few or not counts_records(column):
            continue
        raise Question(
            "layout_unknown",
            f"the numbers in {name!r} count the records, as if they were no readings; say with "
            "ignore_column that they are not read, or with value_column that they are",
            [
                Alternative({"ignore_column": (name,)}, f"{name!r} is not read"),
                Alternative(
                    {"layout": "wide", "value_column": known.names(values)}, "they are readings"
                ),
            ],
        )


def _first_number(column: Column) -> str:
    """The first number of a column without its fraction."""
    return next((cell for cell in column.cells if cell), "").partition(".")[0]


def says_unit(name: str) -> bool:
    """Whether a name has a unit in brackets at its end, or a word about the value or the device."""
    return bool(_UNIT_IN_NAME.search(name) or _ABOUT_VALUES & set(folded(name).split()))


def _are_days(column: Column) -> bool:
    """Whether numbers can be days of a year, with the time of day as a fraction: 166.417."""
    cells = [cell for cell in column.cells if NUMBER.fullmatch(cell)]
    return bool(cells) and all(0 <= float(cell) < _END_OF_YEAR for cell in cells)


def is_before_times(known: KnownColumns, place: int) -> bool:
    """Whether a column is before the timestamp and all columns that are called a time."""
    times = [*known.moment.parts, *known.with_role(*_PLAINLY_TIMES, "date")]
    return place < min(times, default=0)


def _are_too_long(column: Column) -> bool:
    """Whether whole numbers have more digits than a value can keep, as those of meters have."""
    return all(len(cell.lstrip("+-0")) > _MOST_DIGITS for cell in column.cells if cell)


def _is_measured(column: Column) -> bool:
    """Whether numbers under a word for texts (`user`, `source`) are readings: fractions that change."""
    numbers = [cell for cell in column.cells if cell]
    return (
        column.is_numeric
        and 2 * sum("." in cell or "," in cell for cell in numbers) > len(numbers)
        and 2 * len(set(numbers)) > len(numbers) > 1
    )


def _can_be_times(column: Column) -> bool:
    """Whether numbers can be timestamps, or count the time since a start."""
    return bool(column.growing) or is_part_of_time(column, "timestamp")


def _says_quality(known: KnownColumns, place: int) -> bool:
    """Whether a line under the header says that a column has flags: `品質情報` under a quantity."""
    said = (role_of(text) for text in known.structure.units_of(place) if text.strip())
    return any(role is not None and role.role == "quality" for role in said)


def beside_the_value(known: KnownColumns, value: int) -> list[int]:
    """Columns beside the one called value that have readings as much as it has: fractions that change.

    What says something about the value or the device (`uncertainty`, `battery`) has none, unless
    its name has a unit in brackets.
    """
    return [
        place
        for place in known.free
        if place != value
        and known.roles[place] is None
        and (
            _UNIT_IN_NAME.search(known.name(place))
            or not _ABOUT_VALUES & set(folded(known.name(place)).split())
        )
        and _is_measured(known.structure.column(place))
    ]


def _are_whole(column: Column) -> bool:
    return column.is_numeric and not any("." in c or "," in c for c in column.cells)


def values_unknown(known: KnownColumns, found: Sequence[int]) -> Question:
    """Several columns can be the value of a long file, or none has numbers that are readings."""
    if found:
        names = " or ".join(map(repr, known.names(found[:4])))
        return Question(
            "layout_unknown",
            f"the value can be {names}; say which it is with value_column",
            [
                Alternative({"value_column": (known.name(k),)}, f"the value is {known.name(k)!r}")
                for k in found
            ]
            + [
                Alternative(
                    {"layout": "wide", "value_column": known.names(found)},
                    "all of them are values, a sensor each",
                )
            ],
        )
    numeric = [
        k
        for k in known.free
        if known.is_number(k) and not ((r := known.roles[k]) and r.role in ("counter", *TIME_ROLES))
    ]
    return Question(
        "layout_unknown",
        "no column has numbers that are known to be readings; say which it is with value_column",
        [
            Alternative(
                {"layout": "wide", "value_column": (known.name(k),)},
                f"the readings are in {known.name(k)!r}",
            )
            for k in numeric
        ],
    )
