"""The row engine against the plain-Python reference, on generated files cut in every way."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import DialectSpec
from schemas.limits import Limits
from tests.harness.row_files import Whole, assert_equal_to, whole
from tests.harness.row_reference import Rules, read

_QUIET = settings(derandomize=True, deadline=None, database=None, max_examples=300)

_SENSORS = [b"s1", b"s2", b"boiler-7", b"a-long-sensor-name-of-a-plant/00012345", "fühler".encode()]
_MOMENTS = [
    b"2024-01-01T00:00:00Z", b"2024-02-29 12:30:45.123456789+05:30", b"2023-11-14", b"1700000000",
    b"2024-01-01T00:00", b"1700000000123", b"2023-11-14T22:13:20Z", b"-1.5", b"1900-01-01",
    b"2299-12-31T23:59:59.999999999Z", b"1899-12-31T23:30-01:00",
]  # fmt: skip
_VALUES = [b"1", b"-2.5", b"24.169", b"1e3", b".5", b"5.", b"+0", b"-0.0", b"123456.789", b"1E-320"]
_ODD = [
    b"", b" ", b"\t", b"x", b"nan", b"-inf", b"1e999", b"1,5", b"2023-02-30", b"2024-13-01T00:00:00Z",
    b"2300-01-01", b"99999999999999999999999", b"\xff\xfe", b"a\x00b", b"\xc2\x85", b"a\rb",
    b"0x10", b"1_000", b"\xe2\x82", b"s" * 300, b"2024-01-01T00:00:00.1234567890Z", b"\r",
]  # fmt: skip

_field = st.one_of(
    st.sampled_from([*_SENSORS, *_MOMENTS, *_VALUES, *_ODD]),
    st.binary(max_size=6),
    st.text('"; ,\t\n\rab1', max_size=8).map(str.encode),
)
_padded = st.tuples(st.sampled_from([b"", b"", b" ", b"\t "]), _field, st.sampled_from([b"", b" "]))
_dressed = st.one_of(
    _field,
    _padded.map(b"".join),
    _field.map(lambda f: b'"' + f.replace(b'"', b'""') + b'"'),
    _field.map(lambda f: b'"' + f + b'" '),
    _field.map(lambda f: b'"' + f),
)
_clean = st.tuples(
    st.sampled_from(_SENSORS), st.sampled_from(_MOMENTS), st.sampled_from(_VALUES)
).map(list)
_record = st.one_of(
    _clean,
    _clean,
    st.lists(_dressed, max_size=5),
    st.tuples(st.sampled_from(_SENSORS), _dressed, _dressed).map(list),
)
_LINE_ENDS = [b"\n", b"\n", b"\r\n", b"\r", b"\n\n", b"\n \t\r\n", b"\r\r\n", b"\n\x1a\n"]
_line_end = st.sampled_from(_LINE_ENDS)


def _file(delimiter: bytes) -> st.SearchStrategy[bytes]:
    lines = st.lists(st.tuples(_record.map(delimiter.join), _line_end), max_size=12)
    # After enough clean rows for the quick ways, which want some room, to see what comes first.
    rows = delimiter.join([b"s1", b"2024-01-01", b"1"]) + b"\n"
    ends = st.sampled_from([b"", b"\n", b"\r", b'"', b"s1", rows * 16, b"\n" + rows * 16])
    return st.tuples(lines, ends).map(lambda f: b"".join(a + b for a, b in f[0]) + f[1])


def _dialect(rules: Rules) -> DialectSpec:
    header, units = (*rules.repeated, b"", b"")[:2]
    return DialectSpec(
        header=False,
        delimiter=rules.delimiter,
        quote=rules.quote,
        escape=rules.escape,
        comment=rules.comment,
        decimal="." if rules.delimiter == "," else ",",
        header_text=header.decode() or None,
        units_text=units.decode() or None,
        columns=rules.columns,
        width=rules.width,
    )


_rules = st.builds(
    Rules,
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    quote=st.sampled_from(['"', '"', "'"]),
    escape=st.sampled_from([None, None, "\\"]),
    comment=st.sampled_from([None, "#"]),
    repeated=st.sampled_from([(), (b"s1,x",), (b"a,2024-01-01,x", b"-;-;V")]),
    columns=st.sampled_from([(0, 1, 2), (0, 1, 2), (2, 0, 1), (1, 3, 0), (3, 2, 1), (-1, 0, 1)]),
    width=st.sampled_from([4, 4, 5]),
)
_odd_line = st.sampled_from(
    [b"#", b"# s1,0,1", b"#s1;0;1", b"s1,x", b"\xef\xbb\xbfs1,x", b" s1,x ", b"a,2024-01-01,x", b"-;-;V",
     b"\x1a", b" \x1a", b"a\0\0", b"\0", b'"a\\"b";0;1', b"'a\\'b',0,'1'", b"'s1' '2024-01-01 12:00' '1'",
     b"s1  2024-01-01 12:00:00\t1", b"s1 2024-01-01  12:00 1 ", b'  "s 1" 0 "1"', b'"a\nb",0,1', b'a,0,1,"x\ry"',
     b'a;0;1;"x\r\ny, z";"\\', b'"s1,0,1\ns2,0,1\ns3",0,1', b'a,0,"1\n2"', b'0,"a",1,"\r\r\n"']
)  # fmt: skip


@pytest.mark.slow
@_QUIET
@given(st.data(), _rules)
def test_any_file_read_as_the_reference_reads_it(data: st.DataObject, rules: Rules) -> None:
    file = _file(b" " if rules.delimiter == " " else rules.delimiter.encode())
    odd = st.lists(st.tuples(_odd_line, _line_end).map(b"".join), max_size=4).map(b"".join)
    text = data.draw(st.tuples(odd, file, odd, file).map(b"".join))
    assert_equal_to(whole(text, _dialect(rules)), read(text, rules))


@pytest.mark.slow
@_QUIET
@given(
    st.data(), _rules, st.integers(1, 200), st.lists(st.integers(1, 64), min_size=1, max_size=5),
    st.integers(1, 60), st.integers(1, 4),
)  # fmt: skip
def test_any_cut_gives_the_same(
    data: st.DataObject,
    rules: Rules,
    batch_bytes: int,
    chunks: list[int],
    max_bytes: int,
    max_lines: int,
) -> None:
    rules = replace(rules, max_bytes=max_bytes, max_lines=max_lines)
    odd = st.lists(st.tuples(_odd_line, _line_end).map(b"".join), max_size=4).map(b"".join)
    text = data.draw(st.tuples(odd, _file(rules.delimiter.encode()), odd).map(b"".join))
    limits = Limits(max_record_bytes=max_bytes, max_record_lines=max_lines, max_raw_bytes=20)
    dialect = _dialect(rules)
    expected = read(text, rules)
    assert_equal_to(whole(text, dialect, limits), expected, 20)
    assert_equal_to(
        whole(text, dialect, limits, batch_bytes=batch_bytes, chunks=tuple(chunks)), expected, 20
    )


def _long_file(seed: int) -> bytes:
    """Some thousand rows, most of them clean, with everything that can be odd among them."""
    draw = random.Random(seed)
    lines = []
    for _ in range(4000):
        fields = [draw.choice(_SENSORS), draw.choice(_MOMENTS), draw.choice(_VALUES)]
        if draw.random() < 0.1:
            fields[draw.randrange(3)] = draw.choice(_ODD)
        if draw.random() < 0.1:
            k = draw.randrange(3)
            fields[k] = b'"' + fields[k].replace(b'"', b'""') + b'"'
        if draw.random() < 0.02:
            fields[draw.randrange(3)] += b'"'
        if draw.random() < 0.01:
            fields[draw.randrange(3)] = b'"open'
        if draw.random() < 0.05:
            fields = fields[: draw.randrange(3)] + [b""] * draw.randrange(5)
        lines.append(b",".join(fields) + draw.choice([b"\n", b"\r\n", b"\r", b"\n\n"]))
    return b"".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_a_long_file_cut_in_many_ways(seed: int) -> None:
    text = _long_file(seed)
    first: Whole | None = None
    for batch_bytes, chunk in [(1 << 20, 1 << 20), (10_000, 777), (100, 4096), (65_536, 65_536)]:
        found = whole(text, batch_bytes=batch_bytes, chunks=(chunk,))
        if first is None:
            assert_equal_to(found, read(text, Rules()))
            first = found
        # Everything but the low half of a sum, which is rounded where batches end.
        for sensors in (first.sensors, found.sensors):
            for row in sensors.values():
                row["sum"] = (
                    row.pop("sum_hi", 0) + row.pop("sum_lo", 0) if "sum_hi" in row else row["sum"]
                )
        assert found == first
