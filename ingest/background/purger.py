"""Removal of what is not visible any more: objects of deleted files, raw bytes that retention removed,
rows of deleted files and of
generations that others have taken the place of.

Everything here may be done twice, and stops being done when the record says `purged`. A worker can
be in the middle of a file when it is deleted, so objects are removed at once and again, with the
rows, some minutes later, when everything that was in progress has ended. Readers have the same minutes to
finish what they began to read of a generation that was replaced.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from broker.producer import Publisher
from ingest.uploads.file_ids import oldest_file_id
from runtime.periodic import run_every
from runtime.supervise import for_each
from schemas import object_keys
from schemas.events import FileDropped
from schemas.file_record import FileRecord
from schemas.topics import PARTIALS
from sinks.clickhouse.client import Database
from sinks.clickhouse.purge import ALL_GENERATIONS, delete_generations
from sinks.file_operations import FileOperations
from sinks.file_repository import FileRepository
from sinks.queries import (
    files_to_purge,
    members,
    orphaned_resubmissions,
    others_with_raw,
    with_ends,
)
from sinks.queries.chunks import chunks
from storage.base import AccessDenied, ObjectStore

_LOG = logging.getLogger(__name__)
# Files looked at in one round, and members of a container that are recorded at once.
_MOST = 500
# Files whose objects were removed, so that they are not removed in every round until they are purged.
# Another process may purge them, so the oldest are forgotten: their objects are removed once more.
_REMEMBERED = 20_000
_AT_ONCE = 16
# Its name among the background tasks.
TASK = "purger"
# Seconds from round to round, at the most; while there is nothing to do, so many times as long.
_EVERY = 10.0
_IDLE = 3
# How often failed resubmissions are looked for, and when one has failed: no call that
# brings rows back takes a day.
_ORPHANS_EVERY = 3600.0
_ORPHANS_AFTER = timedelta(days=1)


class _MemberWaits(Exception):  # noqa: N818 - no error
    """A member of a container is being processed, so its bytes are needed."""


class PurgeableFiles(Protocol):
    """Queries and deletions of the database."""

    async def to_purge(
        self, before: datetime, limit: int, after: FileRecord | None
    ) -> Sequence[FileRecord]:
        """See `sinks.queries.files_to_purge`."""
        ...

    async def has_other_with_raw(self, record: FileRecord) -> bool:
        """See `sinks.queries.others_with_raw`."""
        ...

    async def orphans(self, before: datetime) -> Sequence[str]:
        """See `sinks.queries.orphaned_resubmissions`."""
        ...

    def members(self, file_id: str) -> AsyncIterator[list[FileRecord]]:
        """See `sinks.queries.members`."""
        ...

    async def record_without_raw(self, record: FileRecord, *, recorded_at: datetime) -> bool:
        """Record that the raw bytes of a file are removed, unless it is not as `record` says any more."""
        ...

    async def delete_rows(self, below: dict[str, int]) -> None:
        """Delete rows of each file whose generation is below a number."""
        ...

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        ...


class Purger:
    """Removes objects and rows.

    Args:
        bucket: where the product keeps what it writes.
        inbox: the bucket whose objects were handed over to the product, if there is one.
        after: how old a deletion or a replay must be before its rows are deleted.
    """

    def __init__(
        self,
        *,
        files: PurgeableFiles,
        store: ObjectStore,
        bucket: str,
        inbox: str | None,
        publisher: Publisher,
        after: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._files, self._store, self._bucket = files, store, bucket
        # Objects in any other bucket belong to their owner and stay.
        self._ours = {bucket, inbox}
        self._orphans_at = float("-inf")
        self._publisher, self._after, self._clock = publisher, after, clock
        # Deleted files whose objects this process has removed once.
        self._removed: OrderedDict[str, None] = OrderedDict()
        # The last file that was looked at, if the next round has to go on after it.
        self._after_file: FileRecord | None = None
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Round after round."""
        every = min(_EVERY, self._after.total_seconds() / 3)
        await run_every(TASK, self.round, every, _IDLE * every)

    async def delete_members(self, record: FileRecord) -> None:
        """Delete the members of a deleted container; those of any other file are none.

        Raises:
            Unavailable: the database is unavailable; what is left is deleted by a later call.
        """
        if record.parent_id is not None:
            return
        async for some in self._files.members(record.file_id):
            now = self._clock()
            await asyncio.gather(
                *(self._files.write(member.deletion(recorded_at=now)) for member in some)
            )

    async def of_objects(self, record: FileRecord) -> None:
        """Remove every object of a deleted file, and have the workers let go of it. Members of a
        container are deleted, and removed like any file then.

        Raises:
            Unavailable: the store or the broker is unavailable; what is left is removed by a later call.
        """
        await self.delete_members(record)
        ours = record.raw.bucket in self._ours
        if ours and not await self._files.has_other_with_raw(record):
            await self._store.delete(record.raw)
        async for info in self._store.list(
            self._bucket, f"{object_keys.PARTIALS}{record.file_id}/"
        ):
            await self._store.delete(info.ref)
        if record.status == "waiting":
            dropped = FileDropped(file_id=record.file_id, generation=record.generation)
            await self._publisher.publish(PARTIALS, record.file_id, dropped)
        self._remember(record.file_id)

    async def of_raw(self, record: FileRecord) -> bool:
        """Remove the raw bytes of a file whose record says so, and of the members of a container;
        False if a member is being processed, so that they are removed by a later call.

        Of a replay of a member that begins at the same moment and this, one is first in the order of
        the log of operations: the replay is refused, or its bytes are kept until it has ended.

        Raises:
            Unavailable: a service is unavailable; what is left is removed by a later call.
        """
        if not await self._files.has_other_with_raw(record):
            await self._store.delete(record.raw)
        complete = True
        if record.container is not None:
            async for some in self._files.members(record.file_id):
                kept = [one for one in some if one.raw_removed_at is None and one.generation]
                ours = [one for one in kept if one.raw.bucket in self._ours]
                complete = complete and all(one.status != "waiting" for one in kept)
                ended = [one for one in ours if one.status != "waiting"]
                # Their objects are removed like those of any file.
                recorded = await asyncio.gather(*map(self._record_without_raw, ended))
                complete = complete and all(recorded)
        self._remember(record.file_id)
        return complete

    async def _record_without_raw(self, member: FileRecord) -> bool:
        async with self._free:
            return await self._files.record_without_raw(member, recorded_at=self._clock())

    async def _of_gone(self, record: FileRecord) -> None:
        """Remove the objects that a record says are gone."""
        if record.deleted:
            await self.of_objects(record)
        elif not await self.of_raw(record):
            raise _MemberWaits(record.file_id)

    async def round(self) -> int:
        """Do what is due of some files, the oldest or those after the ones of the round before.

        Returns:
            how many are purged now; 1 if none is, and there may be more.

        Raises:
            Unavailable: a service is unavailable; what is left is done by a later round.
        """
        await self._forget_orphans()
        before = self._clock() - self._after
        records = await self._files.to_purge(before, _MOST, self._after_file)
        due = [record for record in records if record.recorded_at < before]
        gone = [
            record
            for record in records
            if (record.deleted or record.raw_removed_at is not None)
            and (record in due or record.file_id not in self._removed)
        ]
        # One object that may not be deleted does not keep the others.
        failed = await for_each(TASK, gone, self._of_gone, expected=(AccessDenied, _MemberWaits))
        kept = {gone[index].file_id for index in failed}
        # However many cannot be removed, those after them are looked at, and then the first again.
        full = len(records) == _MOST
        self._after_file = records[-1] if full and (kept or self._after_file is not None) else None
        due = [record for record in due if record.file_id not in kept]
        if not due:
            return int(full)
        below = {
            r.file_id: ALL_GENERATIONS if r.deleted else r.live_generation
            for r in due
            if r.deleted or r.generation > 1
        }
        if below:
            await self._files.delete_rows(below)
        for record in due:
            await self._files.write(record.purge())
            self._removed.pop(record.file_id, None)
        _LOG.info("purged rows and objects of %d files", len(due))
        return len(due)

    def _remember(self, file_id: str) -> None:
        self._removed[file_id] = None
        if len(self._removed) > _REMEMBERED:
            self._removed.popitem(last=False)

    async def _forget_orphans(self) -> None:
        """Now and then: entries of resubmissions that an API which was killed never made a file of."""
        now = time.monotonic()
        if now - self._orphans_at < _ORPHANS_EVERY:
            return
        old = await self._files.orphans(self._clock() - _ORPHANS_AFTER)
        for some in chunks(old):
            await self._files.delete_rows(dict.fromkeys(some, ALL_GENERATIONS))
        if old:
            _LOG.info("purged the entries of %d failed resubmissions", len(old))
        self._orphans_at = now


@dataclass(frozen=True, slots=True)
class StoredPurgeableFiles:
    """`PurgeableFiles` in ClickHouse."""

    database: Database
    records: FileRepository
    operations: FileOperations

    async def to_purge(
        self, before: datetime, limit: int, after: FileRecord | None
    ) -> Sequence[FileRecord]:
        return await files_to_purge(self.database, before=before, limit=limit, after=after)

    async def has_other_with_raw(self, record: FileRecord) -> bool:
        # Uploaded and inline files, and members of containers, are stored under the file's own id.
        if record.source in ("upload", "inline") or record.parent_id is not None:
            return False
        return await others_with_raw(self.database, record)

    async def orphans(self, before: datetime) -> Sequence[str]:
        return await orphaned_resubmissions(self.database, before, oldest_file_id(before))

    def members(self, file_id: str) -> AsyncIterator[list[FileRecord]]:
        return members(self.database, file_id)

    async def delete_rows(self, below: dict[str, int]) -> None:
        await delete_generations(self.database, below)

    async def record_without_raw(self, record: FileRecord, *, recorded_at: datetime) -> bool:
        (ended,) = await with_ends(self.database, [record])
        changed = await self.operations.change(
            self.records, ended, lambda _: ended.without_raw(recorded_at=recorded_at)
        )
        return changed is not None

    async def write(self, record: FileRecord) -> None:
        await self.records.write(record)
