"""Files with `sensor_id`, `timestamp` and `value`: what further columns change, and what they do not."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read

# What is in them changes from record to record, within each sensor.
FURTHER = {
    "note": ["", "calibrated", "door open"],
    "status": ["OK", "WARN"],
    "batch": ["B1", "B2"],
    "gateway": ["g1", "g2"],
    "location": ["hall", "yard", "roof"],
    "source": ["lora", "wifi"],
    "user_id": ["17", "18"],
    "channel": ["1", "2"],
    "tags": ["a b", "c"],
    "type": ["reading", "heartbeat"],
    "unit": ["C", "F"],
    "message_id": ["0af3", "9c41", "77b2", "1d0e", "c5c5"],
    "anything": ["x", "y"],
}
SENSORS = 3


def records(name: str, *, at_one_time: int) -> bytes:
    """60 records of three sensors, `at_one_time` of them of one sensor at one time."""
    cells = FURTHER.get(name, ["temperature", "humidity"])
    lines = [f"sensor_id,timestamp,value,{name}"]
    for number in range(60):
        turn = number // SENSORS
        minute = turn // at_one_time
        lines.append(
            f"s-{number % SENSORS},2026-03-01T06:{minute:02d}:00Z,{20 + number / 8},"
            f"{cells[(turn + number % SENSORS) % len(cells)]}"
        )
    return "\n".join(lines).encode() + b"\n"


@pytest.mark.parametrize("name", sorted(FURTHER))
def test_they_are_left_out_where_a_sensor_has_one_reading_at_a_time(name: str) -> None:
    found = read(records(name, at_one_time=1))
    assert {sensor for sensor, _, _ in found.readings} == {"s-0", "s-1", "s-2"}
    assert (len(found.readings), found.invalid) == (60, [])


@pytest.mark.parametrize("name", ["channel", "gateway", "anything"])
def test_what_distinguishes_readings_of_one_time_is_not_left_out(name: str) -> None:
    found = read(records(name, at_one_time=2))
    assert found.doubt or len({sensor for sensor, _, _ in found.readings}) == 2 * SENSORS


@pytest.mark.parametrize("at_one_time", [1, 2])
def test_a_quantity_is_a_part_of_the_sensor(at_one_time: int) -> None:
    found = read(records("parameter", at_one_time=at_one_time))
    quantities = ("temperature", "humidity")
    assert {sensor for sensor, _, _ in found.readings} == {
        f"s-{number}/{quantity}" for number in range(SENSORS) for quantity in quantities
    }
