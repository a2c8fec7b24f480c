"""Speed of the row engine on one core: `python -m bench.rows [MEGABYTES]`.

Prints MB/s and rows/s of parsing, the report of invalid rows included, for clean and dirty files of
the same shape, and of cutting. Everything is in memory; each figure is the best of several runs,
in seconds of this process's CPU.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rows.parse import parse_batch
from rows.split.splitter import BatchSpan, RecordSplitter
from schemas.events import DialectSpec
from schemas.limits import Limits

_BATCH_BYTES = 8 << 20
_RUNS = 5
_LIMITS = Limits()


def _rows(count: int, change: Callable[[int, list[bytes]], None]) -> list[list[bytes]]:
    """Readings of a thousand sensors, ten a second; `change` may spoil the fields of row k."""
    draw = random.Random(1)
    rows = []
    moment = b""
    for k in range(count):
        if k % 10 == 0:
            seconds = time.gmtime(1_700_000_000 + k // 10)
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", seconds).encode()
        fields = [b"s%05d" % draw.randrange(1000), moment, b"%.3f" % draw.gauss(20, 4)]
        change(k, fields)
        rows.append(fields)
    return rows


def _leave(_k: int, _fields: list[bytes]) -> None:
    """A clean file."""


_FAULTS: tuple[tuple[int, bytes], ...] = (
    (0, b""),
    (1, b"yesterday"),
    (1, b"2023-02-30"),
    (2, b"n/a"),
    (2, b""),
)


def _spoil(every: int) -> Callable[[int, list[bytes]], None]:
    def change(k: int, fields: list[bytes]) -> None:
        if k % every == 0:
            at, text = _FAULTS[k // every % len(_FAULTS)]
            fields[at] = text

    return change


def _many_sensors(k: int, fields: list[bytes]) -> None:
    fields[0] = b"plant-4/line-%07d" % (k * 7919 % 1_000_003)


@dataclass(frozen=True)
class Shape:
    """How a generated file is written, and every how many rows a field is spoiled (0: none)."""

    name: str
    spoiled: int = 0
    delimiter: str = ","
    quote: str = ""
    line_end: str = "\n"


def file_of(shape: Shape, megabytes: int, header: tuple[str, ...]) -> bytes:
    """A file of about so many MB, with a header."""
    rows = _rows(megabytes * 30_000, _spoil(shape.spoiled) if shape.spoiled else _leave)
    delimiter, line_end = shape.delimiter.encode(), shape.line_end.encode()
    first = delimiter.join(name.encode() for name in header) + line_end
    return first + _joined(rows, delimiter, line_end, shape.quote.encode())


def _joined(rows: list[list[bytes]], delimiter: bytes, line_end: bytes, quote: bytes) -> bytes:
    if quote:
        rows = [[quote + f + quote for f in fields] for fields in rows]
    return b"".join(delimiter.join(fields) + line_end for fields in rows)


def _spans(data: bytes, dialect: DialectSpec) -> list[BatchSpan]:
    cutter = RecordSplitter(dialect, _LIMITS, _BATCH_BYTES)
    return cutter.feed(data) + cutter.finish()


def _best(run: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_RUNS):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    return min(seconds)


def measure(data: bytes, dialect: DialectSpec) -> tuple[float, float, int, int]:
    """Seconds to parse, seconds to cut, rows, invalid rows."""
    spans = _spans(data, dialect)
    invalid = 0

    def parse() -> None:
        nonlocal invalid
        invalid = 0
        for span in spans:
            outcome = parse_batch(
                memoryview(data)[span.start : span.end],
                dialect,
                _LIMITS,
                first_row=span.first_row,
                first_line=span.first_line,
                first_byte=span.start,
            )
            invalid += outcome.invalid_count

    return _best(parse), _best(lambda: _spans(data, dialect)), sum(s.rows for s in spans), invalid


def main() -> None:
    """Measure and print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    comma, semicolon = DialectSpec(header=False), DialectSpec(header=False, delimiter=";")
    cases: list[tuple[str, Callable[[int, list[bytes]], None], bytes, bytes, DialectSpec]] = [
        ("clean", _leave, b"\n", b"", comma),
        ("1 % invalid", _spoil(100), b"\n", b"", comma),
        ("all invalid", _spoil(1), b"\n", b"", comma),
        ("CRLF", _leave, b"\r\n", b"", comma),
        ("semicolon", _leave, b"\n", b"", semicolon),
        ("quoted", _leave, b"\n", b'"', comma),
        ("as many sensors as rows", _many_sensors, b"\n", b"", comma),
    ]
    print(
        f"{'':26}{'parse MB/s':>11}{'M rows/s':>10}{'of clean':>10}{'cut MB/s':>10}{'invalid':>10}"
    )
    clean = 0.0
    for name, change, line_end, quote, dialect in cases:
        rows = _rows(megabytes * 30_000, change)
        data = _joined(rows, dialect.delimiter.encode(), line_end, quote)
        del rows
        seconds, cutting, count, invalid = measure(data, dialect)
        clean = clean or count / seconds
        print(
            f"{name:26}{len(data) / seconds / 1e6:11.0f}{count / seconds / 1e6:10.2f}"
            f"{count / seconds / clean:10.2f}{len(data) / cutting / 1e6:10.0f}{invalid:10,}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process {peak:.0f} MiB, the files in it included")


if __name__ == "__main__":
    main()
