"""Whole numbers before the timestamp that do not change: a station is not read as a quantity."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read


def _rows(numbers: list[str]) -> str:
    return "".join(
        f"{number};2024-05-14 {k // 6:02}:{k % 6}0;{k * 5 % 9}.5;{50 + k % 3}\n"
        for k, number in enumerate(numbers)
    )


@pytest.mark.parametrize("numbers", [["11816"] * 12, ["11816"] * 9 + ["11819"] * 8, ["007"] * 12])
def test_numbers_that_do_not_change_before_the_timestamp_are_asked_about(
    numbers: list[str],
) -> None:
    doubt = read(f"ind_kli;datum;t;h\n{_rows(numbers)}".encode()).doubt
    assert doubt is not None
    assert doubt.code == "layout_unknown"
    assert [dict(s.options) for s in doubt.suggestions] == [
        {"sensor_column": ("ind_kli",)},
        {"ignore_column": ("ind_kli",)},
        {"layout": "wide", "value_column": ("ind_kli", "t", "h")},
    ]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("pressure", ["1013"] * 5 + ["1014"] * 4 + ["1013"] * 4),
        ("pressure", ["1013", "1014", "1015"]),
        ("starts", ["1200"] * 9 + ["1201"] * 8 + ["1202"] * 8),
        ("pressure (hPa)", ["1013"] * 12),
        ("state_of_charge", ["99"] * 12),
        ("setpoint", ["101.5"] * 12),
    ],
)
def test_other_numbers_before_the_timestamp_are_readings(name: str, numbers: list[str]) -> None:
    found = read(f"{name};datum;t;h\n{_rows(numbers)}".encode())
    assert found.doubt is None
    assert {sensor for sensor, _, _ in found.readings} == {name, "t", "h"}


def test_numbers_after_the_timestamp_that_do_not_change_are_readings() -> None:
    rows = "".join(f"2024-05-14 03:{k:02};{k * 5 % 9}.5;500\n" for k in range(12))
    found = read(f"datum;t;co2\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"t", "co2"}


def test_a_code_that_has_not_changed_so_far_may_say_the_sensor() -> None:
    rows = "".join(
        f"2024-{1 + k // 2000:02}-{1 + k // 60 % 28:02} {k // 1680 % 24:02}:{k % 60:02};6407;{k % 9}.5;4\n"
        for k in range(12_000)
    )
    doubt = read(f"time;plant code;temp;hum\n{rows}".encode()).doubt
    assert doubt is not None
    assert doubt.suggestions[0].options == {"sensor_column": ("plant code",)}


@pytest.mark.parametrize(
    ("header", "sensors"),
    [
        ("CodEstacao;DataHora;Vazao;Nivel", {"4711/Vazao", "4711/Nivel"}),
        ("Station_Id_C;datetime;TEM;RHU", {"4711/TEM", "4711/RHU"}),
        ("Código Postal;fecha;Consumo;Temperatura", {"Consumo", "Temperatura"}),
        ("location-long;timestamp;speed;temp", {"speed", "temp"}),
    ],
)
def test_words_for_stations_and_places_are_known(header: str, sensors: set[str]) -> None:
    found = read(f"{header}\n{_rows(['4711'] * 12)}".encode())
    assert {sensor for sensor, _, _ in found.readings} == sensors
