"""Small files in the shapes of more makers (all values made up): right, or asked; never wrong.

`tests/data/makers/expected.json` says of each file what decides (`why`), and either the code with
which it is asked about, whether there is a suggestion, and the first reading that the first of them
gives (`first`, if that is the right one), or its readings, invalid rows and notices.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BadData
from schemas.read_options import ReadOptions
from tests.unit.rows.sniff.reading import read

FOLDER = Path(__file__).resolve().parents[3] / "data" / "makers"
ENTRIES: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])
def test_a_file_is_read_as_its_maker_means_it_or_asked_about(entry: dict[str, Any]) -> None:
    found = read((FOLDER / entry["file"]).read_bytes(), filename=entry["file"])
    if "asks" in entry:
        assert found.doubt is not None, entry["why"]
        assert (found.doubt.code, bool(found.doubt.suggestions)) == (
            entry["asks"], entry["suggestions"]
        )  # fmt: skip
        if "first" in entry:
            reading = found.doubt.suggestions[0].readings[0]
            assert [reading.sensor_id, reading.timestamp, reading.value] == entry["first"]
        return
    assert found.doubt is None, found.doubt
    assert [list(reading) for reading in found.readings] == entry["readings"], entry["why"]
    assert len(found.invalid) == entry["invalid"]
    assert sorted(map(str, found.notices)) == entry["notices"]


def test_a_file_of_sea_bird_is_suggested_with_its_start_and_names() -> None:
    doubt = read((FOLDER / "seabird-profile.cnv").read_bytes()).doubt
    assert doubt is not None
    (suggestion,) = doubt.suggestions
    found = read(
        (FOLDER / "seabird-profile.cnv").read_bytes(),
        ReadOptions.model_validate(suggestion.options),
    )
    assert found.readings[:3] == [
        ("prdM", "2024-06-14T10:00:00.000000Z", 1.012),
        ("tv290C", "2024-06-14T10:00:00.000000Z", 12.3456),
        ("prdM", "2024-06-14T10:00:00.250000Z", 1.254),
    ]
    assert (len(found.readings), found.missing, found.invalid) == (9, 1, [])


def test_a_start_of_sea_bird_that_is_no_date_is_not_suggested() -> None:
    data = (FOLDER / "seabird-profile.cnv").read_bytes().replace(b"Jun 14", b"Jun 34")
    doubt = read(data).doubt
    assert doubt is not None
    assert doubt.suggestions == ()


def test_every_file_has_an_entry() -> None:
    files = {path.name for path in FOLDER.iterdir()} - {"expected.json"}
    assert files == {entry["file"] for entry in ENTRIES}


@pytest.mark.parametrize("columns", [16_385, 20_000, 65_536])
@pytest.mark.parametrize("first", ["time", "sensor_id,timestamp,value"])
def test_a_header_that_is_too_wide_is_refused_however_long_it_is(columns: int, first: str) -> None:
    header = f"{first}," + ",".join(f"probe_{k}" for k in range(columns))
    record = "a,2024-01-01T00:00:00Z," + ",".join(["1"] * columns)
    with pytest.raises(BadData) as caught:
        read(f"{header}\n{record}\n".encode())
    assert caught.value.code == "too_many_columns"
