"""Whole numbers before the timestamp that do not change: those of a station, whatever it is called.

Records begin with what they are of (`ind_kli;datum;t`), and files of several stations are sorted by
it, so that a head may have one station only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from rows.sniff.doubt import Alternative, Question
from rows.sniff.known_columns import KnownColumns
from rows.sniff.sensor_role import key_alternative
from rows.sniff.value_role import is_before_times, says_unit

# Numbers of one or two digits may be readings that do not change.
_SHORT: Final = 2
# So many records with the same number show that it does not change.
_MANY: Final = 8


def check_leading_numbers(known: KnownColumns, keys: Sequence[int], values: Sequence[int]) -> None:
    """Ask about whole numbers before the timestamp that are the same in all records, or in all
    records of each of several parts that come one after the other.

    Raises:
        Question: they may be readings all the same; other columns have some that change.
    """
    if known.given.values is not None:
        return
    found = [place for place in values if place not in keys and _may_say(known, place)]
    rest = sorted({*values} - {*found})
    if not found or not any(len(set(known.structure.column(k).cells)) > 1 for k in rest):
        return
    names = known.names(found)
    raise Question(
        "layout_unknown",
        f"the numbers in {' and '.join(map(repr, names[:3]))}, before the timestamp, do not change "
        "from record to record, as if they said the sensor; say with sensor_column that they do, with "
        "ignore_column that they are not read, or with value_column that they are readings",
        [
            key_alternative(known, (*keys, *found)),
            Alternative({"ignore_column": names}, f"{', '.join(names)} is not read"),
            Alternative(
                {"layout": "wide", "value_column": known.names(values)}, "all of them are values"
            ),
        ],
    )


def _may_say(known: KnownColumns, place: int) -> bool:
    """Whether numbers of a column can be those of stations."""
    name, cells = known.name(place), known.structure.column(place).cells
    if known.roles[place] is not None or says_unit(name) or not is_before_times(known, place):
        return False
    if not all(cell.isascii() and cell.isdigit() and len(cell) > _SHORT for cell in cells):
        return False
    runs = [(number, sum(1 for _ in run)) for number, run in groupby(cells)]
    steps = {int(b) - int(a) for (a, _), (b, _) in pairwise(runs)}
    if steps and (steps <= {1} or steps <= {-1}):
        return False  # a counter, or the charge of a battery
    return len({number for number, _ in runs}) == len(runs) and all(
        count >= _MANY for _, count in runs
    )
