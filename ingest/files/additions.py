"""What documents say of files beside what their records say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.file_document import Corrections
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.notices import Notice
from sinks.clickhouse.client import Database
from sinks.queries import any_corrections, corrections_of, member_statuses, progress_of
from sinks.queries.overlaps import any_overlaps, overlap_notices

# Seconds for which an empty table of corrections or overlaps is not queried again: most installations
# have none, and each query takes about as much processor time as that of a page.
# Overlaps are found up to a minute after the end of a file in any case.
_CORRECTIONS_SECONDS: Final = 1.0
_OVERLAPS_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Addition:
    """What is said of one file beside its record.

    Attributes:
        progress: of the generation that waits.
        corrections: of its invalid rows by other files.
        member_statuses: how many members have each status, of a container that waits.
        overlap: the notice about readings of earlier files.
    """

    progress: FileProgress | None = None
    corrections: Corrections | None = None
    member_statuses: Mapping[str, int] | None = None
    overlap: Notice | None = None


NOTHING: Final = Addition()


class _Any:
    """Whether the database has any rows of a kind; once it has, it is not asked again."""

    def __init__(
        self, ask: Callable[[], Awaitable[bool]], seconds: float, clock: Callable[[], float]
    ) -> None:
        self._ask, self._seconds, self._clock = ask, seconds, clock
        self._none_until = float("-inf")
        self._found = False

    async def are_there(self) -> bool:
        if self._found:
            return True
        now = self._clock()
        if now < self._none_until:
            return False
        if await self._ask():
            self._found = True
        elif not self._found:
            self._none_until = now + self._seconds
        return self._found

    def found(self) -> None:
        """There are some from now on."""
        self._found = True


class Additions:
    """Reads what documents add to records.

    Args:
        clock: seconds that only go up.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._corrections = _Any(lambda: any_corrections(database), _CORRECTIONS_SECONDS, clock)
        self._overlaps = _Any(lambda: any_overlaps(database), _OVERLAPS_SECONDS, clock)

    def corrected(self) -> None:
        """Rows of a file were corrected by this process: the next document shows it."""
        self._corrections.found()

    async def of(
        self, records: Sequence[FileRecord], progress: Mapping[str, FileProgress] | None = None
    ) -> dict[str, Addition]:
        """What documents add to each of `records`, by file_id.

        Args:
            progress: how far files are, if that is known already.
        """
        waiting = [r.file_id for r in records if r.status == "waiting"]
        members = [
            r.file_id for r in records if r.container is not None and r.shown_status == "waiting"
        ]
        database = self._database
        found_progress, corrections, statuses, overlaps = await asyncio.gather(
            progress_of(database, waiting if progress is None else ()),
            self._corrections_of([r.file_id for r in records if r.invalid_count]),
            member_statuses(database, members),
            self._overlaps_of([r for r in records if r.row_count]),
        )
        progress = found_progress if progress is None else progress
        return {
            r.file_id: Addition(
                progress.get(r.file_id),
                corrections.get(r.file_id),
                statuses.get(r.file_id),
                overlaps.get(r.file_id),
            )
            for r in records
        }

    async def _corrections_of(self, file_ids: Sequence[str]) -> Mapping[str, Corrections]:
        if not file_ids or not await self._corrections.are_there():
            return {}
        return await corrections_of(self._database, file_ids)

    async def _overlaps_of(self, records: Sequence[FileRecord]) -> Mapping[str, Notice]:
        if not records or not await self._overlaps.are_there():
            return {}
        return await overlap_notices(self._database, records)
