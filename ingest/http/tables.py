"""Lists as CSV: all items, page after page, as a stream."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import orjson
from fastapi.responses import StreamingResponse

from ingest.http.negotiation import CSV_TYPE
from ingest.http.responses import started_stream
from rows.invalid.spreadsheet import defuse

# Items of a page that is read for a table.
PAGE: Final = 1000
CSV_HEADER: Final = f"{CSV_TYPE}; charset=utf-8; header=present"
FILE_COLUMNS: Final = (
    "file_id", "filename", "status", "upload_time", "processing_ms", "size_bytes", "sha256",
    "generation", "row_count", "min_value", "max_value", "sensor_count", "invalid_count",
    "record_count", "missing_count", "excluded_count", "profile", "parent_id", "duplicate_of", "error",
)  # fmt: skip
SENSOR_COLUMNS: Final = (
    "sensor_id", "row_count", "min_value", "max_value", "mean_value", "first_timestamp",
    "first_value", "last_timestamp", "last_value", "missing_count", "excluded_count",
)  # fmt: skip

# A page of a list as JSON, after a cursor.
ReadPage = Callable[[str | None], Awaitable[bytes]]


async def csv_answer(
    name: str, columns: Sequence[str], read: ReadPage, cursor: str | None
) -> StreamingResponse:
    """Everything from a cursor on as a CSV file. Text that a spreadsheet takes for a formula is
    preceded by an apostrophe."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return await started_stream(_lines(columns, read, cursor), CSV_HEADER, headers)


async def _lines(
    columns: Sequence[str], read: ReadPage, cursor: str | None
) -> AsyncIterator[bytes]:
    head: list[Sequence[Any]] = [columns]
    while True:
        page = orjson.loads(await read(cursor))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(head + [[_cell(item, name) for name in columns] for item in page["items"]])
        yield text.getvalue().encode()
        head, cursor = [], page["next_cursor"]
        if cursor is None:
            return


def _cell(item: dict[str, Any], name: str) -> Any:
    # Counts and extremes of a file are in its aggregations.
    value = item.get(name, (item.get("aggregations") or {}).get(name))
    return defuse(value) if isinstance(value, str) else value
