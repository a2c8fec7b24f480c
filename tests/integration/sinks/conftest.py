"""A database front per module, and an empty, migrated database per test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from schemas.records import Table
from sinks.clickhouse import ClickHouseSink
from sinks.database import Database
from sinks.migrate import migrate
from tests.integration.ingest.services import Service, clickhouse


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
    return f"http://127.0.0.1:{server.port}/t_{tmp_path.name}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """That database, migrated. No merge runs in it: nothing may rest on one."""
    opened = Database(url)
    await migrate(opened)
    for table in Table:
        await opened.command(f"SYSTEM STOP MERGES {opened.name}.{table}")
    yield opened
    await opened.close()


@pytest.fixture
async def sink(database: Database) -> AsyncIterator[ClickHouseSink]:
    """What writes to it."""
    opened = ClickHouseSink(database.url)
    yield opened
    await opened.close()
