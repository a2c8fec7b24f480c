"""Which columns have the readings, and what is asked if their cells are words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import (
    NUMBER,
    NUMBERS,
    STATES,
    WITH_UNIT,
    Column,
    counts_records,
    kind_of,
    without_zeros,
)
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
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
from rows.sniff.number_times import find_number_formats
from rows.sniff.same_instants import seconds_of
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
_MARKED: Final = re.compile(
    r"(?:[<>≤≥~≈±] ?[+-]?\d+(?:[.,]\d+)?|\(\d+(?:[.,]\d+)?\)|\d+(?:[.,]\d+)?-|[+-] +\d+(?:[.,]\d+)?)"
)
# How a receiver found its position (`3D`), and coordinates with the side they are on.
_OF_POSITIONS: Final = re.compile(
    r"[23][dD](?:[ -]?[dD]iff|\+)?|\d+\.\d{3,} ?(?:[NSns]|[EWew])|(?:no ?fix|none|dgps|pps)",
    re.IGNORECASE,
)
_ZERO_AND_ONE: Final = frozenset({"", "0", "1", "0.0", "1.0"})
_MOST_UNITS: Final = 5
_MOST_DIGITS: Final = 15  # of a float64
_END_OF_YEAR: Final = 367.0
_SAMPLE: Final = 50
# Offsets are quarters of an hour; timestamps may be rounded by so much of one.
_WIDEST_OFFSET, _QUARTER, _ROUNDED = 15 * 3600.0, 900.0, 0.1
# 1970 as a Julian date, a modified one, and a day number of MATLAB.
_ORIGINS: Final = (2440587.5, 40587.0, 719529.0)
_DAY: Final = 86_400.0
_FEW: Final = 0.8
_FLAG, _MOST_FLAGS = 2, 6  # digits of a flag, and flags of a column
# Records that are enough to see that numbers count them.
_CERTAIN_COUNT: Final = 12
# Seconds, milli-, micro- and nanoseconds of now have so many digits; so near they are times of now.
_DIGITS_OF_EPOCH: Final = (10, 13, 16, 19)
_YEARS: Final = 3 * 366 * 86_400.0


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
    if kind is None and names_a_time(name) and _are_dates(column):
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
        or _is_before_times(known, place)
    ) and counts_records(column):
        return False
    if kind is None and column.is_numeric and _counts_days(known, place):
        return False
    if kind is None and column.is_numeric and _says_the_times(known, place):
        return False
    if column.is_empty:
        return not known.complete or not known.structure.rows
    return column.is_numeric


def _counts_days(known: KnownColumns, place: int) -> bool:
    """Whether numbers are the times of the records as days since the origins of `_ORIGINS`, up to the
    offset of a zone."""
    column, ways = known.structure.column(place), known.moment.ways
    cells = column.cells[:: max(1, len(column.cells) // _SAMPLE)]
    first = next((cell for cell in cells if cell), "")
    if len(ways) != 1 or NUMBER.fullmatch(first) is None or {*cells} <= {first, ""}:
        return False
    stamps = known.moment.cells[:: max(1, len(column.cells) // _SAMPLE)]
    apart = dict[float, set[int]]()
    seen = 0
    for cell, stamp in zip(cells, stamps, strict=True):
        if not cell or not stamp:
            continue
        times = (seconds_of(stamp, form) for form in ways[0].formats)
        said = next((seconds for seconds in times if seconds is not None), None)
        if said is None or NUMBER.fullmatch(cell) is None:
            return False
        near = {
            origin: said - (float(cell) - origin) * _DAY
            for origin in (_ORIGINS if not seen else apart)
        }
        apart = {
            origin: {*apart.get(origin, ()), round(away / _QUARTER)}
            for origin, away in near.items()
            if abs(away) <= _WIDEST_OFFSET
        }
        seen += 1
        if not apart:
            return False
    return seen > 1 and any(len(found) == 1 for found in apart.values())


def _says_the_times(known: KnownColumns, place: int) -> bool:
    """Whether numbers say the times of the records again, in seconds since 1970 or as days of a
    spreadsheet.

    Raises:
        Question: the times are those of a zone, by what the numbers say.
    """
    column = known.structure.column(place)
    forms = find_number_formats(column.cells)
    ways = known.moment.ways
    if len(forms) != 1 or forms[0] not in ("epoch", "excel") or len(ways) != 1:
        return False
    apart = set[int]()
    step = max(1, len(column.cells) // _SAMPLE)
    for cell, stamp in list(zip(column.cells, known.moment.cells, strict=True))[::step]:
        own = seconds_of(cell, forms[0]) if cell else None
        times = (seconds_of(stamp, form) for form in ways[0].formats)
        said = next((seconds for seconds in times if seconds is not None), None)
        if own is None or said is None:
            continue
        quarters = (said - own) / _QUARTER
        if abs(said - own) > _WIDEST_OFFSET or abs(quarters - round(quarters)) > _ROUNDED:
            return False
        apart.add(round(quarters))
    if apart == {0} or not apart or known.given.times is not None:
        return bool(apart)
    name, own_names = known.name(place), known.names(known.moment.parts)
    raise Question(
        "layout_unknown",
        f"the timestamp can be {name!r} or {' with '.join(map(repr, own_names))}, which are "
        "those of a zone; name its columns with timestamp_column",
        [
            Alternative({"timestamp_column": (name,)}, f"the timestamp is {name!r}"),
            Alternative(
                {"timestamp_column": own_names},
                f"the timestamp is {' with '.join(map(repr, own_names))}",
            ),
        ],
    )


def _are_dates(column: Column) -> bool:
    """Whether numbers are dates or timestamps of now: `20240614`, 1718359200, 1718359200000."""
    cells = [cell for cell in column.cells if cell]
    forms = find_number_formats(cells)
    if not forms or any("e" in cell.lower() or cell[:1] in "+-" for cell in cells):
        return False
    if forms[0] == "epoch":
        return all(len(cell.partition(".")[0]) in _DIGITS_OF_EPOCH for cell in cells)
    return forms[0].startswith("%Y") and all(map(str.isdigit, cells))


def check_other_instants(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about numbers that may be timestamps of something else: `last_seen`.

    Raises:
        Question: they are seconds or milliseconds since 1970 near the times of the records.
    """
    if known.given.values is not None or not known.moment.ways:
        return
    stamps = (cell for cell in known.moment.cells if cell)
    first = next(stamps, "")
    forms = known.moment.ways[0].formats
    now = next((s for s in (seconds_of(first, form) for form in forms) if s is not None), None)
    for place in values:
        column = known.structure.column(place)
        if now is None or not column.kinds_are_numbers or not _are_dates(column):
            continue
        seen = [seconds_of(cell, "epoch") for cell in column.cells if cell]
        if find_number_formats(column.cells) != ("epoch",):
            continue
        if any(second is None or abs(second - now) > _YEARS for second in seen):
            continue
        name, rest = known.name(place), [k for k in values if k != place]
        raise Question(
            "layout_unknown",
            f"the numbers in {name!r} may be times in seconds since 1970, and no readings; say with "
            "ignore_column that they are not read, or with value_column that they are",
            [
                Alternative({"ignore_column": (name,)}, f"{name!r} is not read"),
                Alternative(
                    {"layout": "wide", "value_column": known.names(values)}, "they are readings"
                ),
            ][0 if rest else 1 :],
        )


def check_counts(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask about numbers that count the records from 0 or 1 on, under a name that does not say so.

    Raises:
        Question: they may be readings all the same; other columns have some.
    """
    if known.given.values is not None:
        return
    for place in values:
        column, name = known.structure.column(place), known.name(place)
        cells = [cell for cell in column.cells if cell]
        first = cells[0].partition(".")[0] if cells else ""
        if known.roles[place] is not None or says_unit(name) or first not in ("0", "1"):
            continue
        rest = [k for k in values if k != place]
        if not rest or len(cells) < _CERTAIN_COUNT or not counts_records(column):
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


def says_unit(name: str) -> bool:
    """Whether a name has a unit in brackets at its end, or a word about the value or the device."""
    return bool(_UNIT_IN_NAME.search(name) or _ABOUT_VALUES & set(folded(name).split()))


def _are_days(column: Column) -> bool:
    """Whether numbers can be days of a year, with the time of day as a fraction: 166.417."""
    cells = [cell for cell in column.cells if NUMBER.fullmatch(cell)]
    return bool(cells) and all(0 <= float(cell) < _END_OF_YEAR for cell in cells)


def _is_before_times(known: KnownColumns, place: int) -> bool:
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


def check_words(known: KnownColumns, values: Sequence[int]) -> None:
    """Ask what the words in columns of values mean: states, or numbers with their units.

    Raises:
        Question: nearly all cells of one are such words.
    """
    if known.given.reads_words:
        return
    for place in values:
        column = known.structure.column(place)
        if column.is_numeric or column.is_empty:
            continue
        found = _read_words(column)
        if found:
            raise _words(known, [place], found, {})


def words_in(known: KnownColumns, keys: Sequence[int]) -> Question | None:
    """A question about columns of words that can be readings; None if there is none such."""
    found: dict[int, dict[str, object]] = {}
    for place in known.free:
        role = known.roles[place]
        if place in keys or (role is not None and role.role in (*_NEVER_VALUES, *TIME_ROLES)):
            continue
        column = known.structure.column(place)
        if not column.is_numeric and not column.is_empty and (read := _read_words(column)):
            found[place] = read
    if not found:
        return None
    options: dict[str, tuple[str, ...]] = {}
    for read in found.values():
        for name, texts in read.items():
            options[name] = tuple(dict.fromkeys((*options.get(name, ()), *texts)))  # type: ignore[misc]
    return _words(
        known, list(found), dict(options), {"layout": "wide", "value_column": known.names(found)}
    )


def check_units(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask about columns of numbers with units beside those of mere numbers.

    Raises:
        Question: there is one without a known name that changes.
    """
    if known.given.reads_words:
        return
    units: dict[int, tuple[str, ...]] = {}
    for place in known.free:
        column = known.structure.column(place)
        if known.roles[place] is not None or place in keys or not known.has_words(place):
            continue
        if _are_marked(column):
            raise _marked(known, place)
        read = _read_words(column).get("value_unit")
        if isinstance(read, tuple) and len(set(column.cells)) > 1:
            units[place] = read
    if not units:
        return
    found = list(units)
    every = tuple(dict.fromkeys(unit for of in units.values() for unit in of))
    columns = known.names(sorted((*values, *found)))
    question = _words(
        known, found, {"value_unit": every}, {"layout": "wide", "value_column": columns}
    )
    names = known.names(found)
    question.alternatives.append(
        Alternative({"ignore_column": names}, f"{', '.join(map(repr, names))} is not read")
    )
    raise question


def _are_marked(column: Column) -> bool:
    """Whether cells are numbers with signs that are no units: `<0.5`, `(12.5)`, `12.5-`."""
    cells = [cell for cell in column.cells if cell]
    marked = sum(_MARKED.fullmatch(cell) is not None for cell in cells)
    numbers = sum(kind_of(cell) in NUMBERS for cell in cells)
    return marked > 0 and marked + numbers >= _FEW * len(cells)


def _marked(known: KnownColumns, place: int) -> Question:
    cells = known.structure.column(place).cells
    shown = next(cell for cell in cells if _MARKED.fullmatch(cell))
    name = known.name(place)
    return Question(
        "value_unknown",
        f"values of {name!r} such as {shown[:40]!r} are no plain numbers; write them as numbers, or "
        "say with ignore_column that they are not read, or with value_column that what is a plain "
        "number in it is read",
        [Alternative({"ignore_column": (name,)}, f"{name!r} is not read")],
    )


def are_of_positions(column: Column) -> bool:
    """Whether cells say how positions were found (`3D`), or are coordinates: `52.5004 N`."""
    cells = {cell for cell in column.cells if cell}
    return bool(cells) and all(_OF_POSITIONS.fullmatch(cell) for cell in cells)


def _read_words(column: Column) -> dict[str, object]:
    """The options with which the words of a column are numbers; none if they are other words."""
    counted = Counter(cell for cell in column.cells if cell)
    total = counted.total()
    states = {cell.lower(): n for cell, n in counted.items() if cell.lower() in STATES}
    if sum(states.values()) >= _FEW * total:
        return {"value_map": tuple(f"{word}={STATES[word]}" for word in sorted(states))}
    if are_of_positions(column):
        return {}
    units: Counter[str] = Counter()
    for cell, n in counted.items():
        if match := WITH_UNIT.fullmatch(cell):
            units[match[1]] += n
    if units and len(units) <= _MOST_UNITS and units.total() >= _FEW * total:
        return {"value_unit": tuple(sorted(units))}
    return {}


def _words(
    known: KnownColumns, places: Sequence[int], read: dict[str, object], more: dict[str, object]
) -> Question:
    shown = next(cell for cell in known.structure.column(places[0]).cells if cell)
    name = known.name(places[0])
    options = [f"{key}={text}" for key, texts in read.items() for text in texts]  # type: ignore[attr-defined]
    what = "words" if "value_map" in read else "numbers with units"
    return Question(
        "value_unknown",
        f"values of {name!r} are {what} such as {shown[:40]!r}; say with "
        f"{' and '.join(read)} which numbers they are",
        [Alternative({**more, **read}, ", ".join(options))],
    )


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
