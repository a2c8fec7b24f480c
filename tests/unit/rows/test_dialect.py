"""Sniffing: header, delimiter, what is no CSV, what cannot be asked for."""

from __future__ import annotations

import pytest

from rows.dialect import NotCsv, fields_of, sniff
from schemas.errors import BadData
from schemas.events import DialectSpec, ParseOptions

NONE = ParseOptions()


def _sniffed(head: bytes, options: ParseOptions = NONE) -> DialectSpec:
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
    assert _sniffed(head) == DialectSpec(header=False)


def test_mark_of_utf8_is_skipped_without_a_header() -> None:
    assert _sniffed(b"\xef\xbb\xbfa,0,1\n").data_start == 3


def test_header_as_told() -> None:
    told = _sniffed(b"a,b,c\n", ParseOptions(header=True))
    assert (told.header, told.columns, told.data_start) == (True, (-1, -1, -1), 6)
    told = _sniffed(b"sensor_id,timestamp,value\n", ParseOptions(header=False))
    assert (told.header, told.columns, told.data_start) == (False, (0, 1, 2), 0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
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
    found = _sniffed(b"a,b;c,0;1\n", ParseOptions(delimiter=";", decimal="."))
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
        (b"\xff\xfea\0,\0", "UTF-16"), (b"a\0\0\0\x01\x02b\0", "binary"),
        (bytes(range(256)) * 10, "binary"),
    ],
)  # fmt: skip
def test_what_is_no_csv(head: bytes, name: str) -> None:
    with pytest.raises(NotCsv, match=name) as caught:
        _sniffed(head)
    assert caught.value.code == "not_csv"


def test_too_many_columns() -> None:
    with pytest.raises(NotCsv, match="1001 columns"):
        _sniffed(b"sensor_id,timestamp,value" + b",x" * 998)


def test_a_single_damaged_byte_is_no_reason_to_refuse() -> None:
    assert _sniffed(b"sensor_id,timestamp,value\na\0,0,1\nb,0,1\n" + b"a,0,1\n" * 10).header


@pytest.mark.parametrize(
    "options",
    [
        ParseOptions(delimiter=""), ParseOptions(delimiter="::"), ParseOptions(delimiter='"'),
        ParseOptions(delimiter="\n"), ParseOptions(delimiter="ü"), ParseOptions(encoding="utf-16"),
        ParseOptions(decimal=";"), ParseOptions(timestamp_format="%Y"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_followed(options: ParseOptions) -> None:
    with pytest.raises(BadData) as caught:
        _sniffed(b"a,0,1\n", options)
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (b"a,b\r\n", [b"a", b"b"]), (b" a ,,", [b"a", b"", b""]), (b'"a,""b" ,c', [b'a,"b', b"c"]),
        (b"", [b""]), (b'a"b,"c\nd"\n', [b'a"b', b"c\nd"]), (b'"open', [b"open"]),
    ],
)  # fmt: skip
def test_fields_of_one_record(record: bytes, fields: list[bytes]) -> None:
    assert fields_of(record, ",") == fields
