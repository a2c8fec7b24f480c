"""One stack for all tests of this folder; who kills a part of it starts it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import Stack


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("ingest"))
    try:
        asyncio.run(stack.start())
        yield stack
    finally:
        stack.kill()


@pytest.fixture
def stack(running: Stack) -> Stack:
    """The stack with everything up."""
    return running


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with stack.client() as opened:
        yield opened


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[Database]:
    opened = stack.open_database()
    yield opened
    await opened.close()


@pytest.fixture
async def sink(stack: Stack) -> AsyncIterator[ClickHouseSink]:
    opened = ClickHouseSink(stack.env["CLICKHOUSE_URL"])
    yield opened
    await opened.close()
