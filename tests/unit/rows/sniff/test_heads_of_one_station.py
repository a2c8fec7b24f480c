"""A file sorted by station and sensor, whose head has the records of one station or sensor only."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read


def _rows(first: str, second: str, count: int) -> str:
    return "".join(
        f"{first};{second};2024-06-{1 + k // 1440:02} {k // 60 % 24:02}:{k % 60:02};{k % 50}.5\n"
        for k in range(count)
    )


@pytest.mark.parametrize("count", [20, 9000])
def test_what_the_head_has_of_one_station_is_not_the_sensor_of_another(count: int) -> None:
    parts = [("A", "T"), ("A", "H"), ("B", "T")]
    text = "Station;Sensor;Time;Value\n" + "".join(_rows(*part, count) for part in parts)
    found = read(text.encode())
    assert {sensor for sensor, _, _ in found.readings} == {"A/T", "A/H", "B/T"}
    assert (len(found.readings), found.invalid) == (3 * count, [])


@pytest.mark.parametrize("count", [20, 9000])
def test_a_station_with_number_and_name_has_the_number(count: int) -> None:
    parts = [("4711", "Weir"), ("4712", "Mill")]
    text = "Station ID;Station name;Time;Value\n" + "".join(_rows(*part, count) for part in parts)
    assert {sensor for sensor, _, _ in read(text.encode()).readings} == {"4711", "4712"}


def test_things_of_other_kinds_that_go_together_have_the_first() -> None:
    parts = [(f"m{k}", f"room{k}") for k in range(5)]
    rows = [_rows(*part, 1600).splitlines(keepends=True) for part in parts]
    text = "Meter;Room;Time;Value\n" + "".join(map("".join, zip(*rows, strict=True)))
    assert {sensor for sensor, _, _ in read(text.encode()).readings} == {m for m, _ in parts}


@pytest.mark.parametrize("count", [20, 9000])
def test_a_text_that_does_not_change_in_the_head_may_say_the_sensor_of_quantities(
    count: int,
) -> None:
    rows = [
        f"bay;2024-06-{1 + k // 1440:02} {k // 60 % 24:02}:{k % 60:02};{name};{k % 50}.5\n"
        for k in range(count)
        for name in ("TEMP", "SAL")
    ]
    found = read(f"deployment;time;parameter;value\n{''.join(rows)}".encode())
    if count == 20:
        assert {sensor for sensor, _, _ in found.readings} == {"TEMP", "SAL"}
        return
    assert found.doubt is not None
    assert [one.options["sensor_column"] for one in found.doubt.suggestions] == [
        ("parameter", "deployment"), ("parameter",)
    ]  # fmt: skip
