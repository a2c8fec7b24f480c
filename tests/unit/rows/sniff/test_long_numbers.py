"""Long whole numbers are those of things, and years with decimals are times: neither is a reading."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read


def _file(numbers: list[int], name: str) -> bytes:
    rows = "".join(
        f"2024-05-14 03:{k:02};{number};{560 + k * 7 % 9}.5;38.{k % 3}\n"
        for k, number in enumerate(numbers)
    )
    return f"time;{name};weight;temp\n{rows}".encode()


@pytest.mark.parametrize(
    "numbers",
    [
        [982_000_123_456_780 + k % 5 for k in range(20)],
        [982_000_123_456_780 + k * 3 % 7 for k in range(20)],
        [982_000_123_456_780] * 8,
        [4_012_345_678_901 + k % 2 for k in range(8)],
    ],
)
def test_long_numbers_that_come_again_are_asked_about(numbers: list[int]) -> None:
    doubt = read(_file(numbers, "transponder")).doubt
    assert doubt is not None
    assert [s.options for s in doubt.suggestions] == [
        {"sensor_column": ("transponder",)},
        {"ignore_column": ("transponder",)},
    ]


@pytest.mark.parametrize(
    "numbers",
    [
        [123_456_789_012 + k * k for k in range(20)],
        [123_456_789_012 + k // 3 for k in range(20)],
        [123_456_789_012] * 8,
        [12_345_678 + k % 5 * 17 for k in range(20)],
    ],
)
def test_counters_and_shorter_numbers_are_readings(numbers: list[int]) -> None:
    found = read(_file(numbers, "energy"))
    assert {sensor for sensor, _, _ in found.readings} == {"energy", "weight", "temp"}


def test_years_with_decimals_that_say_the_times_again_are_no_readings() -> None:
    rows = "".join(
        f"{2010 + k},{1 + k % 12},{1 + 2 * k % 28},{2010 + k + (k % 12 + 2 * k % 28 / 30) / 12:.4f},4{k}.5\n"
        for k in range(12)
    )
    found = read(f"year,month,day,decimal,average\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"average"}


def test_numbers_that_only_look_like_years_are_readings() -> None:
    rows = "".join(f"2024-05-{14 + k},202{k}.45,4{k}.5\n" for k in range(9))
    found = read(f"time,pressure,average\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"pressure", "average"}
