"""Readers of CSV, each set to be as tolerant as it can be, from a file to readings.

Each gives what its library makes of the file as text; what is then taken for a reading is decided
in one place for all of them: the three columns by name, or by position without a header, a sensor
that is not empty, a timestamp and a finite number. The product decides by itself.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.dirty.cases import Reading
from rows.outcome import BatchOutcome
from rows.reader import FileReader
from schemas.limits import Limits
from schemas.read_options import ReadOptions

Reader = Callable[[Path], list[Reading]]
_BATCH_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 20
_NAMES = ("sensor_id", "timestamp", "value")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def readings(table: Iterable[Sequence[Any]]) -> list[Reading]:
    """The readings among rows of text."""
    at: tuple[int, ...] = (0, 1, 2)
    found = []
    for row in table:
        texts = ["" if f is None else str(f).strip() for f in row]
        names = [t.lower().lstrip("# \ufeff") for t in texts]
        if all(name in names for name in _NAMES):
            at = tuple(names.index(name) for name in _NAMES)
            continue
        if len(texts) <= max(at):
            continue
        sensor, moment, value = (texts[k] for k in at)
        try:
            when = datetime.fromisoformat(moment)
            number = float(value.replace(",", "."))
        except ValueError:
            continue
        if sensor and math.isfinite(number):
            when = when.replace(tzinfo=when.tzinfo or UTC)
            found.append((sensor, (when - _EPOCH) // timedelta(microseconds=1), number))
    return found


def product(path: Path) -> list[Reading]:
    """The row engine, as workers and the dry run use it, without options."""
    found: list[Reading] = []
    for outcome in outcomes(path, readings=True):
        assert outcome.readings is not None
        for row in outcome.readings.to_pylist():
            micros = (row["timestamp"] - _EPOCH) // timedelta(microseconds=1)
            found.append((row["sensor_id"], micros, row["value"]))
    return found


def outcomes(
    path: Path, *, readings: bool = False, options: ReadOptions | None = None
) -> Iterator[BatchOutcome]:
    """The outcome of each batch of a file, read as the dry run reads it, in batches as by default."""
    reader = FileReader(options or ReadOptions(), Limits(), _BATCH_BYTES)
    with path.open("rb") as file:
        for batch in reader.batches(iter(partial(file.read, _CHUNK_BYTES), b"")):
            yield reader.parse(batch, readings=readings)


def duckdb_reader(path: Path) -> list[Reading]:
    """DuckDB: everything found out, rejects stored instead of raised."""
    import duckdb

    with duckdb.connect() as connection:
        table = connection.execute(
            "SELECT * FROM read_csv(?, all_varchar=true, store_rejects=true)", [str(path)]
        )
        columns = [d[0] for d in table.description or ()]
        return readings([columns, *table.fetchall()])


def pandas_reader(path: Path) -> list[Reading]:
    """pandas: its Python engine, which finds out the delimiter and skips bad lines."""
    import pandas

    frame = pandas.read_csv(
        path,
        sep=None,
        engine="python",
        dtype=str,
        header=None,
        on_bad_lines="skip",
        encoding_errors="replace",
        keep_default_na=False,
    )
    return readings(frame.itertuples(index=False, name=None))


def polars_reader(path: Path) -> list[Reading]:
    """Polars: errors ignored, ragged lines truncated."""
    import polars

    frame = polars.read_csv(
        path,
        has_header=False,
        infer_schema=False,
        ignore_errors=True,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
    return readings(frame.iter_rows())


def pyarrow_reader(path: Path) -> list[Reading]:
    """pyarrow: line breaks in quotes, rows with other numbers of fields skipped."""
    import pyarrow as pa
    from pyarrow import csv as pacsv

    first = path.read_bytes().split(b"\n", 1)[0].count(b",") + 1
    names = [f"f{k}" for k in range(first)]
    table = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(column_names=names, autogenerate_column_names=False),
        parse_options=pacsv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=lambda _: "skip"
        ),
        convert_options=pacsv.ConvertOptions(column_types={n: pa.string() for n in names}),
    )
    return readings(zip(*(column.to_pylist() for column in table.columns), strict=True))


def csv_reader(path: Path) -> list[Reading]:
    """Python's csv module; with its Sniffer if the default dialect gives nothing."""
    text = path.read_bytes().decode("utf-8-sig", "replace")
    found = readings(csv.reader(io.StringIO(text, newline="")))
    if found:
        return found
    dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t| ")
    return readings(csv.reader(io.StringIO(text, newline=""), dialect))


READERS: dict[str, Reader] = {
    "CSV Processor": product,
    "DuckDB": duckdb_reader,
    "pandas": pandas_reader,
    "Polars": polars_reader,
    "pyarrow": pyarrow_reader,
    "csv module": csv_reader,
}
