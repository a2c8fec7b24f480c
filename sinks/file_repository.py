"""Records of files in the database, as uploads need them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from schemas.file_record import FileRecord
from schemas.file_state import FileState
from sinks.base import Sink, SinkBatch
from sinks.batched_lookup import DataLoader
from sinks.clickhouse.client import Database
from sinks.queries import (
    KnownUpload,
    UploadIdentity,
    corrected_files,
    file_states,
    files_by_id,
    files_by_idempotency_key,
    files_with_bytes,
    known_uploads,
    live_resubmissions,
    live_resubmissions_of_members,
    members_with_bytes,
    resubmission_ids,
)

# States in one query: what fits a form field.
_MOST_STATES: Final = 1_000


class FileRepository:
    """Written through `sink`, which puts many into one insert, and read from `database`, where
    many that are asked for at once share a query."""

    def __init__(self, sink: Sink, database: Database) -> None:
        self._sink, self._database = sink, database
        self._known: DataLoader[UploadIdentity, KnownUpload] = DataLoader(
            lambda identities: known_uploads(database, identities)
        )
        self._by_key: DataLoader[str, FileRecord] = DataLoader(
            lambda keys: files_by_idempotency_key(database, keys)
        )
        self._with_bytes: DataLoader[str, tuple[FileRecord, ...]] = DataLoader(
            lambda hashes: files_with_bytes(database, hashes)
        )
        self._files: DataLoader[str, FileRecord] = DataLoader(
            lambda ids: files_by_id(database, ids)
        )
        self._states: DataLoader[str, FileState] = DataLoader(
            lambda ids: file_states(database, ids), most=_MOST_STATES
        )
        self._corrected: DataLoader[str, str] = DataLoader(
            lambda ids: corrected_files(database, ids)
        )
        self._resubmissions: DataLoader[str, list[str]] = DataLoader(
            lambda ids: resubmission_ids(database, ids)
        )

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        await self._sink.write(SinkBatch.of(record))

    async def file(self, file_id: str) -> FileRecord | None:
        """The record that holds, unless the file is deleted."""
        return await self._files.get(file_id)

    async def state(self, file_id: str) -> FileState | None:
        """The state of a file, deleted ones included."""
        return await self._states.get(file_id)

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        """The state of each known file, deleted ones included."""
        found = await asyncio.gather(*map(self._states.get, file_ids))
        return {state.file_id: state for state in found if state is not None}

    async def resubmissions(self, file_id: str) -> list[str]:
        """Ids of the files that brought back invalid rows of a file, deleted ones left out."""
        return await live_resubmissions(self._database, file_id)

    async def resubmissions_of_members(self, file_id: str) -> list[str]:
        """The same for the members of a container."""
        return await live_resubmissions_of_members(self._database, file_id)

    async def resubmitted(self, file_id: str) -> list[FileRecord]:
        """Records of the files that brought back invalid rows of a file, deleted ones left out."""
        ids = await self._resubmissions.get(file_id)
        return list((await files_by_id(self._database, ids)).values()) if ids else []

    async def has_resubmissions(self, file_id: str) -> bool:
        """Whether rows of a file were ever entered for another one, which may not exist (any more)."""
        return await self._resubmissions.get(file_id) is not None

    async def family(self, file_id: str) -> str:
        """Id of the file that the rows of a file are of in the first place: of itself, unless it
        brings rows back."""
        first = file_id
        while (corrected := await self._corrected.get(first)) is not None:
            first = corrected
        return first

    async def known(self, identity: UploadIdentity) -> KnownUpload:
        """Whether an upload was seen before."""
        known = await self._known.get(identity)
        assert known is not None
        return known

    async def with_bytes(self, sha256: str) -> tuple[FileRecord, ...]:
        """Some files with these bytes that are no duplicates, the earliest ones."""
        return await self._with_bytes.get(sha256) or ()

    async def members_with_bytes(
        self, parent_id: str, sha256: str, before: tuple[datetime, str]
    ) -> list[FileRecord]:
        """The first members of a container with these bytes, of those before a place (upload_time,
        file_id) in it; whatever became of them, unless they are deleted."""
        return await members_with_bytes(self._database, parent_id, sha256, before)

    async def by_idempotency_key(self, key: str) -> FileRecord | None:
        """The first file that was uploaded with that key and is not deleted."""
        return await self._by_key.get(key)
