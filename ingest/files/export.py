"""All invalid rows of a file as CSV, as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator

from rows.invalid.csv_export import header, write_rows
from schemas.corrections import RowFilter
from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.queries import file_by_id, invalid_rows_stream


async def export_invalid_rows(
    database: Database, record: FileRecord, only: RowFilter
) -> AsyncIterator[bytes]:
    """The invalid rows of the generation that `record` shows, with a header (RFC 4180).

    Raises:
        ConnectionAbortedError: the file was replayed or deleted under a slow reader, and what was
            still to be read may be purged. What was sent is cut off then, so that no client takes it
            for all there is.
    """
    text, count = header(), 0
    async for rows in invalid_rows_stream(database, record, rows=only):
        count += len(rows)
        yield (text + write_rows(rows, record.dialect)).encode()
        text = ""
    wanted = record.invalid_count or 0
    if only.code is not None:
        wanted = record.codes.get(only.code, 0)
    if only.column is not None or only.text:  # how many there are is not known
        wanted = 0
    # Details of rows above the limit are not kept, so fewer rows than counted are no error.
    if count < wanted:
        now = await file_by_id(database, record.file_id)
        if now is None or now.live_generation != record.live_generation:
            raise ConnectionAbortedError(f"{record.file_id} changed while it was exported")
    if text:
        yield text.encode()
