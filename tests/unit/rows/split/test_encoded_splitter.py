"""Files in their encoding, cut at every sort of place: batches and reports are those of the file."""

from __future__ import annotations

from typing import Any

import pytest

from rows.sniff.head import find_dialect
from rows.split.encoded_splitter import (
    BatchReader,
    EncodedSplitter,
    Position,
    SourceBatch,
    parse_source,
)
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import ReadOptions

ENCODINGS = ["utf-8", "utf-16-le", "utf-16-be", "latin-1", "windows-1252"]
LINES = [
    "Fühler-1,2024-05-01T12:00:00Z,21.5",
    'Kühler-2,2024-05-01T12:00:00Z,"x ü"',
    "",
    "Fühler-3,gestern,1",
    '"Zähler\nunten",2024-05-01T12:00:00Z,3',
    "Fühler-4,2024-05-01T12:00:00Z",
]
TEXT = "sensor_id,timestamp,value\n" + "\n".join(LINES * 20) + "\n"
LIMITS = Limits(max_record_bytes=200)


def _dialect(data: bytes, encoding: str) -> DialectSpec:
    return find_dialect(data, ReadOptions(encoding=encoding), complete=True)


def _fed(reader: BatchReader, data: bytes, size: int) -> list[SourceBatch]:
    found = []
    for at in range(0, len(data), size):
        found += reader.feed(data[at : at + size])
    return found


def _reports(
    batches: list[SourceBatch], dialect: DialectSpec, limits: Limits = LIMITS
) -> tuple[int, list[dict[str, Any]]]:
    valid, invalid = 0, []
    for batch in batches:
        span = batch.span
        assert len(batch.data) == span.end - span.start
        outcome = parse_source(
            batch.data,
            dialect,
            limits,
            first_row=span.first_row,
            first_line=span.first_line,
            first_byte=span.start,
        )
        assert outcome.row_count + outcome.invalid_count == span.rows
        valid += outcome.row_count
        invalid += outcome.invalid_rows.to_pylist()
    return valid, invalid


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("batch_bytes", "size"), [(1, 1), (1, 4096), (300, 7), (1 << 20, 1 << 20)])
def test_reports_refer_to_the_file_in_every_encoding(
    encoding: str, batch_bytes: int, size: int
) -> None:
    data = TEXT.encode(encoding)
    dialect = _dialect(data, encoding)
    assert dialect.data_start == len(TEXT.partition("\n")[0].encode(encoding)) + len(
        "\n".encode(encoding)
    )
    reader = BatchReader(EncodedSplitter(dialect, LIMITS, batch_bytes))
    batches = _fed(reader, data[dialect.data_start :], size) + reader.finish()
    assert all(data[b.span.start : b.span.end] == b.data for b in batches)
    valid, invalid = _reports(batches, dialect)
    assert valid == 20
    assert len(invalid) == 80
    for row in invalid:
        raw = row["raw"].encode(encoding)
        assert data[row["byte_offset"] : row["byte_offset"] + len(raw)] == raw
        assert row["line"] == TEXT[: TEXT.index(row["raw"])].count("\n") + 1 or row["row"] > 5


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_going_on_elsewhere_gives_the_same_batches(encoding: str) -> None:
    data = TEXT.encode(encoding)
    dialect = _dialect(data, encoding)

    def cut(at: Position | None, size: int) -> list[tuple[Position, Any]]:
        cutter = EncodedSplitter(dialect, LIMITS, 300, at=at)
        found = []
        begin = dialect.data_start if at is None else at.byte
        for start in range(begin, len(data), size):
            spans = cutter.feed(data[start : start + size])
            found += [(cutter.position, span) for span in spans]
        return found + [(cutter.position, span) for span in cutter.finish()]

    whole = cut(None, 64)
    assert len(whole) > 5
    for n, (position, _) in enumerate(whole[:-1]):
        if position.batch == n + 1:
            assert [s for _, s in cut(position, 64)] == [s for _, s in whole[n + 1 :]]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_line_that_is_too_long_takes_bounded_memory(encoding: str) -> None:
    row = "Fühler,2024-05-01,1\n"
    text = row + "ü" * 300_000 + "\n" + row * 2
    data = text.encode(encoding)
    dialect = DialectSpec(header=False, encoding=encoding)
    cutter = EncodedSplitter(dialect, LIMITS, 1000)
    cutter.reach = 2000  # what is held beyond is let go
    reader = BatchReader(cutter)
    found, most = [], 0
    for at in range(0, len(data), 1000):
        found += reader.feed(data[at : at + 1000])
        most = max(most, sum(len(kept) for _, kept in reader._kept))
        most = max(most, sum(len(piece.text) for piece in cutter._pieces))
    found += reader.finish()
    assert most < 20_000
    valid, invalid = _reports(found, dialect)
    assert valid == 3
    assert [(r["row"], r["line"], r["code"]) for r in invalid] == [(2, 2, "record_too_long")]
    assert invalid[0]["byte_offset"] == len(row.encode(encoding))
    last = found[-1].span
    assert (last.first_row, last.first_line, last.rows) == (3, 3, 2)
    assert data[last.start : last.end].decode(encoding) == row * 2


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_damaged_file_ends_with_its_last_whole_line(encoding: str) -> None:
    text = "a,2024-05-01,1\nb,2024-05-01,2\nc,2024-05-01,33"
    dialect = DialectSpec(header=False, encoding=encoding)
    for damaged, rows in ((True, 2), (False, 3)):
        reader = BatchReader(EncodedSplitter(dialect, LIMITS, 1000, whole_lines=True))
        batches = _fed(reader, text.encode(encoding), 5) + reader.finish(damaged=damaged)
        assert _reports(batches, dialect) == (rows, [])


def test_lone_surrogates_cost_their_rows() -> None:
    text = "a,2024-05-01,1\nb\ud83d,2024-05-01,2\nc,2024-05-01,\udf21\nd,2024-05-01,4"
    data = text.encode("utf-16-le", "surrogatepass") + b"5"
    dialect = find_dialect(data, ReadOptions(), complete=True)
    assert dialect.encoding == "utf-16-le"
    reader = BatchReader(EncodedSplitter(dialect, LIMITS, 1))
    batches = _fed(reader, data, 3) + reader.finish()
    valid, invalid = _reports(batches, dialect)
    assert valid == 1
    assert [(r["row"], r["code"], r["byte_offset"]) for r in invalid] == [
        (2, "sensor_id_encoding", 30),
        (3, "value_format", 62),
        (4, "value_format", 92),
    ]
