"""What retention does to a file, step by step: each is harmless if it is done twice, or beside a
replay or deletion of the same file.

Raw bytes and results go by a record that is decided in the order of the log of operations: a file of
which a replay began in the meantime is left alone, and none begins afterwards. The purger completes
what a process that ended left undone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from ingest.files.lifecycle import Lifecycle
from schemas.errors import Unavailable
from schemas.file_record import FileRecord
from schemas.tables import Table
from sinks.clickhouse.client import Database
from sinks.clickhouse.purge import delete_generations
from sinks.file_operations import CurrentRecords, FileOperations
from sinks.queries import with_ends
from sinks.queries.retention import members_with

_LOG = logging.getLogger(__name__)
# How long a round waits for an object to go; the purger continues after it.
_REMOVAL_SECONDS: Final = 5.0


class Records(CurrentRecords, Protocol):
    """What is asked of the database, and written to it (`sinks.file_repository`)."""

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        ...


class RawRemover(Protocol):
    """Removes raw objects (`ingest.background.purger`)."""

    async def of_raw(self, record: FileRecord) -> bool:
        """Remove the raw bytes of a file whose record says so."""
        ...


class FileRetention:
    """Removes raw bytes, readings or results of files.

    Args:
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        files: Records,
        operations: FileOperations,
        lifecycle: Lifecycle,
        purger: RawRemover,
        database: Database,
        clock: Callable[[], datetime],
    ) -> None:
        self._files, self._operations, self._lifecycle = files, operations, lifecycle
        self._purger, self._database, self._clock = purger, database, clock

    async def remove_results(self, record: FileRecord) -> bool:
        """Delete a file with all that is stored of it; whether it was as `record` says.

        Raises:
            Unavailable: it may be deleted nevertheless.
        """
        deleted = await self._operations.change(
            self._files, record, lambda now: now.deletion(recorded_at=self._clock())
        )
        if deleted is None:
            return False
        await self._lifecycle.finish_deletion(deleted)
        return True

    async def remove_raw(self, record: FileRecord) -> bool:
        """Remove the raw bytes of a file, and of the members of a container; whether it was as
        `record` says.

        Raises:
            Unavailable: they may be removed nevertheless.
        """
        (ended,) = await with_ends(self._database, [record])
        begun = await self._operations.change(
            self._files, ended, lambda _: ended.without_raw(recorded_at=self._clock())
        )
        if begun is None:
            return False
        try:
            async with asyncio.timeout(_REMOVAL_SECONDS):
                await self._purger.of_raw(begun)
        except (Unavailable, TimeoutError) as exc:
            _LOG.warning("raw bytes of %s will be removed later: %s", begun.file_id, exc)
        return True

    async def remove_readings(self, records: Sequence[FileRecord]) -> None:
        """Remove the stored readings of files, and of the members of containers.

        Only readings of the generation that each record shows, and earlier ones: a replay that began
        in the meantime stores its own, and its record holds.

        Raises:
            Unavailable: they may be removed nevertheless.
        """
        files: list[FileRecord] = []
        for record in records:
            if record.container is not None:
                files += await members_with(self._database, record, "readings", ())
            files.append(record)
        below = {one.file_id: one.live_generation + 1 for one in files if one.container is None}
        if below:
            await delete_generations(self._database, below, (Table.READINGS,))
        now = self._clock()
        ended = await with_ends(self._database, files)
        await asyncio.gather(
            *(self._files.write(one.without_readings(recorded_at=now)) for one in ended)
        )
