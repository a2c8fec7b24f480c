"""Invalid rows of generated dirty files go out as CSV and come back: what was not edited stays as
it was, and what was edited is that row and no other."""

from __future__ import annotations

import csv
import io
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

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
from rows.invalid.record import Fields
from rows.parse import parse_batch
from rows.sniff.dialect import sniff
from rows.sniff.file_types import NotCsv
from rows.split.splitter import RecordSplitter
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from tests.differential import specification as oracle
from tests.differential.files import Sample, samples
from tests.differential.outcomes import options
from tests.differential.specification import NAMES, Asked, Bounds, Text
from tests.harness.row_files import Whole, whole

CORRECT: Fields = ("corrected-1", "2024-05-01T10:00:00Z", "42.5")
HEADER = b"sensor_id,timestamp,value\n"
PLAIN = (Asked(), Bounds())
# What programs make of a CSV that they only open and save.
SAVED: tuple[dict[str, Any], ...] = (
    {},
    {"delimiter": ";", "lineterminator": "\n"},
    {"delimiter": "\t", "quoting": csv.QUOTE_ALL},
)
generated = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def read(sample: Sample) -> tuple[DialectSpec, ReadOptions, list[dict[str, Any]]]:
    """How a file is read, and the invalid rows of it as the database has them."""
    limits = Limits(
        max_record_bytes=sample.bounds.record_bytes, max_record_lines=sample.bounds.record_lines
    )
    try:
        asked = options(sample.asked)
        dialect = sniff(sample.data, asked, complete=True, limits=limits)
    except (NotCsv, ValueError):  # no columns, or options that contradict each other
        assume(False)
        raise
    cutter = RecordSplitter(dialect, limits, 1 << 20)
    spans = [*cutter.feed(sample.data[dialect.data_start :]), *cutter.finish()]
    rows = []
    for span in spans:
        outcome = parse_batch(
            sample.data[span.start : span.end],
            dialect,
            limits,
            first_row=span.first_row,
            first_line=span.first_line,
            first_byte=span.start,
        )
        rows += outcome.invalid_rows.to_pylist()
    return dialect, asked, [{**row, "byte": row["byte_offset"]} for row in rows]


def exported(rows: list[dict[str, Any]], dialect: DialectSpec) -> list[dict[str, str]]:
    """The export as a program that knows CSV sees it."""
    text = header() + write_rows(rows, dialect)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def returned(
    sheet: list[dict[str, str]], rows: list[dict[str, Any]], dialect: DialectSpec, **saved: Any
) -> dict[int, Correction]:
    """What was done to each row of `sheet`."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(sheet[0]), **saved)
    writer.writeheader()
    writer.writerows(sheet)
    by_number = {row["row"]: row for row in rows}
    return {
        int(back.row): correction(back.fields, rejected_row(by_number[int(back.row)], dialect))
        for back in read_edited_rows(io.BytesIO(text.getvalue().encode()))
    }


def resubmitted(fields: list[Fields], asked: ReadOptions, dialect: DialectSpec) -> Whole:
    """The results of the file of corrected rows."""
    how = options_for(asked, dialect)
    lines = [corrected_line(("row", *NAMES), how)]
    lines += [corrected_line((str(n), *cells), how) for n, cells in enumerate(fields, 1)]
    data = b"".join(lines)
    return whole(data, sniff(data, how, complete=True, limits=Limits()))


@pytest.mark.slow
@generated
@example(Sample(HEADER + b"a,2024-05-01,23,1\n", *PLAIN))
@example(Sample(HEADER + b'"a,2024-05-01,23\nb,2024-05-01,1\n', *PLAIN))
@example(Sample(HEADER + b'a,"2024-05-01"x,23,5\n', *PLAIN))
@example(Sample(HEADER + b'a,2024-05-01,\'5\na,5 May 2024,"1,234"\n', *PLAIN))
@given(samples())
@pytest.mark.timeout(0)
def test_an_unedited_export_changes_nothing(sample: Sample) -> None:
    dialect, _, rows = read(sample)
    assume(rows)
    sheet = exported(rows, dialect)
    for saved in SAVED:
        found = returned(sheet, rows, dialect, **saved)
        assert found.keys() == {row["row"] for row in rows}
        assert {(one.fields, one.changed) for one in found.values()} == {(None, False)}


@pytest.mark.slow
@generated
@example(Sample(HEADER + b"a,2024-05-01,23,1\na,2024-05-01,23,1\n", *PLAIN), 0)
@example(Sample(HEADER + b'"a,2024-05-01,23\n"b,2024-05-01,1\n', *PLAIN), 1)
@given(samples(), st.integers(0, 1 << 20))
@pytest.mark.timeout(0)
def test_an_edited_row_is_the_only_one_that_is_corrected(sample: Sample, seed: int) -> None:
    dialect, asked, rows = read(sample)
    assume(rows)
    sheet = exported(rows, dialect)
    edited = Random(seed).randrange(len(sheet))
    number = rows[edited]["row"]
    sheet[edited] |= zip(NAMES, CORRECT, strict=True)
    found = returned(sheet, rows, dialect)
    assert found.pop(number).fields == CORRECT
    assert not any(one.changed for one in found.values())
    assert resubmitted([CORRECT], asked, dialect).readings == [
        (1, "corrected-1", 1714557600000000, 42.5)
    ]


@pytest.mark.slow
@generated
@example(Sample(HEADER + b"a,2024-05-01,23,1\n", *PLAIN), 0)
@example(Sample(HEADER + b'"a,2024-05-01,x\n', *PLAIN), 2)
@example(Sample(b'note,sensor_id,timestamp,value\n"x,a,2024-05-01,5\n', *PLAIN), 0)
@example(Sample(b'sensor_id,timestamp,value,note\na,2024-05-01,5,"x\n', *PLAIN), 0)
@example(Sample(HEADER + b"a,2024-05-01T10:00\n", *PLAIN), 0)
@given(samples(), st.integers(0, 2))
@pytest.mark.timeout(0)
def test_a_row_with_one_cell_edited_is_read_only_if_that_cell_was_the_fault(
    sample: Sample, at: int
) -> None:
    """The cells that were left alone do not become a reading that the file does not have."""
    dialect, _, rows = read(sample)
    assume(rows)
    sheet = exported(rows, dialect)
    for line in sheet:
        line[NAMES[at]] = CORRECT[at]
    for number, one in returned(sheet, rows, dialect).items():
        (row,) = (row for row in rows if row["row"] == number)
        faulty = rejected_row(row, dialect).faulty
        if any(faulty[k] for k in range(3) if k != at):
            assert one.fields is None, row
        elif one.fields is not None:
            quoted = row["code"] in ("bad_quote", "quote_not_closed")
            untouched = [cell for k, cell in enumerate(one.fields) if k != at]
            assert not (quoted and any(cell.startswith(dialect.quote) for cell in untouched)), row
            # Every part of the text is in a cell that was left alone, or in the one that was seen.
            seen = rejected_row(row, dialect).cells[at]
            if row["code"] == "extra_fields":
                assert row["raw"].rstrip(" \t").endswith(seen), row


@pytest.mark.slow
@generated
@example(Sample(b"a 2024-05-01 10:00:01 x\n", Asked(delimiter=" ", header=False), Bounds()))
@example(Sample(HEADER + b'"a ""b""", 2024-05-01 ,x\n', *PLAIN))
@given(samples())
@pytest.mark.timeout(0)
def test_the_cells_of_a_whole_record_are_its_fields(sample: Sample) -> None:
    dialect, _, rows = read(sample)
    by_number = {row["row"]: row for row in rows}
    found, _ = oracle.read(sample.data, sample.asked, sample.bounds)
    end = oracle.without_padding(sample.data, sample.bounds)
    text = Text(sample.data, end, found.dialect, sample.bounds)
    records = [
        record
        for record in text.records(found.data_start, found.data_line)
        if not text.repeats(record)
    ]
    for number, record in enumerate(records, 1):
        row = by_number.get(number)
        if row is None or row["column"] is None:
            continue
        fields = [field.text.decode("utf-8", "replace") for field in record.fields]
        rejected = rejected_row(row, dialect)
        assert rejected.faulty == tuple(name == row["column"] for name in NAMES)
        for place, cell in zip(dialect.columns, rejected.cells, strict=True):
            if row["truncated"]:
                assert cell in (fields[place], ""), row
            else:
                assert cell == fields[place], row
