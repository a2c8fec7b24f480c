"""Corrected rows of files with a read plan are read with exactly that plan."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from rows.invalid.csv_export import (
    Correction,
    corrected_line,
    correction,
    header,
    options_for,
    read_edited_rows,
    write_rows,
)
from rows.invalid.fields import rejected_row
from rows.invalid.planned import columns_of, corrected_dialect, values_of
from rows.parse import parse_batch
from rows.sniff.head import find_dialect
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import read_options

Entry = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A file with invalid rows, the edits of its export, and the readings they give."""

    data: str
    edits: dict[Entry, dict[str, str]]
    readings: list[tuple[str, str, float]]
    options: dict[str, Any] = field(default_factory=dict)
    filename: str = "plant 7.csv"
    # Corrected rows that are invalid in the new file.
    invalid: int = 0


GERMAN = (
    "Datum;Zeit;Vorlauf;Rücklauf\n"
    "01.07.2025;10:00;21,5;19,25\n"
    "01.07.2025;10:15;defekt;kaputt\n"
    "01.07.2025;25:99;22,5;1.020,5\n"
    "31.07.2025;10:45;23,5;21,0\n"
)
CASES = {
    "wide, decimal comma, local time, two cells of one row": Case(
        GERMAN,
        {(2, 0): {"value": "21,75"}, (2, 1): {"value": "1.019,5"}},
        [("Vorlauf", "2025-07-01T08:15:00", 21.75), ("Rücklauf", "2025-07-01T08:15:00", 1019.5)],
        {"timezone": "Europe/Berlin", "thousands": ".", "decimal": ","},
    ),
    "wide, a record that is invalid as a whole": Case(
        GERMAN,
        {(3, 0): {"timestamp": "01.07.2025 10:30"}},
        [("Vorlauf", "2025-07-01T08:30:00", 22.5), ("Rücklauf", "2025-07-01T08:30:00", 1020.5)],
        {"timezone": "Europe/Berlin", "thousands": ".", "decimal": ","},
    ),
    "wide, templates and missing markers": Case(
        "time,a,b\n2025-07-01 10:00,1,2\n2025-07-01 10:xx,-9999,5\n2025-07-01 11:00,3,4\n",
        {(2, 0): {"timestamp": "2025-07-01 10:30"}},
        [("plant 7/b", "2025-07-01T10:30:00", 5.0)],
        {"sensor": "{stem}/{column}", "missing": ["-9999"]},
    ),
    "long, two sensor columns, a word for a value, a shift": Case(
        "station,item,when,state\nA,pump,2025-07-01 10:00,ON\nA,pump,2025-07-01 11:00,OPEN\n"
        "B,fan,2025-07-01 12:00,OFF\n",
        {(2, 0): {"value": "on"}},
        [("A/pump", "2025-07-01T10:59:00", 1.0)],
        {
            "sensor_column": ["station", "item"],
            "timestamp_column": ["when"],
            "value_column": ["state"],
            "value_map": ["ON=1", "OFF=0"],
            "timestamp_shift": "-1min",
        },
    ),
    "wide, seconds since a start": Case(
        "elapsed,a,b\n0,1,2\n60,x,4\n120,5,6\n",
        {(2, 0): {"value": "3"}},
        [("a", "2025-07-01T10:01:00", 3.0)],
        {
            "timestamp_column": ["elapsed"],
            "timestamp_format": ["elapsed_s"],
            "timestamp_start": "2025-07-01T10:00:00Z",
        },
    ),
    "long, times of a day": Case(
        "sensor,time,value\na,10:00,1\na,11:00,x\na,12:00,3\n",
        {(2, 0): {"value": "2"}},
        [("a", "2025-07-01T11:00:00", 2.0)],
        {"timestamp_format": ["%H:%M"], "timestamp_start": "2025-07-01"},
    ),
    "long, time zone in a column": Case(
        "sensor,time,zone,value\na,2025-07-01 10:00,Europe/Berlin,1\n"
        "a,2025-07-01 11:00,America/New_York,x\na,2025-07-01 12:00,Europe/Berlin,3\n",
        {(2, 0): {"value": "2"}},
        [("a", "2025-07-01T15:00:00", 2.0)],
        {"timezone": "{zone}"},
    ),
    "long, the repeated hour is asked about": Case(
        "sensor,time,value\na,2025-10-26 01:00,1\na,2025-10-26 01:30,1\na,2025-10-26 02:00,1\n"
        "a,2025-10-26 02:30,1\na,2025-10-26 02:00,1\na,2025-10-26 02:30,x\na,2025-10-26 03:00,1\n"
        "b,2025-10-26 02:30,y\n",
        {
            (6, 0): {"value": "2"},
            (8, 0): {"timestamp": "2025-10-26T02:30+01:00", "value": "4"},
        },
        [("b", "2025-10-26T01:30:00", 4.0)],
        {"timezone": "Europe/Berlin", "timestamp_format": ["%Y-%m-%d %H:%M"]},
        invalid=1,
    ),
    "long, too many fields": Case(
        "name;time;reading\nx;2025-07-01 10:00;1,5\nx;2025-07-01 11:00;2;5\nx;2025-07-01 12:00;3,5\n",
        {(2, 0): {"value": "2,5"}},
        [("x", "2025-07-01T11:00:00", 2.5)],
        {"sensor_column": ["name"], "timestamp_column": ["time"], "value_column": ["reading"]},
    ),
    "wide, bytes of a crash before the time": Case(
        "2025-07-20 13:20:00\t20.5\t61\n\0\0\0002025-07-20 13:23:26\t-20.1\t67.2\n"
        "2025-07-20 13:26:00\t20.7\t62\n\\.\n",
        {(2, 0): {"timestamp": "2025-07-20 13:23:26"}},
        [("temp", "2025-07-20T13:23:26", -20.1), ("hum", "2025-07-20T13:23:26", 67.2)],
        {"layout": "wide", "header": False, "column_names": ["time", "temp", "hum"]},
    ),
}


def invalid_rows(data: bytes, dialect: DialectSpec) -> list[dict[str, Any]]:
    """The invalid entries of a file, as the database has them."""
    found = parse_batch(
        data[dialect.data_start :], dialect, Limits(), first_row=1, first_line=1, first_byte=0
    ).invalid_rows.to_pylist()
    cells: Counter[int] = Counter()
    rows = []
    for row in found:
        rows.append({**row, "byte": row["byte_offset"], "cell": cells[row["row"]]})
        cells[row["row"]] += 1
    return rows


def returned(sheet: list[dict[str, str]], rows: list[dict[str, Any]], dialect: DialectSpec) -> dict[
    Entry, Correction
]:  # fmt: skip
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(sheet[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(sheet)
    by_entry = {(row["row"], row["cell"]): row for row in rows}
    found = {}
    for back in read_edited_rows(io.BytesIO(text.getvalue().encode())):
        entry = int(back.row), int(back.cell)
        found[entry] = correction(back.fields, rejected_row(by_entry[entry], dialect))
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_corrected_row_is_read_with_the_plan_of_its_file(name: str) -> None:
    case = CASES[name]
    data, options = case.data.encode(), read_options(case.options)
    dialect = find_dialect(data, options, complete=True, filename=case.filename)
    plan = dialect.plan
    assert plan is not None
    rows = invalid_rows(data, dialect)
    exported = header() + write_rows(rows, dialect)
    sheet = list(csv.DictReader(io.StringIO(exported, newline="")))
    assert len(sheet) == len(rows)

    # Nothing is edited: nothing changes.
    found = returned(sheet, rows, dialect)
    assert found.keys() == {(row["row"], row["cell"]) for row in rows}
    assert {(one.fields, one.changed) for one in found.values()} == {(None, False)}

    for line in sheet:
        line |= case.edits.get((int(line["row"]), int(line["cell"])), {})
    how = options_for(options, dialect)
    first = corrected_line(columns_of(plan), how)
    lines = [first]
    for (row, cell), one in returned(sheet, rows, dialect).items():
        assert (one.fields is not None) == ((row, cell) in case.edits)
        if one.fields is None:
            continue
        entry = next(r for r in rows if (r["row"], r["cell"]) == (row, cell))
        records = values_of(entry, dialect, plan, one.fields)
        assert records is not None
        lines += [corrected_line((str(row), *record), how) for record in records]
    new = corrected_dialect(dialect, plan, how.delimiter or ",", first)
    outcome = parse_batch(
        b"".join(lines[1:]), new, Limits(), first_row=1, first_line=2, first_byte=len(first),
        readings=True,
    )  # fmt: skip
    assert outcome.invalid_count == case.invalid
    assert outcome.readings is not None
    read = [
        (row["sensor_id"], row["timestamp"].astimezone(UTC), row["value"])
        for row in outcome.readings.to_pylist()
    ]
    assert read == [
        (sensor, datetime.fromisoformat(time).replace(tzinfo=UTC), value)
        for sensor, time, value in case.readings
    ]
