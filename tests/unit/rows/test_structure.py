"""Records and fields: where they end, and what of a damaged one is left."""

from __future__ import annotations

import pytest

from schemas.events import DialectSpec
from schemas.limits import Limits
from tests.harness.row_files import code_of, whole

SMALL = Limits(max_record_bytes=40, max_record_lines=3)
CLEAN = b"a,2024-01-01,1"


@pytest.mark.parametrize(
    "data",
    [
        b"a,0,1\nb,0,2\n", b"a,0,1\r\nb,0,2\r\n", b"a,0,1\nb,0,2", b"a,0,1\r\nb,0,2\r",
        b"\n\na,0,1\n \t\n\r\n\t\r\nb,0,2\n\n  ", b" a ,\t0\t, 1 \n\tb,0 ,2\t\r\n",
        b'"a","0","1"\n"b","0","2"\n', b'"a" ,"0"\t,"1" \r\nb,0,"2" ', b"a,0,1,,\nb,0,2, \n",
        b'a,0,1,""\nb,0,2,"  "\n', b"a,0,1\rb,0,2\r", b"a,0,1\r\r\nb,0,2", b"a,0,1\n\rb,0,2\n\x1a",
        b"a,0,1\n \x1a\nb,0,2\x1a\x1a\0", b"a,0,1\nb,0,2" + bytes(500), b'"a",0,1\r"b",0,2',
    ],
)  # fmt: skip
def test_two_rows(data: bytes) -> None:
    found = whole(data)
    assert (found.valid, found.invalid) == (2, [])
    assert sorted(found.sensors) == ["a", "b"]
    assert found.extremes == (1.0, 2.0)


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\r\n", b" ", b"\t \n\n \r", b"\r", b"\x1a", b"\0\0"]
)
def test_no_rows(data: bytes) -> None:
    found = whole(data)
    assert (found.valid, found.invalid, found.sensors, found.codes) == (0, [], {}, {})
    assert found.extremes == (None, None)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b'"a,b"', "a,b"), (b'"a ""b"""', 'a "b"'), (b'" a "', " a "), (b'a"b"', 'a"b"'),
        (b' "a,b"', "a,b"), (b'\t "a" ', "a"), (b'5 "a"', '5 "a"'), (b'a""', 'a""'), (b'""""', '"'), ("fühler".encode(), "fühler"),
        (b"x" * 256, "x" * 256), ("ü".encode() * 256, "ü" * 256), (b"a b", "a b"),
    ],
)  # fmt: skip
def test_sensor_id_as_it_is_meant(field: bytes, name: str) -> None:
    assert list(whole(field + b",0,1\n").sensors) == [name]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (b"", "empty"), (b" \t", "empty"), (b'""', "empty"), (b'"  "', "empty"),
        (b"x" * 257, "too_long"), ("ü".encode() * 257, "too_long"), (b"x" * 5000, "too_long"),
        (b"a\x00", "control_character"), (b"a\tb", "control_character"), (b"\x7f", "control_character"),
        (b"a\xc2\x80b", "control_character"), (b'"a\nb"', "control_character"),
        (b'"a\rb"', "control_character"), (b"\x1b[31m", "control_character"),
        (b"\xff", "encoding"), (b"a\xc3", "encoding"), (b"\xed\xa0\x80", "encoding"),
        (b"\xc0\xaf", "encoding"), (b"\xf4\x90\x80\x80", "encoding"), (b"\xfch", "encoding"),
    ],
)  # fmt: skip
def test_sensor_id_that_is_none(field: bytes, code: str) -> None:
    assert code_of(field + b",0,1\n") == f"sensor_id_{code}"
    # The same if the row is followed by others, and if it is not the first of its kind.
    found = whole((field + b",0,1\n") * 3 + (CLEAN + b"\n") * 30)
    assert (found.valid, found.codes) == (30, {f"sensor_id_{code}": 3})


@pytest.mark.parametrize("record", [b"a", b"a,0", b'"a"', b"a,", b"hello world", b'"a","0"'])
def test_missing_fields(record: bytes) -> None:
    assert code_of(record + b"\n") == "missing_fields"


@pytest.mark.parametrize("extra", [b",x", b",,x", b',"x"', b', ,"" , .'])
def test_extra_fields(extra: bytes) -> None:
    assert code_of(CLEAN + extra + b"\n") == "extra_fields"
    wider = DialectSpec(header=True, columns=(0, 1, 2), width=7)
    assert code_of(CLEAN + extra + b"\n", wider) is None


def test_a_row_may_be_shorter_than_the_header_where_its_three_fields_are_there() -> None:
    dialect = DialectSpec(header=True, columns=(1, 2, 0), width=6)
    assert code_of(b"1,a,0\n", dialect) is None
    assert code_of(b"1,a\n", dialect) == "missing_fields"


def test_line_breaks_in_quotes_belong_to_the_field() -> None:
    found = whole(b'a,0,1,"one\ntwo\r\nthree"\nb,0,x\n', DialectSpec(header=True, width=4))
    assert found.valid == 1
    assert [(r["row"], r["line"], r["byte_offset"]) for r in found.invalid] == [(2, 4, 23)]


@pytest.mark.parametrize(
    "damaged",
    [
        b'"a,0,1', b'"a"x,0,1', b'a,"0,1', b'a,0,"1', b'"a""', b'"', b'a,0,"1"2', b'"a" "b",0,1',
        b'"""', b'a,0,1,"', b'"a"\x1a,0,1',
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_damaged_quote_costs_its_line(damaged: bytes, line_end: bytes) -> None:
    found = whole(line_end.join([CLEAN, damaged, CLEAN, CLEAN, b""]))
    assert found.valid == 3
    (row,) = found.invalid
    code = (
        "bad_quote"
        if damaged[-1:].isdigit() and damaged.count(b'"') % 2 == 0
        else "quote_not_closed"
    )
    assert (row["row"], row["line"], row["code"], row["column"]) == (2, 2, code, None)
    assert row["raw"] == damaged.decode()


def test_a_quote_closed_many_lines_later_is_one_record_within_the_limits_and_damage_beyond() -> (
    None
):
    text = b'"a\nb\nc",0,1\n'
    assert [r["code"] for r in whole(text, limits=SMALL).invalid] == ["sensor_id_control_character"]
    text = b'"a\nb\nc\nd",0,1\n'
    found = whole(text, limits=SMALL)
    assert [(r["line"], r["code"]) for r in found.invalid] == [
        (1, "quote_not_closed"),
        (2, "missing_fields"),
        (3, "missing_fields"),
    ]
    assert list(found.sensors) == ['d"']


WIDE = DialectSpec(header=True, columns=(0, 1, 2), width=4)


@pytest.mark.parametrize("stray", [b'"a,0,1', b'a,"0,1', b'a,0,"1', b'a,0,1,x,"y'])
@pytest.mark.parametrize("closing", [b'z",0,1', b'z,"0",1"', b'z,0,1"', b'z,0,1,x,y"'])
def test_a_stray_quote_swallows_no_rows_up_to_another_one(stray: bytes, closing: bytes) -> None:
    rows = (CLEAN + b"\n") * 30
    found = whole(stray + b"\n" + rows + closing + b"\n", WIDE)
    assert found.sensors["a"]["row_count"] == 30
    assert (found.invalid[0]["line"], found.invalid[0]["code"]) == (1, "quote_not_closed")


def test_a_line_end_in_quotes_is_text_if_it_is_allowed() -> None:
    assert whole(b'a,0,1,"one, two,\nthree, four\r\n"\nb,0,1', WIDE).valid == 2
    assert whole(b'"a\nb",0,1,x\n', WIDE).codes == {"sensor_id_control_character": 1}


def test_quoted_field_larger_than_a_record_may_be() -> None:
    found = whole(b'"a\n' + b"x" * 40 + b'",0,1\n' + CLEAN, limits=SMALL)
    assert [r["code"] for r in found.invalid] == ["quote_not_closed", "record_too_long"]
    assert found.valid == 1


@pytest.mark.parametrize(
    ("size", "code"), [(40, "missing_fields"), (41, "record_too_long"), (4000, "record_too_long")]
)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b""])
def test_line_at_the_limit(size: int, code: str, line_end: bytes) -> None:
    assert code_of(b"x" * size + line_end, limits=SMALL) == code
    assert code_of(b'"' + b"x" * (size - 2) + b'"' + line_end, limits=SMALL) == code


def test_a_long_line_of_blanks_is_a_record() -> None:
    assert whole(b" " * 40 + b"\n", limits=SMALL).invalid == []
    assert code_of(b" " * 41 + b"\n", limits=SMALL) == "record_too_long"


def test_comments_and_repeated_headers_are_no_rows_but_lines() -> None:
    dialect = DialectSpec(header=True, comment="#", header_text="S,T,V", units_text="-;s;V")
    text = (
        b'#x\nS,T,V\na,0,1\n# "x,\n S,T,V \r\xef\xbb\xbfS,T,V\n-;s;V\n s,t,v\n#,0,1\nb,0,1,S,T,V\n'
    )
    found = whole(text, dialect)
    assert found.valid == 1
    assert [(r["row"], r["line"], r["code"]) for r in found.invalid] == [
        (2, 8, "timestamp_format"),
        (3, 10, "extra_fields"),
    ]


def test_runs_of_spaces() -> None:
    dialect = DialectSpec(header=False, delimiter=" ")
    text = b'  a   2024-01-01 12:00:00\t1 \n"b c" 0 "1"\n\t\nd 0 1 x\n"e\nf" 0 1\n'
    found = whole(text, dialect)
    assert sorted(found.sensors) == ["a", "b c"]
    assert [(r["line"], r["code"]) for r in found.invalid] == [
        (4, "extra_fields"),
        (5, "sensor_id_control_character"),
    ]
    wide = DialectSpec(header=True, delimiter=" ", columns=(0, 1, 2), width=4)
    found = whole(b'a 2024-01-01 12:00 1 "x\ny"\n"a b\nc" 0 1\n', wide)
    assert (found.valid, found.codes) == (2, {"quote_not_closed": 1})


def test_backslash_escapes() -> None:
    dialect = DialectSpec(header=False, escape="\\")
    text = b'"a \\"b\\\\",0,1\n"c:\\d""",0,1\n"x\\",0,1\n"\\""x,0,1\n'
    found = whole(text, dialect)
    assert sorted(found.sensors) == ['a "b\\', 'c:\\d"']
    assert [r["code"] for r in found.invalid] == ["quote_not_closed", "bad_quote"]


def test_many_far_reaching_quotes_are_read_in_reasonable_time() -> None:
    # Each line leaves a quote open: read again to the limit from each of them
    # this would be gigabytes. The count is exact nevertheless.
    line = b'",x","' + b"y" * 30 + b"\n"
    found = whole(line * 30_000, limits=Limits(), batch_bytes=1 << 18)
    assert found.codes == {"quote_not_closed": 30_000}
