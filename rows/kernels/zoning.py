"""From what a clock shows to an instant: time zones, and the hour that a clock shows twice."""

from __future__ import annotations

from rows.kernels import plan_layout as at
from rows.kernels.instants import ABBREVIATED, REPEATED, SKIPPED
from rows.kernels.intrinsics import load64, store64
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.timestamp import MOMENT

# More: the table of sensors within a repeated hour is full.
FULL = 9


@inlined
def segment_of(local: int, zone: int) -> int:
    """The segment of a zone that a local time is in; the one of the time before is tried first."""
    hit = load64(zone + 8 * at.ZONE_HIT)
    bounds = load64(zone + 8 * at.ZONE_BOUNDS)
    if load64(bounds + 8 * hit) <= local < load64(bounds + 8 * hit + 8):
        return hit
    return _searched(local, zone, bounds)


@inner
def _searched(local: int, zone: int, bounds: int) -> int:
    low = 0
    high = load64(zone + 8 * at.ZONE_SEGMENTS)
    while high - low > 1:
        middle = (low + high) >> 1
        if load64(bounds + 8 * middle) <= local:
            low = middle
        else:
            high = middle
    store64(zone + 8 * at.ZONE_HIT, low)
    return low


@inner
def _abbreviated(first: int, second: int, which: int, zone: int) -> int:
    """The offset that an abbreviation means if the zone has these two."""
    entry = load64(zone + 8 * at.ZONE_ABBREVIATIONS_AT) + 8 * at.ABBREVIATION_WORDS * which
    for k in range(load64(entry + 8 * at.ABBREVIATION_COUNT)):
        offset = load64(entry + 8 * (at.ABBREVIATION_OFFSETS + k))
        if offset in (first, second):
            return offset
    return load64(entry + 8 * at.ABBREVIATION_OFFSETS)


@inner
def _order_slot(key: int, table: int, slots: int) -> int:
    """Address of a sensor's entry, or of the free one that would be its."""
    k = key & (slots - 1)
    while True:
        entry = table + 8 * at.ORDER_WORDS * k
        found = load64(entry)
        if found in (key, 0):
            return entry
        k = (k + 1) & (slots - 1)


@inner
def left(local: int, zone: int, key: int, settings: Int64s, state: Int64s, memory: Int64s) -> None:
    """A sensor has a time outside of repeated hours: what was known of it there is forgotten.

    Not yet if it is so near to the hour that times of this file can go back into it.
    """
    entry = _order_slot(key, memory[at.ORDER_M], memory[at.ORDER_SLOTS_M])
    if load64(entry) != key or load64(entry + 8 * at.ORDER_PASS) < 0:
        return
    jitter = settings[at.JITTER]
    if jitter != 0:
        bounds = load64(zone + 8 * at.ZONE_BOUNDS)
        segment = load64(entry + 8 * at.ORDER_SEGMENT)
        begin, end = load64(bounds + 8 * segment), load64(bounds + 8 * segment + 8)
        if begin - jitter <= local < end + jitter:
            return
    store64(entry + 8 * at.ORDER_PASS, -1)
    state[at.ORDER_LIVE] -= 1


@inner
def _pass_by_order(
    local: int, segment: int, width: int, key: int, settings: Int64s, state: Int64s, memory: Int64s
) -> int:
    """Whether a time in a repeated hour is the first (0) or the second (1) of its sensor.

    A sensor's times go on in one direction; if they turn back within the hour, by more than times
    of this file do anyway, the clock was changed between. Equal times are of one pass, unless a
    sensor's times are as far apart as the hour is long and as many as share a time elsewhere were
    there already. -1: no room in the table; -2: it cannot be known, because times are further apart
    than the hour is long or go back by a good part of it anyway, because any number of records share
    a time, or because there are more sensors in the hour than are followed.
    """
    jitter = settings[at.JITTER]
    if settings[at.STEP] > width or 4 * jitter > width:
        return -2
    table, slots = memory[at.ORDER_M], memory[at.ORDER_SLOTS_M]
    entry = _order_slot(key, table, slots)
    descending = settings[at.DESCENDING]
    if state[at.ORDER_LIVE] >= at.MAX_ORDER and (
        load64(entry) == 0 or load64(entry + 8 * at.ORDER_PASS) < 0
    ):
        return -2
    if load64(entry) == 0:
        if 2 * (state[at.ORDER_USED] + 1) > slots:
            return -1
        store64(entry, key)
        store64(entry + 8 * at.ORDER_PASS, -1)
        state[at.ORDER_USED] += 1
    current = load64(entry + 8 * at.ORDER_PASS)
    if current < 0 or load64(entry + 8 * at.ORDER_SEGMENT) != segment:
        if current < 0:
            state[at.ORDER_LIVE] += 1
        store64(entry + 8 * at.ORDER_SEGMENT, segment)
        current = descending
        run = 1
    else:
        last = load64(entry + 8 * at.ORDER_LOCAL)
        run = load64(entry + 8 * at.ORDER_RUN) + 1
        if local != last:
            run = 1
        turned = local - jitter > last if descending != 0 else local + jitter < last
        if local == last and settings[at.STEP] >= width and run > settings[at.REPEATS]:
            if settings[at.REPEATS] == 0:
                return -2
            turned = True
            run = 1
        if turned:
            current = 1 - descending
        elif (local > last) == (descending != 0):
            local = last  # a time that came late
    store64(entry + 8 * at.ORDER_LOCAL, local)
    store64(entry + 8 * at.ORDER_PASS, current)
    store64(entry + 8 * at.ORDER_RUN, run)
    return current


@inner
def _twice(
    local: int, segment: int, zone: int, key: int, settings: Int64s, state: Int64s, memory: Int64s
) -> tuple[int, int]:
    """A local time that the clock shows twice: (what became of it, instant)."""
    bounds = load64(zone + 8 * at.ZONE_BOUNDS)
    first = load64(load64(zone + 8 * at.ZONE_FIRST) + 8 * segment)
    second = load64(load64(zone + 8 * at.ZONE_SECOND) + 8 * segment)
    state[at.AMBIGUOUS_SEEN] += 1
    how = settings[at.AMBIGUOUS]
    if how == at.INVALID:
        return REPEATED, 0
    later = 1 if how == at.LATER else 0
    if how == at.BY_ORDER and key != 0:
        width = load64(bounds + 8 * segment + 8) - load64(bounds + 8 * segment)
        step, phase = settings[at.STEP], settings[at.PHASE]
        later = 2
        if phase >= 0:
            # If only one of the two is a multiple of the step away from the others, it is that one.
            fits = (local - first) % step == phase
            if fits != ((local - second) % step == phase):
                later = 0 if fits else 1
        if later == 2:
            later = _pass_by_order(local, segment, width, key, settings, state, memory)
        if later == -2:
            return REPEATED, 0
        if later == -1:
            return FULL, 0
    return MOMENT, local - (second if later != 0 else first)


@inlined
def instant_of(
    local: int,
    kind: int,
    which: int,
    zone: int,
    key: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
) -> tuple[int, int]:
    """The instant of a local time in a zone: (what became of it, microseconds).

    `key` is the hash of the sensor; 0 for a record that has no part in the order of records.
    """
    segment = segment_of(local, zone)
    first = load64(load64(zone + 8 * at.ZONE_FIRST) + 8 * segment)
    second = load64(load64(zone + 8 * at.ZONE_SECOND) + 8 * segment)
    if kind == ABBREVIATED:
        return MOMENT, local - _abbreviated(first, second, which, zone)
    if first == second:
        if state[at.ORDER_LIVE] != 0 and key != 0:
            left(local, zone, key, settings, state, memory)
        return MOMENT, local - first
    if first < second:
        return SKIPPED, 0
    return _twice(local, segment, zone, key, settings, state, memory)
