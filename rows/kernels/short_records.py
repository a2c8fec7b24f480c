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
    store64,
    trailing_zeros,
)
from rows.kernels.jit import Floats, Int64s, inlined, inner
from rows.kernels.known_time import is_local, is_passed_over, known_instant
from rows.kernels.notices import is_sentinel
from rows.kernels.record_fields import SLACK
from rows.kernels.record_sensors import new_sensor
from rows.kernels.sensors import add_reading, find_sensor, id_fault, list_reading, sensor_hash
from rows.kernels.timestamp import in_years

_LF, _CR, _DOT, _COMMA, _SPACE, _TAB, _BOM = 10, 13, 46, 44, 32, 9, 0xEF
_WORD = 8
# Fields of a record, and the words that say where they end.
MOST_FIELDS = 4
ENDS_SIZE = MOST_FIELDS + 1


@inlined
def _ends(p: int, delimiter: int, quote: int, width: int, ends: int) -> int:
    """The record at p: address of its line feed, 0 if it is none of these. A block of bytes is read.

    The words at `ends` get the address before its first field, then the end of each field.
    """
    line_end = mask1(p, _LF)
    before = (line_end & -line_end) - 1
    k = p + trailing_zeros(line_end)
    odd = mask2(p, quote, _CR) & before
    stop = k
    if odd != 0:
        # A carriage return right before the line feed is part of the line end.
        if odd != shr(before + 1, 1) or load8(k - 1) != _CR:
            return 0
        stop = k - 1
    delimiters = mask1(p, delimiter) & before
    if line_end == 0 or ones(delimiters) != width - 1:
        return 0
    store64(ends, p - 1)
    store64(ends + 8, p + trailing_zeros(delimiters))
    delimiters &= delimiters - 1
    store64(ends + 16, p + trailing_zeros(delimiters))
    delimiters &= delimiters - 1
    store64(ends + 24, p + trailing_zeros(delimiters))
    store64(ends + 8 * width, stop)
    return k


@inlined
def _field(n: int, ends: int) -> tuple[int, int]:
    """The field of that number of a record as `_ends` found it, trimmed."""
    return trimmed(load64(ends + 8 * n) + 1, load64(ends + 8 * n + 8))


@inlined
def _timestamp(n: int, second: int, ends: int) -> tuple[int, int, int]:
    """The timestamp of a record as `_ends` found it: (begin, end, size of its first cell if it is two,
    else -1); an empty text if two cells are not one behind the other."""
    s, e = _field(n, ends)
    if second < 0:
        return s, e, -1
    s2, e2 = _field(second, ends)
    return (s, e2, e - s) if s2 == e + 1 else (s, s, 0)


@inlined
def _begins_as(p: int, byte: int, first: int, size: int, word: int) -> bool:
    """Whether the record at p begins as a text of `size` bytes, as far as its first eight."""
    return bool(byte == first and (size < _WORD or load64(p) == word))


@inner
def short_records(
    p: int,
    end: int,
    row: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    floats: Floats,
    known: int,
    ends: int,
) -> tuple[int, int]:
    """Read short records from p on: (begin of the first one that is none, how many were read).

    Arguments as `rows.kernels.ordinary.ordinary_records`; at `ends` are `ENDS_SIZE` words.
    """
    width, comment = settings[layout.WIDTH], settings[layout.COMMENT]
    header = layout.REPEATED
    header_first = settings[header + layout.REPEATED_FIRST]
    header_size = settings[header + layout.REPEATED_SIZE]
    header_word = settings[header + layout.REPEATED_WORD]
    units = header + layout.REPEATED_WORDS
    units_first = settings[units + layout.REPEATED_FIRST]
    units_size = settings[units + layout.REPEATED_SIZE]
    units_word = settings[units + layout.REPEATED_WORD]
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
        k = _ends(p, delimiter, quote, width, ends)
        if k == 0:
            break
        byte = load8(p)
        if byte in (comment, _SPACE, _TAB, _BOM):
            break
        if _begins_as(p, byte, header_first, header_size, header_word) or _begins_as(
            p, byte, units_first, units_size, units_word
        ):
            break
        s, e, first_size = _timestamp(time_cell, second_cell, ends)
        done, instant = known_instant(s, e, first_size, form, zone, area, known)
        # While a sensor is in a repeated hour every local time counts.
        if not done or (by_order and is_local(known)):
            break
        instant += shift
        s, e = _field(value_cell, ends)
        done, value = plain_value(s, e, point)
        if not done or instant > latest or not in_years(instant) or is_sentinel(value):
            break
        s, e = _field(sensor_cell, ends)
        if s == e:
            break
        h = sensor_hash(s, e, end)
        sensor = find_sensor(s, e, end, h, slots, mask, sensors, keys)
        if sensor == 0:
            if id_fault(s, e) != 0:
                break
            number = new_sensor(s, e, end, h, state, memory)
            if number < 0:
                break
            sensor = sensors + number * layout.SENSOR_BYTES
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
def short_times(p: int, end: int, settings: Int64s, memory: Int64s, known: int, ends: int) -> int:
    """Pass over short records from p on that say nothing about the order of records: see
    `rows.kernels.ordinary.ordinary_times`. Returns the begin of the first one that may."""
    width, comment = settings[layout.WIDTH], settings[layout.COMMENT]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    time_cell, second_cell = settings[at.ORDINARY_TIME], settings[at.ORDINARY_TIME_2]
    form = settings[at.FORMATS_AT]
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    area = memory[at.SCRATCH_M] + memory[at.SCRATCH_SIZE_M]
    while p + SLACK <= end:
        k = _ends(p, delimiter, quote, width, ends)
        if k == 0 or load8(p) == comment:
            break
        s, e, first_size = _timestamp(time_cell, second_cell, ends)
        if not is_passed_over(s, e, first_size, form, zone, area, known):
            break
        p = k + 1
    return p


@inner
def short_moments(
    p: int,
    end: int,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    known: int,
    ends: int,
) -> int:
    """List the instants of short records from p on, each with the hash of its sensor. Returns the begin
    of the first one whose instant or sensor has to be looked at otherwise.

    No sensor is in a repeated hour.
    """
    width, comment = settings[layout.WIDTH], settings[layout.COMMENT]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    time_cell, second_cell = settings[at.ORDINARY_TIME], settings[at.ORDINARY_TIME_2]
    sensor_cell, shift = settings[at.SENSOR_CELL], settings[at.SHIFT]
    form = settings[at.FORMATS_AT]
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    area = memory[at.SCRATCH_M] + memory[at.SCRATCH_SIZE_M]
    to = settings[at.READINGS] + 8 * state[at.READ]
    room = 8 * settings[at.READINGS_SIZE]
    count = 0
    while p + SLACK <= end:
        k = _ends(p, delimiter, quote, width, ends)
        if k == 0 or load8(p) == comment:
            break
        s, e, first_size = _timestamp(time_cell, second_cell, ends)
        done, instant = known_instant(s, e, first_size, form, zone, area, known)
        instant += shift
        if not done or not in_years(instant):
            break
        s, e = _field(sensor_cell, ends)
        if s == e or id_fault(s, e) != 0:
            break
        store64(to + 8 * count, instant)
        store64(to + room + 8 * count, sensor_hash(s, e, end))
        count += 1
        p = k + 1
    state[at.READ] += count
    return p
