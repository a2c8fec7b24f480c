"""What recognising a head costs: every head of 64 KiB takes about as long as its size asks for."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress

import pytest

from rows.sniff.cells import Kind, column_of
from rows.sniff.doubt import InDoubt
from rows.sniff.resolve import resolve
from schemas.errors import BadData
from schemas.read_options import ReadOptions

HEAD = 64 << 10
SECONDS = 2.0  # of one processor; a cost that grows with the square of the lines takes a minute


def repeated(record: bytes) -> bytes:
    return record * (HEAD // len(record))


def noise(characters: bytes) -> bytes:
    source = random.Random(1)
    return bytes(source.choice(characters) for _ in range(HEAD))


_PLAIN = b"note of the logger\nTime;north;south\n" + b"".join(
    b"2024-05-01 10:0%d:00;%d0,5;2\n" % (minute, minute) for minute in range(9)
)

HEADS = {
    "empty lines": repeated(b"\n"),
    "carriage returns": repeated(b"\r"),
    "lines of one letter": repeated(b"a\n"),
    "lines of two fields": repeated(b"a,b\n"),
    "comment lines": repeated(b"#\n"),
    "headers in comments": repeated(b"# time,value\n"),
    "headers only": repeated(b"time,value\n"),
    "lines without a header": repeated(b"01/02/03 04:05,1\n"),
    "zones": repeated(b"2024-01-01 00:00:00 CEST,1\n"),
    "quoted fields": repeated(b'"a","b"\n'),
    "quotes": repeated(b'"'),
    "commas": repeated(b","),
    "times in one line": repeated(b"12:00,"),
    "digits": repeated(b"1"),
    "units": repeated(b"Temp [C] (x) {y},"),
    # One long field in an otherwise plain file: before the data, in the header, in a cell.
    **{
        f"{what} {where}": _PLAIN.replace(place, place + character * (HEAD - 1000) + b"x", 1)
        for what, character in (("blanks", b" "), ("tabs", b"\t"), ("zeros", b"0"), ("dots", b"."))
        for where, place in (
            ("before the data", b"note "),
            ("in a name", b"no"),
            ("in a cell", b"0,5"),
        )
    },
    "marks": noise(b'ab,;\n"0.-: '),
    "numbers and marks": noise(b"01,;\n.-: "),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
@pytest.mark.parametrize("header", [None, True, False])
def test_a_head_costs_no_more_than_its_size_asks_for(head: bytes, header: bool | None) -> None:
    begun = time.process_time()
    with suppress(InDoubt, BadData):  # the answer is tested elsewhere
        resolve(head, ReadOptions(header=header), filename="a.csv", complete=True)
    assert time.process_time() - begun < SECONDS


FEW, MANY = 1_500, 9_000


def wide(columns: int, names: Sequence[str], cells: Sequence[str]) -> bytes:
    """A head of so many columns after the time, whose names and cells go round."""
    numbers = range(columns)
    header = ["time", *(f"{names[k % len(names)]} {k // len(names)}" for k in numbers)]
    records = [
        [f"2026-03-01T00:0{row}:00Z", *(cells[(k + 2 * row) % len(cells)] for k in numbers)]
        for row in range(4)
    ]
    return "\n".join([*map(",".join, (header, *records)), ""]).encode()


@pytest.mark.parametrize(
    ("names", "cells"),
    [
        (["sensor"], ["1.5", "2.25", "3"]),
        (["level", "unit"], ["1.5", "kW"]),
        (["sensor", "level"], ["north", "1.5", "south", "2.5"]),
        (["temp", "temp flag"], ["21.5", "0"]),
        (["state"], ["0", "1", "1"]),
    ],
)
def test_a_wide_head_costs_what_its_columns_cost(names: list[str], cells: list[str]) -> None:
    def seconds(columns: int) -> float:
        begun = time.process_time()
        with suppress(InDoubt, BadData):
            resolve(wide(columns, names, cells), ReadOptions(), filename="a.csv", complete=True)
        return time.process_time() - begun

    seconds(10)  # profiles are loaded once
    few, many = (min(seconds(columns) for _ in range(2)) for columns in (FEW, MANY))
    # Six times as many columns: compared with each other they would take 36 times as long.
    assert many < 15 * few


def test_a_text_after_many_numbers_costs_no_more_than_they_do() -> None:
    column = column_of([*["60"] * 400, "hum"])
    assert (column.kinds[Kind.NUMBER], column.kinds[Kind.TEXT]) == (400, 1)
