"""Files of readings: canonical CSV, Parquet and Arrow, written as the readings come."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

import pyarrow as pa

from dryrun.request import Form
from rows.readings_text import HEADER, readings_csv

_COLUMNS: Final = pa.schema(
    [
        pa.field("sensor_id", pa.string(), nullable=False),
        pa.field("timestamp", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)
# Rows that a row group of Parquet has at least, but for the last one.
_GROUP_ROWS: Final = 1 << 16


class Writer(Protocol):
    """Where readings go."""

    def write(self, readings: pa.RecordBatch) -> None:
        """Readings (`rows.schema.READINGS`) in the order of the file."""

    def close(self) -> None:
        """Nothing follows."""


class CsvWriter:
    """Canonical CSV."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        to.write(HEADER)

    def write(self, readings: pa.RecordBatch) -> None:
        self._to.write(readings_csv(readings))

    def close(self) -> None:
        self._to.flush()


class ParquetWriter:
    """Parquet with a row group for each batch, or for many small files: each takes room in the footer."""

    def __init__(self, to: BinaryIO) -> None:
        import pyarrow.parquet as pq

        self._to = to
        self._writer = pq.ParquetWriter(pa.PythonFile(to, mode="w"), _COLUMNS)
        self._waiting: list[pa.Table] = []

    def write(self, readings: pa.RecordBatch) -> None:
        if readings.num_rows:
            table = pa.Table.from_batches([readings]).select(_COLUMNS.names)
            self._waiting.append(table.cast(_COLUMNS))
        if sum(table.num_rows for table in self._waiting) >= _GROUP_ROWS:
            self._group()

    def _group(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting = []

    def close(self) -> None:
        self._group()
        self._writer.close()
        self._to.flush()


class ArrowWriter:
    """A stream of Arrow (IPC) with a batch for each batch."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self._writer = pa.ipc.new_stream(pa.PythonFile(to, mode="w"), _COLUMNS)

    def write(self, readings: pa.RecordBatch) -> None:
        if readings.num_rows:
            table = pa.Table.from_batches([readings]).select(_COLUMNS.names)
            self._writer.write_table(table.cast(_COLUMNS))

    def close(self) -> None:
        self._writer.close()
        self._to.flush()


def writer_of(form: Form, to: BinaryIO) -> Writer:
    """The writer of a form."""
    writers: dict[Form, Callable[[BinaryIO], Writer]] = {
        "csv": CsvWriter,
        "parquet": ParquetWriter,
        "arrow": ArrowWriter,
    }
    return writers[form](to)
