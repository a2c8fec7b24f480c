"""Sensors that are known before a batch is read: the value columns of a wide file."""

from __future__ import annotations

from rows.kernels.intrinsics import load64
from rows.kernels.jit import Int64s, kernel
from rows.kernels.layout import SENSOR_BYTES
from rows.kernels.sensors import add_sensor, find_sensor, id_fault, sensor_hash


@kernel("int64(int64, int64, int64, int64, int64, int64, int64, int64[::1])")
def add_known(
    texts: int,
    count: int,
    end: int,
    slots: int,
    mask: int,
    sensors: int,
    keys: int,
    numbers: Int64s,
) -> int:
    """Take `count` ids in, (address, bytes) each at `texts`; gives the bytes of their texts.

    `numbers` gets each one's number, or minus the code number of what is wrong with it, and last how
    many sensors they are. Nothing at `end` is read.
    """
    used = 0
    known = 0
    for k in range(count):
        s = load64(texts + 16 * k)
        e = s + load64(texts + 16 * k + 8)
        fault = id_fault(s, e)
        if fault != 0:
            numbers[k] = -fault
            continue
        h = sensor_hash(s, e, end)
        sensor = find_sensor(s, e, end, h, slots, mask, sensors, keys)
        if sensor != 0:
            numbers[k] = (sensor - sensors) // SENSOR_BYTES
            continue
        used += add_sensor(s, e, end, h, slots, mask, sensors, known, keys, used, 0)
        numbers[k] = known
        known += 1
    numbers[count] = known
    return used
