"""The sensors of a batch: a hash table from id to what its readings come to."""

from __future__ import annotations

from rows.kernels.intrinsics import (
    copy,
    high_product,
    load8,
    load64,
    load_float,
    shr,
    signed,
    store32,
    store64,
    store_float,
    tail_word,
)
from rows.kernels.jit import Int32s, Int64s, inlined, inner, kernel
from rows.kernels.layout import (
    COUNT,
    END_TIMESTAMP,
    FIRST_ROW_OF,
    FIRST_TIMESTAMP,
    FIRST_VALUE,
    HASH,
    ID_AT,
    ID_SIZE,
    ID_WORD,
    LAST_ROW_OF,
    LAST_TIMESTAMP,
    LAST_VALUE,
    MAX_ID_CHARACTERS,
    MAX_VALUE,
    MIN_VALUE,
    SENSOR_BYTES,
    SENSOR_ID_CONTROL,
    SENSOR_ID_EMPTY,
    SENSOR_ID_ENCODING,
    SENSOR_ID_TOO_LONG,
    SUM_HI,
    SUM_LO,
)
from rows.kernels.notices import note_id, note_turn
from rows.kernels.utf8 import character, is_control

# Odd constants without a pattern, as hashes of the wyhash and murmur families have them.
_K0 = signed(0xA0761D6478BD642F)
_K1 = signed(0xE7037ED1A0B428DB)
_K2 = signed(0x8EBC6AF09C88C6E3)
_MIX1 = signed(0xFF51AFD7ED558CCD)
_MIX2 = signed(0xC4CEB9FE1A85EC53)
_TAG = signed(0xFFFFFFFF00000000)


@inlined
def _folded(x: int, y: int) -> int:
    """Both halves of the 128-bit product, one over the other."""
    return (x * y) ^ high_product(x, y)


@inlined
def sensor_hash(s: int, e: int, end: int) -> int:
    """64-bit hash of an id of at least one byte: the same on every machine, every bit well mixed.

    Where the product is folded to nothing the text is still compared, so a collision costs time only.
    """
    h = (e - s) * _K0
    while e - s > 8:
        h = _folded(h ^ load64(s) ^ _K1, _K2)
        s += 8
    h = _folded(h ^ tail_word(s, e - s, end) ^ _K2, _K1)
    h ^= shr(h, 33)
    h *= _MIX1
    h ^= shr(h, 29)
    h *= _MIX2
    return h ^ shr(h, 32)


@inlined
def _same_rest(s: int, e: int, end: int, key: int) -> bool:
    """Whether an id of more than eight bytes goes on behind them as the kept one at `key` does."""
    s += 8
    key += 8
    while e - s > 8:
        if load64(s) != load64(key):
            return False
        s += 8
        key += 8
    return tail_word(s, e - s, end) == load64(key)


@inlined
def find_sensor(
    s: int, e: int, end: int, h: int, slots: int, mask: int, sensors: int, keys: int
) -> int:
    """Address of the sensor whose id is [s, e) with hash h, or 0."""
    size = e - s
    word = tail_word(s, min(size, 8), end)
    k = h & mask
    while True:
        slot = load64(slots + 8 * k)
        if slot == 0:
            return 0
        if (slot ^ h) & _TAG == 0:
            sensor = sensors + ((slot & 0xFFFFFFFF) - 1) * SENSOR_BYTES
            if (
                load64(sensor + ID_WORD) == word
                and load64(sensor + ID_SIZE) == size
                and (size <= 8 or _same_rest(s, e, end, keys + load64(sensor + ID_AT)))
            ):
                return sensor
        k = (k + 1) & mask


@inner
def id_fault(s: int, e: int) -> int:
    """Code number of what is wrong with an id, 0 where nothing is."""
    characters = 0
    control = False
    blank = True
    p = s
    while p < e:
        size = character(p, e)
        if size < 0:
            return SENSOR_ID_ENCODING
        control = control or is_control(p, size)
        blank = blank and load8(p) in (32, 9)
        characters += 1
        p += size
    if blank:
        return SENSOR_ID_EMPTY
    if characters > MAX_ID_CHARACTERS:
        return SENSOR_ID_TOO_LONG
    return SENSOR_ID_CONTROL if control else 0


@inner
def _put_slot(slots: int, mask: int, h: int, number: int) -> None:
    """Let h lead to a sensor that is not in the table yet."""
    k = h & mask
    while load64(slots + 8 * k) != 0:
        k = (k + 1) & mask
    store64(slots + 8 * k, (h & _TAG) | (number + 1))


@inner
def add_sensor(
    s: int,
    e: int,
    end: int,
    h: int,
    slots: int,
    mask: int,
    sensors: int,
    number: int,
    keys: int,
    used: int,
    noted: int,
) -> int:
    """Take a new id in as `number`, its text kept at keys + used; gives the bytes that takes.

    `noted` as for `add_reading`, 0 for texts that are no ids of sensors.
    """
    if noted != 0:
        note_id(s, e, number, noted)
    sensor = sensors + number * SENSOR_BYTES
    size = e - s
    store64(sensor + HASH, h)
    store64(sensor + ID_SIZE, size)
    store64(sensor + ID_AT, used)
    store64(sensor + ID_WORD, tail_word(s, min(size, 8), end))
    store64(sensor + COUNT, 0)
    store_float(sensor + SUM_LO, 0.0)
    _put_slot(slots, mask, h, number)
    key = keys + used
    while e - s > 8:
        store64(key, load64(s))
        s += 8
        key += 8
    store64(key, tail_word(s, e - s, end))
    return (size + 7) & ~7


@inlined
def add_reading(sensor: int, at: int, row: int, value: float, sensors: int, noted: int) -> None:
    """Count a valid row in. Rows come in order; the first of equal extremes stays.

    `sensors` is the first one's address, `noted` that of what is noted of them.
    """
    count = load64(sensor + COUNT)
    store64(sensor + COUNT, count + 1)
    if count == 0:
        store_float(sensor + MIN_VALUE, value)
        store_float(sensor + MAX_VALUE, value)
        store_float(sensor + SUM_HI, value)
        store64(sensor + FIRST_TIMESTAMP, at)
        store64(sensor + FIRST_ROW_OF, row)
        store_float(sensor + FIRST_VALUE, value)
        store64(sensor + LAST_TIMESTAMP, at)
        store64(sensor + LAST_ROW_OF, row)
        store_float(sensor + LAST_VALUE, value)
        store64(sensor + END_TIMESTAMP, at)
        return
    end = load64(sensor + END_TIMESTAMP)
    store64(sensor + END_TIMESTAMP, at)
    if at <= end:
        note_turn(sensor, sensors, noted, end, at, row)
    if value < load_float(sensor + MIN_VALUE):
        store_float(sensor + MIN_VALUE, value)
    if value > load_float(sensor + MAX_VALUE):
        store_float(sensor + MAX_VALUE, value)
    # Knuth's two-sum: what the addition loses is kept in SUM_LO.
    high = load_float(sensor + SUM_HI)
    total = high + value
    part = total - high
    lost = (high - (total - part)) + (value - part)
    store_float(sensor + SUM_LO, load_float(sensor + SUM_LO) + lost)
    store_float(sensor + SUM_HI, total)
    if at < load64(sensor + FIRST_TIMESTAMP):
        store64(sensor + FIRST_TIMESTAMP, at)
        store64(sensor + FIRST_ROW_OF, row)
        store_float(sensor + FIRST_VALUE, value)
    if at >= load64(sensor + LAST_TIMESTAMP):
        store64(sensor + LAST_TIMESTAMP, at)
        store64(sensor + LAST_ROW_OF, row)
        store_float(sensor + LAST_VALUE, value)


@inlined
def list_reading(
    readings: int, room: int, number: int, moment: int, value: float, row: int, sensor: int
) -> None:
    """List a reading as the one of that number, from 0; see `layout.READING_BYTES`."""
    to = readings + 8 * number
    store64(to, moment)
    store_float(to + 8 * room, value)
    store64(to + 16 * room, row)
    store32(readings + 24 * room + 4 * number, sensor)


@kernel("void(int64, int64, int64, int64)")
def refill_slots(sensors: int, count: int, slots: int, mask: int) -> None:
    """Enter all sensors into mask + 1 empty slots."""
    for number in range(count):
        _put_slot(slots, mask, load64(sensors + number * SENSOR_BYTES + HASH), number)


@kernel("void(int64, int64, int64[::1])")
def list_hashes(sensors: int, count: int, hashes: Int64s) -> None:
    """The hashes of all sensors."""
    for number in range(count):
        hashes[number] = load64(sensors + number * SENSOR_BYTES + HASH)


@kernel("void(int64, int64[::1], int64, int64, int32[::1], int64[:, ::1])")
def gather(
    sensors: int, order: Int64s, keys: int, text: int, offsets: Int32s, columns: Int64s
) -> None:
    """Write the sensors in the given order to columns.

    `text` gets their ids, one behind the other, `offsets` where each begins. The rows of `columns`
    are the hash, then the words from COUNT to END_TIMESTAMP, floats by their bits.
    """
    to = 0
    for k in range(len(order)):
        sensor = sensors + order[k] * SENSOR_BYTES
        size = load64(sensor + ID_SIZE)
        offsets[k] = to
        copy(text + to, keys + load64(sensor + ID_AT), size)
        to += size
        columns[0, k] = load64(sensor + HASH)
        for c in range(COUNT // 8, END_TIMESTAMP // 8 + 1):
            columns[c - COUNT // 8 + 1, k] = load64(sensor + 8 * c)
    offsets[len(order)] = to
