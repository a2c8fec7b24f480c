"""Sniffing: header, delimiter, what is no CSV, what cannot be asked for."""

from __future__ import annotations

import pytest

from rows.sniff.candidates import fields_of
from rows.sniff.dialect import sniff
from rows.sniff.file_types import NotCsv
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import BadOption, ReadOptions, read_options

NONE = ReadOptions()


def _sniffed(head: bytes, options: ReadOptions = NONE) -> DialectSpec:
    return sniff(head, options, complete=True)


@pytest.mark.parametrize(
    ("head", "columns", "width", "start", "line"),
    [
        (b"sensor_id,timestamp,value\na,0,1\n", (0, 1, 2), 3, 26, 2),
        (b"sensor_id,timestamp,value", (0, 1, 2), 3, 25, 2),
        (b"\xef\xbb\xbfsensor_id,timestamp,value\r\na,0,1\r\n", (0, 1, 2), 3, 30, 2),
        (b"\n \n Value , SENSOR_ID,Timestamp\n", (1, 2, 0), 3, 32, 4),
        (b'"sensor_id","a\nb","timestamp","value"\n', (0, 2, 3), 4, 38, 3),
        (b"id,value,sensor_id,value,timestamp,\n", (2, 4, 1), 6, 36, 2),
        (b"sensor_id,when,value\na,0,1\n", (0, -1, 2), 3, 21, 2),
        (b"value\n", (-1, -1, 0), 1, 6, 2),
    ],
)
def test_header(
    head: bytes, columns: tuple[int, int, int], width: int, start: int, line: int
) -> None:
    found = _sniffed(head)
    assert found.header
    assert (found.columns, found.width, found.data_start, found.data_line) == (
        columns,
        width,
        start,
        line,
    )


@pytest.mark.parametrize(
    "head", [b"a,0,1\n", b"", b"\n\n", b"a,b,c\n", b"sensor_id,0,1\n", b'"a\n']
)
def test_no_header(head: bytes) -> None:
    found = _sniffed(head)
    assert (found.header, found.columns, found.width) == (False, (0, 1, 2), 3)
    assert (found.data_start, found.data_line) == (0, 1)


def test_mark_of_utf8_is_skipped_without_a_header() -> None:
    assert _sniffed(b"\xef\xbb\xbfa,0,1\n").data_start == 3


def test_a_configured_header() -> None:
    found = _sniffed(b"a,b,c\n", ReadOptions(header=True))
    assert (found.header, found.columns, found.data_start) == (True, (-1, -1, -1), 6)
    found = _sniffed(b"sensor_id,timestamp,value\n", ReadOptions(header=False))
    assert (found.header, found.columns, found.data_start) == (False, (0, 1, 2), 0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_delimiter(delimiter: str) -> None:
    d = delimiter.encode()
    headed = _sniffed(d.join([b"sensor_id", b"timestamp", b"value"]) + b"\n")
    assert (headed.delimiter, headed.header) == (delimiter, True)
    rows = b"".join(d.join([b"a", b"2024-01-01", b"1.5"]) + b"\n" for _ in range(9))
    assert _sniffed(rows).delimiter == delimiter
    assert _sniffed(b"damaged\n" + rows).delimiter == delimiter
    assert _sniffed(rows).decimal == ("." if delimiter == "," else ",")


def test_decimal_commas_do_not_look_like_delimiters() -> None:
    assert _sniffed(b"a;2024-01-01;1,5\nb;2024-01-01;2,5\n").delimiter == ";"


def test_options_overrule() -> None:
    found = _sniffed(b"a,b;c,0;1\n", ReadOptions(delimiter=";", decimal="."))
    assert (found.delimiter, found.decimal) == (";", ".")


def test_head_that_is_not_the_whole_file() -> None:
    head = b"sensor_id,timestamp,value\n" + b"a,0,1\n" * 10_000
    assert sniff(head, NONE, complete=False) == sniff(head, NONE, complete=True)
    # An unfinished first record says nothing.
    assert not sniff(b"sensor_id,timesta", NONE, complete=False).header


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG"), (b"%PDF-1.7\n%", "PDF"), (b"PK\x03\x04\x14", "ZIP"),
        (b"\x1f\x8b\x08\0", "gzip"), (b"\x28\xb5\x2f\xfd\x04", "zstd"), (b"PAR1\x15", "Parquet"),
        (b"a\0\0\0\x01\x02b\0", "binary"),
        (bytes(range(256)) * 10, "binary"),
    ],
)  # fmt: skip
def test_what_is_no_csv(head: bytes, name: str) -> None:
    with pytest.raises(NotCsv, match=name) as caught:
        _sniffed(head)
    assert caught.value.code == "not_csv"


def test_too_many_columns() -> None:
    with pytest.raises(BadData, match="16385 columns") as caught:
        _sniffed(b"sensor_id,timestamp,value" + b",x" * 16_382)
    assert caught.value.code == "too_many_columns"


def test_a_single_damaged_byte_is_no_reason_to_refuse() -> None:
    assert _sniffed(b"sensor_id,timestamp,value\na\0,0,1\nb,0,1\n" + b"a,0,1\n" * 10).header


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ""}, {"delimiter": "::"}, {"delimiter": '"'}, {"delimiter": "\n"},
        {"delimiter": "ü"}, {"decimal": ";"}, {"delimiter": "x"}, {"quote": "x"}, {"escape": "/"},
        {"comment": "a"}, {"comment": ",", "delimiter": ","}, {"skip_lines": -1},
    ],
)  # fmt: skip
def test_options_that_cannot_be_followed(options: dict[str, object]) -> None:
    with pytest.raises(BadOption) as caught:
        read_options(options)
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (b"a,b", [b"a", b"b"]), (b" a ,,", [b"a", b"", b""]), (b'"a,""b" ,c', [b'a,"b', b"c"]),
        (b"", [b""]), (b'a"b,"c\nd"', [b'a"b', b"c\nd"]), (b'"open', None), (b'"a"b', None),
    ],
)  # fmt: skip
def test_fields_of_one_record(record: bytes, fields: list[bytes] | None) -> None:
    assert fields_of(record, DialectSpec(header=False)) == fields


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (b"  a  b\t c ", [b"a", b"b", b"c"]), (b'"a b" "" c', [b"a b", b"", b"c"]), (b'"a"b', None),
        (b"a 2024-01-01 12:00 1", [b"a", b"2024-01-01 12:00", b"1"]),
        (b"a 2024-01-01  12:00 1", [b"a", b"2024-01-01", b"12:00", b"1"]),
        (b"2024-01-01 12:00", [b"2024-01-01 12:00"]), (b"2024-01-01 1", [b"2024-01-01", b"1"]),
    ],
)  # fmt: skip
def test_fields_between_runs_of_spaces(record: bytes, fields: list[bytes] | None) -> None:
    assert fields_of(record, DialectSpec(header=False, delimiter=" ")) == fields


ROW = b"a,2024-01-01,1\n"


def test_preamble_and_comments_before_the_header() -> None:
    found = _sniffed(b"Logger 7\n\n# by hand\nsite;north\nsensor_id,timestamp,value\n" + ROW)
    assert (found.header, found.comment, found.data_line) == (True, "#", 6)
    found = _sniffed(b"# a, b\n#Sensor_ID , timestamp,value\n" + ROW)
    assert (found.header, found.comment, found.data_line) == (True, "#", 3)
    assert found.header_text == "#Sensor_ID , timestamp,value"


def test_a_valid_row_that_begins_with_a_hash_is_no_comment() -> None:
    found = _sniffed(b"# sensors\nsensor_id,timestamp,value\n#" + ROW + ROW)
    assert (found.header, found.comment) == (True, None)
    # After the first row only what lacks fields shows that there are comments.
    assert _sniffed(ROW + b"#x,yesterday,1\n" + ROW).comment is None
    assert _sniffed(ROW + b"# restarted\n" + ROW).comment == "#"
    assert _sniffed(b"#x,yesterday,1\n" + ROW).comment == "#"


def test_a_header_after_rows_is_not_a_header() -> None:
    found = _sniffed(ROW + b"sensor_id,timestamp,value\n" + ROW)
    assert (found.header, found.header_text) == (False, "sensor_id,timestamp,value")
    assert _sniffed(ROW, ReadOptions(header=False)).header_text is None


@pytest.mark.parametrize("first", [b"s1,yesterday,1\n", b"s1,,1\n", b"s1,UTC,1\n"])
def test_a_first_row_with_a_faulty_time_is_a_row(first: bytes) -> None:
    assert _sniffed(first + 3 * ROW).header is False
    found = _sniffed(b"Sensor,Time,Value\n" + first + 3 * ROW)
    assert (found.header, found.units_text) == (True, None)


@pytest.mark.parametrize(
    ("line", "is_units"),
    [
        (b",ISO 8601,degC", True), (b"-,UTC,%", True), (b"[id],[s],[V]", True), (b"text,,m3/h", True),
        (b"boiler,yesterday,V", False), (b",2024-01-01,V", False), (b",UTC,1", False), (b",,", False),
        (b",UTC", False), (b",UTC,V,x", False), (b'-,"UTC"x,V', False),
    ],
)  # fmt: skip
def test_units(line: bytes, is_units: bool) -> None:
    found = _sniffed(b"sensor_id,timestamp,value\n# x\n\n" + line + b"\n" + ROW)
    assert found.units_text == (line.decode() if is_units else None)
    assert found.data_line == (5 if is_units else 2)


def test_configured_units() -> None:
    head = b"sensor_id,timestamp,value\n-,UTC,V\n" + ROW
    assert _sniffed(head, ReadOptions(units=False)).data_line == 2
    head = b"sensor_id,timestamp,value\n" + ROW
    found = _sniffed(head + ROW, ReadOptions(units=True))
    # The valid row that was taken for it is a row where it comes again.
    assert (found.data_line, found.units_text) == (3, None)


@pytest.mark.parametrize(
    ("head", "quote", "escape"),
    [
        (b"'sensor_id';'timestamp';'value'\n'a;b';'0';'1,5'\n", "'", None),
        (b"'a','2024-01-01','1'\n", "'", None), (b"'a',2024-01-01,1\n", "'", None),
        (b"it's,2024-01-01,1\n", '"', None), (b"'a,2024-01-01,1\n", '"', None),
        (b"'a',2024-01-01,\"1\"\n", '"', None), (b"'a','2024-01-01','1','\"old\" one'\n", '"', None),
        (b"sensor_id,timestamp,value,'note'\n'a','2024-01-01','1','\"old\" one'\n", "'", None),
        (b'"a \\"b\\"",2024-01-01,1\n', '"', "\\"), (b'"a\\",2024-01-01,1\n', '"', None),
        (b"'a\\'b',2024-01-01,'1'\n'c','2024-01-01','1'\n", "'", "\\"),
    ],
)  # fmt: skip
def test_quotes_and_escapes(head: bytes, quote: str, escape: str | None) -> None:
    found = _sniffed(head)
    assert (found.quote, found.escape) == (quote, escape)


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"a\nb", "lf"), (b"a\r\n", "crlf"), (b"a\rb\r", "cr"), (b"a\r\nb\n", "mixed"), (b"a", None)],
)
def test_line_ends(head: bytes, kind: str | None) -> None:
    assert _sniffed(head).line_end == kind


def test_skipped_lines() -> None:
    head = b"\xef\xbb\xbfsensor_id,timestamp,value\r\nx\r" + ROW
    found = _sniffed(head, ReadOptions(skip_lines=2))
    assert (found.header, found.data_start, found.data_line) == (False, 32, 3)
    assert found.delimiter == ","


def test_more_skipped_lines_than_there_are() -> None:
    found = _sniffed(ROW + ROW, ReadOptions(skip_lines=9))
    assert (found.data_start, found.data_line) == (30, 3)
    with pytest.raises(BadData, match="at most 2, the lines that end"):
        sniff(ROW + ROW, ReadOptions(skip_lines=9), complete=False)


def test_padding_is_no_binary_data() -> None:
    assert _sniffed(ROW + b"\x1a" + bytes(4000)).delimiter == ","


def test_a_configured_escape_holds_with_any_header() -> None:
    found = ReadOptions(escape="\\")
    assert _sniffed(b"sensor_id,timestamp,value\n" + ROW, found).escape == "\\"
    assert _sniffed(ROW, found).escape == "\\"


def test_a_header_that_is_too_long_ends_with_its_line() -> None:
    head, limits = b"x" * 90 + b"\n" + ROW, Limits(max_record_bytes=50)
    found = sniff(head, ReadOptions(header=True), complete=True, limits=limits)
    assert (found.data_start, found.data_line) == (91, 2)


def test_all_that_was_found_and_the_limits_go_with_the_file() -> None:
    found = sniff(ROW, NONE, complete=True, limits=Limits(max_record_bytes=99, max_record_lines=9))
    assert (found.max_record_bytes, found.max_record_lines) == (99, 9)
