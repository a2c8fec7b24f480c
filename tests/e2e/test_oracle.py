"""The oracle against expectations written by hand: what proves the product must be proved itself."""

from __future__ import annotations

import pytest

from tests.harness.drill_files import make_files
from tests.harness.oracle import Fault, Inexpressible, InvalidRow, expect, microseconds, number
from tests.harness.plan_files import Shape, expected_of, make

HEAD = b"sensor_id,timestamp,value\n"
GOOD = b"a,2023-11-14T22:13:20Z,1.5\n"
T = 1_700_000_000_000_000  # 2023-11-14T22:13:20Z in microseconds


def codes(data: bytes) -> list[tuple[int, int, str]]:
    return [(i.row, i.line, i.code) for i in expect(data).invalid]


def test_counts_and_extremes_of_each_sensor() -> None:
    found = expect(
        HEAD
        + b"a,2023-11-14T22:13:21Z,3\n"
        + b"b,2023-11-14T22:13:20Z,-7.5\n"
        + b"a,2023-11-14T22:13:20Z,1\n"
        + b"a,2023-11-14T22:13:21Z,2\n"
        + b"a,2023-11-14T22:13:20Z,0.25\n"
    )
    assert (found.row_count, found.min_value, found.max_value) == (5, -7.5, 3.0)
    assert found.per_sensor_count == {"a": 4, "b": 1}
    a = found.sensors["a"]
    assert (a.min_value, a.max_value, a.mean_value) == (0.25, 3.0, 6.25 / 4)
    assert a.first == (T, 3, 1.0), "the earliest timestamp, of equal ones the smallest row"
    assert a.last == (T + 1_000_000, 4, 2.0), "the latest timestamp, of equal ones the greatest row"
    assert found.status == "processed"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b"a,2023-11-14", "missing_fields"),
        (b"a", "missing_fields"),
        (b'""', "missing_fields"),
        (b"a,2023-11-14,1,2", "extra_fields"),
        (b'"a"b,2023-11-14,1', "bad_quote"),
        (b'a,2023-11-14,"1', "quote_not_closed"),
        (b" \t,2023-11-14,1", "sensor_id_empty"),
        (b'"",2023-11-14,1', "sensor_id_empty"),
        ("é".encode() * 257 + b",2023-11-14,1", "sensor_id_too_long"),
        (b"a\tb,2023-11-14,1", "sensor_id_control_character"),
        (b'"a\nb",2023-11-14,1', "sensor_id_control_character"),
        ("a\u0085,2023-11-14,1".encode(), "sensor_id_control_character"),
        (b"a\xff,2023-11-14,1", "sensor_id_encoding"),
        (b"a,,1", "timestamp_empty"),
        (b"a,yesterday,1", "timestamp_format"),
        (b'a," 2023-11-14",1', "timestamp_format"),
        (b"a,2023-02-29,1", "timestamp_range"),
        (b"a,2023-11-14, ", "value_empty"),
        (b"a,2023-11-14,1_000", "value_format"),
        (b"a,2023-11-14,0x1p3", "value_format"),
        (b'a,2023-11-14," 1"', "value_format"),
        (b'a,2023-11-14,"1,5"', "value_format"),
        (b"a,2023-11-14,-Infinity", "value_not_finite"),
        (b"a,2023-11-14,1e999", "value_not_finite"),
        (b",yesterday,x", "sensor_id_empty"),
        (b"a,yesterday,x", "timestamp_format"),
        (b",yesterday,x,9", "extra_fields"),
    ],
)
def test_first_fault_of_a_record(record: bytes, code: str) -> None:
    after = 4 if b"\n" not in record else 5
    found = expect(HEAD + GOOD + record + b"\n" + GOOD + b"c,x,1\n")
    assert [(i.row, i.line, i.code) for i in found.invalid] == [
        (2, 3, code),
        (4, after + 1, "timestamp_format"),
    ]
    assert found.per_sensor_count == {"a": 2}
    assert found.status == "partial"


@pytest.mark.parametrize(
    "record",
    [
        b"a,2023-11-14,1,",
        b"a,2023-11-14,1, ,\t",
        b' a\t, 2023-11-14 ,"1"',
        b'"a","2023-11-14","1"',
        b"a,2023-11-14,1\r",
    ],
)
def test_valid_all_the_same(record: bytes) -> None:
    found = expect(HEAD + record + b"\n")
    assert found.invalid == []
    assert found.per_sensor_count == {"a": 1}


def test_what_quotes_keep() -> None:
    found = expect(HEAD + b'" a",2023-11-14,1\n"say ""b""",2023-11-14,1\n c"d ,2023-11-14,1\n')
    assert list(found.per_sensor_count) == [" a", 'say "b"', 'c"d']


def test_lines_are_physical_and_rows_are_records() -> None:
    data = (
        b'\n \t\nnote,value,timestamp,sensor_id\n"two\r\nlines",1,2023-11-14,a\n\nx,1,2023-11-14,\n'
    )
    assert codes(data) == [(2, 7, "sensor_id_empty")]


def test_only_the_three_fields_must_be_there() -> None:
    data = b"value,sensor_id,timestamp,note\n1,a,2023-11-14\n1,a\n"
    assert codes(data) == [(2, 3, "missing_fields")]


def test_a_damaged_quote_costs_one_line() -> None:
    data = HEAD + b'"a\nb,2023-11-14,1\nc,2023-11-14,1\n'
    found = expect(data)
    assert codes(data) == [(1, 2, "quote_not_closed")]
    assert found.per_sensor_count == {"b": 1, "c": 1}


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        (b"a,2023-11-14,1", 2),
        (b" VALUE ,Timestamp,\tsensor_id", 1),
        (b"value,2023-11-14,1", 2),
        (b"sensor_id,when,value", 1),
        (b"id,when,reading", 2),
    ],
)
def test_header_or_none(first: bytes, rows: int) -> None:
    assert expect(first + b"\n1,2023-11-14,1\n").record_count == rows


def test_nothing_but_a_header() -> None:
    found = expect(HEAD)
    assert (found.record_count, found.min_value, found.max_value) == (0, None, None)
    assert found.status == "processed"


def test_no_line_end_at_the_end_and_a_mark_at_the_start() -> None:
    assert expect(b"\xef\xbb\xbf" + HEAD + GOOD[:-1]).per_sensor_count == {"a": 1}


def test_only_invalid_rows_is_failed() -> None:
    found = expect(HEAD + b"a,b,c\n")
    assert found.status == "failed"
    assert found.invalid == [InvalidRow(1, 2, "timestamp_format", "timestamp")]


def test_record_too_long() -> None:
    data = HEAD + GOOD + b"a,2023-11-14," + b"1" * 100 + b"\n"
    assert [i.code for i in expect(data, max_record_bytes=64).invalid] == ["record_too_long"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-11-14", 1_699_920_000_000_000),
        ("2023-11-14T22:13", T - 20_000_000),
        ("2023-11-14 22:13:20", T),
        ("2023-11-14T22:13:20.123456789Z", T + 123_456),
        ("2023-11-15T00:13:20+02:00", T),
        ("2023-11-15T00:13:20+0200", T),
        ("2023-11-14T20:13:20-02", T),
        ("1700000000", T),
        ("1700000000.25", T + 250_000),
        ("1700000000000", T),
        ("1700000000000000", T),
        ("1700000000000000000", T),
        ("-1", -1_000_000),
        ("0", 0),
        ("20231114", 20_231_114_000_000),
        ("1900-01-01", -2_208_988_800_000_000),
        ("2299-12-31T23:59:59.999999", 10_413_791_999_999_999),
    ],
)
def test_timestamps(text: str, expected: int) -> None:
    assert microseconds(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2023-13-01", "timestamp_range"),
        ("2023-11-14T24:00", "timestamp_range"),
        ("2023-11-14T23:59:60", "timestamp_range"),
        ("1899-12-31T23:59:59", "timestamp_range"),
        ("2300-01-01", "timestamp_range"),
        ("99999999999", "timestamp_range"),
        ("2023-11-14T22", "timestamp_format"),
        ("2023-11-14T22:13:20.1234567890", "timestamp_format"),
        ("14.11.2023", "timestamp_format"),
        ("2023-11-14Z", "timestamp_format"),
        ("+1700000000", "timestamp_format"),
        ("1.7e9", "timestamp_format"),
    ],
)
def test_refused_timestamps(text: str, code: str) -> None:
    with pytest.raises(Fault, match=f"^{code}$"):
        microseconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1.0), ("-0.5", -0.5), (".5", 0.5), ("5.", 5.0), ("+1e-3", 0.001), ("0.1", 0.1)],
)
def test_values(text: str, expected: float) -> None:
    assert number(text) == expected


def test_decimal_comma_where_commas_separate_nothing() -> None:
    assert number("1,5", delimiter=";") == 1.5
    with pytest.raises(Fault, match="value_format"):
        number("1,5")


def test_what_the_csv_module_cannot_decide_is_rejected() -> None:
    with pytest.raises(Inexpressible):
        expect(HEAD + b"a,2023-11-14\r,1\n")


@pytest.mark.parametrize("other", [False, True])
def test_described_files_account_for_every_cell(other: bool) -> None:
    shape = Shape(wide=True, values=(2, 9), records=(40, 60))
    for seed in range(20):
        file = make(seed, shape, other=other)
        found = expected_of(file)
        accounted = (
            found.row_count + found.invalid_cells + found.missing_count + found.excluded_count
        )
        assert found.record_count * len(file.options["value_column"]) == accounted
        assert sum(found.per_sensor_count.values()) == found.row_count
        # Only the options and what they give are other ones.
        assert file.data == make(seed, shape).data
        assert other == (file.options != make(seed, shape).options)


def test_files_of_a_drill_are_long_and_wide() -> None:
    files = make_files(9, seed=1)
    assert [file.wide for file in files].count(True) == 3
    for file in files:
        assert file.other is None or file.other()[1] != file.expected
    assert {file.file.name.rpartition(".")[2] for file in files if file.wide} >= {"csv", "gz"}
