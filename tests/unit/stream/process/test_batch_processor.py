"""How many invalid rows of a file get a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, cast

import pytest

from rows.sniff.head import find_dialect
from rows.split.encoded_splitter import EncodedSplitter
from schemas.events import FileUploaded, ObjectRef
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from schemas.tables import Table
from storage.base import ObjectStore
from stream.process.batch_processor import BatchLimits, BatchProcessor, row_batch
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import DrainSignal
from stream.runtime.retry import Retry
from tests.harness.memory_sink import MemorySink

NO_STORE = cast("ObjectStore", None)
KEPT = 100
COLUMNS = 20


class Stored:
    """Counts what is stored of a file, as the database does."""

    def __init__(self, sink: MemorySink) -> None:
        self._sink = sink
        self.questions = 0

    async def count_invalid_rows(self, file_id: str, generation: int, *, below_row: int) -> int:
        del file_id, generation
        self.questions += 1
        return sum(row["row"] < below_row for row in self._sink.rows(Table.INVALID_ROWS))


def content(layout: str, records: int, value: str) -> bytes:
    """A file whose values are all the same."""
    if layout == "long":
        return (
            b"sensor_id,timestamp,value\n" + f"a,2026-03-01T00:00:00Z,{value}\n".encode() * records
        )
    names = ",".join(f"s{n}" for n in range(COLUMNS))
    cells = ",".join([value] * COLUMNS)
    return (f"time,{names}\n" + f"2026-03-01T00:00:00Z,{cells}\n" * records).encode()


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a file."""

    rows_of_batches: list[int]
    invalid: int
    reports: int
    questions: int


async def processed(layout: str, records: int, value: str) -> Processed:
    data = content(layout, records, value)
    options: dict[str, Any] = (
        {"timestamp_column": ["time"], "value_column": ["*"]} if layout == "wide" else {}
    )
    file = FileUploaded(
        file_id="f",
        source="upload",
        raw=ObjectRef(bucket="raw-files", key="raw/f"),
        filename="f.csv",
        size_bytes=len(data),
        sha256="0" * 64,
        upload_time=datetime(2026, 3, 2, tzinfo=UTC),
        options=ReadOptions(layout=cast("Any", layout), **options),
        batch_bytes=len(data) // 10,
    )
    dialect = find_dialect(data, file.options, complete=True, limits=Limits(), filename="f.csv")
    cutter = EncodedSplitter(dialect, Limits(), file.batch_bytes)
    spans = cutter.feed(data[dialect.data_start :]) + cutter.finish()
    sink, cpu_pool = MemorySink(), CpuPool(1)
    stored = Stored(sink)
    processor = BatchProcessor(
        cpu_pool=cpu_pool,
        sink=sink,
        counts=stored,
        store=NO_STORE,
        bucket="raw-files",
        retry=Retry(DrainSignal()),
        limits=BatchLimits(Limits(), max_stored_invalid_rows=KEPT),
    )
    invalid = 0
    for span in spans:
        batch = row_batch(file, dialect, span)
        ((result, _),) = await processor.results([(batch, data[span.start : span.end])])
        invalid += result.invalid_count
    cpu_pool.close()
    return Processed(
        [span.rows for span in spans],
        invalid,
        len(sink.rows(Table.INVALID_ROWS)),
        stored.questions,
    )


@pytest.mark.parametrize(("layout", "records"), [("long", 400), ("wide", 20)])
async def test_reports_of_a_file_end_soon_after_the_limit(layout: str, records: int) -> None:
    found = await processed(layout, records, "x")
    per_record = COLUMNS if layout == "wide" else 1
    largest = max(found.rows_of_batches) * per_record
    assert len(found.rows_of_batches) > 5
    assert found.invalid == records * per_record
    assert KEPT <= found.reports < KEPT + largest


async def test_it_is_not_asked_again_how_many_there_are_once_there_are_enough() -> None:
    found = await processed("long", 400, "x")
    before = sum(rows <= KEPT for rows in accumulate(found.rows_of_batches))
    assert found.questions <= len(found.rows_of_batches) - before
    assert found.questions < 4


async def test_of_a_file_without_invalid_rows_it_is_never_asked() -> None:
    found = await processed("long", 400, "1.5")
    assert (found.invalid, found.reports, found.questions) == (0, 0, 0)
    assert len(found.rows_of_batches) > 5
