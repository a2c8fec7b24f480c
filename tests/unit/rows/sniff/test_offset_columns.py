"""Numbers under `Offset` beside timestamps without an offset."""

from __future__ import annotations

import pytest

from schemas.read_options import ReadOptions
from tests.unit.rows.sniff.reading import read


def _table(name: str, offsets: list[str], end: str = "") -> bytes:
    rows = "".join(f"2024-06-14 10:0{k}{end},{offset},2{k}.5\n" for k, offset in enumerate(offsets))
    return f"Timestamp,{name},Temp\n{rows}".encode()


@pytest.mark.parametrize(
    ("name", "offset", "zone"),
    [
        *(
            ("Offset", "120", "+02:00"),
            ("Offset", "-300", "-05:00"),
            ("Time offset", "330", "+05:30"),
        ),
        *(("offset_minutes", "60", "+01:00"), ("Offset", "7200", "+02:00")),
    ],
)
def test_what_may_be_the_zone_of_the_times_is_asked_about(
    name: str, offset: str, zone: str
) -> None:
    data = _table(name, [offset] * 4)
    doubt = read(data).doubt
    assert doubt is not None
    assert doubt.code == "timestamp_ambiguous"
    assert doubt.suggestions[0].options["timezone"] == zone
    options = [ReadOptions.model_validate(one.options) for one in doubt.suggestions]
    found = [read(data, one) for one in options]
    assert [len(one.readings) for one in found] == [4, 4, 8]
    assert found[0].readings[0][1] != found[1].readings[0][1]


def test_two_offsets_are_asked_about() -> None:
    doubt = read(_table("Offset", ["60", "60", "120", "120"])).doubt
    assert doubt is not None
    assert len(doubt.suggestions) == 2


@pytest.mark.parametrize("offsets", [["0", "0"], ["1.5", "1.5"], ["17", "17"], ["900", "915"]])
def test_other_numbers_are_readings(offsets: list[str]) -> None:
    found = read(_table("Offset", offsets))
    assert {sensor for sensor, _, _ in found.readings} == {"Offset", "Temp"}


def test_times_with_an_offset_need_no_other() -> None:
    found = read(_table("Offset", ["120", "120"], "+02:00"))
    assert {sensor for sensor, _, _ in found.readings} == {"Offset", "Temp"}
