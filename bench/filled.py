"""Files as the product would have written them: inserted through its sink, and sealed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from schemas.arrow import SENSOR_RESULTS
from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from schemas.file_state import Terminal
from schemas.tables import Table
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.count_seals import CountSeals
from sinks.seals import seal_changes
from sinks.total_seals import TotalSeals

SENSORS_OF_A_FILE: Final = 10
SENSORS: Final = 1_000
ROWS_OF_A_SENSOR: Final = 100
# Files of an insert.
_AT_ONCE: Final = 10_000
# One file a minute from each of a hundred gateways; the last one a minute before the bench.
_GATEWAYS: Final = 100
_APART: Final = timedelta(seconds=0.6)
# After which a seal is read, and what is new before it is not looked at again.
_SETTLED_SECONDS: Final = 18.0


class FilledFiles:
    """`count` files with results, none of which exist yet.

    Args:
        until: when the last one was uploaded.
    """

    def __init__(self, count: int, *, until: datetime | None = None) -> None:
        self.count: Final = count
        self._start = (until or datetime.now(UTC) - timedelta(minutes=1)) - count * _APART

    def uploaded_at(self, number: int) -> datetime:
        """When file `number` was uploaded."""
        return self._start + number * _APART

    def file_id(self, number: int) -> str:
        """A UUID of version 7 that sorts by the time of its upload, as those of the API do."""
        milliseconds = int(self.uploaded_at(number).timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | 0x2 << 62 | number
        return str(uuid.UUID(int=value))

    def record(self, number: int) -> FileRecord:
        """The terminal record of file `number`; one of 50 is partial, one of 97 failed."""
        moment = self.uploaded_at(number)
        file_id = self.file_id(number)
        status, invalid = _status(number)
        took = 40 + number * 31 % 997
        return replace(
            _ENDED[status],
            file_id=file_id,
            raw=ObjectRef.model_construct(bucket="raw-files", key=f"raw/{file_id}"),
            filename=f"gateway-{number % _GATEWAYS:02d}-{number:07d}.csv",
            size_bytes=30_000 + number * 7919 % 10_007,
            sha256=f"{number:064x}",
            upload_time=moment,
            recorded_at=moment + timedelta(milliseconds=took),
            finished_at=moment + timedelta(milliseconds=took),
            processing_ms=took,
            invalid_count=invalid,
            codes={"value_format": invalid} if invalid else {},
        )

    def results(self, first: int, last: int) -> pa.Table:
        """Results of the files from `first` up to, but not including, `last`."""
        files = [n for n in range(first, last) if _status(n)[0] != "failed"]
        numbers = np.repeat(np.array(files, dtype=np.int64), SENSORS_OF_A_FILE)
        sensor = np.tile(np.arange(SENSORS_OF_A_FILE), len(files))
        rows = len(numbers)
        begin = int(self._start.timestamp() * 1_000_000)
        moments = begin + numbers * (_APART // timedelta(microseconds=1))
        low = -5.0 + (numbers * 13 + sensor * 5) % 40 / 8
        values = {
            "file_id": pa.array([self.file_id(n) for n in files for _ in range(SENSORS_OF_A_FILE)]),
            "generation": np.ones(rows, np.int64),
            "sensor_id": pa.array(
                [f"s{n:05d}" for n in ((numbers * 7 + sensor) % SENSORS).tolist()]
            ),
            "row_count": np.full(rows, ROWS_OF_A_SENSOR, np.int64),
            "min_value": low,
            "max_value": low + 40,
            "sum_hi": ROWS_OF_A_SENSOR * (low + 20.1),
            "sum_lo": np.full(rows, 1e-14),
            "first_timestamp": moments,
            "first_value": low + 20,
            "first_row": 1 + sensor,
            "last_timestamp": moments + 59_000_000,
            "last_value": low + 21,
            "last_row": 991 + sensor,
            "missing_count": np.zeros(rows, np.int64),
            "excluded_count": np.zeros(rows, np.int64),
        }
        columns = [
            pa.array(values[field.name]).cast(field.type)
            if not isinstance(values[field.name], pa.Array)
            else values[field.name].cast(field.type)
            for field in SENSOR_RESULTS
        ]
        return pa.table(columns, schema=SENSOR_RESULTS)

    async def write(self, url: str) -> None:
        """Write all of them, results before records, as workers do."""
        sink = ClickHouseSink(url, timeout=300)
        try:
            for first, last in self._chunks():
                await sink.write(SinkBatch(Table.SENSOR_RESULTS, self.results(first, last)))
                records = [self.record(number) for number in range(first, last)]
                await sink.write(SinkBatch.of(*records))
        finally:
            await sink.close()

    async def write_sealed(self, url: str) -> None:
        """As `write`, and seal them; then wait until readers use the seals."""
        await self.write(url)
        await seal_everything(url)
        await asyncio.sleep(_SETTLED_SECONDS)
        await seal_everything(url)
        await asyncio.sleep(_SETTLED_SECONDS / 4)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        for first in range(0, self.count, _AT_ONCE):
            yield first, min(first + _AT_ONCE, self.count)


async def seal_everything(url: str) -> None:
    """Seal all that is in the log, one seal after the other. Readers are right some seconds later."""
    database = Database(url, timeout=300)
    try:
        for chain in (TotalSeals(), CountSeals()):
            while await seal_changes(database, chain, wait=0) is not None:
                pass
    finally:
        await database.close()


def _status(number: int) -> tuple[Terminal, int]:
    if number % 97 == 96:
        return "failed", 3
    return ("partial", 1 + number % 9) if number % 50 == 49 else ("processed", 0)


def _ended(status: Terminal) -> FileRecord:
    """A file without a name, whose status this is."""
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    upload = FileUploaded(
        file_id=str(uuid.UUID(int=0)),
        source="upload",
        raw=ObjectRef(bucket="raw-files", key="raw"),
        filename="a.csv",
        size_bytes=1,
        sha256=f"{0:064x}",
        upload_time=moment,
        batch_bytes=8 << 20,
    )
    valid = status != "failed"
    return FileRecord.from_upload(upload, recorded_at=moment).terminal(
        status,
        finished_at=moment,
        processing_ms=1,
        row_count=ROWS_OF_A_SENSOR * SENSORS_OF_A_FILE if valid else 0,
        sensor_count=SENSORS_OF_A_FILE if valid else 0,
        min_value=-5.0 if valid else None,
        max_value=40.0 if valid else None,
        batches=1,
    )


_ENDED: Final[Mapping[Terminal, FileRecord]] = {
    status: _ended(status) for status in ("processed", "partial", "failed")
}
