"""The CSV that invalid rows go out in and come back in: nothing runs, nothing is lost."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rows.exchange import EXPORTED, header, read_returned, write_rows
from rows.fields import fields_of_refused
from rows.spreadsheet import defuse, restore
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
        ("a,b,c,d", COMMA, ("a", "b", "c")),
        ('"a, ""x"" ",b,c', COMMA, ('a, "x" ', "b", "c")),
        ('"a\nb",1,2', COMMA, ("a\nb", "1", "2")),
        ('"a,b,c', COMMA, ('"a', "b", "c")),
        ('"a"b,c,d', COMMA, ('"a"b', "c", "d")),
        ("x;1,5;t", DialectSpec(header=True, delimiter=";", columns=(0, 2, 1)), ("x", "t", "1,5")),
        ("x|1", DialectSpec(header=True, delimiter="|", columns=(1, -1, 0)), ("1", "", "x")),
        (r'"a \"x\" \\ \n ""y""",b,c', ESCAPED, (r'a "x" \ \n "y"', "b", "c")),
        (r'"a\\",b,"c\"', ESCAPED, ("a\\", "b", r'"c\"')),
        ("'a ''b''',c,d", DialectSpec(header=True, quote="'"), ("a 'b'", "c", "d")),
        (" a   b \t c ", DialectSpec(header=False, delimiter=" "), ("a", "b", "c")),
        ("a\t\tc", DialectSpec(header=False, delimiter="\t"), ("a", "", "c")),
    ],
)
def test_the_fields_of_a_refused_row(
    raw: str, dialect: DialectSpec, fields: tuple[str, str, str]
) -> None:
    assert fields_of_refused(raw, dialect) == fields


def refused(row: int, raw: str, error: str = "value: it is wrong") -> dict[str, Any]:
    return {
        "row": row, "line": row + 1, "byte": 10 * row, "column": "value", "code": "value_format",
        "error": error, "raw": raw, "truncated": False,
    }  # fmt: skip


@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))))
def test_what_was_exported_comes_back(rows: list[tuple[str, str, str]]) -> None:
    # As a record has them: quoted, so that they stand for themselves.
    raws = [",".join(f'"{f.replace(chr(34), chr(34) * 2)}"' for f in fields) for fields in rows]
    text = header() + write_rows([refused(n, raw) for n, raw in enumerate(raws, 1)], COMMA)
    assert next(csv.reader(io.StringIO(text, newline=""))) == list(EXPORTED)
    # Surrogates cannot be sent; the database never gives any.
    returned = list(read_returned(io.BytesIO(text.encode("utf-8", "replace"))))
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
    (back,) = read_returned(io.BytesIO(text.encode(encoding)))
    assert (back.line, back.row, back.fields) == (2, "17", ("Kühler", "=t", "-5"))


@pytest.mark.parametrize("data", [b"a,b,c\n1,2,3\n", b"row,value\n", b"", b"\x00\x01\x02"])
def test_what_lacks_a_column_is_no_export(data: bytes) -> None:
    with pytest.raises(BadData, match="lacks"):
        list(read_returned(io.BytesIO(data)))
