"""A header with other columns, beyond the head that a file is recognised by."""

from __future__ import annotations

import pytest

from rows.outcome import BatchOutcome
from rows.reader import FileReader
from rows.sniff.head import HEAD_BYTES
from schemas.limits import Limits
from schemas.read_options import NO_OPTIONS, ReadOptions


def _rows(count: int, first: int = 0) -> bytes:
    return b"".join(
        b"2026-03-%02dT%02d:%02d:00Z,%d.5,60\n" % (1 + k // 1440, k // 60 % 24, k % 60, k % 10)
        for k in range(first, first + count)
    )


_BEFORE = b"Time,temp,hum\n" + _rows(12_000)


def _read(
    data: bytes, batch_bytes: int, chunk: int, options: ReadOptions = NO_OPTIONS
) -> tuple[list[BatchOutcome], str | None]:
    reader = FileReader(options, Limits(), batch_bytes)
    chunks = [data[k : k + chunk] for k in range(0, len(data), chunk)]
    return [reader.parse(batch) for batch in reader.batches(chunks)], reader.damage


@pytest.mark.parametrize(
    "other", [b"Time,hum,temp", b"Time,hum", b"Time,a,b,c", b'Time,"hum",temp']
)
@pytest.mark.parametrize(("batch_bytes", "chunk"), [(1 << 20, 1 << 20), (5000, 999), (50, 70_001)])
def test_reading_ends_at_a_header_with_other_columns(
    other: bytes, batch_bytes: int, chunk: int
) -> None:
    assert len(_BEFORE) > HEAD_BYTES
    outcomes, damage = _read(_BEFORE + other + b"\n" + _rows(500, 12_000), batch_bytes, chunk)
    assert sum(outcome.record_count for outcome in outcomes) == 12_000
    assert sum(outcome.invalid_count for outcome in outcomes) == 0
    assert damage is not None
    assert "line 12002 is another header" in damage


def test_the_header_that_comes_again_is_no_other_one() -> None:
    outcomes, damage = _read(_BEFORE + b"Time,temp,hum\n" + _rows(500, 12_000), 5000, 4096)
    assert (sum(outcome.record_count for outcome in outcomes), damage) == (12_500, None)


def test_a_row_of_a_sensor_with_the_name_of_a_column_is_a_row() -> None:
    lines = [b"Device,Time,temp"]
    lines += [b"boiler,2026-03-01T00:%02d:%02dZ,20.5" % (k // 60 % 60, k % 60) for k in range(9000)]
    lines += [b"Device,2026-03-02T00:00:00Z,20.5", b"Device,2026-03-02T00:00:00Z,temp"]
    lines += [b"Device,,20.5", b"Device,n/a,20.5", b"Device"]
    data = b"\n".join(lines)
    for batch_bytes in (1 << 20, 5000, 40):
        outcomes, damage = _read(data, batch_bytes, 1 << 16)
        assert damage is None
        assert sum(outcome.record_count for outcome in outcomes) == 9005
        assert sum(outcome.row_count for outcome in outcomes) == 9001
