"""All readings of a processed file, as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from dryrun.pool import ExportPool
from dryrun.request import EngineSettings, ExportRequest, Form
from ingest.files.lifecycle import check_raw, still_waiting
from runtime.settings import ApiSettings
from schemas.events import DialectSpec
from schemas.file_record import FileRecord
from storage.base import ObjectStore

_CHUNK_BYTES = 1 << 20


def export_readings(
    pool: ExportPool,
    store: ObjectStore,
    settings: ApiSettings,
    record: FileRecord,
    *,
    to: Form,
    sensor_id: str | None,
    begin: datetime | None,
    end: datetime | None,
) -> AsyncIterator[bytes]:
    """The readings of the generation that `record` shows, read again from the file's raw bytes.

    Raises:
        Problem: 409, the file is not processed yet; 410, its raw bytes were removed.
    """
    if record.live_generation == 0:
        raise still_waiting(record.file_id)
    if record.row_count:
        check_raw(record)
    request = ExportRequest(
        dialect=record.dialect or DialectSpec(header=False),
        row_count=record.row_count or 0,
        to=to,
        sensor_id=sensor_id,
        begin=begin,
        end=end,
        engine=EngineSettings.model_validate(settings),
    )
    raw = store.stream(record.raw, _CHUNK_BYTES) if record.row_count else _nothing()
    return pool.stream(raw, request)


async def export_readings_of_members(
    records: AsyncIterator[FileRecord], export: Callable[[FileRecord], AsyncIterator[bytes]]
) -> AsyncIterator[bytes]:
    """The readings of files, one after the other, as one CSV file.

    Args:
        records: the container, which gives the header, and then its members in their order.
        export: the CSV file of one of them.
    """
    is_first = True
    async for record in records:
        if not is_first and not record.row_count:
            continue
        head: bytes | None = None if is_first else b""
        async for chunk in export(record):
            if head is None:
                yield chunk
                continue
            # The header is a line.
            head += chunk
            _, found, rest = head.partition(b"\n")
            if found:
                head = None
                yield rest
        is_first = False


async def _nothing() -> AsyncIterator[bytes]:
    no_chunks: tuple[bytes, ...] = ()
    for chunk in no_chunks:
        yield chunk
