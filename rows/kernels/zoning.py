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


@inlined
def _is_beside(local: int, zone: int, entry: int, settings: Int64s) -> bool:
    """Whether a time outside of a sensor's repeated hour is so near to it that times of this file can
    go back into it."""
    jitter = settings[at.JITTER]
    if jitter == 0:
        return False
    bounds = load64(zone + 8 * at.ZONE_BOUNDS)
    segment = load64(entry + 8 * at.ORDER_SEGMENT)
    begin, end = load64(bounds + 8 * segment), load64(bounds + 8 * segment + 8)
    return bool(begin - jitter <= local < end + jitter)


@inner
def left(local: int, zone: int, key: int, settings: Int64s, state: Int64s, memory: Int64s) -> None:
    """A sensor has a time outside of repeated hours: what was known of it there is forgotten.

    Not yet if it is so near to the hour that times of this file can go back into it.
    """
    entry = _order_slot(key, memory[at.ORDER_M], memory[at.ORDER_SLOTS_M])
    if load64(entry) != key or load64(entry + 8 * at.ORDER_PASS) == at.LEFT:
        return
    if _is_beside(local, zone, entry, settings):
        return
    store64(entry + 8 * at.ORDER_PASS, at.LEFT)
    state[at.ORDER_LIVE] -= 1


@inner
def _live_entry(key: int, state: Int64s, memory: Int64s) -> int:
    """Address of the entry of a sensor that is to be followed; 0: there is no room in the table; -1:
    more sensors are followed already than can be."""
    slots = memory[at.ORDER_SLOTS_M]
    entry = _order_slot(key, memory[at.ORDER_M], slots)
    if load64(entry) != 0 and load64(entry + 8 * at.ORDER_PASS) != at.LEFT:
        return entry
    if state[at.ORDER_LIVE] >= at.MAX_ORDER:
        return -1
    if load64(entry) == 0:
        if 2 * (state[at.ORDER_USED] + 1) > slots:
            return 0
        store64(entry, key)
        store64(entry + 8 * at.ORDER_PASS, at.LEFT)
        state[at.ORDER_USED] += 1
    return entry


@inner
def _put(entry: int, local: int, segment: int, which: int, run: int, state: Int64s) -> None:
    """Keep what is known of the sensor of a live entry."""
    if load64(entry + 8 * at.ORDER_PASS) == at.LEFT:
        state[at.ORDER_LIVE] += 1
    store64(entry + 8 * at.ORDER_LOCAL, local)
    store64(entry + 8 * at.ORDER_SEGMENT, segment)
    store64(entry + 8 * at.ORDER_PASS, which)
    store64(entry + 8 * at.ORDER_RUN, run)


@inner
def _is_kept_near(
    local: int,
    segment: int,
    zone: int,
    key: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
) -> bool:
    """Keep a sensor's time before a repeated hour; False if there is no room in the table."""
    entry = _live_entry(key, state, memory)
    if entry <= 0:
        return bool(entry != 0)
    in_hour = load64(entry + 8 * at.ORDER_PASS) not in (at.LEFT, at.NEAR)
    if not in_hour or not _is_beside(local, zone, entry, settings):
        _put(entry, local, segment, at.NEAR, 1, state)
    return True


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
    entry = _live_entry(key, state, memory)
    if entry <= 0:
        return -1 if entry == 0 else -2
    descending = settings[at.DESCENDING]
    current = load64(entry + 8 * at.ORDER_PASS)
    if current < 0 or load64(entry + 8 * at.ORDER_SEGMENT) != segment:
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
    _put(entry, local, segment, current, run, state)
    return current


@inner
def _pass_by_cadence(
    local: int,
    segment: int,
    width: int,
    zone: int,
    key: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
) -> int:
    """As `_pass_by_order`, of a file whose head has a cadence that the hour is no multiple of.

    A logger may have been started again since, with another phase, and records may be lacking. So a
    time counts if it is one step after the last one of its sensor, or that time again. Otherwise the
    order of records counts, unless the phase of the last time says the other pass, or says nothing
    and it is more than a step ago. -2 if the last time is not known, and from a time on that may be of
    either pass.
    """
    entry = _order_slot(key, memory[at.ORDER_M], memory[at.ORDER_SLOTS_M])
    if load64(entry) == 0:
        return -2
    which = load64(entry + 8 * at.ORDER_PASS)
    last, of_last = load64(entry + 8 * at.ORDER_LOCAL), load64(entry + 8 * at.ORDER_SEGMENT)
    if which in (at.LEFT, at.DOUBT) or (which >= 0 and of_last != segment):
        return -2
    if which >= 0 and local == last:
        return which
    firsts, seconds = load64(zone + 8 * at.ZONE_FIRST), load64(zone + 8 * at.ZONE_SECOND)
    before = last - load64((seconds if which == 1 else firsts) + 8 * of_last)
    step = settings[at.STEP]
    earlier = local - load64(firsts + 8 * segment) - before
    later = local - load64(seconds + 8 * segment) - before
    if settings[at.DESCENDING] != 0:
        earlier, later = -earlier, -later
    if step in (earlier, later):
        found = 0 if earlier == step else 1
        _put(entry, local, segment, found, 1, state)
        return found
    found = _pass_by_order(local, segment, width, key, settings, state, memory)
    if found >= 0:
        on, other = (later, earlier) if found == 1 else (earlier, later)
        if on % step == 0 or (other % step != 0 and 0 < on < step):
            return found
    if found != -1:
        _put(entry, local, segment, at.DOUBT, 1, state)
        return -2
    return found


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
            if settings[at.PHASE_IS_KEPT] == 0 and width % step != 0:
                later = _pass_by_cadence(local, segment, width, zone, key, settings, state, memory)
            elif fits != ((local - second) % step == phase):
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
        if key != 0:
            near = load64(zone + 8 * at.ZONE_NEAR)
            if near != 0 and load64(near + 8 * segment) != 0:
                if not _is_kept_near(local, segment, zone, key, settings, state, memory):
                    return FULL, 0
            elif state[at.ORDER_LIVE] != 0:
                left(local, zone, key, settings, state, memory)
        return MOMENT, local - first
    if first < second:
        return SKIPPED, 0
    return _twice(local, segment, zone, key, settings, state, memory)
