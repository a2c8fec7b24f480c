"""All readings of a processed file, as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from dryrun.pool import ExportPool
from dryrun.request import EngineSettings, ExportRequest, Form
from ingest.files.lifecycle import still_waiting
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
        Problem: 409, the file is not processed yet.
    """
    if record.live_generation == 0:
        raise still_waiting(record.file_id)
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


async def _nothing() -> AsyncIterator[bytes]:
    no_chunks: tuple[bytes, ...] = ()
    for chunk in no_chunks:
        yield chunk
