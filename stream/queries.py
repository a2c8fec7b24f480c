"""What the stream asks the database; answers come in one query each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from schemas.file_document import MAX_INVALID_ROWS, MAX_SENSORS
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from sinks.clickhouse.client import Database
from sinks.queries.container_rows import first_rows_of_container
from sinks.queries.containers import (
    KnownMember,
    known_members,
    members_per_sensor_count,
    members_with_bytes,
)
from sinks.queries.dead_letters import RecentEnds, recent_ends
from sinks.queries.details import (
    generations_with_results,
    invalid_row_number,
    invalid_rows_page,
    per_sensor_count,
    stored_invalid_rows,
)
from sinks.queries.files import file_by_id, file_states
from sinks.queries.resubmissions import live_resubmissions
from sinks.queries.suspects import suspect_deaths
from stream.file_status import FileKey
from stream.runtime.limit import CODE, PREFIX, WINDOW_SECONDS


class StreamQueries:
    """The queries of `sinks.queries`, bound to a database. All raise `Unavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file_states(self, file_ids: Collection[str]) -> dict[str, FileState]:
        return await file_states(self._database, file_ids)

    async def file(self, file_id: str) -> FileRecord | None:
        return await file_by_id(self._database, file_id)

    async def known_members(self, parent_id: str) -> dict[str, KnownMember]:
        return await known_members(self._database, parent_id)

    async def members_per_sensor_count(self, parent_id: str, limit: int) -> dict[str, int]:
        return await members_per_sensor_count(self._database, parent_id, limit)

    async def first_rows_of_container(self, parent_id: str) -> list[dict[str, Any]]:
        return await first_rows_of_container(self._database, parent_id, MAX_INVALID_ROWS)

    async def resubmissions(self, file_id: str) -> list[str]:
        return await live_resubmissions(self._database, file_id)

    async def members_with_bytes(
        self, parent_id: str, sha256: str, before: tuple[datetime, str]
    ) -> Sequence[FileRecord]:
        return await members_with_bytes(self._database, parent_id, sha256, before)

    async def count_invalid_rows(self, file_id: str, generation: int, *, below_row: int) -> int:
        return await stored_invalid_rows(self._database, file_id, generation, before_row=below_row)

    async def invalid_row_number(self, file_id: str, generation: int, *, nth: int) -> int | None:
        return await invalid_row_number(self._database, file_id, generation, nth=nth)

    async def first_invalid_rows(self, file_id: str) -> list[dict[str, Any]]:
        return await invalid_rows_page(self._database, file_id, limit=MAX_INVALID_ROWS)

    async def worker_errors(self) -> RecentEnds:
        return await recent_ends(self._database, code=CODE, prefix=PREFIX, seconds=WINDOW_SECONDS)

    async def suspect_deaths(self) -> dict[str, int]:
        return await suspect_deaths(self._database)

    async def with_results(self, keys: Collection[FileKey]) -> set[FileKey]:
        return await generations_with_results(self._database, keys)

    async def per_sensor_count(self, file_id: str) -> dict[str, int]:
        return await per_sensor_count(self._database, file_id, MAX_SENSORS)
