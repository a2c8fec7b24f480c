"""Changes of the cells of many invalid rows."""

from __future__ import annotations

from typing import Any

import pytest

from rows.invalid.changes import Changes
from rows.invalid.record import Fields
from schemas.corrections import BadRequest, correction_from

FILES = {"q": "klima"}


def changed(change: dict[str, Any], cells: Fields, *formats: str) -> Fields:
    correction = correction_from({"files": FILES, "changes": [change]})
    return Changes(correction.changes, formats).apply(cells)


def time(change: dict[str, Any], text: str, *formats: str) -> str:
    return changed(change, ("s", text, "1"), *formats)[1]


def read_as(form: str) -> dict[str, Any]:
    return {"kind": "time_format", "format": form}


SHIFT = {"kind": "shift", "by": "-90min"}


def test_a_text_is_replaced_in_every_place() -> None:
    change = {"kind": "replace", "column": "value", "find": ",", "replacement": ""}
    assert changed(change, ("a,b", "x", "1,234,5")) == ("a,b", "x", "12345")


def test_a_whole_cell_is_replaced_only_if_it_is_that_text() -> None:
    change = {"kind": "replace", "column": "sensor_id", "find": "t1", "whole": True}
    assert changed(change, (" t1 ", "x", "1"))[0] == ""
    assert changed(change, ("t12", "x", "1"))[0] == "t12"


def test_words_are_compared_without_case() -> None:
    change = {"kind": "map", "words": {"Offen": "1", "zu": "0"}}
    assert changed(change, ("s", "x", " OFFEN"))[2] == "1"
    assert changed(change, ("s", "x", "off"))[2] == "off"


@pytest.mark.parametrize(
    ("form", "text", "formats", "want"),
    [
        ("%d.%m.%Y %H:%M", "3.4.2026 7:05", (), "2026-04-03T07:05:00"),
        ("%d.%m.%Y %H:%M", "2026-04-03 07:05", (), "2026-04-03 07:05"),
        # As the file writes its times, if nothing is lost.
        ("%d.%m.%Y %H:%M", "3.4.2026 7:05", ("%d/%m/%Y %H:%M",), "03/04/2026 07:05"),
        ("%d.%m.%Y %H:%M:%S", "3.4.2026 7:05:09", ("%d/%m/%Y %H:%M",), "2026-04-03T07:05:09"),
        # A file whose own format begins with the year cannot have ISO 8601 beside it.
        ("%d.%m.%Y %H:%M:%S", "3.4.2026 7:05:09", ("%Y/%d/%m %H:%M",), "3.4.2026 7:05:09"),
        ("%d.%m.%Y %H:%M%z", "3.4.2026 7:05+0200", (), "2026-04-03T07:05:00+02:00"),
        # Two ways to divide the digits: the row engine reads 15 as a quarter past midnight.
        ("%d.%m.%Y %H%M", "3.4.2026 15", (), "3.4.2026 15"),
        ("%Y%m%d %H%M", "20260403 0715", (), "2026-04-03T07:15:00"),
    ],
)  # fmt: skip
def test_timestamps_are_read_with_a_format(
    form: str, text: str, formats: tuple[str, ...], want: str
) -> None:
    assert time(read_as(form), text, *formats) == want


@pytest.mark.parametrize(
    ("text", "formats", "want"),
    [
        ("2026-03-29T02:30:00", (), "2026-03-29T01:00:00"),
        ("2026-03-29 02:30", ("iso",), "2026-03-29T01:00:00"),
        ("29.03.2026 02:30", ("%d.%m.%Y %H:%M",), "29.03.2026 01:00"),
        ("1000009000", ("epoch_s",), "1000003600"),
        ("yesterday", (), "yesterday"),
        ("2026-W10-1", (), "2026-W10-1"),
    ],
)
def test_timestamps_are_shifted_and_stay_in_their_format(
    text: str, formats: tuple[str, ...], want: str
) -> None:
    assert time(SHIFT, text, *formats) == want


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"changes": [SHIFT]}, "files"),
        ({"files": {}, "changes": [SHIFT]}, "say which files"),
        ({"files": FILES, "changes": []}, "at least 1"),
        ({"files": FILES, "changes": [read_as("iso")]}, "no strptime format"),
        ({"files": FILES, "changes": [read_as("%d.%m.%Y")]}, "a time of day"),
        ({"files": FILES, "changes": [read_as("%H:%M")]}, "a date"),
        ({"files": FILES, "changes": [read_as("%*%d.%m.%Y %H:%M")]}, "cannot be used"),
        ({"files": FILES, "changes": [{"kind": "shift", "by": "soon"}]}, "no duration"),
        ({"files": FILES, "changes": [SHIFT], "row": {}}, "row"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_named(request_: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        correction_from(request_)
