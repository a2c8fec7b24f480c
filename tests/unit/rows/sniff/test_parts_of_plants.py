"""Columns called by a part of a plant or a number of a device are asked about in any order."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import options_of, read

# The numbers of three texts, in no order.
ORDER = [0, 0, 1, 2, 1, 1, 0, 2, 2, 0, 1, 0, 2, 1, 1, 0]


def file(name: str, texts: list[str], *, device: str = "") -> bytes:
    """Sixteen records with two readings each."""
    before = "Device," if device else ""
    rows = "".join(
        f"2024-05-14 03:{k:02},{device and device + ','}{texts[number % len(texts)]},{k % 7}.5,4{k % 3}.1\n"
        for k, number in enumerate(ORDER)
    )
    return f"Time,{before}{name},Temp,Press\n{rows}".encode()


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Pump", ["alpha", "beta", "gamma"]),
        ("Kessel", ["Nord", "Süd"]),
        ("MPPT", ["1", "2"]),
        ("String No.", ["4", "9", "11"]),
        ("Modbus address", ["11", "12", "14"]),
        ("Slave", ["3", "7", "9"]),
    ],
)
@pytest.mark.parametrize("device", ["", "plant"])
def test_they_are_asked_about(name: str, texts: list[str], device: str) -> None:
    data = file(name, texts, device=device)
    doubt = read(data).doubt
    assert doubt is not None
    assert doubt.code == "layout_unknown"
    joined = ("Device", name) if device else (name,)
    assert doubt.suggestions[0].options["sensor_column"] == joined
    found = read(data, options_of([f"--sensor-column={name}"]))
    assert {s for s, _, _ in found.readings} == {
        f"{t}/{v}" for t in texts for v in ("Temp", "Press")
    }


@pytest.mark.parametrize(
    ("name", "texts", "is_value"),
    [
        ("Pump", ["On", "Off"], False),
        ("Pump", ["Running", "Standby", "Fault"], False),
        ("Pump", ["0", "1"], True),
        ("Tank", ["54", "55", "56"], True),
        ("Pump [bar]", ["1", "2"], True),
        ("Step number", ["1", "2", "3"], False),
        ("Cloud cover", ["1", "2"], True),
        ("Comment", ["door open", "cleaned"], False),
    ],
)
def test_states_and_readings_are_no_devices(name: str, texts: list[str], is_value: bool) -> None:
    found = read(file(name, texts))
    expected = {"Temp", "Press"} | ({name} if is_value else set())
    assert {sensor for sensor, _, _ in found.readings} == expected
