"""Suggestions: with each the file is read, and every possible one is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.read_options import read_options
from tests.unit.rows.sniff.reading import Read, read

FOLDER = Path(__file__).resolve().parents[3] / "data" / "field"
NAMES = [entry["file"] for entry in json.loads((FOLDER / "expected.json").read_text())]
# No option makes it readable: digits are lost.
HOPELESS = {"64-excel-mangled-epochs.csv"}


def _applied(data: bytes, name: str, options: dict[str, Any]) -> Read:
    return read(data, read_options(options), name)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith(".zip")])
def test_each_suggestion_of_a_file_in_doubt_gives_its_first_readings(name: str) -> None:
    data = (FOLDER / "files" / name).read_bytes()
    doubt = read(data, filename=name).doubt
    if doubt is None:
        return  # tests/unit/rows/sniff/test_field_files.py says what is read from it
    assert bool(doubt.suggestions) == (name not in HOPELESS), doubt
    for suggestion in doubt.suggestions:
        found = _applied(data, name, dict(suggestion.options))
        assert found.doubt is None, (suggestion.options, found.doubt)
        first = [(r.sensor_id, r.timestamp, r.value) for r in suggestion.readings]
        assert first
        assert found.readings[: len(first)] == first


@pytest.mark.parametrize(
    ("text", "code", "options"),
    [
        (
            "Time,Temp\n2024-06-14 10:00,21.4 °C\n2024-06-14 10:01,21.5 °C\n", "value_unknown",
            {"value_unit": ("°C",)},
        ),
        (
            "entity,time,state\np,2024-06-14 10:00,on\np,2024-06-14 10:01,off\n", "value_unknown",
            {"value_map": ("off=0", "on=1")},
        ),
        (
            "Time (EST),Load\n2024-06-14 10:00,1\n2024-06-14 10:15,2\n", "timestamp_ambiguous",
            {"timezone": "-05:00"},
        ),
        (
            "2024 06 14 10 184 131\n2024 06 14 11 191 132\n", "layout_unknown",
            {"timestamp_column": ("#1", "#2", "#3", "#4"), "timestamp_format": ("%Y %m %d %H",)},
        ),
        (
            "14-06-2024,10:00:00,L,21.4,45\n14-06-2024,10:10:00,L,21.5,46\n", "layout_unknown",
            {"timestamp_column": ("#1", "#2")},
        ),
        (
            "t,T1,T2\n0.0,21.4,35.1\n0.1,21.5,35.2\n", "layout_unknown",
            {"timestamp_format": ("elapsed_s",)},
        ),
        (
            "name,host,timestamp,value\nup,a,1718352000,1\nup,b,1718352000,2\nt,a,1718352000,3\n"
            "t,b,1718352000,4\n", "layout_unknown", {"sensor_column": ("name", "host")},
        ),
    ],
)  # fmt: skip
def test_the_right_options_are_among_the_suggestions(
    text: str, code: str, options: dict[str, object]
) -> None:
    doubt = read(text.encode(), filename="a.csv").doubt
    assert doubt is not None
    assert doubt.code == code
    assert any(
        all(s.options.get(name) == value for name, value in options.items())
        for s in doubt.suggestions
    ), [s.options for s in doubt.suggestions]
