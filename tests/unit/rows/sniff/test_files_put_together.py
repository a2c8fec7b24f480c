"""Files of several sensors that were put together: a number that says which is asked about."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read

Line = tuple[int, int]


def _file(header: str, form: str, lines: list[Line]) -> bytes:
    """Records of a number and a minute each."""
    rows = "".join(
        form.format(n=number, time=f"2024-05-14 03:{minute:02}", t=f"{minute * 7 % 9}.5") + "\n"
        for number, minute in lines
    )
    return f"{header}\n{rows}".encode()


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("time;Tiefe;temp;hum", "{time};{n};{t};40"),
        ("plot;time;temp;hum", "{n};{time};{t};40"),
        ("time;height_m;temp;hum", "{time};{n};{t};40"),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_number_that_changes_where_times_begin_again_is_asked_about(
    header: str, form: str, newest_first: bool
) -> None:
    lines = [(10 * (part + 1), 3 * k + part) for part in range(3) for k in range(8)]
    doubt = read(_file(header, form, lines[::-1] if newest_first else lines)).doubt
    assert doubt is not None
    name = next(name for name in header.split(";") if name not in ("time", "temp", "hum"))
    assert doubt.suggestions[0].options == {"sensor_column": (name,)}


def test_a_number_that_changes_while_times_go_on_is_a_reading() -> None:
    lines = [(10 + k // 8, k) for k in range(24)]
    found = read(_file("time;starts;temp;hum", "{time};{n};{t};40", lines))
    assert {sensor for sensor, _, _ in found.readings} == {"starts", "temp", "hum"}


def test_a_number_that_changes_elsewhere_too_is_a_reading() -> None:
    lines = [(10 + 2 * part + k // 4, 3 * k + part) for part in range(3) for k in range(8)]
    found = read(_file("time;starts;temp;hum", "{time};{n};{t};40", lines))
    assert {sensor for sensor, _, _ in found.readings} == {"starts", "temp", "hum"}


def test_sensors_that_are_known_have_times_of_their_own() -> None:
    lines = [(10 * (part + 1), 3 * k + part) for part in range(3) for k in range(8)]
    found = read(_file("station;time;limit;temp", "s{n};{time};{n};{t}", lines))
    assert found.doubt is None
    assert ("s10/temp", "2024-05-14T03:00:00.000000Z", 0.5) in found.readings
