"""Cutting: batches, their numbers, and that memory stays bounded."""

from __future__ import annotations

import tracemalloc

import pytest

from rows.split.splitter import BatchSpan, RecordSplitter
from schemas.events import DialectSpec
from schemas.limits import Limits
from tests.harness.row_files import PLAIN, outcome_of, spans_of

DATA = b'sensor_id,timestamp,value\na,0,1\n\nb,0,2\r\n"c\nc",0,3\nd,0,4'
HEADED = DialectSpec(header=True, data_start=26, data_line=2)


def test_batches_hold_whole_records_with_their_numbers() -> None:
    assert spans_of(DATA, HEADED, Limits(), 1, [100]) == [
        BatchSpan(0, 26, 32, rows=1, lines=1, first_row=1, first_line=2),
        BatchSpan(1, 33, 40, rows=1, lines=1, first_row=2, first_line=4),
        BatchSpan(2, 40, 50, rows=1, lines=2, first_row=3, first_line=5),
        BatchSpan(3, 50, 55, rows=1, lines=1, first_row=4, first_line=7),
    ]
    assert spans_of(DATA, HEADED, Limits(), 1000, [100]) == [
        BatchSpan(0, 26, 55, rows=4, lines=6, first_row=1, first_line=2)
    ]


@pytest.mark.parametrize("batch_bytes", [1, 7, 14, 200])
def test_another_cutter_can_go_on_at_any_batch(batch_bytes: int) -> None:
    data = DATA.replace(b"d,0", b"\n \nd,0") + b"\ne,0,1\n" * 40
    expected = spans_of(data, HEADED, Limits(), batch_bytes, [1000])
    cutter = RecordSplitter(HEADED, Limits(), batch_bytes)
    found: list[BatchSpan] = []
    at = HEADED.data_start
    for _ in range(10_000):
        if at >= len(data):
            break
        more = cutter.feed(data[at : at + 9])
        at += 9
        if more:
            found += more
            cutter = RecordSplitter(
                HEADED,
                Limits(),
                batch_bytes,
                next_byte=cutter.next_byte,
                next_row=cutter.next_row,
                next_line=cutter.next_line,
                next_batch=cutter.next_batch,
            )
            at = cutter.next_byte
    assert found + cutter.finish() == expected


def test_no_batch_for_nothing() -> None:
    assert spans_of(b"\n \n\r\n", PLAIN, Limits(), 10, [3]) == []
    assert spans_of(b"", PLAIN, Limits(), 10, [3]) == []


def test_tiny_records_end_a_batch_before_its_bytes_do() -> None:
    spans = spans_of(b"x\n" * 1000, PLAIN, Limits(), 1600, [10_000])
    assert [s.rows for s in spans] == [100] * 10


def test_blank_lines_do_not_make_a_batch_longer() -> None:
    data = b"a,0,1\n" + b" \n" * 10_000 + b"b,0,1\n"
    spans = spans_of(data, PLAIN, Limits(), 100, [999])
    assert [(s.start, s.end, s.first_line) for s in spans] == [(0, 6, 1), (20_006, 20_012, 10_002)]


def test_the_rest_of_a_long_line_belongs_to_no_record() -> None:
    limits = Limits(max_record_bytes=100)
    data = b"a,0,1\n" + b"x" * 5000 + b"\nb,0,1\n"
    spans = spans_of(data, PLAIN, limits, 1000, [64])
    assert [(s.start, s.rows, s.first_row, s.first_line) for s in spans] == [
        (0, 2, 1, 1),
        (5007, 1, 3, 3),
    ]
    assert spans[0].end - spans[0].start <= 6 + 100 + 4
    assert spans == spans_of(data, PLAIN, limits, 1000, [100_000])
    assert [outcome_of(s, data, PLAIN, limits).codes for s in spans] == [{"record_too_long": 1}, {}]


def test_a_line_of_a_hundred_megabytes_takes_no_memory() -> None:
    cutter = RecordSplitter(PLAIN, Limits(), 8 << 20)
    chunk = b"x" * (1 << 20)
    tracemalloc.start()
    try:
        spans = cutter.feed(b'a,0,1\n"')
        for _ in range(100):
            spans += cutter.feed(chunk)
        spans += cutter.feed(b"\nb,0,1\n")
        spans += cutter.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert [(s.rows, s.first_line) for s in spans] == [(2, 1), (1, 3)]
    assert spans[1].start == 6 + 1 + (100 << 20) + 1


def test_long_open_quote_fed_in_small_chunks() -> None:
    data = b'"' + b"y\n" * 50_000 + b'",0,1\n'
    limits = Limits(max_record_lines=10**6)
    spans = spans_of(data, PLAIN, limits, 1 << 20, [100])
    assert [(s.rows, s.lines) for s in spans] == [(1, 50_001)]
