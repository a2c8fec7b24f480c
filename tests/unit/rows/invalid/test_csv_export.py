"""The CSV that invalid rows go out in and come back in: nothing runs, nothing is lost."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rows.invalid.csv_export import (
    EXPORTED,
    RowsByFile,
    correction,
    header,
    read_edited_rows,
    write_rows,
)
from rows.invalid.fields import rejected_row
from rows.invalid.spreadsheet import defuse, restore
from schemas.errors import BadData
from schemas.events import DialectSpec

COMMA = DialectSpec(header=True)
ESCAPED = DialectSpec(header=True, escape="\\")
TRIGGERS = tuple("=+-@\t\r\n")


@given(st.text(alphabet="=+-@\t\r\n';,a5 ＝", max_size=8))
def test_a_cell_is_text_everywhere_and_comes_back(text: str) -> None:
    cell = defuse(text)
    assert restore(cell) == text
    for sign in (";", "\t", "\n", "\r"):
        for piece in cell.split(sign):
            assert not piece.startswith(TRIGGERS[:4])
    assert not cell.startswith(TRIGGERS)


@pytest.mark.parametrize("text", ["-5", "+7.5", "=1+1", "@a", "-5 °C"])
def test_a_spreadsheet_that_drops_the_apostrophe_changes_nothing(text: str) -> None:
    assert defuse(text) == f"'{text}"
    assert restore(text) == restore(f"'{text}") == text


@pytest.mark.parametrize("text", ["", "5", "'quoted'", "it's", "boiler-1", "2026-03-01"])
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert defuse(text) == restore(text) == text


@pytest.mark.parametrize(
    ("raw", "dialect", "fields"),
    [
        ("a,b,c", COMMA, ("a", "b", "c")),
        ("a, b ,\t-5 ", COMMA, ("a", "b", "-5")),
        ("a,b", COMMA, ("a", "b", "")),
        ("", COMMA, ("", "", "")),
        ('"a, ""x"" ",b,c', COMMA, ('a, "x" ', "b", "c")),
        ('"a\nb",1,2', COMMA, ("a\nb", "1", "2")),
        ("x;1,5;t", DialectSpec(header=True, delimiter=";", columns=(0, 2, 1)), ("x", "t", "1,5")),
        ("x|1", DialectSpec(header=True, delimiter="|", columns=(1, -1, 0)), ("1", "", "x")),
        (r'"a \"x\" \\ \n ""y""",b,c', ESCAPED, (r'a "x" \ \n "y"', "b", "c")),
        (r'"a\\",b,"c\"', ESCAPED, ("a\\", "b", r'"c\"')),
        ("'a ''b''',c,d", DialectSpec(header=True, quote="'"), ("a 'b'", "c", "d")),
        (" a   b \t c ", DialectSpec(header=False, delimiter=" "), ("a", "b", "c")),
        ("a\t\tc", DialectSpec(header=False, delimiter="\t"), ("a", "", "c")),
    ],
)
def test_the_cells_of_a_rejected_row(
    raw: str, dialect: DialectSpec, fields: tuple[str, str, str]
) -> None:
    found = rejected_row(rejected(1, raw), dialect)
    assert found.cells == fields
    assert found.faulty == (False, False, True)


FOUR = DialectSpec(header=True, width=4)
SECOND = DialectSpec(header=True, width=4, columns=(1, 2, 3))
GAP = DialectSpec(header=True, width=5, columns=(0, 2, 4))


@pytest.mark.parametrize(
    ("code", "raw", "dialect", "cells", "faulty"),
    [
        ("extra_fields", "a,b,23,1", COMMA, ("a", "b", "23,1"), "value"),
        ("extra_fields", "a,b,23,1,,", COMMA, ("a", "b", "23,1,,"), "value"),
        ("extra_fields", "a,b,23,1,C", FOUR, ("a", "b", "23,1,C"), "value"),
        ("quote_not_closed", '"a,b,c', COMMA, ('"a', "b", "c"), "sensor_id"),
        ("bad_quote", '"a"b,c,d', COMMA, ('"a"b', "c", "d"), "sensor_id"),
        ("bad_quote", 'a,"b"c,d,e', COMMA, ("a", '"b"c', "d,e"), "timestamp value"),
        ("quote_not_closed", 'a,b,c,"d', FOUR, ("a", "b", 'c,"d'), "value"),
        ("quote_not_closed", '"x,a,b,c', SECOND, ('"x,a', "b", "c"), "sensor_id"),
        ("quote_not_closed", 'a,"x,b,y,c', GAP, ("a", '"x,b', "c"), "timestamp"),
        ("missing_fields", "a,b", COMMA, ("a", "b", ""), "value"),
        ("missing_fields", "", COMMA, ("", "", ""), "sensor_id timestamp value"),
        ("record_too_long", "a,b,c", COMMA, ("", "", ""), "sensor_id timestamp value"),
    ],
)
def test_a_damaged_record_loses_no_text_between_its_cells(
    code: str, raw: str, dialect: DialectSpec, cells: tuple[str, str, str], faulty: str
) -> None:
    found = rejected_row(rejected(1, raw, code=code, column=None), dialect)
    assert found.cells == cells
    names = zip(("sensor_id", "timestamp", "value"), found.faulty, strict=True)
    assert [name for name, wrong in names if wrong] == faulty.split()


@pytest.mark.parametrize(
    ("raw", "cells"),
    [("a,b,c", ("a", "b", "")), ("a,b,c,d", ("a", "b", "c")), ('"a,b', ("", "", ""))],
)
def test_a_cell_that_may_have_been_cut_off_is_empty(raw: str, cells: tuple[str, str, str]) -> None:
    cut = rejected(1, raw, code="timestamp_format", column="timestamp", truncated=True)
    assert rejected_row(cut, FOUR).cells == cells


@pytest.mark.parametrize("value", ["1,234", "5 May", "'5", "12:30", "nan", ""])
def test_a_spreadsheet_does_not_read_a_number_into_a_faulty_cell(value: str) -> None:
    row = rejected(1, f'a,2024-05-01,"{value}"')
    (line,) = csv.reader(io.StringIO(write_rows([row], COMMA), newline=""))
    cell = line[EXPORTED.index("value")]
    assert cell == (f"'{value}" if any(c.isdigit() for c in value) else value)
    for sent in (cell, value, f" {value} "):
        assert not correction(("a", "2024-05-01", sent), rejected_row(row, COMMA)).changed
    sent = cell.replace(value, "7.5") if value else "7.5"
    assert correction(("a", "2024-05-01", sent), rejected_row(row, COMMA)).fields == (
        "a", "2024-05-01", "7.5",
    )  # fmt: skip


def test_a_row_stays_invalid_until_every_faulty_cell_is_another_one() -> None:
    row = rejected_row(rejected(1, 'a,"b"c,d,e', code="bad_quote", column=None), COMMA)
    left = correction(("b", "2024-05-01", "d,e"), row)
    assert (left.fields, left.changed, left.left) == (None, True, ("value",))
    assert correction(("a", "2024-05-01", "7"), row).fields == ("a", "2024-05-01", "7")


def rejected(
    row: int,
    raw: str,
    *,
    code: str = "value_format",
    column: str | None = "value",
    truncated: bool = False,
) -> dict[str, Any]:
    return {
        "row": row, "line": row + 1, "byte": 10 * row, "column": column, "code": code,
        "error": "value: it is wrong", "raw": raw, "truncated": truncated,
    }  # fmt: skip


@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))))
def test_what_was_exported_comes_back(rows: list[tuple[str, str, str]]) -> None:
    # As a record has them: quoted, so that they stand for themselves.
    raws = [",".join(f'"{f.replace(chr(34), chr(34) * 2)}"' for f in fields) for fields in rows]
    refused = [
        rejected(n, raw, code="sensor_id_empty", column="sensor_id")
        for n, raw in enumerate(raws, 1)
    ]
    text = header() + write_rows(refused, COMMA)
    assert next(csv.reader(io.StringIO(text, newline=""))) == list(EXPORTED)
    # Surrogates cannot be sent; the database never gives any.
    returned = list(read_edited_rows(io.BytesIO(text.encode("utf-8", "replace"))))
    assert [int(one.row) for one in returned] == list(range(1, len(rows) + 1))
    clean = [tuple(f.encode("utf-8", "replace").decode() for f in fields) for fields in rows]
    assert [one.fields for one in returned] == clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_spreadsheet_makes_of_it_is_understood(
    encoding: str, delimiter: str, end: str
) -> None:
    lines = [["Value", "note", "ROW", "sensor_id ", "timestamp"], ["-5", "", "17", "Kühler", "'=t"]]
    text = end.join(delimiter.join(cells) for cells in [*lines, [""] * 5, [""]])
    (back,) = read_edited_rows(io.BytesIO(text.encode(encoding)))
    assert (back.line, back.row, back.fields) == (2, "17", ("Kühler", "=t", "-5"))


@pytest.mark.parametrize("data", [b"a,b,c\n1,2,3\n", b"row,value\n", b"", b"\x00\x01\x02"])
def test_what_lacks_a_column_is_no_export(data: bytes) -> None:
    with pytest.raises(BadData, match="lacks"):
        list(read_edited_rows(io.BytesIO(data)))


_OF_TWO = "\n".join(
    (
        "row;sensor_id;timestamp;value;note;file_id",
        '1;a;2026-03-01;"1\n2";x;one',
        '2;b;"say ""so""";3;;one',
        ";;;;;",
        "1;c;yesterday;;;two",
        "3;d;now;'5;;one",
    )
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_rows_of_several_files_are_taken_apart_by_file(encoding: str) -> None:
    into = io.BytesIO()
    rows = RowsByFile(io.BytesIO(_OF_TWO.encode(encoding)), into)
    assert list(rows) == ["one", "two"]
    whole = list(read_edited_rows(io.BytesIO(_OF_TWO.encode(encoding))))
    for name in rows:
        part = b"".join(rows.rows(name))
        assert rows.size(name) == len(part)
        found = list(read_edited_rows(io.BytesIO(part)))
        assert [row._replace(line=0) for row in found] == [
            row._replace(line=0) for row in whole if row.of == name
        ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("row,sensor_id,timestamp,value\n1,a,b,c\n", "its first line lacks file_id"),
        ("row,sensor_id,timestamp,value,file_id\n1,a,b,c,f\n2,a,b,c,\n", "line 3 has no file_id"),
        ("", "its first line lacks row"),
    ],
)
def test_rows_that_do_not_name_their_file_are_refused(text: str, reason: str) -> None:
    with pytest.raises(BadData, match=reason):
        RowsByFile(io.BytesIO(text.encode()), io.BytesIO())
