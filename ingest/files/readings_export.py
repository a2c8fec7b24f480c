"""All readings of processed files, as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from dryrun.pool import ExportPool
from dryrun.request import EngineSettings, ExportedFile, ExportRequest, Form
from ingest.files.lifecycle import check_raw
from runtime.settings import ApiSettings
from schemas.events import DialectSpec
from schemas.file_record import FileRecord
from storage.base import ObjectStore

_CHUNK_BYTES = 1 << 20

_File = tuple[ExportedFile, AsyncIterator[bytes]]


async def export_readings(
    pool: ExportPool,
    store: ObjectStore,
    settings: ApiSettings,
    records: AsyncIterator[FileRecord],
    *,
    to: Form,
    sensor_id: str | None,
    begin: datetime | None,
    end: datetime | None,
) -> AsyncIterator[bytes]:
    """The readings of the generations that `records` show, file by file, read again from the raw
    bytes. Memory does not grow with the number of files.

    Raises:
        Problem: 410, raw bytes were removed; before anything else if they are those of the first file.
        ObjectMissing: likewise, if an object is missing or was replaced.
    """
    files = _files(store, records)
    first = await anext(files, None)
    request = ExportRequest(
        to=to,
        sensor_id=sensor_id,
        begin=begin,
        end=end,
        engine=EngineSettings.model_validate(settings),
    )
    async for chunk in pool.stream(_with_first(first, files), request):
        yield chunk


async def _files(store: ObjectStore, records: AsyncIterator[FileRecord]) -> AsyncIterator[_File]:
    first = True
    async for record in records:
        if record.row_count:
            check_raw(record)
            if first:
                # Asked before the answer begins, so that it can say why there is none.
                await store.stat(record.raw)
                first = False
            dialect = record.dialect or DialectSpec(header=False)
            file = ExportedFile(dialect=dialect, row_count=record.row_count)
            yield file, store.stream(record.raw, _CHUNK_BYTES)


async def _with_first(first: _File | None, others: AsyncIterator[_File]) -> AsyncIterator[_File]:
    if first is not None:
        yield first
    async for file in others:
        yield file
