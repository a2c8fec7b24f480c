"""Records of files in the database, as uploads need them."""

from __future__ import annotations

from schemas.file_record import FileRecord, FileState
from sinks.base import Sink, SinkBatch
from sinks.batched_lookup import GroupedLookup
from sinks.clickhouse.client import Database
from sinks.queries import (
    file_by_id,
    file_states,
    files_by_content,
    files_by_idempotency_key,
    live_resubmissions,
)


class StoredRecords:
    """Written through `sink`, which puts many into one insert, and read from `database`, where
    many that are asked for at once share a query."""

    def __init__(self, sink: Sink, database: Database) -> None:
        self._sink, self._database = sink, database
        self._by_content: GroupedLookup[tuple[str, str], FileRecord] = GroupedLookup(
            lambda contents: files_by_content(database, contents)
        )
        self._by_key: GroupedLookup[str, FileRecord] = GroupedLookup(
            lambda keys: files_by_idempotency_key(database, keys)
        )

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        await self._sink.write(SinkBatch.of(record))

    async def file(self, file_id: str) -> FileRecord | None:
        """The record that holds, unless the file is deleted."""
        return await file_by_id(self._database, file_id)

    async def state(self, file_id: str) -> FileState | None:
        """The state of a file, deleted ones included."""
        return (await file_states(self._database, [file_id])).get(file_id)

    async def resubmissions(self, file_id: str) -> list[str]:
        """Ids of the files that brought back invalid rows of a file, deleted ones left out."""
        return await live_resubmissions(self._database, file_id)

    async def by_content(self, filename: str, sha256: str) -> FileRecord | None:
        """The first file of that name and content that is not deleted."""
        return await self._by_content.get((sha256, filename))

    async def by_idempotency_key(self, key: str) -> FileRecord | None:
        """The first file that was uploaded with that key and is not deleted."""
        return await self._by_key.get(key)
