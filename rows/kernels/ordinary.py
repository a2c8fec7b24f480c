"""Ordinary records of a read plan: one line without quotes, a known sensor, a plain time and number.

Nearly all records of nearly all files are so. What is not is left to `rows.kernels.reading`, which
decides everything again: these loops only take what they are certain of.
"""

from __future__ import annotations

from rows.kernels import layout
from rows.kernels import plan_layout as at
from rows.kernels.cells import plain_value
from rows.kernels.grammar import is_repeated, may_repeat, trimmed
from rows.kernels.intrinsics import (
    copy,
    load8,
    load64,
    mask1,
    mask2,
    shr,
    store8,
    store64,
    trailing_zeros,
)
from rows.kernels.jit import Floats, Int64s, inlined, inner
from rows.kernels.known_time import is_local, is_passed_over, known_instant
from rows.kernels.notices import is_sentinel
from rows.kernels.record_fields import SLACK
from rows.kernels.sensors import add_reading, find_sensor, list_reading, sensor_hash
from rows.kernels.timestamp import in_years

_LF, _CR, _DOT, _COMMA, _SPACE = 10, 13, 46, 44, 32
_BLOCK = 64
# A longer line is not looked at.
MODERATE = 1024


@inlined
def _ends_of_fields(
    p: int, end: int, delimiter: int, quote: int, ends: int, wanted: int
) -> tuple[int, int]:
    """The record at p if it is one line without quotes: (address of its line feed, its fields);
    (0, 0) if it is anything else. The words at `ends` get the address before the first field, then
    the ends of the first `wanted` fields."""
    store64(ends, p - 1)
    fields = 0
    block = p
    while True:
        if block + SLACK > end or block - p > MODERATE:
            return 0, 0
        special = mask2(block, delimiter, _LF)
        odd = mask2(block, quote, _CR)
        line_end = mask1(block, _LF)
        if line_end != 0:
            before = (line_end & -line_end) - 1
            k = block + trailing_zeros(line_end)
            odd &= before
            # A carriage return right before the line feed is part of the line end.
            if odd != 0 and not (odd == shr(before + 1, 1) and load8(k - 1) == _CR):
                return 0, 0
            special &= before
        elif odd != 0:
            return 0, 0
        while special != 0:
            if fields < wanted:
                store64(ends + 8 * fields + 8, block + trailing_zeros(special))
            fields += 1
            special &= special - 1
        if line_end != 0:
            if fields < wanted:
                # Nothing before the record is read: it may be the first of the batch, and empty.
                store64(ends + 8 * fields + 8, k - 1 if k > p and load8(k - 1) == _CR else k)
            return k, fields + 1
        block += _BLOCK


@inlined
def _field(k: int, ends: int) -> tuple[int, int]:
    """The field of that number of a record as `_ends_of_fields` found it, trimmed."""
    return trimmed(load64(ends + 8 * k) + 1, load64(ends + 8 * k + 8))


@inlined
def _timestamp(n: int, second: int, ends: int, area: int) -> tuple[int, int, int]:
    """The timestamp of a record: (begin, end, size of its first cell if it is two, else -1)."""
    s, e = _field(n, ends)
    if second < 0:
        return s, e, -1
    s2, e2 = _field(second, ends)
    first_size = e - s
    if s2 == e + 1:
        return s, e2, first_size
    if first_size + e2 - s2 > 64:
        return s, s, 0  # fits no format that is looked for
    copy(area, s, first_size)
    store8(area + first_size, _SPACE)
    copy(area + first_size + 1, s2, e2 - s2)
    return area, area + first_size + 1 + e2 - s2, first_size


@inner
def ordinary_records(
    p: int,
    end: int,
    row: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    floats: Floats,
    ends: int,
    known: int,
) -> tuple[int, int]:
    """Read ordinary records from p on: (begin of the first one that is not ordinary, how many were read).

    `row` is the number of the first one. `ends` and `known` are addresses: of `settings[SLOTS] + 1`
    words, and of what `rows.kernels.known_time` keeps.
    """
    width, wanted = settings[layout.WIDTH], settings[at.SLOTS]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    comment = settings[layout.COMMENT]
    time_cell, second_cell = settings[at.ORDINARY_TIME], settings[at.ORDINARY_TIME_2]
    fixed = settings[at.SENSOR_MODE] == at.FIXED
    sensor_cell, value_cell = settings[at.SENSOR_CELL], load64(settings[at.VALUES_AT])
    point = _COMMA if settings[at.SIGNS] == at.COMMA_ONLY else _DOT
    form, shift, latest = settings[at.FORMATS_AT], settings[at.SHIFT], settings[at.LATEST]
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    readings, readings_room = settings[at.READINGS], settings[at.READINGS_SIZE]
    sensors, slots, mask = memory[at.SENSORS_M], memory[at.SLOTS_M], memory[at.SLOT_COUNT_M] - 1
    keys, noted = memory[at.KEYS_M], memory[at.NOTED_M]
    area = memory[at.SCRATCH_M] + memory[at.SCRATCH_SIZE_M]
    by_order = state[at.ORDER_LIVE] != 0
    read = state[at.READ]
    lowest, highest = floats[layout.MIN], floats[layout.MAX]
    count = 0
    number = load64(settings[at.FIXED_AT]) if fixed else 0
    while p < end:
        k, fields = _ends_of_fields(p, end, delimiter, quote, ends, wanted)
        if fields != width or load8(p) == comment:
            break
        if may_repeat(p, settings) and is_repeated(p, k, settings):
            break
        s, e, first_size = _timestamp(time_cell, second_cell, ends, area)
        done, instant = known_instant(s, e, first_size, form, zone, area, known)
        # While a sensor is in a repeated hour every local time counts.
        if not done or (by_order and is_local(known)):
            break
        instant += shift
        s, e = _field(value_cell, ends)
        done, value = plain_value(s, e, point)
        if not done:
            break
        sensor = sensors + number * layout.SENSOR_BYTES
        if not fixed:
            s, e = _field(sensor_cell, ends)
            if s == e or e - s > layout.MAX_ID_BYTES:
                break
            sensor = find_sensor(s, e, end, sensor_hash(s, e, end), slots, mask, sensors, keys)
            if sensor == 0:
                break
        if not in_years(instant):
            break
        if value < lowest:
            lowest = value
        if value > highest:
            highest = value
        add_reading(sensor, instant, row + count, value, sensors, noted)
        if is_sentinel(value):
            if state[at.SENTINEL] == 0:
                state[at.SENTINEL_ROW] = row + count
            state[at.SENTINEL] += 1
        if instant > latest:
            if state[at.FUTURE] == 0:
                state[at.FUTURE_ROW] = row + count
            state[at.FUTURE] += 1
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
def ordinary_times(
    p: int,
    end: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    ends: int,
    known: int,
) -> int:
    """Pass over records from p on that say nothing about the order of records: no sensor is in a
    repeated hour, and their times are in none. Returns the begin of the first one that may."""
    comment, wanted = settings[layout.COMMENT], settings[at.SLOTS]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    time_cell, second_cell = settings[at.ORDINARY_TIME], settings[at.ORDINARY_TIME_2]
    form = settings[at.FORMATS_AT]
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    area = memory[at.SCRATCH_M] + memory[at.SCRATCH_SIZE_M]
    if state[at.ORDER_LIVE] != 0:
        return p
    while p < end:
        k, fields = _ends_of_fields(p, end, delimiter, quote, ends, wanted)
        if fields < wanted or load8(p) == comment:
            break
        s, e, first_size = _timestamp(time_cell, second_cell, ends, area)
        if not is_passed_over(s, e, first_size, form, zone, area, known):
            break
        p = k + 1
    return p
