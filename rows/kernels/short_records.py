"""Short records of a read plan: one line without quotes that ends within a block, of four fields at
most.

As `rows.kernels.ordinary`, which reads whatever is left here, for the records of most long files. It is
a loop of its own, because a loop that does less for each record keeps more of it in registers.
"""

from __future__ import annotations

from rows.kernels import layout
from rows.kernels import plan_layout as at
from rows.kernels.cells import plain_value
from rows.kernels.grammar import trimmed
from rows.kernels.intrinsics import (
    load8,
    load64,
    mask1,
    mask2,
    ones,
    shr,
    trailing_zeros,
)
from rows.kernels.jit import Floats, Int64s, inlined, inner
from rows.kernels.known_time import common_instant, is_local, known_instant
from rows.kernels.notices import is_sentinel
from rows.kernels.record_fields import SLACK
from rows.kernels.sensors import add_reading, find_sensor, list_reading, sensor_hash
from rows.kernels.timestamp import in_years

_LF, _CR, _DOT, _COMMA, _SPACE, _TAB, _BOM = 10, 13, 46, 44, 32, 9, 0xEF
# Fields of a record.
MOST_FIELDS = 4


@inlined
def _ends(p: int, delimiter: int, quote: int, width: int) -> tuple[int, int, int, int, int]:
    """The record at p: (address of its line feed, the end of its last field, those of its first three,
    which are at most that); zeros if it is none of these. A block of bytes is read."""
    line_end = mask1(p, _LF)
    before = (line_end & -line_end) - 1
    k = p + trailing_zeros(line_end)
    odd = mask2(p, quote, _CR) & before
    stop = k
    if odd != 0:
        # A carriage return right before the line feed is part of the line end.
        if odd != shr(before + 1, 1) or load8(k - 1) != _CR:
            return 0, 0, 0, 0, 0
        stop = k - 1
    delimiters = mask1(p, delimiter) & before
    if line_end == 0 or ones(delimiters) != width - 1:
        return 0, 0, 0, 0, 0
    k0 = p + trailing_zeros(delimiters)
    delimiters &= delimiters - 1
    k1 = p + trailing_zeros(delimiters)
    delimiters &= delimiters - 1
    k2 = p + trailing_zeros(delimiters)
    return k, stop, min(k0, stop), min(k1, stop), min(k2, stop)


@inlined
def _field(p: int, n: int, stop: int, k0: int, k1: int, k2: int) -> tuple[int, int]:
    """The field of that number of a record as `_ends` found it, trimmed."""
    if n == 0:
        return trimmed(p, k0)
    if n == 1:
        return trimmed(k0 + 1, k1)
    if n == 2:
        return trimmed(k1 + 1, k2)
    return trimmed(k2 + 1, stop)


@inlined
def _timestamp(
    p: int, n: int, second: int, stop: int, k0: int, k1: int, k2: int
) -> tuple[int, int, int]:
    """The timestamp of a record as `_ends` found it: (begin, end, size of its first cell if it is two,
    else -1); an empty text if two cells are not one behind the other."""
    s, e = _field(p, n, stop, k0, k1, k2)
    if second < 0:
        return s, e, -1
    s2, e2 = _field(p, second, stop, k0, k1, k2)
    return (s, e2, e - s) if s2 == e + 1 else (s, s, 0)


@inner
def _other_instant(
    s: int, e: int, first_size: int, form: int, zone: int, area: int, known: Int64s
) -> tuple[bool, int]:
    """As `known_instant`, called and not inlined: for the first timestamp of a shape."""
    return known_instant(s, e, first_size, form, zone, area, known)


@inlined
def _instant(
    s: int, e: int, first_size: int, form: int, iso: bool, zone: int, area: int, known: Int64s
) -> tuple[bool, int, bool]:
    """What [s, e) names: (whether it is read here, the instant, whether it is local time)."""
    if iso:
        done, instant, local = common_instant(s, e, first_size, known)
        if done:
            return True, instant, local
        done, instant = _other_instant(s, e, first_size, form, zone, area, known)
        return done, instant, is_local(known)
    done, instant = known_instant(s, e, first_size, form, zone, area, known)
    return done, instant, is_local(known)


@inlined
def _begins_odd(p: int, comment: int, header: int, units: int) -> bool:
    """Whether the record at p may be a comment, or the header or the units line again."""
    byte = load8(p)
    return bool(byte in (comment, header, units, _SPACE, _TAB, _BOM))


@inlined
def _records(
    p: int,
    end: int,
    row: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    floats: Floats,
    known: Int64s,
    iso: bool,
) -> tuple[int, int]:
    width, comment = settings[layout.WIDTH], settings[layout.COMMENT]
    header = settings[layout.REPEATED + layout.REPEATED_FIRST]
    units = settings[layout.REPEATED + layout.REPEATED_WORDS + layout.REPEATED_FIRST]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    time_cell, second_cell = settings[at.ORDINARY_TIME], settings[at.ORDINARY_TIME_2]
    sensor_cell, value_cell = settings[at.SENSOR_CELL], load64(settings[at.VALUES_AT])
    point = _COMMA if settings[at.SIGNS] == at.COMMA_ONLY else _DOT
    form, shift, latest = settings[at.FORMATS_AT], settings[at.SHIFT], settings[at.LATEST]
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    area = memory[at.SCRATCH_M] + memory[at.SCRATCH_SIZE_M]
    readings, readings_room = settings[at.READINGS], settings[at.READINGS_SIZE]
    sensors, slots, mask = memory[at.SENSORS_M], memory[at.SLOTS_M], memory[at.SLOT_COUNT_M] - 1
    keys, noted = memory[at.KEYS_M], memory[at.NOTED_M]
    by_order = state[at.ORDER_LIVE] != 0
    read = state[at.READ]
    lowest, highest = floats[layout.MIN], floats[layout.MAX]
    count = 0
    while p + SLACK <= end:
        k, stop, k0, k1, k2 = _ends(p, delimiter, quote, width)
        if k == 0 or _begins_odd(p, comment, header, units):
            break
        s, e, first_size = _timestamp(p, time_cell, second_cell, stop, k0, k1, k2)
        done, instant, local = _instant(s, e, first_size, form, iso, zone, area, known)
        # While a sensor is in a repeated hour every local time counts.
        if not done or (by_order and local):
            break
        instant += shift
        s, e = _field(p, value_cell, stop, k0, k1, k2)
        done, value = plain_value(s, e, point)
        if not done:
            break
        s, e = _field(p, sensor_cell, stop, k0, k1, k2)
        if s == e:
            break
        sensor = find_sensor(s, e, end, sensor_hash(s, e, end), slots, mask, sensors, keys)
        if sensor == 0 or instant > latest or not in_years(instant) or is_sentinel(value):
            break
        if value < lowest:
            lowest = value
        if value > highest:
            highest = value
        add_reading(sensor, instant, row + count, value, sensors, noted)
        if readings != 0:
            list_reading(
                readings, readings_room, read + count, instant, value, row + count,
                (sensor - sensors) // layout.SENSOR_BYTES,
            )  # fmt: skip
        count += 1
        p = k + 1
    state[at.READ] += count
    floats[layout.MIN], floats[layout.MAX] = lowest, highest
    return p, count


@inner
def short_records(
    p: int,
    end: int,
    row: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    floats: Floats,
    known: Int64s,
) -> tuple[int, int]:
    """Read short records from p on: (begin of the first one that is none, how many were read).

    Arguments as `rows.kernels.ordinary.ordinary_records`.
    """
    if load64(settings[at.FORMATS_AT]) == at.ISO:
        return _records(p, end, row, settings, state, memory, floats, known, True)
    return _records(p, end, row, settings, state, memory, floats, known, False)


@inner
def short_times(p: int, end: int, settings: Int64s, memory: Int64s, known: Int64s) -> int:
    """Pass over short records from p on that say nothing about the order of records: see
    `rows.kernels.ordinary.ordinary_times`. Returns the begin of the first one that may."""
    width, comment = settings[layout.WIDTH], settings[layout.COMMENT]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    time_cell, second_cell = settings[at.ORDINARY_TIME], settings[at.ORDINARY_TIME_2]
    form = settings[at.FORMATS_AT]
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    area = memory[at.SCRATCH_M] + memory[at.SCRATCH_SIZE_M]
    iso = load64(form) == at.ISO
    while p + SLACK <= end:
        k, stop, k0, k1, k2 = _ends(p, delimiter, quote, width)
        if k == 0 or load8(p) == comment:
            break
        s, e, first_size = _timestamp(p, time_cell, second_cell, stop, k0, k1, k2)
        done = False
        if iso:
            done, _, _ = common_instant(s, e, first_size, known)
        if not done:
            done, _ = _other_instant(s, e, first_size, form, zone, area, known)
        if not done:
            break
        p = k + 1
    return p
