"""The background tasks of an API process, built from its services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from broker.admin import ensure_topics
from broker.marker import KafkaMemory
from ingest.background.inbox_scanner import EVERY_SECONDS, EVERY_SECONDS_NOTIFIED, Inbox
from ingest.background.reconciler import Pace, Reconciler
from ingest.dependencies import Services
from runtime.supervise import Run
from schemas.file_record import FileRecord, FileState
from sinks.base import SinkBatch
from sinks.queries import dead_letter_keys, file_states, waiting_files


def background_tasks(services: Services) -> dict[str, Run]:
    """What runs as long as the process does, by name."""
    tasks: dict[str, Run] = {
        "reconciler": make_reconciler(services).run,
        "purger": services.removal.run,
        "change feed": services.watch.run,
        "key usage": services.keys.run,
        "upload cleaner": services.resumable.run,
    }
    if (inbox := make_inbox(services)) is not None:
        tasks["inbox"] = partial(inbox.run, scan_seconds(services))
    return tasks


@dataclass(frozen=True, slots=True)
class _StoredFiles:
    services: Services

    async def waiting(self, before: datetime, limit: int) -> Sequence[FileRecord]:
        return await waiting_files(self.services.database, before=before, limit=limit)

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        return await file_states(self.services.database, file_ids)

    async def write(self, record: FileRecord) -> None:
        await self.services.sink.write(SinkBatch.of(record))


def make_reconciler(services: Services) -> Reconciler:
    """The reconciler of an API process."""
    settings = services.settings
    servers = settings.bootstrap_servers
    return Reconciler(
        files=_StoredFiles(services),
        publisher=services.publisher,
        ensure=lambda: ensure_topics(
            servers,
            settings.kafka_replication_factor,
            settings.topics,
            security=settings.kafka_security,
        ),
        memory=KafkaMemory(servers, settings.kafka_security),
        store=services.store,
        bucket=settings.bucket,
        pace=Pace(settings.reconcile_after_seconds, settings.reconcile_every_seconds),
    )


def make_inbox(services: Services) -> Inbox | None:
    """The inbox of an API process; None if no bucket is configured."""
    settings, database = services.settings, services.database
    if settings.inbox_bucket is None:
        return None
    return Inbox(
        store=services.store,
        bucket=settings.inbox_bucket,
        states=lambda file_ids: file_states(database, file_ids),
        rejected=lambda keys: dead_letter_keys(database, "empty_file", keys),
        publisher=services.publisher,
        after=settings.reconcile_after_seconds if settings.inbox_arn else 0,
    )


def scan_seconds(services: Services) -> float:
    """How often the inbox is scanned."""
    settings = services.settings
    default = EVERY_SECONDS_NOTIFIED if settings.inbox_arn else EVERY_SECONDS
    return settings.inbox_every_seconds or default
