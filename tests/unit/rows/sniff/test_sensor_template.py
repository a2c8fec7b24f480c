"""The option `sensor` in wide files: each quantity is a sensor of its own, and its faults are its own."""

from __future__ import annotations

import pytest

from schemas.read_options import BadOption, parse_options
from tests.unit.rows.sniff.reading import read

_WIDE = b"Time,temp,hum\n2026-03-01T00:00:00Z,20.5,60\n2026-03-01T00:10:00Z,20.6,61\n"


@pytest.mark.parametrize("template", ["boiler", "{stem}", "plant {filename}"])
def test_a_template_that_makes_one_sensor_of_several_value_columns_is_refused(
    template: str,
) -> None:
    with pytest.raises(BadOption) as refused:
        read(_WIDE, parse_options({"sensor": [template]}), "attic.csv")
    assert f"{template}/{{column}}" in str(refused.value)
    assert "'temp', 'hum'" in str(refused.value)


def test_a_template_with_the_column_makes_a_sensor_of_each() -> None:
    found = read(_WIDE, parse_options({"sensor": ["{stem}/{column}"]}), "attic.csv")
    assert {sensor for sensor, _, _ in found.readings} == {"attic/temp", "attic/hum"}


def test_one_value_column_needs_no_column_in_the_template() -> None:
    options = parse_options({"sensor": ["boiler"], "value_column": ["temp"]})
    assert {sensor for sensor, _, _ in read(_WIDE, options).readings} == {"boiler"}


def test_a_sensor_that_is_at_fault_in_one_cell_is_reported_with_its_value_column() -> None:
    long = "h" * 250
    data = f"Device,Time,temp,{long}\nboiler-7,2026-03-01T00:00:00Z,20.5,60\n".encode()
    found = read(data, parse_options({"value_column": ["temp", long]}))
    assert [(sensor, value) for sensor, _, value in found.readings] == [("boiler-7/temp", 20.5)]
    (row,) = found.invalid
    assert (row["code"], row["column"], row["cells"]) == ("sensor_id_too_long", long, 1)
