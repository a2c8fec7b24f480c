"""All invalid rows of a file as CSV, as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from math import inf

from rows.invalid.csv_export import MEMBER_COLUMNS, header, write_rows
from schemas.corrections import RowFilter
from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database
from sinks.queries import file_by_id, invalid_rows_stream, rows_of_container
from sinks.queries.container_rows import by_member


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
    wanted: float = record.invalid_count or 0
    if only.code is not None:
        wanted = record.codes.get(only.code, 0)
    if only.column is not None or only.text:  # how many there are is not known
        wanted = inf
    if text:
        yield text.encode()
    # Details of rows above the limit are not kept, so fewer rows than counted are no error.
    if count < wanted:
        now = await file_by_id(database, record.file_id)
        if now is None or now.live_generation != record.live_generation:
            raise ConnectionAbortedError(f"{record.file_id} changed while it was exported")


async def export_rows_of_members(
    database: Database, container: FileRecord, only: RowFilter
) -> AsyncIterator[bytes]:
    """The invalid rows of the members of a container, in its order: as those of a file, with
    `MEMBER_COLUMNS`.

    Raises:
        ConnectionAbortedError: the container changed meanwhile, so that rows may be missing.
    """
    yield header(MEMBER_COLUMNS).encode()
    async for found in rows_of_container(database, container.file_id, rows=only):
        for member, rows in by_member(found):
            of = (member.file_id, member.member or "")
            yield write_rows(rows, member.dialect, of).encode()
    now = await file_by_id(database, container.file_id)
    if now is None or now.revision != container.revision:
        raise ConnectionAbortedError(f"{container.file_id} changed while it was exported")
