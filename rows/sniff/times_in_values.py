"""Numbers that are times: of the records again, or of something else. They are no readings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import NUMBER, Column
from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.number_times import find_number_formats
from rows.sniff.same_instants import seconds_of

_SAMPLE: Final = 50
# Offsets are quarters of an hour; timestamps may be rounded by so much of one.
_WIDEST_OFFSET, _QUARTER, _ROUNDED = 15 * 3600.0, 900.0, 0.1
# 1970 as a Julian date, a modified one, and a day number of MATLAB.
_ORIGINS: Final = (2440587.5, 40587.0, 719529.0)
_DAY: Final = 86_400.0
# Years with decimals; the mean year and when in the day a time is make some days of difference.
_DECIMAL_YEAR: Final = re.compile(r"(?:1[6-9]|2[01])\d\d\.\d{2,}")
_FIRST_YEAR, _YEAR, _NEAR_IN_YEARS = 1970, 365.2425 * _DAY, 0.012
# Seconds, milli-, micro- and nanoseconds of now have so many digits; so near they are times of now.
_DIGITS_OF_EPOCH: Final = (10, 13, 16, 19)
_YEARS: Final = 3 * 366 * 86_400.0


def counts_days(known: KnownColumns, place: int) -> bool:
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


def counts_years(known: KnownColumns, place: int) -> bool:
    """Whether numbers are the times of the records as years with decimals (`2024.4522`)."""
    column, ways = known.structure.column(place), known.moment.ways
    step = max(1, len(column.cells) // _SAMPLE)
    pairs = [
        (cell, stamp)
        for cell, stamp in list(zip(column.cells, known.moment.cells, strict=True))[::step]
        if cell and stamp
    ]
    if len(ways) != 1 or len({cell for cell, _ in pairs}) < 2:
        return False
    for cell, stamp in pairs:
        times = (seconds_of(stamp, form) for form in ways[0].formats)
        said = next((seconds for seconds in times if seconds is not None), None)
        if said is None or _DECIMAL_YEAR.fullmatch(cell) is None:
            return False
        if abs(float(cell) - (_FIRST_YEAR + said / _YEAR)) > _NEAR_IN_YEARS:
            return False
    return True


def says_the_times(known: KnownColumns, place: int) -> bool:
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


def are_dates(column: Column) -> bool:
    """Whether numbers are dates or timestamps of now: `20240614`, 1718359200, 1718359200000."""
    forms = find_number_formats(column.cells)
    cells = [cell for cell in column.cells if cell] if forms else []
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
        if now is None or not column.kinds_are_numbers or not are_dates(column):
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
