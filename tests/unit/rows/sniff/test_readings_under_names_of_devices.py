"""Columns called by a device that have readings or states of it, and no numbers or names of devices."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.rows.sniff.reading import read


def file(header: str, cells: Sequence[str], *, units: str = "") -> bytes:
    """Sixteen records: the time, one of the cells in turn, and a voltage."""
    rows = "".join(
        f"2024-05-14 03:{k:02},{cells[k % len(cells)]},5{k % 5}.{k}\n" for k in range(16)
    )
    return f"{header}\n{units}{rows}".encode()


@pytest.mark.parametrize("name", ["Gateway [ms]", "Wallbox (kW)", "Meter (m3/h)", "Device [°C]"])
@pytest.mark.parametrize("cells", [["3", "4", "3"], ["7", "8", "9", "7", "6", "0"]])
def test_numbers_with_a_unit_are_readings(name: str, cells: list[str]) -> None:
    found = read(file(f"time,{name},Battery (V)", cells))
    assert found.doubt is None
    assert {sensor for sensor, _, _ in found.readings} == {name, "Battery (V)"}


def test_numbers_are_readings_by_a_line_of_units() -> None:
    data = file("time,Gateway [0],Battery [279]", ["3", "4", "3"], units=",ms,V\n")
    assert {sensor for sensor, _, _ in read(data).readings} == {"Gateway [0]", "Battery [279]"}


@pytest.mark.parametrize("name", ["Inverter (W)", "Meter (A)"])
def test_numbers_are_asked_about_if_a_letter_can_be_a_unit_or_a_name(name: str) -> None:
    doubt = read(file(f"time,{name},Battery (V)", ["3", "4", "3"])).doubt
    assert doubt is not None
    assert "can be sensors or readings" in doubt.reason


@pytest.mark.parametrize("name", ["Gateway", "Gateway [no]", "Meter (serial)", "Channel [1-8]"])
def test_numbers_without_a_unit_are_those_of_devices(name: str) -> None:
    found = read(file(f"time,{name},Battery (V)", ["3", "4", "3"]))
    assert {sensor for sensor, _, _ in found.readings} == {"3/Battery (V)", "4/Battery (V)"}


@pytest.mark.parametrize(
    "states", [["On", "Off", "Off"], ["Standby", "Running", "Running"], ["open", "CLOSED"]]
)
@pytest.mark.parametrize("name", ["Machine", "Inverter", "Gateway [0]"])
def test_states_are_no_names_of_devices(name: str, states: list[str]) -> None:
    found = read(file(f"time,{name},Battery (V)", states))
    assert {sensor for sensor, _, _ in found.readings} == {"Battery (V)"}
    doubt = read(file(f"time,{name},value", states)).doubt
    assert doubt is not None
    assert doubt.code == "sensor_unknown"


def test_signals_are_called_as_states() -> None:
    found = read(file("time,signal,value", ["Running", "Fault"]))
    assert {sensor for sensor, _, _ in found.readings} == {"Running", "Fault"}


def test_a_column_with_a_unit_that_goes_round_has_readings() -> None:
    data = file("time,Light (lux),Battery (V)", ["0", "1", "2"])
    assert {sensor for sensor, _, _ in read(data).readings} == {"Light (lux)", "Battery (V)"}
    assert read(file("time,Depth (cm),Battery (V)", ["10", "20", "30"])).doubt is not None


@pytest.mark.parametrize("cell", ["3", "Open"])
def test_victron_vrm_has_readings_of_the_gateway(cell: str) -> None:
    data = file(
        "timestamp,Gateway [0],Battery Monitor [279]",
        [cell, "4" if cell == "3" else "Closed"],
        units="Europe/Amsterdam (+01:00),Name,Voltage\n,ms,V\n",
    )
    found = read(data)
    sensors = {sensor for sensor, _, _ in found.readings}
    assert sensors - {"Gateway [0]"} == {"Battery Monitor [279]"}
