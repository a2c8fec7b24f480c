"""The instant of a record: the first format that fits its timestamp, in the zone that applies to it."""

from __future__ import annotations

from rows.kernels import plan_layout as at
from rows.kernels.clock import laid_out, written
from rows.kernels.instants import ABSOLUTE, NO_ZONE, iso, numbered
from rows.kernels.intrinsics import copy, load8, load64
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.templates import MAX_TEXT, composed, offset_named, zone_named
from rows.kernels.timestamp import MOMENT, NO_FORMAT, OUT_OF_RANGE, in_years
from rows.kernels.zoning import instant_of

_SPACE, _TAB = 32, 9
_MINUTE = 60_000_000


@inner
def readable(s: int, e: int, base: int, end: int, to: int, room: int) -> tuple[int, int]:
    """The same text at an address after which 64 bytes can be read; cut if it is too long for `to`."""
    if s < base or e > end or e + 64 <= end:
        return s, e
    size = min(e - s, room - 64)
    copy(to, s, size)
    return to, to + size


@inner
def _local(s: int, e: int, settings: Int64s, zone: int) -> tuple[int, int, int, int]:
    """What the first format that fits makes of a timestamp; see `rows.kernels.instants`."""
    where = settings.ctypes.data
    comma = 0 if settings[at.SIGNS] == at.POINT else 1
    worst = NO_FORMAT
    for k in range(settings[at.FORMATS]):
        form = settings[at.FORMATS_AT] + 8 * at.FORMAT_WORDS * k
        what = load64(form)
        if what == at.WRITTEN:
            done, local = laid_out(s, e, form)
            if done != 0:
                return MOMENT, local, 0, 0
            outcome, local, kind, which = written(
                s,
                e,
                load64(form + 8 * at.PROGRAM_AT),
                load64(form + 8 * at.PROGRAM_SIZE),
                where,
                zone,
            )
        elif what == at.ISO:
            outcome, local, kind, which = iso(s, e)
        else:
            outcome, local, kind, which = numbered(s, e, form, comma)
        if outcome == MOMENT:
            return outcome, local, kind, which
        if outcome == OUT_OF_RANGE:
            worst = outcome
    return worst, 0, 0, 0


@inner
def _zone_of_record(
    places: Int64s, settings: Int64s, state: Int64s, scratch: int
) -> tuple[int, int, int]:
    """The zone of a record: (address, minutes of a fixed offset if that is 0, what is wrong:
    0, NO_ZONE, or -1: the zone is not made ready)."""
    s = scratch
    e, _ = composed(
        settings[at.ZONE_PARTS_AT], settings[at.ZONE_PARTS], False, 0, 0, places, scratch
    )
    while s < e and load8(s) in (_SPACE, _TAB):
        s += 1
    while s < e and load8(e - 1) in (_SPACE, _TAB):
        e -= 1
    fixed, minutes = offset_named(s, e)
    if fixed:
        return 0, minutes, 0
    number = zone_named(s, e, scratch + MAX_TEXT, settings[at.ZONE_NAMES_AT])
    if number < 0:
        return 0, 0, NO_ZONE
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * number
    if load64(zone + 8 * at.ZONE_SEGMENTS) == 0:
        state[at.ZONE_ASKED] = number
        return 0, 0, -1
    return zone, 0, 0


@inner
def _zoned_slow(
    s: int,
    e: int,
    key: int,
    places: Int64s,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    scratch: int,
) -> tuple[int, int]:
    """The instant of a timestamp whose zone is in the record."""
    zone, minutes, wrong = _zone_of_record(places, settings, state, scratch)
    if wrong == -1:
        return -1, 0
    any_zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    outcome, local, kind, which = _local(s, e, settings, zone if zone != 0 else any_zone)
    if outcome != MOMENT:
        return outcome, 0
    if kind == ABSOLUTE:
        return MOMENT, local
    if wrong != 0:
        return wrong, 0
    if zone == 0:
        return MOMENT, local - minutes * _MINUTE
    return instant_of(local, kind, which, zone, key, settings, state, memory)


@inlined
def record_instant(
    s: int,
    e: int,
    key: int,
    places: Int64s,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    scratch: int,
    zone: int,
) -> tuple[int, int]:
    """The instant that a timestamp names: (what became of it, microseconds).

    More than `rows.kernels.timestamp` and `instants` say: FULL, and -1 if a zone is asked for.
    """
    if settings[at.ZONE_PARTS] != 0:
        outcome, instant = _zoned_slow(s, e, key, places, settings, state, memory, scratch)
    else:
        outcome, instant, kind, which = _local(s, e, settings, zone)
        if outcome == MOMENT and kind != ABSOLUTE:
            outcome, instant = instant_of(instant, kind, which, zone, key, settings, state, memory)
    if outcome == MOMENT:
        instant += settings[at.SHIFT]
        if not in_years(instant):
            outcome = OUT_OF_RANGE
    return outcome, instant
