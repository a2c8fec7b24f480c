"""Lines before the data, and names of columns, that say that times may not be those of UTC."""

from __future__ import annotations

import pytest

from schemas.read_options import parse_options
from tests.unit.rows.sniff.reading import Read, read

_ROWS = "2024-05-01 10:00:00,1.5\n2024-05-01 10:05:00,1.6\n"


def _after(line: str, **options: str) -> Read:
    given = parse_options({name: [value] for name, value in options.items()})
    return read(f"{line}\ntime,temp\n{_ROWS}".encode(), given)


def _zones(found: Read) -> list[object]:
    assert found.doubt is not None
    assert found.doubt.code == "timestamp_ambiguous"
    return [suggestion.options["timezone"] for suggestion in found.doubt.suggestions]


@pytest.mark.parametrize(
    ("line", "zones"),
    [
        ("Start: 2024-05-01 10:00 CEST", ["Europe/Berlin", "+02:00", "UTC"]),
        ("Start;2024-05-01;10:00;CEST", ["Europe/Berlin", "+02:00", "UTC"]),
        ("Start date,2024-05-01,Start time,10:00 AM (EDT)", ["America/New_York", "-04:00", "UTC"]),
        ("# Logging started 2024-05-01 10:00:00 +0200", ["+02:00", "UTC"]),
        ("First record: Wed May 01 2024 10:00:00 GMT+0200 (CEST)", ["+02:00", "UTC"]),
        ("Messbeginn: 01.05.2024 10:00 MESZ", ["Europe/Berlin", "+02:00", "UTC"]),
        ("Launched 2024-05-01T10:00:00+02", ["+02:00", "UTC"]),
        ("Recorded 2024-05-01 10:00-05:00", ["-05:00", "UTC"]),
        ("Logger clock: 10:00:00 JST", ["Asia/Tokyo", "+09:00", "UTC"]),
        ("Start of the report: 2024-05-01T10:00+02:00", ["+02:00", "UTC"]),
        ("Report period: 2024-05-01 10:00 EDT", ["America/New_York", "-04:00", "UTC"]),
        (
            "Start: 2024-03-01T10:00:00+01:00\nEnd: 2024-05-01T10:05:00+02:00",
            ["+01:00", "+02:00", "UTC"],
        ),
    ],
)
def test_a_zone_of_a_time_that_is_about_the_data_is_asked_about(
    line: str, zones: list[str]
) -> None:
    assert _zones(_after(line)) == zones


def test_the_zone_that_is_asked_about_is_that_of_the_readings() -> None:
    doubt = _after("Start: 2024-05-01 10:00 CEST").doubt
    assert doubt is not None
    first = [suggestion.readings[0].timestamp for suggestion in doubt.suggestions]
    assert [text[:16] for text in first] == [
        "2024-05-01T08:00",
        "2024-05-01T08:00",
        "2024-05-01T10:00",
    ]
    found = _after("Start: 2024-05-01 10:00 CEST", timezone="+02:00")
    assert found.readings[0] == ("temp", "2024-05-01T08:00:00.000000Z", 1.5)


@pytest.mark.parametrize(
    ("line", "notices"),
    [
        ("Exported: 2024-05-02T10:00:00+02:00", {"local_zone"}),
        ("Exported from the logger 2024-05-02 10:00:00+02:00", {"local_zone"}),
        ("Download time 05/02/24 10:00 EDT", {"local_zone"}),
        ("Calibration: 2024-01-01 10:00 EST", {"local_zone"}),
        ("Exported: 2024-05-02T10:00:00Z", set()),
        ("Start: 2024-05-01 10:00 UTC", set()),
        ("Start: 2024-05-01T10:00:00+00:00", set()),
        ("Period: 2024-05-01 08:00-12:00", set()),
        ("Period: 2024-05-01 00:00 - 2024-05-02 00:00", set()),
        ("Start: 2024-05-01 10:00 LOG", set()),
        ("Start: 00:12:EST", set()),
    ],
)
def test_zones_of_other_times_are_reported(line: str, notices: set[str]) -> None:
    found = _after(line)
    assert found.readings[0] == ("temp", "2024-05-01T10:00:00.000000Z", 1.5)
    assert found.notices == notices


@pytest.mark.parametrize(("clock", "notices"), [("10:00", set()), ("08:00", {"local_zone"})])
def test_the_first_time_in_utc_says_that_times_are_utc(clock: str, notices: set[str]) -> None:
    rows = "2024-05-01 10:00 AM,1.5\n2024-05-01 10:05 AM,1.6\n"
    found = read(f"Start: 2024-05-01T{clock}Z\ntime,temp\n{rows}".encode())
    assert found.readings[0] == ("temp", "2024-05-01T10:00:00.000000Z", 1.5)
    assert found.notices == notices


@pytest.mark.parametrize(
    ("line", "zones"),
    [
        ("Time shift: +1h", ["+01:00", "UTC"]),
        ("Clock shift,-60 min", ["-01:00", "UTC"]),
        ("# Time offset: +01:00", ["+01:00", "UTC"]),
        ("Time offset (min): 90", ["+01:30", "UTC"]),
        ("Zeitversatz;2 Stunden", ["+02:00", "UTC"]),
        ("Time correction = 3600 s", ["+01:00", "UTC"]),
        ("Time offset,60", ["+01:00", "UTC"]),
    ],
)
def test_times_that_are_shifted_are_asked_about(line: str, zones: list[str]) -> None:
    assert _zones(_after(line)) == zones


@pytest.mark.parametrize(
    "line", ["Time shift: 0", "Time offset: +00:00", "Clock offset: 12 s", "Start time: 60 min"]
)
def test_shifts_that_are_no_zones_are_not_asked_about(line: str) -> None:
    found = _after(line)
    assert found.readings[0] == ("temp", "2024-05-01T10:00:00.000000Z", 1.5)
    assert not found.notices


def test_a_shift_that_is_given_is_not_asked_about() -> None:
    found = _after("Time shift: +1h", timestamp_shift="-1h")
    assert found.readings[0] == ("temp", "2024-05-01T09:00:00.000000Z", 1.5)


@pytest.mark.parametrize(
    ("name", "zones"),
    [
        ("Time_CST", ["America/Chicago", "-06:00", "UTC"]),
        ("Time - CET", ["Europe/Berlin", "+01:00", "UTC"]),
        ("Datetime CEST", ["Europe/Berlin", "+02:00", "UTC"]),
        ("time_cet", ["Europe/Berlin", "+01:00", "UTC"]),
        ("Time (MET)", ["Europe/Berlin", "UTC"]),
    ],
)
def test_an_abbreviation_in_the_name_of_a_column_is_suggested(name: str, zones: list[str]) -> None:
    doubt = read(f"{name},temp\n{_ROWS}".encode()).doubt
    assert doubt is not None
    assert [suggestion.options["timezone"] for suggestion in doubt.suggestions] == zones


@pytest.mark.parametrize("name", ["time_utc+2", "Time_+02:00", "Time +0200", "Datetime+02:00"])
def test_an_offset_at_the_end_of_a_name_is_the_zone(name: str) -> None:
    found = read(f"{name},temp\n{_ROWS}".encode())
    assert found.readings[0] == ("temp", "2024-05-01T08:00:00.000000Z", 1.5)
