"""Brings tables, topics and bucket to what this version needs. Doing it again changes nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from broker.admin import ensure_topics, missing_topics
from runtime.pauses import growing, until
from runtime.retry import retry
from runtime.settings import ServiceSettings
from schemas.errors import Unavailable
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.clickhouse.migrations import migrate as migrate_tables
from sinks.clickhouse.migrations import problems
from sinks.clickhouse.reader_user import ensure_reader
from storage.factory import open_store, s3_access
from storage.s3_admin import make_inbox

_LOG = logging.getLogger(__name__)
# How long a service may take to come up, and the pauses between tries.
_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
# A migration may copy a table.
_STATEMENT_SECONDS = 3600


def migrate_all(settings: ServiceSettings, seconds: float = _SECONDS) -> None:
    """`migrate`, for a caller without an event loop."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    asyncio.run(migrate(settings, seconds))


async def migrate(settings: ServiceSettings, seconds: float = _SECONDS) -> None:
    """Make tables, topics and buckets, waiting up to `seconds` for the services.

    Raises:
        Unavailable: a service did not come in time; what is missing can be made by another call.
        MigrationChanged: a migration reads differently than when it was applied.
        Refused: the database rejects a statement.
    """
    database = Database(settings.clickhouse_url, threads=1, timeout=_STATEMENT_SECONDS)
    store = open_store(settings)
    try:
        deadline = time.monotonic() + seconds
        steps: list[Callable[[], Awaitable[object]]] = [
            lambda: _migrate_database(database, settings.clickhouse_reader_password),
            lambda: ensure_topics(
                settings.bootstrap_servers,
                settings.kafka_replication_factor,
                settings.topics,
                security=settings.kafka_security,
            ),
            lambda: store.ensure_bucket(settings.bucket),
        ]
        access, inbox, arn = s3_access(settings), settings.inbox_bucket, settings.inbox_arn
        if access is not None and inbox:
            steps.append(lambda: asyncio.to_thread(make_inbox, access, inbox, arn))
        # All are tried to the end, so that one that is unavailable does not keep the others from it.
        ends = await asyncio.gather(
            *(_until(deadline, step) for step in steps), return_exceptions=True
        )
        for end in ends:
            if isinstance(end, BaseException):
                raise end
    finally:
        await database.close()
        await store.close()


def check_all(settings: ServiceSettings) -> list[str]:
    """`check`, for a caller without an event loop."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return asyncio.run(check(settings))


async def check(settings: ServiceSettings) -> list[str]:
    """What `migrate` would change, and services that do not answer, in sentences. Nothing is
    changed."""
    database = Database(settings.clickhouse_url, threads=1)
    store = open_store(settings)

    async def no_bucket(bucket: str) -> list[str]:
        await store.ping(bucket)
        return []

    steps = [
        problems(database),
        missing_topics(settings.bootstrap_servers, settings.topics, settings.kafka_security),
        no_bucket(settings.bucket),
    ]
    if settings.inbox_bucket and s3_access(settings) is not None:
        steps.append(no_bucket(settings.inbox_bucket))
    try:
        found = []
        for end in await asyncio.gather(*steps, return_exceptions=True):
            if isinstance(end, Refused):
                found.append(f"The database rejects a statement: {end}")
            elif isinstance(end, Unavailable):
                found.append(f"The {end.service.noun} cannot be used: {end.reason}.")
            elif isinstance(end, BaseException):
                raise end
            else:
                found += end
        return found
    finally:
        await database.close()
        await store.close()


async def _migrate_database(database: Database, reader_password: str | None) -> None:
    await migrate_tables(database)
    if reader_password:
        await ensure_reader(database, reader_password)


async def _until(deadline: float, step: Callable[[], Awaitable[object]]) -> None:
    """Try `step` until it succeeds; at the deadline its error is passed on."""

    async def failed(exc: Unavailable) -> None:
        if isinstance(exc, Refused):
            raise exc
        _LOG.info("waiting: %s", exc)

    await retry(step, until(deadline, growing(_FIRST_PAUSE, _LONGEST_PAUSE)), failed=failed)
