"""A migrated database on a cluster of two shards, which are one embedded engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from schemas.tables import Table
from sinks.clickhouse.client import Database
from sinks.clickhouse.cluster import local_name
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.one_node_cluster import CLUSTER, DATABASE
from tests.harness.services import Service, clickhouse_cluster, database_url
from tests.integration.cluster.again import TestedDatabase


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one that lives as long as the tests."""
    service: Service = clickhouse_cluster(tmp_path_factory.mktemp("cluster"), shards=2)
    service.start()
    url = f"{database_url(service.port, DATABASE)}?cluster={CLUSTER}"

    async def prepare() -> None:
        database = Database(url)
        await migrate(database)
        await database.close()

    try:
        asyncio.run(prepare())
        yield url
    finally:
        service.kill()


@pytest.fixture
async def database(migrated: str) -> AsyncIterator[Database]:
    """That database, with nothing in it."""
    opened = TestedDatabase(migrated)
    for kept in Table:
        await opened.command(f"SYSTEM STOP MERGES {opened.name}.{kept}")
    filled = await opened.query(
        "SELECT DISTINCT table FROM system.parts WHERE active AND database = currentDatabase()"
    )
    for row in filled:
        table = row["table"].removesuffix(local_name(""))
        if table != "schema_migrations":
            await opened.command(f"TRUNCATE TABLE {table}")
    yield opened
    await opened.close()


@pytest.fixture
async def sink(database: Database) -> AsyncIterator[ClickHouseSink]:
    """What writes to it."""
    opened = ClickHouseSink(database.url)
    yield opened
    await opened.close()
