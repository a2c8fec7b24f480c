"""Time zones as arrays: what a local time is in UTC, for every local time of the years 1900 to 2299.

The line of local time is divided into segments. In each, the offset is the same if the clock shows
such a time once; if it shows it twice there are two, the earlier instant's first; if it shows it
never (the hour that is skipped) the first is smaller than the second. They are the two offsets that
`zoneinfo` gives for `fold` 0 and 1.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from schemas.instants import EPOCH
from schemas.zone_names import fixed_offset, zone_data

_SECOND: Final = 1_000_000
# Local times of the years that are taken, and a day more at either side.
FIRST: Final = int((datetime(1899, 12, 30, tzinfo=UTC) - EPOCH).total_seconds())
LAST: Final = int((datetime(2300, 1, 3, tzinfo=UTC) - EPOCH).total_seconds())
# Beyond the transitions of a TZif file its rule says when the clock changes, twice a year at most
# and never within fewer days than these of each other.
_STEP: Final = 16 * 86_400
_HEADER: Final = struct.Struct(">4sc15x6l")
_DAY: Final = 86_400 * _SECOND
# What no local time reaches: the end of the last segment.
NEVER: Final = 1 << 62

Int64s = NDArray[np.int64]


@dataclass(frozen=True)
class Zone:
    """Segments of a zone: where each begins in local time, and its offsets, in microseconds.

    `bounds` has one entry more, `NEVER`. The first segment begins before all local times.
    """

    name: str
    bounds: Int64s
    first: Int64s
    second: Int64s
    # Offsets by abbreviation, as far as the zone uses them, the most recent one last.
    abbreviations: dict[str, tuple[int, ...]]

    @property
    def repeats(self) -> bool:
        """Whether the clock ever shows a time twice."""
        return bool((self.first > self.second).any())


@lru_cache(maxsize=64)
def zone_of(name: str) -> Zone:
    """The zone of an IANA name or an offset.

    Raises:
        KeyError: it is neither.
    """
    minutes = fixed_offset(name)
    if minutes is not None:
        offset = np.array([minutes * 60 * _SECOND])
        bounds = np.array([-NEVER, NEVER])
        return Zone(name, bounds, offset, offset, {})
    times, offsets, names = _transitions(zone_data(name), name)
    # As zoneinfo does it: a clock that goes back shows the hour before the change once more.
    before, after = offsets[:-1], offsets[1:]
    first_walls = times + np.maximum(before, after)
    second_walls = times + np.minimum(before, after)
    walls = np.unique(np.concatenate([first_walls, second_walls]))
    walls = np.concatenate([[-NEVER // _SECOND], walls])
    first = offsets[np.searchsorted(first_walls, walls, side="right")]
    second = offsets[np.searchsorted(second_walls, walls, side="right")]
    changed = np.ones(len(walls), bool)
    changed[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    bounds = np.append(walls[changed] * _SECOND, NEVER)
    bounds[0] = -NEVER
    return Zone(name, bounds, first[changed] * _SECOND, second[changed] * _SECOND, names)


def with_times_before(zone: Zone, *, descending: bool) -> tuple[Zone, Int64s]:
    """The zone with a segment of its own for the local times right before each repeated hour, from
    the day before it on (if `descending`: right after it, to the end of the next day), as far as
    clocks show them once; and 1 for each such segment, 0 for the others."""
    bounds, first, second = (array.tolist() for array in (zone.bounds, zone.first, zone.second))
    segments: list[tuple[int, int, int, int]] = []
    for k in range(len(first)):
        begin, end = bounds[k], bounds[k + 1]
        twice = k - 1 if descending else k + 1
        if first[k] != second[k] or not 0 <= twice < len(first) or first[twice] <= second[twice]:
            segments.append((begin, first[k], second[k], 0))
            continue
        # Parted where the near times begin; if descending, where they end.
        at = (begin - 1) // _DAY * _DAY + 2 * _DAY if descending else end // _DAY * _DAY - _DAY
        if begin < at < end:
            segments.append((begin, first[k], second[k], int(descending)))
            segments.append((at, first[k], second[k], int(not descending)))
        else:
            segments.append((begin, first[k], second[k], 1))
    begins, firsts, seconds, near = (np.array(column) for column in zip(*segments, strict=True))
    bounds_of = np.append(begins, NEVER)
    return Zone(zone.name, bounds_of, firsts, seconds, zone.abbreviations), near


def _transitions(data: bytes, name: str) -> tuple[Int64s, Int64s, dict[str, tuple[int, ...]]]:
    """The instants (seconds) at which the offset changes, and the offsets (seconds) from before the
    first one on; and the offsets (microseconds) of abbreviations."""
    times, kinds, types, letters = _tzif(data)
    zone = ZoneInfo.from_file(io.BytesIO(data), key=name)

    def at(second: int) -> tuple[int, str]:
        moment = (EPOCH + timedelta(seconds=second)).astimezone(zone)
        offset = moment.utcoffset()
        assert offset is not None
        return round(offset.total_seconds()), moment.tzname() or ""

    found: list[tuple[int, int, str]] = []  # second, offset, abbreviation
    for time, kind in zip(times, kinds, strict=True):
        if FIRST <= time < LAST:
            found.append((time, types[kind][0], letters[kind]))
    begin, beginning = at(FIRST)
    # What the rule after the last transition says.
    second = max([FIRST, *times[-1:]])
    here = at(second)
    while second < LAST:
        there = at(min(second + _STEP, LAST))
        if there != here:
            low, high = second, min(second + _STEP, LAST)
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if at(middle) == here else (low, middle)
            found.append((high, *there))
        here, second = there, second + _STEP
    instants, offsets = [], [begin]
    names: dict[str, dict[int, None]] = {beginning: {begin: None}}
    for time, offset, abbreviation in found:
        known = names.setdefault(abbreviation, {})
        known.pop(offset, None)
        known[offset] = None
        if offset != offsets[-1]:
            instants.append(time)
            offsets.append(offset)
    return (
        np.array(instants, np.int64),
        np.array(offsets, np.int64),
        {
            text: tuple(o * _SECOND for o in found)
            for text, found in names.items()
            if text.isalpha()
        },
    )


def _tzif(data: bytes) -> tuple[list[int], list[int], list[tuple[int, int, int]], list[str]]:
    """Transitions, their kinds, the kinds' (offset, daylight saving, place of the name), and names
    of a TZif file of version 2 or later (RFC 8536)."""
    magic, version, utc, std, leap, count, kinds, letters = _HEADER.unpack_from(data)
    if magic != b"TZif" or version < b"2":
        raise ValueError("not a TZif file of version 2 or later")
    # The first block is the one of version 1; it is skipped.
    at = _HEADER.size + count * 5 + kinds * 6 + letters + leap * 8 + std + utc
    _, _, utc, std, leap, count, kinds, letters = _HEADER.unpack_from(data, at)
    at += _HEADER.size
    times = list(struct.unpack_from(f">{count}q", data, at))
    at += 8 * count
    of = list(data[at : at + count])
    at += count
    types = [struct.unpack_from(">lBB", data, at + 6 * k) for k in range(kinds)]
    at += 6 * kinds
    names = data[at : at + letters]
    texts = [names[place : names.index(b"\0", place)].decode() for _, _, place in types]
    return times, of, [(int(a), int(b), int(c)) for a, b, c in types], texts
