"""When a measurement began, by lines before the data; for suggestions only."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from rows.sniff.same_instants import seconds_of
from rows.sniff.structure import Structure
from rows.sniff.timestamps import find_ways
from rows.sniff.words import folded, role_of

_ENTRY: Final = re.compile(
    r"[ \t#\"']*+([^:=,;\t \"'][^:=,;\t]{0,39}?)[\"' ]*[:=,;\t]++[ \"']*+(.*?)[\s,;\"']*$"
)
_OF_START: Final = frozenset(
    {
        "start",
        "started",
        "begin",
        "began",
        "beginn",
        "beginnt",
        "debut",
        "inicio",
        "inizio",
        "aanvang",
    }
)

_LONGEST: Final = 200  # bytes of a line that are looked at


def declared_start(structure: Structure) -> str | None:
    """The start as the option `timestamp_start` has it: `2024-06-14T10:00:00`, of one line or of one
    for the date and one for the time of day; None if there are none, or they can be read in more than
    one way."""
    day = clock = None
    for name, moment, has_date, has_time in _entries(structure):
        if not _OF_START & set(folded(name).split()):
            continue
        if has_date and has_time:
            return f"{moment:%Y-%m-%dT%H:%M:%S}"
        if has_date:
            day = day or moment
        else:
            clock = clock or moment
    return f"{day:%Y-%m-%d}T{clock:%H:%M:%S}" if day is not None and clock is not None else None


def declared_day(structure: Structure) -> str | None:
    """The only date of lines that are called so, or say the start; None if there is none."""
    days = {
        f"{moment:%Y-%m-%d}"
        for name, moment, has_date, _ in _entries(structure)
        if has_date
        and (
            _OF_START & set(folded(name).split())
            or ((role := role_of(name)) is not None and role.role in ("date", "timestamp"))
        )
    }
    return days.pop() if len(days) == 1 else None


def _entries(structure: Structure) -> list[tuple[str, datetime, bool, bool]]:
    """Names and times of lines that are a name and a time without a zone, and whether it has a date
    and a time of day."""
    found = []
    for line in structure.preamble:
        entry = _ENTRY.match(line.text[:_LONGEST].decode("utf-8", "replace"))
        ways = find_ways([entry[2]], clock=True).ways if entry is not None and entry[2] else ()
        if entry is None or len(ways) != 1 or ways[0].zone is not None:
            continue
        seconds = seconds_of(entry[2], ways[0].formats[0])
        if seconds is not None:
            moment = datetime.fromtimestamp(seconds, UTC)
            found.append((entry[1], moment, ways[0].has_date, ways[0].has_time))
    return found
