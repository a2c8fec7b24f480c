"""Columns that change where the times of a file begin again: they may say the sensor."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import options_of, read


def blocks(
    texts: list[str], *, step: int = 0, name: str = "Loop", newest_first: bool = False
) -> bytes:
    """Eight records of each text after those of another one, `step` hours later."""
    rows = []
    for number, text in enumerate(texts):
        block = [
            f"2024-05-14 {3 + step * number:02}:{6 * k + number:02},{text},{number}{k}.5,{k * k % 7}"
            for k in range(8)
        ]
        rows += block[::-1] if newest_first else block
    return "\n".join([f"Time,{name},PV,OP", *rows, ""]).encode()


@pytest.mark.parametrize("texts", [["1", "2"], ["7", "3", "5"], ["top", "low"]])
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_column_that_changes_where_times_begin_again_is_asked_about(
    texts: list[str], newest_first: bool
) -> None:
    data = blocks(texts, newest_first=newest_first)
    doubt = read(data).doubt
    assert doubt is not None
    assert doubt.code == "layout_unknown"
    assert doubt.suggestions[0].options["sensor_column"] == ("Loop",)
    found = read(data, options_of(["--sensor-column=Loop"]))
    assert {s for s, _, _ in found.readings} == {f"{t}/{v}" for t in texts for v in ("PV", "OP")}


def test_a_column_that_changes_while_times_go_on_has_readings() -> None:
    found = read(blocks(["1", "2", "3"], step=2))
    assert {sensor for sensor, _, _ in found.readings} == {"Loop", "PV", "OP"}


@pytest.mark.parametrize(
    ("texts", "name"),
    [(["1", "2", "1"], "Stage"), (["1.5", "2.5"], "Loop"), (["20", "30"], "Loop [bar]")],
    ids=["texts come again", "fractions", "a unit"],
)
def test_readings_may_change_where_a_clock_is_set_back(texts: list[str], name: str) -> None:
    found = read(blocks(texts, name=name))
    assert {sensor for sensor, _, _ in found.readings} == {name, "PV", "OP"}


def test_what_belongs_to_the_sensors_changes_with_them() -> None:
    rows = "".join(
        f"{device},2024-05-14 03:{6 * k:02},{kind},{k}.5,{k * k % 7}\n"
        for device, kind in (("a", "4"), ("b", "5"))
        for k in range(8)
    )
    found = read(f"device,time,fan speed,temp,hum\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {
        f"{device}/{name}" for device in "ab" for name in ("fan speed", "temp", "hum")
    }
