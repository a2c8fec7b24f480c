"""A way to read a file that gives not one record of its head is asked about."""

from __future__ import annotations

import re
from pathlib import Path

from schemas.read_options import ReadOptions
from tests.unit.rows.sniff.reading import read

_PROFILES = Path(__file__).resolve().parents[4] / "rows" / "sniff" / "profiles"


def test_a_file_that_only_looks_like_that_of_a_maker_is_asked_about() -> None:
    sample = (_PROFILES / "ccu-historian.csv").read_text()
    other = re.sub(r"(\d\d)\.(\d\d)\.(\d{4}) ", r"\3/\2/\1 ", sample)
    assert other != sample
    doubt = read(other.encode(), filename="bath.csv").doubt
    assert doubt is not None
    assert (doubt.code, str(doubt).count("not one of")) == ("layout_unknown", 1)
    assert {"profile": "none"}.items() <= doubt.suggestions[0].options.items()
    assert doubt.suggestions[0].readings


def test_one_record_that_can_be_read_is_enough() -> None:
    sample = (_PROFILES / "ccu-historian.csv").read_text()
    *before, last = sample.splitlines()
    other = [re.sub(r"(\d\d)\.(\d\d)\.(\d{4}) ", r"\3/\2/\1 ", line) for line in before]
    found = read("\n".join([*other, last]).encode())
    assert (len(found.readings), len(found.invalid)) == (1, len(before) - 2)


def test_options_that_read_nothing_give_invalid_rows() -> None:
    data = b"time,temp\n2026-03-01 10:00,1.5\n2026-03-01 10:10,1.6\n"
    found = read(data, ReadOptions(timestamp_format=("%d.%m.%Y",), timestamp_column=("time",)))
    assert found.doubt is None
    assert [row["code"] for row in found.invalid] == ["timestamp_format"] * 2


def test_entries_before_records_with_fewer_fields_are_no_header() -> None:
    entries = (
        "station,id,7\nstation,name,Weir\ndataType,period,day (water-day)\ndata,first,2026-03-01\n"
    )
    rows = "".join(f"2026-03-{day:02},{day}.25\n" for day in range(1, 29))
    doubt = read((entries + rows).encode(), filename="weir.csv").doubt
    assert doubt is not None
    assert [
        (reading.sensor_id, reading.timestamp, reading.value)
        for reading in doubt.suggestions[0].readings[:1]
    ] == [("weir", "2026-03-01T00:00:00.000000Z", 1.25)]
    options = ReadOptions.model_validate(doubt.suggestions[0].options)
    found = read((entries + rows).encode(), options, filename="weir.csv")
    # Without a header, as the option says, all lines are records.
    assert (len(found.readings), len(found.invalid)) == (28, 4)


def test_a_single_line_before_the_records_is_an_invalid_one() -> None:
    rows = "".join(f"boiler,2026-03-{day:02},{day}.25\n" for day in range(1, 29))
    found = read(f"boiler,n/a,1\n{rows}".encode())
    assert (len(found.readings), len(found.invalid)) == (28, 1)
