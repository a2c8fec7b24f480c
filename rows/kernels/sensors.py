"""The sensors of a batch: a hash table from id to what its readings come to."""

from __future__ import annotations

from rows.jit import Floats, Int32s, Int64s, inlined, inner, kernel
from rows.kernels.characters import character, is_control
from rows.kernels.layout import (
    COUNT,
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
    MAX,
    MAX_ID_CHARACTERS,
    MAX_VALUE,
    MIN,
    MIN_VALUE,
    SENSOR_ID_CONTROL,
    SENSOR_ID_EMPTY,
    SENSOR_ID_ENCODING,
    SENSOR_ID_TOO_LONG,
    SENSOR_WORDS,
    SUM_HI,
    SUM_LO,
)
from rows.kernels.words import copy, high_product, load8, load64, shr, signed, store64, tail_word

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
    s: int, e: int, end: int, h: int, slots: Int64s, mask: int, sensors: Int64s, keys: int
) -> int:
    """Number of the sensor whose id is [s, e) with hash h, or -1."""
    size = e - s
    word = tail_word(s, min(size, 8), end)
    k = h & mask
    while True:
        slot = slots[k]
        if slot == 0:
            return -1
        if (slot ^ h) & _TAG == 0:
            number = (slot & 0xFFFFFFFF) - 1
            at = number * SENSOR_WORDS
            if (
                sensors[at + ID_WORD] == word
                and sensors[at + ID_SIZE] == size
                and (size <= 8 or _same_rest(s, e, end, keys + sensors[at + ID_AT]))
            ):
                return int(number)
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
def put_slot(slots: Int64s, mask: int, h: int, number: int) -> None:
    """Let h lead to a sensor that is not in the table yet."""
    k = h & mask
    while slots[k] != 0:
        k = (k + 1) & mask
    slots[k] = (h & _TAG) | (number + 1)


@inner
def add_sensor(
    s: int,
    e: int,
    end: int,
    h: int,
    slots: Int64s,
    mask: int,
    sensors: Int64s,
    floats: Floats,
    number: int,
    keys: int,
    used: int,
) -> int:
    """Take a new id in as `number`, its text kept at keys + used; gives the bytes that takes."""
    at = number * SENSOR_WORDS
    size = e - s
    sensors[at + HASH] = h
    sensors[at + ID_SIZE] = size
    sensors[at + ID_AT] = used
    sensors[at + ID_WORD] = tail_word(s, min(size, 8), end)
    sensors[at + COUNT] = 0
    floats[at + SUM_HI] = 0.0
    floats[at + SUM_LO] = 0.0
    put_slot(slots, mask, h, number)
    key = keys + used
    while e - s > 8:
        store64(key, load64(s))
        s += 8
        key += 8
    store64(key, tail_word(s, e - s, end))
    return (size + 7) & ~7


@inlined
def add_reading(
    sensors: Int64s,
    floats: Floats,
    number: int,
    at: int,
    row: int,
    value: float,
    extremes: Floats,
) -> None:
    """Count a valid row in. Rows come in order; of equal values and moments see `rows.schema`."""
    if value < extremes[MIN]:
        extremes[MIN] = value
    if value > extremes[MAX]:
        extremes[MAX] = value
    k = number * SENSOR_WORDS
    count = sensors[k + COUNT]
    sensors[k + COUNT] = count + 1
    if count == 0:
        floats[k + MIN_VALUE] = value
        floats[k + MAX_VALUE] = value
        floats[k + SUM_HI] = value
        sensors[k + FIRST_TIMESTAMP] = at
        sensors[k + FIRST_ROW_OF] = row
        floats[k + FIRST_VALUE] = value
        sensors[k + LAST_TIMESTAMP] = at
        sensors[k + LAST_ROW_OF] = row
        floats[k + LAST_VALUE] = value
        return
    if value < floats[k + MIN_VALUE]:
        floats[k + MIN_VALUE] = value
    if value > floats[k + MAX_VALUE]:
        floats[k + MAX_VALUE] = value
    # Knuth's two-sum: what the addition loses is kept in SUM_LO.
    high = floats[k + SUM_HI]
    total = high + value
    part = total - high
    floats[k + SUM_LO] += (high - (total - part)) + (value - part)
    floats[k + SUM_HI] = total
    if at < sensors[k + FIRST_TIMESTAMP]:
        sensors[k + FIRST_TIMESTAMP] = at
        sensors[k + FIRST_ROW_OF] = row
        floats[k + FIRST_VALUE] = value
    if at >= sensors[k + LAST_TIMESTAMP]:
        sensors[k + LAST_TIMESTAMP] = at
        sensors[k + LAST_ROW_OF] = row
        floats[k + LAST_VALUE] = value


@kernel("void(int64[::1], int64, int64[::1])")
def refill_slots(sensors: Int64s, count: int, slots: Int64s) -> None:
    """Enter all sensors into empty slots (a power of two of them)."""
    mask = len(slots) - 1
    for number in range(count):
        put_slot(slots, mask, sensors[number * SENSOR_WORDS + HASH], number)


@kernel("void(int64[::1], int64[::1], int64, int64, int32[::1])")
def gather_ids(sensors: Int64s, order: Int64s, keys: int, text: int, offsets: Int32s) -> None:
    """Write the ids in the given order to `text`, one behind the other, and where each begins."""
    to = 0
    for k in range(len(order)):
        at = order[k] * SENSOR_WORDS
        size = sensors[at + ID_SIZE]
        offsets[k] = to
        copy(text + to, keys + sensors[at + ID_AT], size)
        to += size
    offsets[len(order)] = to
