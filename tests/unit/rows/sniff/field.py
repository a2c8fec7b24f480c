"""Judges what is read of a field file against what is expected of it.

Entries have: `without_options` (`right`: an expert would not ask; `ask`: any reading
is a guess; `either`), `with_options` as on the command line, `readings` in the order of the file,
`without_options_also` and `with_options_also` for other right readings, `optional` ones, `if_notice`
and `names_exact` (only with a notice, or under other names only with one), `time_tolerance_s`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.unit.rows.sniff.reading import Read, Reading

Series = list[tuple[int, float]]
Fits = Callable[[Series, Series, int], bool]


def verdict(found: Read, entry: dict[str, Any]) -> str:
    """`right`, `asked`, `refused`, `part`, or `wrong` with what is wrong."""
    if found.doubt is not None:
        return "asked" if found.doubt.suggestions else "refused"
    if not found.readings:
        return "refused" if found.invalid else "wrong: no reading, and yet no failure"
    if entry["without_options"] == "ask":
        return f"wrong: taken without a question: {found.readings[0]}"
    ways = [entry, *({"optional": entry.get("optional", []), **w} for w in _also(entry))]
    tolerance = round(entry.get("time_tolerance_s", 0) * 10**6)
    mine, partly = _series(found.readings), False
    for way in ways:
        want, more = _series(way["readings"]), _series(way.get("optional", []))
        strange = entry.get("names_exact") and set(mine) != set(want)
        needs_notice = way.get("if_notice") or strange
        if _assigned(mine.values(), want.values(), more.values(), tolerance, _same) == []:
            if not needs_notice or found.notices:
                return "right"
        elif found.invalid:
            left = _assigned(mine.values(), want.values(), more.values(), tolerance, _within)
            partly = partly or left is not None
    return "part" if partly else f"wrong: {found.readings[0]}, expected {entry['readings'][0]}"


def difference(found: Read, entry: dict[str, Any]) -> str | None:
    """What is not as expected with options; None if all is."""
    if found.doubt is not None:
        return str(found.doubt)
    tolerance = round(entry.get("time_tolerance_s", 0) * 10**6)
    wanted = [entry["readings"], *entry.get("with_options_also", [])]
    problems = [_difference(found.readings, want, tolerance) for want in wanted]
    return None if None in problems else problems[0]


def _also(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return list(entry.get("without_options_also", []))


def _difference(got: Sequence[Reading], want: Sequence[Any], tolerance: int) -> str | None:
    for number, (g, w) in enumerate(zip(got, want, strict=False), 1):
        if g[0] != w[0] or abs(_micros(g[1]) - _micros(w[1])) > tolerance or g[2] != w[2]:
            return f"reading {number} is {g}, expected {w}"
    return None if len(got) == len(want) else f"{len(got)} readings, expected {len(want)}"


def _micros(stamp: str) -> int:
    moment = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 10**6 + since.microseconds


def _series(readings: Iterable[Sequence[Any]]) -> dict[str, Series]:
    found: dict[str, Series] = {}
    for sensor, stamp, value in readings:
        found.setdefault(sensor, []).append((_micros(stamp), value))
    return {sensor: sorted(series) for sensor, series in found.items()}


def _same(a: Series, b: Series, tolerance: int) -> bool:
    return len(a) == len(b) and all(
        abs(x[0] - y[0]) <= tolerance and x[1] == y[1] for x, y in zip(a, b, strict=True)
    )


def _within(part: Series, whole: Series, tolerance: int) -> bool:
    rest = list(whole)
    for x in part:
        hit = next(
            (k for k, y in enumerate(rest) if abs(x[0] - y[0]) <= tolerance and x[1] == y[1]), None
        )
        if hit is None:
            return False
        del rest[hit]
    return True


def _assigned(
    got: Iterable[Series], required: Iterable[Series], optional: Iterable[Series],
    tolerance: int, fits: Fits,
) -> list[Series] | None:  # fmt: skip
    """Each series to one of its own; the required ones that are left over, None if one fits none."""
    left = [(series, True) for series in required] + [(series, False) for series in optional]
    for series in sorted(got, key=len, reverse=True):
        hit = next((k for k, (want, _) in enumerate(left) if fits(series, want, tolerance)), None)
        if hit is None:
            return None
        del left[hit]
    return [series for series, needed in left if needed]
