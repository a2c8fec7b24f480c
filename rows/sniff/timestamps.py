"""Timestamps of a column: every way to read them that fits the column as a whole.

The order of a date in numbers is settled by any cell that only one order can read, and by nothing
else: neither by what is usual with its signs, nor by the order of the records. Two-digit years are
the exception to the second: an order that spreads neighbouring records over years while another
keeps them together is no way to read a log.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from rows.sniff.written_times import ISO, Written, iso_as_format, written
from schemas.calendar_names import half_after_clock, month_of

ORDERS: Final = ("dmy", "mdy", "ymd")
_LETTERS: Final = {"d": "%d", "m": "%m", "y": "%y"}

_MASK: Final = str.maketrans("012345678", "9" * 9)
# Ways to write a timestamp that are looked at, the most frequent first; and formats of a plan.
_SHAPES: Final = 40
_FORMATS: Final = 8
# A cell that contradicts the others costs itself, and not the column, if so few do.
_STRAY: Final = 0.02
# So many cells are nearly all.
_MOST: Final = 0.9
# A way has to read so many of the cells.
_ENOUGH: Final = 0.5
# Days per record from which an order of two-digit years spreads a log, and up to which it does not.
_SPREAD, _TOGETHER = 200.0, 32.0

_STEPS: Final = {
    "%Y": r"(\d{4})", "%y": r"(\d{2})", "%m": r"(\d{1,2})", "%d": r"(\d{1,2})",
    "%j": r"(\d{1,3})", "%H": r"(\d{1,2})", "%I": r"(\d{1,2})", "%M": r"(\d{1,2})",
    "%h": r"(\d{1,2}(?:\.\d+)?)", "%S": r"(\d{1,2})", "%f": r"\d{1,9}", "%b": r"([^\W\d_]+)", "%a": r"[^\W\d_]+",
    "%p": r"([^\W\d_][^\d\n]*?)", "%z": r"(?:[Zz]|[+-]\d\d(?::?\d\d)?)", "%Z": r"[A-Za-z]+",
    "%*": r".*", "%1": r"(\d{1,2})", "%2": r"(\d{1,2})", "%3": r"(\d{2})", "%%": "%",
}  # fmt: skip
_COMPACT: Final = {"%m": r"(\d{2})", "%d": r"(\d{2})", "%H": r"(\d{2})", "%M": r"(\d{2})"}
_COMPACT["%S"] = r"(\d{2})"
_TOKEN: Final = re.compile(r"%.|[ \t]+|.", re.DOTALL)
_INTERVAL: Final = re.compile(r"(?<!\d)(\d\d):(\d\d)(?::\d\d)?-(\d\d):(\d\d)(?::\d\d)?$")
_END: Final = re.compile(r"-\d\d:\d\d(?::\d\d)?$")
_LONGEST_END: Final = 9


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read a column of timestamps.

    Attributes:
        formats: for the option `timestamp_format`, the most frequent first.
        order: of dates in numbers: `dmy`, `mdy` or `ymd`; empty if it is never in question.
        fits: cells that it reads.
        zone: see `Written.zone`; `mixed` if only some cells have one.
    """

    formats: tuple[str, ...]
    order: str
    fits: int
    has_date: bool
    has_time: bool
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a column's cells are as timestamps: no way, one way, or several that are in question."""

    cells: int  # that are not empty
    ways: tuple[Way, ...]

    @property
    def formats(self) -> tuple[str, ...]:
        """Those of the one way; none if there is none, or more than one."""
        return self.ways[0].formats if len(self.ways) == 1 else ()


def find_ways(cells: Sequence[str], *, order: str | None = None, clock: bool = False) -> Found:
    """The ways to read a column's trimmed cells.

    Args:
        order: of dates in numbers, if the header says it (`dd/mm/yyyy`).
        clock: the column has times of day, so that `18.00.00` is one.
    """
    # Many records have the same time.
    times = Counter(cells)
    times.pop("", None)
    count = times.total()
    if not count:
        return Found(0, ())
    distinct = list(times)
    if are_intervals(times):
        starts = find_ways([_END.sub("", cell) for cell in cells], order=order, clock=clock)
        return Found(starts.cells, tuple(_until(way, distinct) for way in starts.ways))
    written_as = _masks(distinct)
    masks = Counter(written_as)
    if len(distinct) != count:
        masks.clear()
        for mask, n in zip(written_as, times.values(), strict=True):
            masks[mask] += n
    to_midnight = any(cell[11:13] == "24" for cell in distinct)
    if len(masks) == 1 and not to_midnight and ISO.fullmatch(distinct[0]):
        # All cells are written alike; numbers that are no time of day cost their own row.
        found = written(distinct[0])
        assert found is not None
        return Found(count, (Way(("iso",), "", count, True, found.has_time, found.zone),))
    kinds: Counter[Written] = Counter()
    examples = dict(zip(reversed(written_as), reversed(distinct), strict=True))
    for mask, n in masks.most_common(_SHAPES):
        kind = written(examples[mask])
        if kind is not None and clock and not kind.has_time and "." in kind.form:
            kind = _dotted_clock(kind)
        if kind is not None and to_midnight and kind.form == "iso" and kind.has_time:
            kind = replace(kind, form=iso_as_format(examples[mask]))
        if kind is not None:
            kinds[kind] += n
    if not kinds:
        return Found(count, ())
    return Found(count, _settled(list(kinds), times, order))


def are_intervals(times: Counter[str]) -> bool:
    """Whether times are followed by the ends of intervals, which look like offsets from UTC.

    `10:00-10:15` and `10:15-10:30`: the second time is always as long after the first one.

    Args:
        times: how often each comes, in the order in which they come first.
    """
    if "-" not in next(iter(times), "")[-_LONGEST_END:]:
        return False
    found = [_INTERVAL.search(cell) for cell in times]
    pairs = {(int(m[1]) * 60 + int(m[2]), int(m[3]) * 60 + int(m[4])) for m in found if m}
    lengths = {(end - start) % (24 * 60) for start, end in pairs}
    if len(pairs) <= 1 or len(lengths) != 1:
        return False
    others = sum(n for m, n in zip(found, times.values(), strict=True) if m is None)
    return others <= few_of(times.total())


def _until(way: Way, cells: Sequence[str]) -> Way:
    """A way to read the starts of intervals, as one to read the intervals."""
    starts = (_END.sub("", cell) for cell in cells)
    example = next((start for start in starts if ISO.fullmatch(start)), "")
    forms = (iso_as_format(example) if form == "iso" else form for form in way.formats)
    return replace(way, formats=tuple(f"{form}-%*" for form in forms))


def few_of(count: int) -> int:
    """How many of `count` cells of a column may be of lines that are no records: one, or one in fifty."""
    return max(1, count // 50)


def _masks(cells: Sequence[str]) -> list[str]:
    """Cells with 9 for every digit."""
    masks = "\n".join(cells).translate(_MASK).split("\n")
    return masks if len(masks) == len(cells) else [cell.translate(_MASK) for cell in cells]


def _dotted_clock(kind: Written) -> Written:
    forms = {"%1.%2.%3": "%H.%M.%S", "%1.%2": "%H.%M"}
    if kind.form not in forms:
        return kind
    return Written(forms[kind.form], False, True)


def _settled(kinds: Sequence[Written], times: Counter[str], order: str | None) -> tuple[Way, ...]:
    total = times.total()
    columns = [_Cells(kind, times) for kind in kinds]
    columns = [column for column in columns if column.count]
    if not any(column.kind.is_open for column in columns):
        way = _way(columns, "", {id(c): c.fixed_count() for c in columns})
        return (way,) if way is not None and way.fits >= _ENOUGH * total else ()
    fixed = [column for column in columns if not column.kind.is_open]
    days = {o: _days(columns, o) for o in ORDERS}
    survivors = _surviving(days)
    if len(survivors) != 1 and sum(c.count for c in fixed) >= _MOST * total:
        # A few cells that are in question cost themselves.
        way = _way(fixed, "", {id(c): c.fixed_count() for c in fixed})
        return (way,) if way is not None else ()
    if order in survivors:
        survivors = [order]
    elif order is not None and any(days[order]):
        survivors.append(order)  # the header contradicts the cells
    ways = []
    for o in survivors:
        fits = {
            id(c): c.count_of(days[o][k]) if c.kind.is_open else c.fixed_count()
            for k, c in enumerate(columns)
        }
        way = _way(columns, o, fits)
        if way is not None and way.fits >= _ENOUGH * total:
            ways.append(way)
    return tuple(ways)


def _counted(pattern: re.Pattern[str], times: Counter[str]) -> Counter[tuple[str, ...]]:
    """What the groups of a pattern have in the lines of cells, and how often.

    Args:
        times: how often each cell comes.
    """
    if len(times) * 2 > times.total():
        found = Counter(pattern.findall("\n".join(times.elements())))
    else:
        found = Counter()
        text = "\n".join(times)
        rows = pattern.findall(text)
        if len(rows) == len(times) == text.count("\n") + 1:
            # One of each cell.
            for row, n in zip(rows, times.values(), strict=True):
                found[row] += n
        else:
            for cell, n in times.items():
                for row in pattern.findall(cell):
                    found[row] += n
    if pattern.groups == 1:
        return Counter({(text,): n for text, n in found.items()})
    return found


class _Cells:
    """The cells that are written in one way, by the parts of their date."""

    def __init__(self, kind: Written, times: Counter[str]) -> None:
        self.kind = kind
        self.dates: Counter[tuple[str, ...]] = Counter()
        if kind.form == "iso":
            self.count = sum(
                n for cell, n in times.items() for line in cell.split("\n") if ISO.fullmatch(line)
            )
            return
        pattern, names = _pattern(kind.form)
        found = _counted(pattern, times)
        clock = [k for k, name in enumerate(names) if name in _CLOCK_LIMITS]
        for k in clock:
            limits = _CLOCK_LIMITS[names[k]]
            if any(not limits(value) for value in {row[k] for row in found}):
                found = Counter({row: n for row, n in found.items() if limits(row[k])})
        self.count = found.total()
        places = [k for k, name in enumerate(names) if name not in _CLOCK_LIMITS]
        self._places = {names[k]: place for place, k in enumerate(places)}
        if not places:
            self.dates[()] = self.count
        elif len(found) == self.count:
            by_part = list(zip(*found, strict=True))
            self.dates.update(zip(*(by_part[k] for k in places), strict=True) if found else ())
        else:
            for row, n in found.items():
                self.dates[tuple([row[k] for k in places])] += n

    def fixed_count(self) -> int:
        """Cells whose date exists, its order being known."""
        if not self.dates or not self._places:
            return self.count
        return sum(n for parts, n in self.dates.items() if _day(self._named(parts)) is not None)

    def _named(self, parts: tuple[str, ...]) -> dict[str, str]:
        return {name: parts[k] for name, k in self._places.items()}

    def days(self, order: str) -> dict[tuple[str, ...], date]:
        """The dates that exist if the order is this one."""
        found = {}
        letters = [_LETTERS[letter] for letter in order]
        if "%Y" in self._places:
            if order == "ymd":
                return {}
            letters = [letter for letter in letters if letter != "%y"]
        for parts in self.dates:
            named = self._named(parts)
            if letters[0] == "%y" and len(named["%1"]) != 2:
                continue
            for number, letter in zip(("%1", "%2", "%3"), letters, strict=False):
                named[letter] = named.pop(number)
            day = _day(named)
            if day is not None:
                found[parts] = day
        return found

    def count_of(self, days: Iterable[tuple[str, ...]]) -> int:
        """Cells with one of these dates."""
        return sum(self.dates[parts] for parts in days)


def _day(named: dict[str, str]) -> date | None:
    """The day of the parts of a date by their directives; None if there is none such."""
    try:
        if "%Y" in named:
            year = int(named["%Y"])
        else:
            year = int(named["%y"])
            year += 1900 if year >= 69 else 2000
        if not 1900 <= year < 2300:
            return None
        if "%j" in named:
            first, day = date(year, 1, 1), int(named["%j"])
            return date.fromordinal(first.toordinal() + day - 1) if 1 <= day <= 366 else None
        month = month_of(named["%b"]) if "%b" in named else int(named["%m"])
        return date(year, month, int(named["%d"])) if month else None
    except ValueError:
        return None


_Days = list[dict[tuple[str, ...], date]]


def _days(columns: Sequence[_Cells], order: str) -> _Days:
    return [column.days(order) if column.kind.is_open else {} for column in columns]


def _surviving(days: dict[str, _Days]) -> list[str]:
    """The orders that stay in question, by what each reads that the others do not."""
    read = {
        order: {(k, parts) for k, of in enumerate(found) for parts in of}
        for order, found in days.items()
    }
    orders = [order for order in days if read[order]]
    orders = [
        order
        for order in orders
        if not any(_beats(read, other, order) for other in orders if other != order)
    ]
    spread = {order: _days_per_date(days[order]) for order in orders}
    if len(orders) > 1 and any(s <= _TOGETHER for s in spread.values()):
        orders = [
            order
            for order in orders
            if spread[order] <= _SPREAD
            or not any(
                (other == "ymd") != (order == "ymd") and spread[other] <= _TOGETHER
                for other in orders
            )
        ]
    return orders


def _beats(read: dict[str, set[tuple[int, tuple[str, ...]]]], winner: str, loser: str) -> bool:
    """Whether what only `winner` reads settles that the order is not `loser`."""
    only_winner, only_loser = read[winner] - read[loser], read[loser] - read[winner]
    return len(only_winner) > 0 and len(only_loser) <= _STRAY * len(only_winner)


def _days_per_date(found: _Days) -> float:
    """The average distance between neighbouring dates; 0 if there are fewer than three dates."""
    every = sorted({day for of in found for day in of.values()})
    if len(every) < 3:
        return 0.0
    return (every[-1] - every[0]).days / (len(every) - 1)


def _way(columns: Sequence[_Cells], order: str, fits: dict[int, int]) -> Way | None:
    used = sorted((c for c in columns if fits[id(c)]), key=lambda c: -fits[id(c)])[:_FORMATS]
    if not used:
        return None
    kinds = [c.kind for c in used]
    zones = {kind.zone for kind in kinds}
    formats = tuple(dict.fromkeys(form_in(kind.form, order) for kind in kinds))
    dated = {kind.has_date for kind in kinds}
    if len(dated) > 1:
        return None  # times of day among dates: what is meant is not to be seen
    return Way(
        formats=formats,
        order=order,
        fits=sum(fits[id(c)] for c in used),
        has_date=True in dated,
        has_time=any(kind.has_time for kind in kinds),
        zone=zones.pop() if len(zones) == 1 else "mixed",
    )


def form_in(form: str, order: str) -> str:
    """A format whose date is open, with the order filled in."""
    if "%1" not in form:
        return form
    letters = [_LETTERS[letter] for letter in order]
    if "%3" not in form:
        letters = [letter for letter in letters if letter != "%y"]
    for number, letter in enumerate(letters, 1):
        form = form.replace(f"%{number}", letter)
    return form


@lru_cache(512)
def _pattern(form: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern for whole lines, and the directives of its groups."""
    parts, names = [], []
    tokens = _TOKEN.findall(form)
    for k, token in enumerate(tokens):
        if token[0] == "%" and token in _STEPS:
            beside = (tokens[k - 1 : k] + tokens[k + 1 : k + 2]) if k else tokens[1:2]
            stuck = any(t[0] == "%" and t in _COMPACT | {"%Y": ""} for t in beside)
            step = _COMPACT[token] if stuck and token in _COMPACT else _STEPS[token]
            parts.append(step)
            if step.startswith("(") and not step.startswith("(?"):
                names.append(token)
        elif not token.strip(" \t"):
            parts.append(r"[ \t]+")
        else:
            parts.append(re.escape(token))
    return re.compile(rf"(?m)^{''.join(parts)}$"), tuple(names)


def _below(limit: int, lowest: int = 0) -> frozenset[str]:
    return frozenset(text for n in range(lowest, limit) for text in (str(n), f"{n:02}"))


_HOURS, _TWELVE, _SIXTY = _below(25), _below(13, 1), _below(60)
_CLOCK_LIMITS: Final[dict[str, Callable[[str], bool]]] = {
    "%H": lambda text: text in _HOURS,
    "%h": lambda text: text.partition(".")[0] in _HOURS,
    "%I": lambda text: text in _TWELVE,
    "%M": lambda text: text in _SIXTY,
    "%S": lambda text: text in _SIXTY,
    "%p": lambda text: half_after_clock(text) is not None,
}
