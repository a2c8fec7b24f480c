"""What the API's calls work with, put together once at the start."""

from __future__ import annotations

import socket
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from broker.producer import KafkaAccess, KafkaPublisher
from dryrun.forks import ForkServer
from dryrun.pool import ComparisonPool, DryRunPool, ExportPool
from ingest.auth.api_keys import ApiKeyStore
from ingest.background.change_feed import ChangeFeed
from ingest.background.purger import Purger, StoredPurgeableFiles
from ingest.background.retention import LEASE_SECONDS as RETENTION_SECONDS
from ingest.background.retention import TASK as RETENTION
from ingest.background.retention import Retention
from ingest.cache.results import Results
from ingest.cache.store import Cache, RedisCache
from ingest.cache.totals import Totals
from ingest.dead_letters import DeadLetterOffice
from ingest.files.additions import Additions
from ingest.files.bulk import BulkOperations
from ingest.files.lifecycle import Lifecycle
from ingest.files.resubmission import Resubmissions
from ingest.files.retention import FileRetention
from ingest.http.request_metrics import FileFigures
from ingest.profiles.service import Profiles
from ingest.readiness_checks import checks
from ingest.service_status import ServiceStatus
from ingest.sql_reader import SqlReader
from ingest.uploads.rollback import UploadRollback
from ingest.uploads.service import Uploads
from ingest.uploads.tus import ResumableUploads
from ingest.webhooks.addresses import Allowed, networks_of
from ingest.webhooks.mail import MailSender, MailServer
from ingest.webhooks.service import Webhooks
from ingest.workers import Workers
from runtime.readiness import Readiness, service_checks
from runtime.settings import ApiSettings
from runtime.supervise import Supervisor
from schemas.errors import Service
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.containers import Containers
from sinks.duplicates import Duplicates
from sinks.file_operations import FileOperations
from sinks.file_repository import FileRepository
from sinks.group_commit import GroupCommit
from sinks.leases import Lease
from sinks.operation_log import OperationLog
from sinks.profile_catalog import ProfileCatalog
from sinks.profile_log import ProfileLog
from sinks.queries.live_file_lists import LiveFileLists
from sinks.queries.matching_counts import CachedCounts
from storage.base import ObjectStore
from storage.factory import open_store

# What an upload cannot be answered without. A store that is unavailable is found out by the upload.
NEEDED = (Service.KAFKA, Service.CLICKHOUSE)
_DATABASE_THREADS = 4
_DATABASE_SECONDS = 20
# Streams that are read at the same moment, and seconds until the first bytes of one.
_EXPORTS, _EXPORT_SECONDS = 4, 600
# Lists and streams may take long; the readiness check must not wait for them.
_PING_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The clients of one API process, and what is made of them."""

    settings: ApiSettings
    store: ObjectStore
    database: Database
    sink: ClickHouseSink
    pinging: Database
    keys_database: Database
    exports_database: Database
    change_feed: ChangeFeed
    additions: Additions
    file_lists: LiveFileLists
    matching_counts: CachedCounts
    results: Results
    totals: Totals
    cache: Cache
    publisher: KafkaPublisher
    rollback: UploadRollback
    uploads: Uploads
    forks: ForkServer
    dry_runs: DryRunPool
    comparisons: ComparisonPool
    exports: ExportPool
    lifecycle: Lifecycle
    containers: Containers
    resubmissions: Resubmissions
    bulk: BulkOperations
    purger: Purger
    retention: Retention
    profiles: ProfileCatalog
    own_profiles: Profiles
    webhooks: Webhooks
    resumable: ResumableUploads
    readiness: Readiness
    keys: ApiKeyStore
    figures: FileFigures
    tasks: Supervisor
    status: ServiceStatus
    dead_letters: DeadLetterOffice
    sql: SqlReader

    async def close(self) -> None:
        """Close everything, in reverse order of dependency."""
        await self.forks.close()
        await self.rollback.close()
        await self.keys.flush()
        await self.keys_database.close()
        await self.sql.close()
        await self.exports_database.close()
        await self.publisher.close()
        await self.sink.close()
        await self.cache.close()
        await self.pinging.close()
        await self.database.close()
        await self.store.close()


def open_dependencies(settings: ApiSettings) -> Dependencies:
    """Make the clients; none of them connects to anything yet."""
    store = open_store(settings)
    url = settings.clickhouse_url
    database = Database(url, threads=_DATABASE_THREADS, timeout=_DATABASE_SECONDS)
    pinging = Database(url, threads=1, timeout=_PING_SECONDS)
    # Who is let in must not wait for lists and streams either.
    keys_database = Database(url, threads=2, timeout=_PING_SECONDS)
    # An export takes as long as its reader.
    exports_database = Database(url, threads=_EXPORTS, timeout=_EXPORT_SECONDS)
    sink = ClickHouseSink(url, threads=2, timeout=_DATABASE_SECONDS)
    commits = GroupCommit(sink)
    records = FileRepository(commits, database)
    publisher = KafkaPublisher(kafka_access(settings))
    rollback = UploadRollback(store)
    operations = FileOperations(OperationLog(database, utc_now), records)
    purger = Purger(
        files=StoredPurgeableFiles(database, records, operations),
        store=store,
        bucket=settings.bucket,
        inbox=settings.inbox_bucket,
        publisher=publisher,
        after=timedelta(seconds=settings.purge_after_seconds),
        clock=utc_now,
    )
    pings = {
        Service.KAFKA: publisher.ping,
        Service.STORE: lambda: store.ping(settings.bucket),
        Service.CLICKHOUSE: pinging.ping,
    }
    workers = Workers(settings)
    readiness = Readiness([*service_checks(pings), *checks(settings, store, pinging, workers)])
    tasks = Supervisor()
    containers = Containers(commits, database, utc_now)
    profile_log = ProfileLog(database, utc_now)
    profiles = ProfileCatalog(profile_log)
    lifecycle = Lifecycle(
        files=records,
        sum_up=containers.sum_up,
        operations=operations,
        store=store,
        publisher=publisher,
        purger=purger,
        profiles=profiles,
        clock=utc_now,
    )
    retention = Retention(
        rules=settings.retention_rules,
        files=FileRetention(
            files=records,
            operations=operations,
            lifecycle=lifecycle,
            purger=purger,
            database=database,
            clock=utc_now,
        ),
        database=database,
        lease=Lease(database, RETENTION, process_name(settings), RETENTION_SECONDS),
        ours=[bucket for bucket in (settings.bucket, settings.inbox_bucket) if bucket],
        quiet=timedelta(seconds=settings.purge_after_seconds),
        clock=utc_now,
    )
    cache = Cache(settings.cache_bytes, _shared_cache(settings))
    totals = Totals(database, cache)
    uploads = Uploads(
        store=store,
        bucket=settings.bucket,
        records=records,
        publisher=publisher,
        rollback=rollback,
        readings=lifecycle,
        profiles=profiles,
        duplicates=Duplicates(operations, records, utc_now),
        batch_bytes=settings.batch_bytes,
        clock=utc_now,
    )
    additions = Additions(database)
    resubmissions = Resubmissions(
        store=store,
        bucket=settings.bucket,
        database=database,
        sink=commits,
        corrected=additions.corrected,
        records=records,
        publisher=publisher,
        lifecycle=lifecycle,
        operations=operations,
        rollback=rollback,
        batch_bytes=settings.batch_bytes,
        clock=utc_now,
    )
    forks = ForkServer()
    return Dependencies(
        settings=settings,
        store=store,
        database=database,
        sink=sink,
        pinging=pinging,
        keys_database=keys_database,
        exports_database=exports_database,
        change_feed=ChangeFeed(database, additions),
        additions=additions,
        file_lists=LiveFileLists(database),
        matching_counts=CachedCounts(database),
        results=Results(database, cache),
        totals=totals,
        cache=cache,
        publisher=publisher,
        rollback=rollback,
        uploads=uploads,
        forks=forks,
        dry_runs=DryRunPool(forks),
        comparisons=ComparisonPool(forks),
        exports=ExportPool(forks),
        resumable=ResumableUploads(
            store=store,
            bucket=settings.bucket,
            uploads=uploads,
            keep=timedelta(hours=settings.resumable_upload_hours),
            clock=utc_now,
        ),
        lifecycle=lifecycle,
        containers=containers,
        resubmissions=resubmissions,
        bulk=BulkOperations(
            database=database,
            sink=commits,
            lifecycle=lifecycle,
            resubmissions=resubmissions,
            clock=utc_now,
        ),
        purger=purger,
        retention=retention,
        profiles=profiles,
        own_profiles=Profiles(profile_log, profiles),
        webhooks=Webhooks(
            database,
            allowed_addresses(settings),
            utc_now,
            sends_mail=settings.smtp_url is not None,
        ),
        readiness=readiness,
        keys=ApiKeyStore(keys_database, utc_now),
        figures=FileFigures(pinging),
        tasks=tasks,
        status=ServiceStatus(
            settings=settings,
            readiness=readiness,
            workers=workers,
            database=pinging,
            totals=totals,
            tasks=tasks,
        ),
        dead_letters=DeadLetterOffice(database, publisher, lifecycle, utc_now),
        sql=SqlReader(settings.reader_url),
    )


def _shared_cache(settings: ApiSettings) -> RedisCache | None:
    if settings.redis_url is None:
        return None
    database = settings.clickhouse_database
    return RedisCache(settings.redis_url, f"csv-processor {database} 1 ")


def process_name(settings: ApiSettings) -> str:
    """The name that an API process has among others: the same if it is started again at the same
    address."""
    return f"{socket.gethostname()}:{settings.api_port or uuid.uuid4().hex}"


def allowed_addresses(settings: ApiSettings) -> Allowed:
    """Where webhooks may be sent to."""
    return Allowed(networks_of(settings.webhook_networks))


def mail_sender(settings: ApiSettings) -> MailSender | None:
    """What sends e-mails, if there is a mail server."""
    if settings.smtp_url is None:
        return None
    return MailSender(MailServer(settings.smtp_url, settings.smtp_from), settings.webhook_seconds)


def kafka_access(settings: ApiSettings) -> KafkaAccess:
    """How the settings say the broker is reached."""
    return KafkaAccess(
        settings.bootstrap_servers,
        settings.idempotent_producer,
        settings.kafka_replication_factor,
        settings.topics,
        settings.kafka_security,
        settings.kafka_bell_folder,
    )


async def _deps(request: Request) -> Dependencies:
    deps: Dependencies = request.app.state.deps
    return deps


# The services of the app that a call belongs to.
Deps = Annotated[Dependencies, Depends(_deps)]
