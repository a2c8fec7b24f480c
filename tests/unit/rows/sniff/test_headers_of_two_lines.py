"""Headers of two lines: names of groups over those of their columns."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read


def _rows(columns: int) -> str:
    return "".join(
        f"2024-06-14 1{k}:00," + ",".join(f"{k}.{place}" for place in range(columns)) + "\n"
        for k in range(4)
    )


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Time,Temp,,,Hum,\n,Min,Avg,Max,Min,Max\n", "Temp Min|Temp Avg|Temp Max|Hum Min|Hum Max"),
        ("Time,Temp,,Rain,Hum,\n,Min,Max,mm,Min,Max\n", "Temp Min|Temp Max|Rain|Hum Min|Hum Max"),
        (
            ",Temp,,Rain,Hum,\nTime,Min,Max,Sum,Min,Max\n",
            "Temp Min|Temp Max|Rain Sum|Hum Min|Hum Max",
        ),
        # Units and types below some columns are not their names.
        ("Time,Temp,,Hum,,\n,°C,,%,,\n", "Temp|#3|Hum|#5|#6"),
        ("Time,a,b,c,d,e\n,Min,Max,Min,Max,Sum\n", "a|b|c|d|e"),
        ("Time,Temp,,,Hum,\n,Min,Min,Max,Min,Min\n", "Temp|#3|#4|Hum|#6"),
        ("Logger 7,,,,,\nTime,Min,Max,Min,Max,Sum\n", "Min|Max|Min#2|Max#2|Sum"),
    ],
)
def test_names_are_joined_with_those_of_their_groups(header: str, names: str) -> None:
    found = read((header + _rows(5)).encode())
    assert found.doubt is None
    assert found.invalid == []
    assert [sensor for sensor, _, _ in found.readings[:5]] == names.split("|")


def test_a_date_and_its_time_of_day_under_one_name_are_no_group_of_values() -> None:
    data = "Date,,Temp\ndd.mm.yyyy,hh:mm,°C\n03.04.2024,10:00,21.5\n04.04.2024,11:00,21.6\n"
    found = read(data.encode())
    assert found.readings == [
        ("Temp", "2024-04-03T10:00:00.000000Z", 21.5),
        ("Temp", "2024-04-04T11:00:00.000000Z", 21.6),
    ]


def test_a_word_for_a_time_below_the_header_is_no_name_of_a_timestamp() -> None:
    header = "Date/Time,Temp,Temp,Temp,Rain,Wetness\n,avg,max,min,sum,time\n"
    found = read((header + _rows(5)).encode())
    assert found.doubt is None
    assert [sensor for sensor, _, _ in found.readings[:5]] == [
        "Temp", "Temp#2", "Temp#3", "Rain", "Wetness"
    ]  # fmt: skip


def test_units_beside_the_name_of_the_timestamp_are_no_names() -> None:
    header = ",,,CH1,CH2\n,,Furnace,Room,Vent\nTime,V,°C,°C,%\n"
    found = read((header + _rows(4)).encode())
    assert [sensor for sensor, _, _ in found.readings[:4]] == ["V", "°C", "°C#2", "%"]
    header = ",CH1,CH2,CH3,CH4\n,Furnace,Room,Vent,Door\nTime,°C,°C,%,%\n"
    found = read((header + _rows(4)).encode())
    assert [sensor for sensor, _, _ in found.readings[:4]] == ["Furnace", "Room", "Vent", "Door"]
    header = ",Temp,Hi,Low,Out\nTime,Out,Temp,Temp,Hum\n"
    found = read((header + _rows(4)).encode())
    assert [sensor for sensor, _, _ in found.readings[:4]] == ["Out", "Temp", "Temp#2", "Hum"]


@pytest.mark.parametrize("word", ["Trend", "Device", "Parameter", "Name", ""])
@pytest.mark.parametrize("units", ["Date/Time,°F,°F,%,%", "Timestamp,kW,kW,kW,kW", "Time,,,,"])
def test_names_are_above_units_and_a_word_for_them_above_the_timestamp(
    word: str, units: str
) -> None:
    found = read(f"{word},a/sat,a/rat,b/rh,c/rh\n{units}\n{_rows(4)}".encode())
    assert found.doubt is None
    assert [sensor for sensor, _, _ in found.readings[:4]] == ["a/sat", "a/rat", "b/rh", "c/rh"]


@pytest.mark.parametrize("above", ["Plant 7,,,,", "Device,a,a,b,b", "Device,7,8,9,10"])
def test_lines_without_a_name_for_each_column_are_no_names(above: str) -> None:
    found = read(f"{above}\nTime,°C,%,mm,m/s\n{_rows(4)}".encode())
    assert [sensor for sensor, _, _ in found.readings[:4]] == ["°C", "%", "mm", "m/s"]


TYPES = "DATETIME[YYYY/MM/DD hh:mm:ss],INDEX,ULONG[DEC.0],LONG[DEC.0]"
NAMES = "TIME,INDEX,Production,Speed"


@pytest.mark.parametrize(
    "header",
    [f"[LOGGING],RD81DL96,2\n{TYPES}\n{NAMES}", f"{NAMES}\n{TYPES}", NAMES],
    ids=["types above names", "types below names", "names alone"],
)
def test_types_of_data_are_no_names_beside_a_line_of_names(header: str) -> None:
    rows = "".join(
        f"2024/03/18 06:00:{k:02},{k + 1},{500 + k * k},{k * 7 % 5}\n" for k in range(16)
    )
    found = read(f"{header}\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"Production", "Speed"}


def test_names_that_are_called_as_types_are_names_if_no_other_line_has_some() -> None:
    rows = "".join(f"2024/03/18 06:00:{k:02},{k * 7 % 5},{k}.5\n" for k in range(16))
    found = read(f"Time,Word,Float\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"Word", "Float"}
