"""Readings of a file, as tables of the libraries that people use."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as parquet

if TYPE_CHECKING:
    import pandas
    import polars

_CHUNK_BYTES: Final = 1 << 20


class Readings:
    """Readings in the order of their file: columns `sensor_id`, `timestamp` (UTC, microseconds) and
    `value` (float64)."""

    def __init__(self, data: IO[bytes]) -> None:
        self._data = data

    def to_arrow(self) -> pa.Table:
        """A table of pyarrow."""
        # Arrow's threads may still hold what they read when the process ends. An object of Python can
        # not be given up then, and the process would abort: apache/arrow issue 34314.
        copy = pa.BufferOutputStream()
        self._data.seek(0)
        while chunk := self._data.read(_CHUNK_BYTES):
            copy.write(chunk)
        return parquet.read_table(pa.BufferReader(copy.getvalue()))

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame of pandas (the extra `client`)."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """A DataFrame of Polars (the extra `client`)."""
        import polars

        self._data.seek(0)
        return polars.read_parquet(self._data)
