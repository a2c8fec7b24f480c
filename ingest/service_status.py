"""What an operator asks of the whole service, in one document.

It answers when services are down, too: a section that cannot be read is null, and the part that is
not ready says why.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from broker.groups import lag
from ingest.cache.totals import Totals
from ingest.readiness_checks import Disk, database_disks, folder_disk, local_folder
from ingest.workers import Workers
from runtime.fresh import Fresh
from runtime.readiness import Readiness
from runtime.settings import ApiSettings
from runtime.supervise import Supervisor
from runtime.version import VERSION
from schemas.errors import Unavailable
from schemas.file_document import timestamp
from schemas.instants import utc_now
from schemas.topics import (
    ANNOUNCED,
    BATCHES,
    INLINE,
    NOTIFICATIONS,
    PARTIALS,
    UPLOADED,
    WORKER_GROUP,
)
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.queries import file_list, files_page
from sinks.queries.dead_letters import letter_counts

T_ = TypeVar("T_")

_LOG = logging.getLogger(__name__)
# What a section may cost is asked for once in so many seconds, however many pages show it.
_SECONDS: Final = 2.0
# A section that takes longer is left out: the page shows what there is.
_SECTION_SECONDS: Final = 4.0
# What workers read.
_READ: Final = frozenset(
    t.name for t in (ANNOUNCED, INLINE, NOTIFICATIONS, UPLOADED, BATCHES, PARTIALS)
)


class ServiceStatus:
    """The status of the service as an API process sees it."""

    def __init__(
        self,
        *,
        settings: ApiSettings,
        readiness: Readiness,
        workers: Workers,
        database: Database,
        totals: Totals,
        tasks: Supervisor,
    ) -> None:
        self._settings, self._readiness, self._workers = settings, readiness, workers
        self._database, self._totals, self._tasks = database, totals, tasks
        self._lag = Fresh(self._read_lag, _SECONDS)
        self._files = Fresh(self._read_files, _SECONDS)
        self._letters = Fresh(self._read_letters, _SECONDS)
        self._disks = Fresh(self._read_disks, _SECONDS)

    async def document(self) -> dict[str, Any]:
        """As the API answers it."""
        (_, ready), workers, waiting, files, letters, disks = await asyncio.gather(
            self._readiness.document(),
            _or_none(self._read_workers()),
            _or_none(self._lag.get()),
            _or_none(self._files.get()),
            _or_none(self._letters.get()),
            _or_none(self._disks.get()),
        )
        return {
            **ready,
            "version": VERSION,
            "checked_at": timestamp(utc_now()),
            "lost_tasks": self._tasks.lost(),
            "workers": workers,
            "lag": waiting,
            **(files or {"files": None, "oldest_waiting": None}),
            "dead_letters": letters,
            "disks": disks,
        }

    async def _read_workers(self) -> list[dict[str, Any]]:
        return [
            {"name": state.name, "ready": state.reason is None, "reason": state.reason}
            for state in await self._workers.states()
        ]

    async def _read_lag(self) -> dict[str, int]:
        partitions = {t.name: t.partitions for t in self._settings.topics if t.name in _READ}
        return await lag(
            self._settings.bootstrap_servers,
            WORKER_GROUP,
            partitions,
            self._settings.kafka_security,
        )

    async def _read_files(self) -> dict[str, Any]:
        counts, oldest = await asyncio.gather(
            self._totals.counts(),
            files_page(
                self._database,
                file_list(
                    status="waiting", with_members=True, sort="upload_time", descending=False
                ),
                limit=1,
            ),
        )
        names = ("files", "waiting", "processed", "partial", "failed")
        return {
            "files": {name: counts[name] for name in names},
            "oldest_waiting": next(
                (_waiting(r.file_id, r.filename, r.upload_time) for r in oldest.items), None
            ),
        }

    async def _read_letters(self) -> dict[str, Any]:
        counts = await letter_counts(self._database)
        last = counts.last_received_at
        return {
            "total": counts.total,
            "not_announced": counts.not_announced,
            "last_received_at": None if last is None else timestamp(last),
        }

    async def _read_disks(self) -> list[dict[str, Any]]:
        disks: list[Disk] = []
        try:
            disks += await database_disks(self._database)
        except Refused:
            # Free space is shown to clients with access only.
            _LOG.debug("the disks of the database are not shown to this user")
        folder: Path | None = local_folder(self._settings)
        if folder is not None:
            disks.append(await asyncio.to_thread(folder_disk, folder))
        return [
            {
                "name": disk.name,
                "free_bytes": disk.free_bytes,
                "total_bytes": disk.total_bytes,
                "full": disk.full,
            }
            for disk in disks
        ]


def _waiting(file_id: str, filename: str, since: datetime) -> Mapping[str, Any]:
    seconds = max(0.0, (utc_now() - since).total_seconds())
    return {
        "file_id": file_id,
        "filename": filename,
        "upload_time": timestamp(since),
        "waiting_seconds": round(seconds, 3),
    }


async def _or_none(section: Awaitable[T_]) -> T_ | None:
    """What a section reads; None if its service is unavailable or too slow."""
    try:
        async with asyncio.timeout(_SECTION_SECONDS):
            return await section
    except Unavailable as exc:
        _LOG.info("a section of the status cannot be read: %s", exc.reason)
    except (Refused, TimeoutError, OSError) as exc:
        _LOG.info("a section of the status cannot be read: %s", exc or type(exc).__name__)
    return None
