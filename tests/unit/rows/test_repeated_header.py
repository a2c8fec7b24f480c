"""A header that comes again is no row, even if it could be one; splitting and reading agree on it."""

from __future__ import annotations

import pytest

from rows.reader import FileReader
from rows.split.encoded_splitter import parse_source
from schemas.limits import Limits
from schemas.read_options import ReadOptions

_CASES = {
    "header that is a valid record": (
        b"s,2020-01-01,5\n" + b"a,2024-05-01,1\nb,2024-05-01,2\n" * 40 + b"s,2020-01-01,5\na,2024-05-02,1\n",
        ReadOptions(header=True, sensor_column=("s",), timestamp_column=("2020-01-01",), value_column=("5",)),
        81,
    ),
    "header of years above columns of numbers": (
        b"Time,2019,2020\n" + b"2024-05-01 00:00,1,2\n" * 40 + b"Time,2019,2020\n2024-05-02 00:00,1,2\n",
        ReadOptions(layout="wide", timestamp_column=("Time",)),
        41,
    ),
    "header of one character": (
        b"T\n" + b"21.5\n" * 60 + b"T\n" + b"22\n" * 60,
        ReadOptions(
            header=True, delimiter=",", layout="wide", value_column=("T",),
            timestamp_column=("{day}",), timestamp_format=("%Y-%m-%d",), filename_pattern=(r"(?P<day>\d{4}-\d\d-\d\d)",),
        ),
        120,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _CASES)
@pytest.mark.parametrize("batch_bytes", [1, 100, 1 << 20])
def test_a_repeated_header_is_no_record(name: str, batch_bytes: int) -> None:
    data, options, records = _CASES[name]
    reader = FileReader(options, Limits(), batch_bytes, filename="2024-05-01.csv")
    batches = [b for found in reader.feed(data) for b in found]
    batches += [b for found in reader.finish() for b in found]
    assert reader.dialect is not None
    assert sum(batch.span.rows for batch in batches) == records
    for batch in batches:
        span = batch.span
        outcome = parse_source(
            batch.data,
            reader.dialect,
            Limits(),
            first_row=span.first_row,
            first_line=span.first_line,
            order=span.order,
        )
        assert outcome.record_count == span.rows
        assert outcome.invalid_count == 0
