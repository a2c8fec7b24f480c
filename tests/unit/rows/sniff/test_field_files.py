"""81 files in the shapes that loggers, meters and platforms write: right, or asked; never wrong."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.rows.sniff.field import difference, verdict
from tests.unit.rows.sniff.reading import options_of, read

FOLDER = Path(__file__).resolve().parents[3] / "data" / "field"
ENTRIES: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())
# What is needed besides detection.
CONTAINERS = {"88-zip-with-one-csv.zip"}
ROW_NOTICES = {"78-overlapping-archives.csv"}


def _entries(without: set[str]) -> list[Any]:
    return [pytest.param(e, id=e["file"]) for e in ENTRIES if e["file"] not in without]


@cache
def _verdict(name: str) -> str:
    entry = next(e for e in ENTRIES if e["file"] == name)
    return verdict(read((FOLDER / "files" / name).read_bytes(), filename=name), entry)


@pytest.mark.parametrize("entry", _entries(CONTAINERS | ROW_NOTICES))
def test_without_options(entry: dict[str, Any]) -> None:
    found = _verdict(entry["file"])
    assert not found.startswith("wrong"), entry["why"]
    if entry["without_options"] == "right":
        assert found == "right", entry["why"]


@pytest.mark.parametrize(
    "entry", [p for p in _entries(CONTAINERS) if p.values[0]["with_options"] is not None]
)
def test_with_options(entry: dict[str, Any]) -> None:
    data = (FOLDER / "files" / entry["file"]).read_bytes()
    found = read(data, options_of(entry["with_options"]), entry["file"])
    assert difference(found, entry) is None


def test_more_than_half_of_those_in_question_are_read() -> None:
    either = [e["file"] for e in ENTRIES if e["without_options"] == "either"]
    counted = Counter(_verdict(name) for name in either)
    assert counted["right"] * 2 >= len(either), counted
    assert len(ENTRIES) == 81
