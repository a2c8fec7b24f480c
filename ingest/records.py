"""Records of files in the database, as uploads need them."""

from __future__ import annotations

from schemas.records import FileRecord
from sinks.base import Sink, SinkBatch
from sinks.database import Database
from sinks.queries import file_by_content, file_by_idempotency_key


class StoredRecords:
    """Written through `sink`, which puts many into one insert, and read from `database`."""

    def __init__(self, sink: Sink, database: Database) -> None:
        self._sink, self._database = sink, database

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        await self._sink.write(SinkBatch.of(record))

    async def by_content(self, filename: str, sha256: str) -> FileRecord | None:
        """The first file of that name and content that is not deleted."""
        return await file_by_content(self._database, sha256, filename)

    async def by_idempotency_key(self, key: str) -> FileRecord | None:
        """The first file that was uploaded with that key and is not deleted."""
        return await file_by_idempotency_key(self._database, key)
