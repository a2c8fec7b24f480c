"""The background tasks of an API process, built from its services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from broker.admin import ensure_topics
from broker.marker import KafkaIdentity
from broker.watch import BrokerWatch
from ingest.background.container_sums import ContainerSums
from ingest.background.inbox_scanner import EVERY_SECONDS, EVERY_SECONDS_NOTIFIED, InboxScanner
from ingest.background.overlaps import LEASE_SECONDS as OVERLAP_LEASE_SECONDS
from ingest.background.overlaps import TASK as OVERLAPS
from ingest.background.overlaps import OverlapSearch
from ingest.background.reconciler import Pace, Reconciler
from ingest.background.retention import TASK as RETENTION
from ingest.dependencies import Dependencies, allowed_addresses, mail_sender, process_name
from ingest.files.bulk import TASK as BULK
from ingest.webhooks.notifier import LEASE_SECONDS, Notifier
from ingest.webhooks.notifier import TASK as NOTIFIER
from ingest.webhooks.sender import Sender
from runtime.supervise import Run
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.instants import utc_now
from sinks import count_seals, total_seals
from sinks.base import SinkBatch
from sinks.leases import Lease
from sinks.overlaps import Overlaps
from sinks.queries import dead_letter_keys, file_states, stale_containers, waiting_files
from storage.local_objects import LocalObjects


def background_tasks(deps: Dependencies) -> dict[str, Run]:
    """What runs as long as the process does, by name."""
    tasks: dict[str, Run] = {
        "reconciler": make_reconciler(deps).run,
        "purger": deps.purger.run,
        RETENTION: deps.retention.run,
        "change feed": deps.change_feed.run,
        "container sums": make_container_sums(deps).run,
        BULK: deps.bulk.run,
        "key usage": deps.keys.run,
        "upload cleaner": deps.resumable.run,
        total_seals.TASK: total_seals.TotalSealer(deps.database).run,
        count_seals.TASK: count_seals.CountSealer(deps.database).run,
        NOTIFIER: make_notifier(deps).run,
    }
    if (inbox := make_inbox(deps)) is not None:
        tasks["inbox"] = partial(inbox.run, scan_seconds(deps))
    if deps.settings.readings:
        tasks[OVERLAPS] = make_overlap_search(deps).run
    return tasks


@dataclass(frozen=True, slots=True)
class _StoredFiles:
    deps: Dependencies

    async def waiting(self, before: datetime, limit: int) -> Sequence[FileRecord]:
        return await waiting_files(self.deps.database, before=before, limit=limit)

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        return await file_states(self.deps.database, file_ids)

    async def write(self, record: FileRecord) -> None:
        await self.deps.sink.write(SinkBatch.of(record))


def make_reconciler(deps: Dependencies) -> Reconciler:
    """The reconciler of an API process."""
    settings = deps.settings
    servers = settings.bootstrap_servers
    return Reconciler(
        files=_StoredFiles(deps),
        publisher=deps.publisher,
        ensure=lambda: ensure_topics(
            servers,
            settings.kafka_replication_factor,
            settings.topics,
            security=settings.kafka_security,
        ),
        watch=BrokerWatch(servers),
        memory=KafkaIdentity(servers, settings.kafka_security),
        store=deps.store,
        bucket=settings.bucket,
        pace=Pace(settings.reconcile_after_seconds, settings.reconcile_every_seconds),
    )


def make_notifier(deps: Dependencies) -> Notifier:
    """What sends messages to webhooks."""
    settings = deps.settings
    return Notifier(
        database=deps.database,
        lease=_lease(deps, NOTIFIER, LEASE_SECONDS),
        sender=Sender(allowed_addresses(settings), settings.webhook_seconds, mail_sender(settings)),
        clock=utc_now,
        first_retry=settings.webhook_retry_seconds,
    )


def make_overlap_search(deps: Dependencies) -> OverlapSearch:
    """What finds readings that overlap those of earlier files."""
    # Its statements may take as long as those of exports.
    overlaps = Overlaps(deps.exports_database)
    lease = _lease(deps, OVERLAPS, OVERLAP_LEASE_SECONDS)
    return OverlapSearch(due=overlaps.due, mine=lease.take, look=overlaps.look)


def _lease(deps: Dependencies, name: str, seconds: float) -> Lease:
    """A lease of this process. One that is started again at the same address goes on with what the
    one before it did."""
    return Lease(deps.database, name, process_name(deps.settings), seconds)


def make_container_sums(deps: Dependencies) -> ContainerSums:
    """What sums containers up that lag their members."""
    return ContainerSums(
        stale=lambda since: stale_containers(deps.database, since=since),
        sum_up=deps.containers.sum_up,
        clock=utc_now,
    )


def make_inbox(deps: Dependencies) -> InboxScanner | None:
    """The inbox of an API process; None if no bucket is configured."""
    settings, database = deps.settings, deps.database
    if settings.inbox_bucket is None:
        return None
    return InboxScanner(
        store=deps.store,
        bucket=settings.inbox_bucket,
        states=lambda file_ids: file_states(database, file_ids),
        rejected=lambda keys: dead_letter_keys(database, "empty_file", keys),
        publisher=deps.publisher,
        after=settings.reconcile_after_seconds if settings.inbox_arn else 0,
        folder_times=deps.store.folder_times if isinstance(deps.store, LocalObjects) else None,
    )


def scan_seconds(deps: Dependencies) -> float:
    """How often the inbox is scanned."""
    settings = deps.settings
    default = EVERY_SECONDS_NOTIFIED if settings.inbox_arn else EVERY_SECONDS
    return settings.inbox_every_seconds or default
