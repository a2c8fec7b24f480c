"""The sensor of a record, or of each of its cells, by the template of a read plan."""

from __future__ import annotations

from rows.kernels import layout
from rows.kernels import plan_layout as at
from rows.kernels.intrinsics import load32, load64, store32, store64
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.sensors import add_sensor, find_sensor, id_fault, sensor_hash
from rows.kernels.templates import cell, cell_fault, composed, record_key


@inner
def record_block(
    s: int, e: int, end: int, places: Int64s, settings: Int64s, state: Int64s, memory: Int64s
) -> tuple[int, int, int]:
    """The block of a wide record with the key [s, e): (its number, hash of the key, what is wrong:
    a code number, or -1 if there is no room)."""
    h = sensor_hash(s, e, end)
    table, slots = memory[at.RECORD_TABLE_M], memory[at.RECORD_SLOTS_M]
    mask = memory[at.RECORD_SLOT_COUNT_M] - 1
    texts = memory[at.RECORD_TEXT_M]
    record = find_sensor(s, e, end, h, slots, mask, table, texts)
    if record != 0:
        return (record - table) // layout.SENSOR_BYTES, h, 0
    code = cell_fault(settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], places)
    if code != 0:
        return 0, h, code
    number, used = state[at.RECORD_KEYS], state[at.RECORD_KEYS_USED]
    if (
        number == memory[at.RECORD_ROOM_M]
        or 2 * number > mask
        or used + e - s + 16 > memory[at.RECORD_TEXT_SIZE_M]
    ):
        return 0, h, -1
    state[at.RECORD_KEYS_USED] += add_sensor(
        s, e, end, h, slots, mask, table, number, texts, used, 0
    )
    state[at.RECORD_KEYS] += 1
    return number, h, 0


@inner
def new_sensor(s: int, e: int, end: int, h: int, state: Int64s, memory: Int64s) -> int:
    """Take a sensor in; gives its number, -1 if there is no room."""
    number, used = int(state[at.SENSORS]), state[at.KEYS_USED]
    mask = memory[at.SLOT_COUNT_M] - 1
    if (
        number == memory[at.SENSOR_ROOM_M]
        or 2 * number > mask
        or used + layout.MAX_ID_BYTES > memory[at.KEYS_SIZE_M]
    ):
        return -1
    state[at.KEYS_USED] += add_sensor(
        s,
        e,
        end,
        h,
        memory[at.SLOTS_M],
        mask,
        memory[at.SENSORS_M],
        number,
        memory[at.KEYS_M],
        used,
        memory[at.NOTED_M],
    )
    state[at.SENSORS] += 1
    store64(memory[at.EXTRAS_M] + at.EXTRA_BYTES * number, 0)
    store64(memory[at.EXTRAS_M] + at.EXTRA_BYTES * number + 8, 0)
    return number


@inner
def keyed_sensor(
    v: int, block: int, places: Int64s, settings: Int64s, state: Int64s, memory: Int64s, end: int
) -> int:
    """The sensor of value column v for a record's block: its number, -1 if there is no room, or
    BLOCK_FAULT and a code number."""
    entry = int(settings[at.BLOCKS_AT] + 4 * (block * settings[at.VALUES] + v))
    known = int(load32(entry))
    if known != 0:
        return known if known >= at.BLOCK_FAULT else known - 1
    to = memory[at.SCRATCH_M] + 2 * memory[at.SCRATCH_SIZE_M]
    name = settings[at.NAMES_AT] + 16 * v
    e, _ = composed(
        settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False, load64(name),
        load64(name + 8), places, to,
    )  # fmt: skip
    fault = id_fault(to, e)
    if fault != 0:
        store32(entry, at.BLOCK_FAULT | fault)
        return int(at.BLOCK_FAULT | fault)
    h = sensor_hash(to, e, end)
    sensors = memory[at.SENSORS_M]
    sensor = find_sensor(
        to, e, end, h, memory[at.SLOTS_M], memory[at.SLOT_COUNT_M] - 1, sensors, memory[at.KEYS_M]
    )
    if sensor != 0:
        number = (sensor - sensors) // layout.SENSOR_BYTES
    else:
        number = new_sensor(to, e, end, h, state, memory)
        if number < 0:
            return -1
    store32(entry, number + 1)
    return int(number)


@inlined
def sensor_of_record(
    mode: int,
    places: Int64s,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    text_area: int,
    end: int,
) -> tuple[int, int, int, int, int, int]:
    """The sensor of a record if it is no fixed one: (begin and end of the text, its hash or that of
    the record's key, address of the sensor if it is known, block of its key, what is wrong: a code
    number, or -1 if there is no room for keys)."""
    s, e = 0, 0
    h = 1
    sensor = 0
    block = 0
    fault = 0
    there = 2
    if mode == at.CELL:
        s, e = cell(settings[at.SENSOR_CELL], places)
        if s == 0:
            there = 0
    elif mode == at.COMPOSED:
        name = settings[at.NAMES_AT]
        s = text_area
        e, there = composed(
            settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False,
            load64(name), load64(name + 8), places, text_area,
        )  # fmt: skip
    else:
        s = text_area
        e, fault = record_key(
            settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], places, text_area
        )
        if fault == 0:
            block, h, fault = record_block(s, e, end, places, settings, state, memory)
        if fault > 0:
            e, _ = composed(
                settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False, 0, 0,
                places, text_area,
            )  # fmt: skip
    if mode != at.KEYED:
        if there == 1:
            fault = layout.SENSOR_ID_EMPTY
        elif there == 2:
            if s < e and e - s <= layout.MAX_ID_BYTES:
                h = sensor_hash(s, e, end)
                mask = memory[at.SLOT_COUNT_M] - 1
                sensor = find_sensor(
                    s, e, end, h, memory[at.SLOTS_M], mask, memory[at.SENSORS_M],
                    memory[at.KEYS_M],
                )  # fmt: skip
            if sensor == 0:
                fault = id_fault(s, e)
    return s, e, h, sensor, block, fault
