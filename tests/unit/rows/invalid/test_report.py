"""The report of invalid rows: sentences, raw text, numbers."""

from __future__ import annotations

import random

import pytest

from rows.parse import parse_batch
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMN_OF, InvalidCode
from schemas.limits import Limits
from tests.harness.row_files import PLAIN, one, whole

_ID = "expected 1 to 256 characters of UTF-8, no control characters"
_MOMENT = "expected an ISO 8601 date and time or an epoch number"
_RANGE = "expected a date and time that exist, in the years 1900 to 2299"
_NUMBER = "expected a finite decimal number"
_QUOTES = "expected a delimiter or the line's end after a closing quote"
_CLOSED = "expected the quote that is open at the line's end to be closed"


@pytest.mark.parametrize(
    ("record", "code", "error"),
    [
        (b"a,0,12x", "value_format", f'value: saw "12x", {_NUMBER}'),
        (b"a,0,", "value_empty", f"value: saw nothing, {_NUMBER}"),
        (b"a,0,nan", "value_not_finite", f'value: saw "nan", {_NUMBER}'),
        (b"a,soon,1", "timestamp_format", f'timestamp: saw "soon", {_MOMENT}'),
        (b"a,2023-02-30,1", "timestamp_range", f'timestamp: saw "2023-02-30", {_RANGE}'),
        (b",0,1", "sensor_id_empty", f"sensor_id: saw nothing, {_ID}"),
        (b'"  ",0,1', "sensor_id_empty", f'sensor_id: saw "  ", {_ID}'),
        (b"a\x01\t\x7f\xc2\x85b,0,1", "sensor_id_control_character",
         f'sensor_id: saw "a\\x01\\t\\x7f\\x85b", {_ID}'),
        (b"a\xff\xe2\x82b,0,1", "sensor_id_encoding", f'sensor_id: saw "a��b", {_ID}'),
        (b"x" * 300 + b",0,1", "sensor_id_too_long",
         f'sensor_id: saw "{"x" * 60}…" (300 characters), {_ID}'),
        (b'"a""b\n",0,1', "sensor_id_control_character", f'sensor_id: saw "a"b\\n", {_ID}'),
        (b"a", "missing_fields", "1 field, expected 3: sensor_id, timestamp, value"),
        (b"a,0", "missing_fields", "2 fields, expected 3: sensor_id, timestamp, value"),
        (b"a,0,1,x", "extra_fields", "4 fields, expected 3"),
        (b'a,"0"1,1', "bad_quote", f'quotes: saw "a,"0"1,1", {_QUOTES}'),
        (b'a,"0,1', "quote_not_closed", f'quotes: saw "a,"0,1", {_CLOSED}'),
        (b",then,much", "sensor_id_empty",
         f'sensor_id: saw nothing, {_ID}; timestamp: saw "then", {_MOMENT}; value: saw "much", {_NUMBER}'),
        (b",then,much,more", "extra_fields",
         f'4 fields, expected 3; sensor_id: saw nothing, {_ID}; timestamp: saw "then", {_MOMENT}; '
         f'value: saw "much", {_NUMBER}'),
        (b"a\x00,x", "missing_fields",
         f'2 fields, expected 3: sensor_id, timestamp, value; sensor_id: saw "a\\x00", {_ID}; '
         f'timestamp: saw "x", {_MOMENT}'),
    ],
)  # fmt: skip
def test_sentence(record: bytes, code: str, error: str) -> None:
    row = one(record + b"\n")
    assert (row["code"], row["error"]) == (code, error)
    assert row["column"] == COLUMN_OF[InvalidCode(code)]
    assert row["raw"] == record.decode("utf-8", "replace")
    assert not row["truncated"]


def test_sentence_for_a_wide_header() -> None:
    dialect = DialectSpec(header=True, columns=(5, 0, 2), width=8)
    assert one(b"0,,1\n", dialect)["error"] == (
        "3 fields, expected at least 6: timestamp is field 1, value is field 3, sensor_id is field 6"
    )


def test_sentence_for_a_header_that_lacks_columns() -> None:
    dialect = DialectSpec(header=True, columns=(0, -1, -1), width=2)
    assert one(b"a,\n", dialect)["error"] == (
        "no timestamp and no value in the header, expected sensor_id, timestamp, value"
    )
    dialect = DialectSpec(header=True, columns=(-1, 0, 1), width=2)
    assert one(b"x\n", dialect)["error"] == (
        "1 field, expected 2: timestamp, value; no sensor_id in the header, expected sensor_id, "
        f'timestamp, value; timestamp: saw "x", {_MOMENT}'
    )


def test_sentence_for_a_line_that_is_too_long() -> None:
    row = one(b"x" * 3000 + b"\n", limits=Limits(max_record_bytes=2000, max_raw_bytes=100))
    assert row["error"] == "saw a line of more than 2000 bytes, expected at most that"
    assert (row["raw"], row["truncated"], row["code"]) == ("x" * 100, True, "record_too_long")


def test_what_was_seen_is_bounded() -> None:
    row = one(b"a," + "ü".encode() * 61 + b"," + b"9" * 60 + b"x\n")
    assert row["error"] == (
        f'timestamp: saw "{"ü" * 60}…", {_MOMENT}; value: saw "{"9" * 60}…", {_NUMBER}'
    )


@pytest.mark.parametrize(
    ("size", "raw"),
    [
        (2, "ab"), (3, "ab,"), (4, "ab,"), (5, "ab,ü"), (6, "ab,ü"), (7, "ab,ü"), (8, "ab,ü€"),
        (9, "ab,ü€"), (11, "ab,ü€"), (12, "ab,ü€𝄞"), (13, "ab,ü€𝄞�"), (14, "ab,ü€𝄞��"),
        (15, "ab,ü€𝄞��"), (16, "ab,ü€𝄞��ü"),
    ],
)  # fmt: skip
def test_raw_text_is_cut_between_characters(size: int, raw: str) -> None:
    record = "ab,ü€𝄞".encode() + b"\x80\xe2" + "ü".encode()
    row = one(record + b"\n", limits=Limits(max_raw_bytes=size))
    assert (row["raw"], row["truncated"]) == (raw, size < 16)


def test_any_bytes_are_shown_as_python_decodes_them() -> None:
    draw = random.Random(5)
    pool = [
        b"\xf0",
        b"\x90",
        b"\x80",
        b"\xbf",
        b"\xe0",
        b"\xa0",
        b"\xed",
        b"\xc2",
        b"\xf4",
        b"a",
        "€".encode(),
    ]
    records = [b"".join(draw.choices(pool, k=draw.randrange(1, 24))) for _ in range(3000)]
    found = whole(b"\n".join(records))
    assert [r["raw"] for r in found.invalid] == [r.decode("utf-8", "replace") for r in records]


def test_report_can_be_bounded_and_the_counts_stay_exact() -> None:
    data = b"a,0,1\n,0,1\na,x,1\na,0,x\n" * 1000
    outcome = parse_batch(data, PLAIN, Limits(), first_row=1, first_line=1, max_invalid=5)
    assert (outcome.row_count, outcome.invalid_count) == (1000, 3000)
    assert outcome.codes == {
        "sensor_id_empty": 1000,
        "timestamp_format": 1000,
        "value_format": 1000,
    }
    assert outcome.invalid_rows.column("row").to_pylist() == [2, 3, 4, 6, 7]
    none = parse_batch(data, PLAIN, Limits(), first_row=1, first_line=1, max_invalid=0)
    assert (none.invalid_count, none.invalid_rows.num_rows) == (3000, 0)


def test_numbers_count_from_where_the_batch_begins() -> None:
    outcome = parse_batch(
        b'a,0,"1"\n\n"x\ny",0,1\nb,0,\n',
        PLAIN,
        Limits(),
        first_row=100,
        first_line=200,
        first_byte=10**12,
    )
    rows = outcome.invalid_rows.to_pylist()
    assert [(r["row"], r["line"], r["byte_offset"]) for r in rows] == [
        (101, 202, 10**12 + 9),
        (102, 204, 10**12 + 19),
    ]


def test_tiny_invalid_rows() -> None:
    outcome = parse_batch(b"x\n" * 20_000, PLAIN, Limits(), first_row=1, first_line=1)
    assert outcome.codes == {"missing_fields": 20_000}
    assert outcome.invalid_rows["byte_offset"].to_pylist() == list(range(0, 40_000, 2))


def test_the_report_grows_to_any_size() -> None:
    # Sentences and raw text much longer than is reckoned with, and every code.
    record = b"\xff" * 900 + b"," + b"\x01" * 90 + b"," + b"\x02" * 90 + b",x"
    data = (record + b"\n" + b",\n" + b'"x"y\n') * 3000
    outcome = parse_batch(data, PLAIN, Limits(), first_row=1, first_line=1)
    outcome.invalid_rows.validate(full=True)
    rows = outcome.invalid_rows.to_pylist()
    assert len(rows) == 9000
    assert rows[0::3] == [
        {**rows[0], **{k: r[k] for k in ("row", "line", "byte_offset")}} for r in rows[0::3]
    ]
    assert rows[8997]["raw"] == record[:1000].decode("utf-8", "replace")
    assert [r["code"] for r in rows[-3:]] == ["extra_fields", "missing_fields", "bad_quote"]
