"""One bad record never costs a file: the head as a whole decides how a file is read."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import read

GOOD = [
    f"2026-03-01T06:{minute:02}:00Z;kiln;{minute / 4:.2f}".replace(".", ",") for minute in range(9)
]
BAD = {
    "a field is missing": "2026-03-01T06:09:00Z;kiln",
    "a field too many": "2026-03-01T06:09:00Z;kiln;1,5;2",
    "no timestamp": "yesterday;kiln;1,5",
    "another order": "01.03.2026 06:09;kiln;1,5",
    "a number as a timestamp": "1772345340;kiln;1,5",
    "no value": "2026-03-01T06:09:00Z;kiln;defect",
    "the other decimal sign": "2026-03-01T06:09:00Z;kiln;1.5",
    "empty fields": ";;",
    "no sensor": "2026-03-01T06:09:00Z;;1,5",
    "a sentence": "the logger was restarted",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_file_with_one_bad_record_is_read(bad: str, place: int) -> None:
    records = [*GOOD[:place], bad, *GOOD[place:]]
    head = "\n".join(["Time;Sensor;Value", *records, ""]).encode()
    found = read(head)
    assert found.doubt is None
    good = [(sensor, time, value) for sensor, time, value in found.readings if value < 1_000]
    expected = [("kiln", f"2026-03-01T06:{m:02}:00.000000Z", m / 4) for m in range(9)]
    assert [one for one in good if one in expected] == expected
    # A line without a delimiter before the first record is not part of the data.
    preamble = bad == BAD["a sentence"] and place == 0
    assert len(found.readings) + len(found.invalid) == 10 - preamble
