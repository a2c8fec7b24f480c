"""What each column is: timestamp, sensor, value, or nothing that is read.

Recognition is all or nothing. Columns that options name are taken as they say; the others by their
names, each role once. What the cells show decides only between roles that a name allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from rows.sniff.coded_values import check_codes, check_multipliers
from rows.sniff.columns_of_times import check_columns_of_times
from rows.sniff.directions import with_directions
from rows.sniff.doubt import Alternative, Question
from rows.sniff.half_days import (
    check_dates_alone,
    check_halves,
    check_midnights,
    check_twelve_hours,
)
from rows.sniff.known_columns import Given, KnownColumns, Layout, Roles
from rows.sniff.leading_numbers import check_leading_numbers
from rows.sniff.long_numbers import check_long_numbers
from rows.sniff.moments import moment_of, with_utc
from rows.sniff.numbered_intervals import check_intervals
from rows.sniff.offset_columns import check_offsets
from rows.sniff.repeated_records import check_unique
from rows.sniff.sensor_role import (
    find_keys,
    has_hidden_quantities,
    has_mixed_units,
    no_sensor,
)
from rows.sniff.sign_columns import check_signs
from rows.sniff.structure import Structure
from rows.sniff.times_in_values import check_other_instants
from rows.sniff.timestamp_role import find_moment, with_fraction
from rows.sniff.value_role import (
    beside_the_value,
    check_counts,
    value_words,
    values_unknown,
    wide_values,
)
from rows.sniff.value_words import check_hexadecimal, check_units, check_words, words_in
from rows.sniff.words import folded, role_of, roles_of

# Columns with names of sensors before their values that are compared with each other: names that
# come in any order are in the first ones too.
_NAMED_VALUES: Final = 50


def find_roles(structure: Structure, given: Given, *, complete: bool) -> Roles:
    """The roles of all columns.

    Raises:
        Question: more than one way to read the columns makes sense, or none does.
    """
    named = given.claimed | given.ignored
    roles = [
        None if place in named else role for place, role in enumerate(roles_of(structure.names))
    ]
    roles = with_directions(structure, with_utc(structure, roles))
    moment = find_moment(structure, given, roles)
    if given.times is None:
        moment = with_fraction(structure, roles, moment)
        check_halves(structure, moment, given.ignored)
        if not given.has_format:
            check_twelve_hours(moment)
            check_midnights(moment)
            check_dates_alone(moment)
    taken = set(moment.parts) | given.claimed | given.ignored
    roles = [None if place in taken else role for place, role in enumerate(roles)]
    zone = next((k for k, role in enumerate(roles) if role and role.role == "zone"), None)
    known = KnownColumns(structure, given, roles, moment, frozenset(taken), complete)
    layout = given.layout or _layout(known)
    return replace(_long(known) if layout == "long" else _wide(known), zone=zone)


def _layout(known: KnownColumns) -> Layout:
    values = known.given.values
    if values == "*" or (isinstance(values, tuple) and len(values) > 1):
        return "wide"
    if isinstance(values, tuple):
        role = role_of(known.name(values[0]))
        if role is not None and role.role == "value":
            return "long"
        return "long" if find_keys(known) or known.given.has_sensor else "wide"
    return "long" if value_words(known) else "wide"


def _long(known: KnownColumns) -> Roles:
    given = known.given
    if isinstance(given.values, tuple):
        values = list(given.values)
    else:
        values = value_words(known) or (
            [k for k in known.free if known.roles[k] is None and known.is_number(k)]
        )
    if given.values is None and len(values) == 1 and given.layout is None:
        values += beside_the_value(known, values[0])
    if len(values) != 1:
        raise values_unknown(known, values)
    check_intervals(known)
    check_signs(known, values)
    check_multipliers(known, values)
    check_codes(known, values)
    keys = [k for k in find_keys(known) if k != values[0]]
    if not keys and not given.has_sensor:
        raise no_sensor(known, values[0])
    if given.sensors is None and not given.has_sensor:
        check_long_numbers(known, keys, values)
        check_unique(known, keys, values)
    check_words(known, values)
    check_hexadecimal(known, values)
    mixed = has_mixed_units(known, keys) or has_hidden_quantities(known, keys)
    return Roles("long", known.moment, tuple(keys), tuple(values), mixed_units=mixed)


def _wide(known: KnownColumns) -> Roles:
    structure, given = known.structure, known.given
    keys = _keys_of_wide(known)
    if isinstance(given.values, tuple):
        values = list(given.values)
    elif given.values == "*":
        values = [k for k in range(structure.width) if k not in known.taken and k not in keys]
    else:
        values = wide_values(known, keys)
        _check_several_series(known, values)
        _check_several_sensors(known, values)
        _check_named_values(known, values)
    if not values:
        raise words_in(known, keys) or values_unknown(known, [])
    if given.values is None:
        named = known.with_role("value")
        if len(values) == 1 and values == named and not keys and not given.has_sensor:
            raise no_sensor(known, values[0])
        check_intervals(known)
        check_signs(known, values)
        check_columns_of_times(known, values)
        check_multipliers(known, values)
        check_codes(known, values)
        check_other_instants(known, values)
        check_offsets(known, values)
        check_counts(known, values)
        check_units(known, keys, values)
        check_hexadecimal(known, values)
    if given.sensors is None and not given.has_sensor:
        check_leading_numbers(known, keys, values)
        check_long_numbers(known, keys, values)
        check_unique(known, keys, values)
    if given.values is not None:
        check_words(known, values)
    mixed = len(values) == 1 and has_mixed_units(known, keys)
    return Roles("wide", known.moment, tuple(keys), tuple(values), mixed_units=mixed)


def _keys_of_wide(known: KnownColumns) -> list[int]:
    """The columns with the sensor; a quantity in numbers is one of the values."""
    keys = find_keys(known)
    if known.given.sensors is not None:
        return keys
    return [
        k
        for k in keys
        if not (role := known.roles[k]) or role.role != "quantity" or not known.is_number(k)
    ]


def _check_several_series(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask if each record has several timestamps, each for the columns after it."""
    structure = known.structure
    if not known.moment.parts or structure.header is None:
        return
    own = known.moment.parts[-1]
    are_values = {*values}
    others = [
        place
        for place in known.free
        if place not in are_values and _again(known, place) and _has_other_times(known, place)
    ]
    starts = sorted((own, *others))
    groups = [
        [k for k in values if start < k < end]
        for start, end in zip(starts, [*starts[1:], structure.width], strict=True)
    ]
    if not others or not all(groups):
        return
    raise Question(
        "layout_unknown",
        f"{known.name(others[0])!r} is another timestamp, as if the columns after it had times of "
        "their own; say with timestamp_column and value_column what is to be read",
        [
            _series(known, known.moment.parts if start == own else (start,), group)
            for start, group in zip(starts, groups, strict=True)
        ],
    )


def _check_several_sensors(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask if each record has several sensors, each in a column of the same name.

    Raises:
        Question: `Sensor` comes twice, with other names of sensors in it.
    """
    names = known.structure.names
    places = {name: place for place, name in enumerate(names)}
    are_values = {*values}
    for place in known.free:
        base, sign, count = names[place].rpartition("#")
        if not sign or not count.isdigit() or place in are_values:
            continue
        first = places.get(base, place)
        if first >= place:
            continue
        role = role_of(base)
        column = known.structure.column(place)
        if role is None or role.role not in ("sensor", "quantity") or column.is_empty:
            continue
        if list(column.cells) != list(known.structure.column(first).cells):
            raise Question(
                "layout_unknown",
                f"{base!r} comes more than once, as if each record had readings of several sensors; "
                "say with sensor_column and value_column what is to be read",
                [
                    Alternative(
                        {
                            "layout": "wide",
                            "sensor": "{column}",
                            "value_column": known.names(values),
                        },
                        "each column is a sensor",
                    )
                ],
            )


def _check_named_values(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask if each record has several readings, each after the name of its sensor, in any order:
    `temp,21.4,hum,45` and `hum,46,temp,21.5`.

    Raises:
        Question: the columns before two values have the same words, never twice in a record.
    """
    are_values = {*values}
    before = [
        (place, cells)
        for place in known.free
        if place + 1 in are_values
        and place not in are_values
        and known.has_words(place)
        and len(set(cells := known.structure.column(place).cells)) > 1
    ]
    for (first, some), (second, others) in combinations(before[:_NAMED_VALUES], 2):
        if not set(some) & set(others):
            continue
        if any(a == b and a for a, b in zip(some, others, strict=False)):
            continue
        raise Question(
            "layout_unknown",
            f"{known.name(first)!r} and {known.name(second)!r} have the same words, as if they said "
            "which sensor the value after them is of; send one record for each reading",
        )


def _has_other_times(known: KnownColumns, place: int) -> bool:
    """Whether a column has timestamps, and not those of the timestamp."""
    moment = moment_of(known.structure, (place,))
    return bool(moment.ways) and list(moment.cells) != list(known.moment.cells)


def _again(known: KnownColumns, place: int) -> bool:
    """Whether the name of a column begins as that of the timestamp does: `Time B` as `Time A`."""
    words = folded(known.name(place)).split()
    return any(
        words[:1] and words[:1] == folded(known.name(part)).split()[:1]
        for part in known.moment.parts
    )


def _series(known: KnownColumns, times: Iterable[int], values: Sequence[int]) -> Alternative:
    stamps = known.names(times)
    return Alternative(
        {"layout": "wide", "timestamp_column": stamps, "value_column": known.names(values)},
        f"{', '.join(known.names(values[:3]))} at {' '.join(stamps)}",
    )
