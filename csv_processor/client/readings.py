"""Readings of a file, as tables of the libraries that people use."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import pyarrow.parquet as parquet

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Readings:
    """Readings in the order of their file: columns `sensor_id`, `timestamp` (UTC, microseconds) and
    `value` (float64)."""

    def __init__(self, data: IO[bytes]) -> None:
        self._data = data

    def to_arrow(self) -> pyarrow.Table:
        """A table of pyarrow."""
        self._data.seek(0)
        return parquet.read_table(self._data)

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame of pandas (the extra `client`)."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """A DataFrame of Polars (the extra `client`)."""
        import polars

        self._data.seek(0)
        return polars.read_parquet(self._data)
