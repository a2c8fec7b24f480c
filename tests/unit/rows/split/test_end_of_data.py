"""`end_pattern`: the first line after the first record that matches it ends the data."""

from __future__ import annotations

import pytest

from rows.reader import FileReader
from rows.split.encoded_splitter import parse_source
from schemas.limits import Limits
from schemas.read_options import ReadOptions

_HEAD = b"Device;Time;Value\n"
_ROWS = b"a;2024-05-01 00:00;1\nb;2024-05-01 00:01;2\n"


def _read(data: bytes, pattern: str, batch_bytes: int, chunk: int) -> tuple[int, int]:
    """Readings and invalid rows."""
    options = ReadOptions(end_pattern=pattern)
    reader = FileReader(options, Limits(), batch_bytes)
    batches = []
    for at in range(0, len(data), chunk):
        batches += [b for found in reader.feed(data[at : at + chunk]) for b in found]
    batches += [b for found in reader.finish() for b in found]
    assert reader.dialect is not None
    readings = invalid = 0
    for batch in batches:
        outcome = parse_source(
            batch.data, reader.dialect, Limits(), first_row=batch.span.first_row,
            first_line=batch.span.first_line,
        )  # fmt: skip
        assert outcome.record_count == batch.span.rows
        readings += outcome.row_count
        invalid += outcome.invalid_count
    return readings, invalid


_CASES = {
    "a total": (_HEAD + _ROWS * 3 + b"Total;;9\nc;2024-05-01 00:02;3\n", "^Total", 6),
    "a blank line": (_HEAD + _ROWS * 3 + b"\nnotes about it\n", "^$", 6),
    "blank lines before the data do not end it": (
        _HEAD + b"\n\n" + _ROWS + b"\nrest;1;2\n",
        "^$",
        2,
    ),
    "CRLF": (_HEAD + _ROWS.replace(b"\n", b"\r\n") + b"\r\nrest;1;2\r\n", "^$", 2),
    "CR alone": ((_HEAD + _ROWS + b"END\nrest;1;2\n").replace(b"\n", b"\r"), "^END$", 2),
    "no line matches": (_HEAD + _ROWS * 3, "^Total", 6),
    "the last line has no line end": (_HEAD + _ROWS + b"END", "END", 2),
    "in the middle of a line": (_HEAD + _ROWS + b"x;END;1\n" + _ROWS, "END", 2),
}


@pytest.mark.parametrize("name", _CASES)
def test_data_ends_at_the_line_however_the_file_is_fed(name: str) -> None:
    data, pattern, readings = _CASES[name]
    for batch_bytes in (1, 60, 1 << 20):
        for chunk in (1, 7, 64, 1 << 20):
            assert _read(data, pattern, batch_bytes, chunk) == (readings, 0), (batch_bytes, chunk)
