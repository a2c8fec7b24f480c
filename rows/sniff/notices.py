"""Notices that follow from the head: a likely local time zone, several quantities of one sensor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import le
from typing import Final

from rows.sniff.clock_lines import has_another_zone
from rows.sniff.zones import says_local, says_times_are_local
from schemas.notices import Notice, NoticeCode

_HALF_DAY: Final = re.compile(
    r"\d\s?(?:[ap](?:\.?\s?m|\Z)|[πμ]\.?μ|[صم]\Z)|(?:[上下]午|午[前後]|오[전후])\s?\d",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)")
_SWITCH_HOURS: Final = range(4)


def notices_of(
    stamps: Sequence[str],
    *,
    zone_known: bool,
    mixed_units: bool = False,
    header: Sequence[str] = (),
) -> tuple[Notice, ...]:
    """What the head shows and is not acted on.

    Args:
        stamps: timestamps of the head, in the order of its records.
        zone_known: an option, the header or the cells say the zone.
        mixed_units: a sensor has values with different units.
        header: names of the timestamp's columns, and lines before them that say that times are local,
            or have a time of another zone.
    """
    found = []
    is_said = any(says_local(text) or says_times_are_local(text) for text in header)
    said = "their header says so" if is_said else None
    if said is None and any(has_another_zone(text) for text in header):
        said = "a line before the data has a time of another zone"
    if not zone_known and (reason := said or _local(stamps)):
        found.append(
            Notice(
                code=NoticeCode.LOCAL_ZONE,
                message=f"timestamps are taken as UTC, but look like local time: {reason}",
                suggestion="say with timezone which zone they are of, such as Europe/Berlin",
            )
        )
    if mixed_units:
        found.append(
            Notice(
                code=NoticeCode.SEVERAL_QUANTITIES,
                message="one sensor has values of several quantities or units",
                suggestion="name the column of the quantity with sensor_column too",
            )
        )
    return tuple(found)


def _local(stamps: Sequence[str]) -> str | None:
    """Why timestamps look like local time; None if nothing says so."""
    if any(_HALF_DAY.search(stamp) for stamp in stamps[:20]):
        return "they are written with AM and PM"
    if _only_go_on(stamps):
        return None
    before: datetime | None = None
    for stamp, _ in groupby(stamps):
        found = _PLAIN.match(stamp)
        if found is None:
            return None
        try:
            now = datetime.fromisoformat(f"{found[1]} {found[2]}")
        except ValueError:
            continue
        if before is not None and _is_switch(before, now):
            return f"an hour comes twice on {found[1]}, a day on which clocks are changed"
        before = now
    return None


def _only_go_on(stamps: Sequence[str]) -> bool:
    """Whether no timestamp is before the one above it, if they are such as `_PLAIN` begins with."""
    text = "\n".join(stamps)
    if " " in text and "T" in text:
        return False  # `10:00` after a blank is less than `09:00` after a letter
    return all(map(le, stamps, islice(stamps, 1, None)))


def _is_switch(before: datetime, now: datetime) -> bool:
    """Whether time steps back by up to an hour in a night in which clocks are put back."""
    back = before - now
    if not timedelta(0) < back <= timedelta(hours=1) or now.weekday() != 6:
        return False
    last = (now + timedelta(days=7)).month != now.month
    october = now.month == 10 and last
    november = now.month == 11 and now.day <= 7
    return (october or november) and now.hour in _SWITCH_HOURS
