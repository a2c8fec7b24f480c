"""Numbered SQL: applied once each, in order, whoever else does so at the same time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.clickhouse.migrations import FOLDER, MigrationChanged, migrate, migrations

NAMES = [path.stem for path in sorted(FOLDER.glob("*.sql"))]


@pytest.fixture
async def empty(url: str) -> AsyncIterator[Database]:
    """A database that does not exist yet."""
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The product's migrations, to be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "sql"))


async def applied(database: Database) -> list[str]:
    rows = await database.query("SELECT name FROM schema_migrations FINAL ORDER BY name")
    return [row["name"] for row in rows]


async def tables(database: Database) -> set[str]:
    return {row["name"] for row in await database.query("SHOW TABLES")}


async def test_numbers_are_four_digits_and_leave_no_gap() -> None:
    assert [name[:5] for name in NAMES] == [f"{n:04}_" for n in range(1, len(NAMES) + 1)]


async def test_an_empty_server_gets_everything_once(empty: Database) -> None:
    assert await migrate(empty) == NAMES
    assert await applied(empty) == NAMES
    assert {"files", "sensors", "file_records"} <= await tables(empty)
    assert await migrate(empty) == []


async def test_only_what_is_new_is_applied(empty: Database, folder: Path) -> None:
    await migrate(empty)
    (folder / "0900_more.sql").write_text(
        "-- Two statements; the second has a semicolon within a line.\n"
        "ALTER TABLE file_records ADD COLUMN IF NOT EXISTS note String;\n"
        "CREATE OR REPLACE VIEW notes AS SELECT file_id, note || ';' AS note FROM file_records;\n"
    )
    assert await migrate(empty, folder) == ["0900_more"]
    assert await empty.query("SELECT note FROM notes") == []
    assert await migrate(empty, folder) == []


async def test_a_migration_that_was_changed_is_refused_before_anything_is_done(
    empty: Database, folder: Path
) -> None:
    await migrate(empty)
    changed = folder / f"{NAMES[0]}.sql"
    changed.write_text(changed.read_text() + "\n-- One more word.\n")
    (folder / "0900_more.sql").write_text("CREATE TABLE IF NOT EXISTS more (a Int8) ENGINE = Log;")
    with pytest.raises(MigrationChanged, match=NAMES[0]):
        await migrate(empty, folder)
    assert "more" not in await tables(empty)


async def test_what_broke_off_is_finished_by_the_next(empty: Database, folder: Path) -> None:
    good = migrations(folder)[1].sql
    second = folder / f"{NAMES[1]}.sql"
    statements = good.split(";\n")
    second.write_text(";\n".join([statements[0], "CREATE TABLE this is not SQL", *statements[1:]]))
    with pytest.raises(Refused) as refused:
        await migrate(empty, folder)
    assert refused.value.code == 62
    assert await applied(empty) == NAMES[:1]
    assert "sensor_result_rows" in await tables(empty)
    assert await migrate(empty) == NAMES[1:]


async def test_many_at_once_come_to_the_same_as_one(url: str) -> None:
    async with AsyncExitStack() as stack:
        databases = [Database(url, threads=1) for _ in range(6)]
        for database in databases:
            stack.push_async_callback(database.close)
        await asyncio.gather(*(migrate(database) for database in databases))
        assert await applied(databases[0]) == NAMES
        for view in ("files", "sensor_results", "sensors", "invalid_rows", "dead_letters"):
            assert await databases[0].query(f"SELECT * FROM {view}") == []
        assert await migrate(databases[0]) == []
