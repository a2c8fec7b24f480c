"""The record of a container follows from those of its members.

After each change of a member (its end, replay or deletion) the container is computed again. The
`revision` of its record counts the changes of all members that were read. So neither the order nor
the number of writers matters: the record with the highest revision holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.file_fields import MemberSummary
from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from schemas.file_state import Terminal
from sinks.base import Sink, SinkBatch
from sinks.clickhouse.client import Database
from sinks.queries.containers import MemberTotals, member_totals, members_sensor_count
from sinks.queries.files import file_by_id

# Revisions below this one are of containers that are not summed up yet.
_FIRST_SUM: Final = 2
_ERROR_LENGTH: Final = 1000


@dataclass(frozen=True, slots=True)
class SummedUp:
    """A container that is terminal, and whether its record was written just now."""

    record: FileRecord
    is_new: bool


class Containers:
    """Sums up containers.

    Args:
        clock: the time in UTC.
    """

    def __init__(self, sink: Sink, database: Database, clock: Callable[[], datetime]) -> None:
        self._sink, self._database, self._clock = sink, database, clock

    async def sum_up(self, parent_id: str) -> SummedUp | None:
        """Bring the record of a container up to date; None if it is not unpacked, still waits for a
        member, or is deleted.

        Raises:
            Unavailable: the same call may be made again.
        """
        # Before the members: a generation that begins in between outranks what is written here.
        record = await file_by_id(self._database, parent_id)
        if record is None or record.member_count is None:
            return None
        found = await member_totals(self._database, parent_id)
        revision = _FIRST_SUM + found.changes
        is_waiting = record.status == "waiting"
        if found.waiting if is_waiting else found.unread:
            if is_waiting:
                await self._sink.write(SinkBatch.of(self._progress(record, found)))
            return None
        if not is_waiting and record.revision >= revision:
            return SummedUp(record, is_new=False)
        sensors = await members_sensor_count(self._database, parent_id) if found.statuses else 0
        now, begun = self._clock(), record.requested_at or record.upload_time
        status, error = status_of_members(found, record.damage)
        ended = record.summed_up(
            status,
            _summary(found, sensors),
            revision=revision,
            error=error,
            finished_at=now,
            processing_ms=max(0, round((now - begun).total_seconds() * 1000)),
        )
        await self._sink.write(SinkBatch.of(ended))
        return SummedUp(ended, is_new=True)

    def _progress(self, record: FileRecord, found: MemberTotals) -> FileProgress:
        return FileProgress(
            file_id=record.file_id,
            generation=record.generation,
            batches_done=max(0, (record.member_count or 0) - found.waiting),
            batches_total=record.member_count,
            rows_done=found.record_count,
            updated_at=self._clock(),
        )


def status_of_members(found: MemberTotals, damage: str | None) -> tuple[Terminal, str | None]:
    """Status and error of a container, by those of its members; `damage` is why it could not be
    unpacked to its end."""
    count = sum(found.statuses.values())
    processed, failed = found.statuses.get("processed", 0), found.statuses.get("failed", 0)
    if damage is None and processed == count:
        return "processed", None
    status: Terminal = "failed" if failed == count else "partial"
    parts = [damage] if damage is not None else []
    if failed:
        named = "; ".join(f"{name}: {error}" for name, error in found.failed)
        more = f"; and {failed - len(found.failed)} more" if failed > len(found.failed) else ""
        parts.append(f"{failed} of {count} members failed: {named}{more}")
    return status, "; ".join(parts)[:_ERROR_LENGTH] or None


def _summary(found: MemberTotals, sensors: int) -> MemberSummary:
    return MemberSummary(
        statuses=found.statuses,
        row_count=found.row_count,
        invalid_count=found.invalid_count,
        record_count=found.record_count,
        missing_count=found.missing_count,
        excluded_count=found.excluded_count,
        sensor_count=sensors,
        min_value=found.min_value,
        max_value=found.max_value,
        codes=found.codes,
    )
