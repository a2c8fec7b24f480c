"""A database front per module, with a migrated database that is emptied for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from schemas.tables import Table
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.services import Service, clickhouse, database_url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that no test kills."""
    service = clickhouse(tmp_path_factory.mktemp("clickhouse"))
    service.start()
    yield service
    service.kill()


@pytest.fixture
def url(server: Service, tmp_path: Path) -> str:
    """A database of the test's own that does not exist yet."""
    return database_url(server.port, f"t_{tmp_path.name}")


@pytest.fixture(scope="module")
def migrated(server: Service) -> str:
    """A migrated database."""

    async def prepare(url: str) -> None:
        database = Database(url)
        await migrate(database)
        await database.close()

    url = database_url(server.port, "migrated")
    asyncio.run(prepare(url))
    return url


@pytest.fixture
async def database(migrated: str) -> AsyncIterator[Database]:
    """That database, with nothing in it. No merge runs in it: nothing may rest on one."""
    opened = Database(migrated)
    for table in Table:
        await opened.command(f"SYSTEM STOP MERGES {opened.name}.{table}")
    filled = await opened.query(
        "SELECT name FROM system.tables WHERE database = {name:String}"
        " AND engine LIKE '%MergeTree' AND name != 'schema_migrations'",
        {"name": opened.name},
    )
    for row in filled:
        await opened.command(f"TRUNCATE TABLE {row['name']}")
    yield opened
    await opened.close()


@pytest.fixture
async def sink(database: Database) -> AsyncIterator[ClickHouseSink]:
    """What writes to it."""
    opened = ClickHouseSink(database.url)
    yield opened
    await opened.close()
