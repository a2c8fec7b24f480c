"""Builds the worker: clients, handlers and executors, by constructor."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.readiness import Check, Readiness, service_checks
from runtime.settings import WorkerSettings
from schemas import topics
from schemas.errors import Service, Unavailable
from schemas.instants import utc_now
from schemas.limits import ExpansionLimits
from sinks.base import Sink
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from sinks.containers import Containers
from sinks.duplicates import Duplicates
from sinks.fan_out import FanOut
from sinks.file_operations import FileOperations
from sinks.file_repository import FileRepository
from sinks.group_commit import GroupCommit
from sinks.operation_log import OperationLog
from sinks.profile_catalog import ProfileCatalog
from sinks.profile_log import ProfileLog
from storage.base import ObjectStore
from storage.factory import open_store
from stream.agents import Handlers, add_agents
from stream.aggregate.containers import ContainerFinalizer
from stream.aggregate.finalize import FileFinalizer
from stream.aggregate.handler import Aggregate
from stream.aggregate.merge import Merger
from stream.announce import Announce
from stream.dead_letters import DeadLetters
from stream.engine.app import StreamApp
from stream.file_status import GenerationStatusLookup
from stream.new_files import NewFiles
from stream.own_profiles import StreamProfiles
from stream.process.batch_processor import BatchLimits, BatchProcessor
from stream.process.handler import Process
from stream.queries import StreamQueries
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.drain import DrainSignal
from stream.runtime.exit import before_exit
from stream.runtime.guard import Guard
from stream.runtime.journal import Journal
from stream.runtime.limit import FailedFilesLimit
from stream.runtime.retry import Retry
from stream.runtime.stalls import watch_stalls
from stream.runtime.suspects import Suspects
from stream.split.compressed import SplitCompressed
from stream.split.duplicates import DuplicateFiles
from stream.split.large import SplitLarge
from stream.split.members import MemberFiles
from stream.split.publish import SplitPublisher
from stream.split.router import SplitRouter
from stream.split.small import SplitSmall
from stream.split.unpack import Unpack
from stream.tuning import TUNING

_LOG = logging.getLogger(__name__)
# Queries of handlers may take long; the readiness check must not wait for them.
_PING_SECONDS = 3


@asynccontextmanager
async def build_worker(
    stream: StreamApp, settings: WorkerSettings, drain: DrainSignal
) -> AsyncIterator[Readiness]:
    """Give `stream` its agents, with clients that are closed in the end.

    Gives the readiness of the worker and its services.
    """
    store = open_store(settings)
    clickhouse = ClickHouseSink(settings.clickhouse_url)
    database = Database(settings.clickhouse_url)
    pinging = Database(settings.clickhouse_url, threads=1, timeout=_PING_SECONDS)
    cpu_pool = CpuPool()
    journal = _journal(settings)
    stream.tasks.start(
        "watcher of stalls", lambda: watch_stalls(cpu_pool.longest, settings.worker_stall_seconds)
    )
    try:
        retry = _attach(
            stream,
            settings,
            drain,
            store=store,
            sink=FanOut(GroupCommit(clickhouse)),
            queries=StreamQueries(database),
            cpu_pool=cpu_pool,
            database=database,
            journal=journal,
        )
        services = service_checks(
            {
                Service.KAFKA: stream.ping,
                Service.STORE: lambda: store.ping(settings.bucket),
                Service.CLICKHOUSE: pinging.ping,
            }
        )
        yield Readiness([*services, Check("work", retry.check)])
    finally:
        if journal is not None:
            journal.close()
        cpu_pool.close()
        await pinging.close()
        await clickhouse.close()
        await database.close()
        await store.close()


def _journal(settings: WorkerSettings) -> Journal | None:
    """The journal of this process; None, with a warning, if it cannot be kept."""
    try:
        journal = Journal(settings.state_folder)
    except OSError as exc:
        _LOG.warning(
            "WORKER_STATE_DIR=%s cannot be used: %s. A message that ends this process will be tried "
            "again without end.",
            settings.state_folder,
            exc,
        )
        return None
    before_exit(journal.close)
    return journal


def _attach(
    stream: StreamApp,
    settings: WorkerSettings,
    drain: DrainSignal,
    *,
    store: ObjectStore,
    sink: Sink,
    queries: StreamQueries,
    cpu_pool: CpuPool,
    database: Database,
    journal: Journal | None,
) -> Retry:
    """Make the handlers, and give each topic that is read to one of them."""

    async def is_open() -> bool:
        """Whether the store lets us into our own bucket."""
        try:
            await store.ping(settings.bucket)
        except Unavailable:
            return False
        return True

    retry = Retry(drain, is_open=is_open)
    limits = settings.record_limits
    dead_letters = DeadLetters(sink, stream, retry)
    suspects = Suspects(
        journal=journal,
        deaths=queries.suspect_deaths,
        sink=sink,
        retry=retry,
        drain=drain,
        worker=settings.worker_id,
    )
    guard = Guard(
        dead_letters=dead_letters,
        limit=FailedFilesLimit(queries.worker_errors, retry, settings.worker_error_limit),
        drain=drain,
        suspects=suspects,
    )
    batches = BatchProcessor(
        cpu_pool=cpu_pool,
        sink=sink,
        counts=queries,
        store=store,
        bucket=settings.bucket,
        retry=retry,
        limits=BatchLimits(
            limits,
            settings.max_stored_invalid_rows,
            settings.partials_inline_bytes,
            settings.readings,
        ),
    )
    repository = FileRepository(sink, database)
    operations = FileOperations(OperationLog(database, utc_now), repository)
    new_files = NewFiles(
        sink=sink,
        files=repository,
        duplicates=Duplicates(operations, repository, utc_now),
        retry=retry,
        clock=utc_now,
    )
    profiles = StreamProfiles(ProfileCatalog(ProfileLog(database, utc_now)), retry)
    announce = Announce(
        store=store,
        bucket=settings.bucket,
        new_files=new_files,
        files=queries,
        publisher=stream,
        dead_letters=dead_letters,
        retry=retry,
        drain=drain,
        operations=operations,
        profiles=profiles,
        clock=utc_now,
        batch_bytes=settings.batch_bytes,
    )
    containers = ContainerFinalizer(
        sums=Containers(sink, database, utc_now), queries=queries, publisher=stream, retry=retry
    )
    finish = FileFinalizer(
        merger=Merger(store=store, cpu_pool=cpu_pool, retry=retry, drain=drain),
        cpu_pool=cpu_pool,
        sink=sink,
        queries=queries,
        publisher=stream,
        retry=retry,
        clock=utc_now,
        max_stored_invalid_rows=settings.max_stored_invalid_rows,
        containers=containers,
    )
    unpack = Unpack(
        store=store,
        bucket=settings.bucket,
        sink=sink,
        queries=queries,
        members=MemberFiles(
            store=store,
            queries=queries,
            operations=operations,
            publisher=stream,
            fail=finish.fail,
            new_files=new_files,
            retry=retry,
            drain=drain,
            clock=utc_now,
        ),
        operations=operations,
        files=repository,
        publisher=stream,
        finish=containers.finish,
        fail=finish.fail,
        dead_letters=dead_letters,
        retry=retry,
        drain=drain,
        clock=utc_now,
        # On a disk, if the journal is.
        folder=settings.state_folder if journal is not None else None,
        pressed=lambda: suspects.waiting,
    )
    splitting = GenerationStatusLookup(queries, retry)
    split_publisher = SplitPublisher(
        publisher=stream, statuses=splitting, dead_letters=dead_letters, retry=retry
    )
    expansion = ExpansionLimits(settings.max_expanded_bytes, settings.max_expansion_ratio)
    compressed = SplitCompressed(
        store=store,
        batches=batches,
        cpu_pool=cpu_pool,
        limits=limits,
        expansion=expansion,
        profiles=profiles,
        split_publisher=split_publisher,
        retry=retry,
        drain=drain,
        pressed=lambda: suspects.waiting,
    )
    split = SplitRouter(
        small=SplitSmall(
            store=store,
            batches=batches,
            compressed=compressed,
            unpack=unpack,
            cpu_pool=cpu_pool,
            limits=limits,
            profiles=profiles,
            split_publisher=split_publisher,
            retry=retry,
        ),
        large=SplitLarge(
            store=store,
            compressed=compressed,
            unpack=unpack,
            cpu_pool=cpu_pool,
            limits=limits,
            profiles=profiles,
            split_publisher=split_publisher,
            retry=retry,
            drain=drain,
            crowded=lambda: stream.lag().get(topics.BATCHES.name, 0) >= TUNING.backlog,
        ),
        statuses=splitting,
        split_publisher=split_publisher,
        duplicates=DuplicateFiles(
            store=store,
            files=queries,
            profiles=profiles,
            cpu_pool=cpu_pool,
            limits=limits,
            expansion=expansion,
            end=finish.end_duplicate,
            retry=retry,
        ),
        dead_letters=dead_letters,
    )
    process = Process(
        batches=batches,
        store=store,
        statuses=GenerationStatusLookup(queries, retry, keep=2.0),
        publisher=stream,
        dead_letters=dead_letters,
        retry=retry,
    )
    aggregate = Aggregate(
        files=stream.table("files", topics.PARTIALS.partitions),
        sensors=stream.table("sensors", topics.PARTIALS.partitions),
        finish=finish,
        statuses=GenerationStatusLookup(queries, retry),
        sink=sink,
        store=store,
        bucket=settings.bucket,
        dead_letters=dead_letters,
        retry=retry,
        clock=utc_now,
    )

    add_agents(
        stream,
        Handlers(
            announce=announce, split=split, unpack=unpack, process=process, aggregate=aggregate
        ),
        guard=guard,
        drain=drain,
    )
    return retry
