"""The stack under attack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from embedded.stack import Stack
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrate, problems
from tests.integration.embedded.attacks.sql_port import SECRET, Port


@pytest.fixture(scope="package")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    """A migrated database with a row in every closed table. It is complete after all attacks."""
    with Stack(tmp_path_factory.mktemp("attacked"), parts=["clickhouse"]) as stack:
        owner = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
        reader = urlsplit(stack.endpoints["SQL_URL"])

        async def prepare() -> None:
            database = Database(stack.endpoints["CLICKHOUSE_URL"])
            await migrate(database)
            await database.command("INSERT INTO api_keys (key_id, name) VALUES ('k', 'a name')")
            await database.command("CREATE DATABASE other")
            await database.command("CREATE TABLE other.t (a Int8) ENGINE = MergeTree ORDER BY a")
            await database.close()

        asyncio.run(prepare())
        yield Port(
            stack,
            f"http://127.0.0.1:{owner.port}/",
            (owner.username or "", owner.password or ""),
            (reader.username or "", reader.password or ""),
        )

        async def left() -> list[str]:
            database = Database(stack.endpoints["CLICKHOUSE_URL"])
            found = await problems(database)
            await database.close()
            return found

        assert asyncio.run(left()) == []


@pytest.fixture(scope="package")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "secret.csv"
    path.write_text(f"{SECRET}\n")
    return path


@pytest.fixture(scope="module")
def untouched(port: Port) -> Iterator[None]:
    """The database is at the end of the module's attacks as it was at their beginning."""
    before = port.fingerprint()
    yield
    assert port.fingerprint() == before
