"""Installations whose tables were beside the views: what they hold is in the internal database after
the upgrade, whatever interrupts it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from schemas.databases import internal_database, public_of
from schemas.views import view_names
from sinks.clickhouse import migrations as migrating
from sinks.clickhouse.client import Database, Params
from sinks.clickhouse.migrations import migrate, problems
from sinks.clickhouse.move import MixedDatabases
from tests.harness.old_layout import LAST, TABLES, OldDatabase, fill, make, places, seen, stored
from tests.harness.sealing import seal_all
from tests.harness.services import Service, clickhouse, database_url


class Interrupted(Exception):  # noqa: N818
    """The process ended here."""


class Interruptible(Database):
    """Ends after so many statements."""

    def __init__(self, url: str, statements: int) -> None:
        super().__init__(url, threads=1)
        self.left = statements

    async def command(self, sql: str, params: Params | None = None) -> None:
        """See `Database.command`."""
        await super().command(sql, params)
        self.left -= 1
        if not self.left:
            raise Interrupted(sql)


@pytest.fixture
async def old(url: str) -> AsyncIterator[OldDatabase]:
    """An installation of the version before, with rows in every view, and sealed totals."""
    opened = OldDatabase(url)
    await make(opened)
    await fill(opened)
    await seal_all(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def new(url: str) -> AsyncIterator[Database]:
    """The same address as this version opens it."""
    opened = Database(url, threads=1)
    yield opened
    await opened.close()


async def check_complete(database: Database) -> None:
    """Views alone in the public database, tables in the internal one, and nothing left to do."""
    assert await problems(database) == []
    assert await places(database) == {
        **{name: [database.public] for name in view_names()},
        **{name: [database.name] for name in TABLES},
    }


@pytest.mark.slow
async def test_what_was_stored_is_seen_as_before(old: OldDatabase, new: Database) -> None:
    before = await seen(old), await stored(old)
    assert all(rows for rows in before[0].values()), "a view is empty"
    assert len(before[0]["sensors"]) == 3
    assert await migrate(new) == [f"views/{name}" for name in view_names()]
    assert (await seen(new), await stored(new)) == before
    await check_complete(new)
    assert await migrate(new) == []
    # The views name no table of the public database.
    for row in await new.query(
        "SELECT create_table_query AS sql FROM system.tables WHERE database = {name:String}",
        {"name": new.public},
    ):
        assert row["sql"].count(f"{new.public}.") == 1, row["sql"]
        assert f"FROM {new.name}." in row["sql"]


@pytest.mark.slow
async def test_each_statement_may_be_the_last_one_of_a_process(
    old: OldDatabase, new: Database, url: str
) -> None:
    before = await seen(old), await stored(old)
    interrupted: list[str] = []
    # Each process goes on from where the one before ended: a step further, until all tables are moved.
    statements, all_moved = 1, False
    while True:
        statements += all_moved
        process = Interruptible(url, statements)
        try:
            await migrate(process)
            break
        except Interrupted as exc:
            interrupted.append(str(exc))
        finally:
            await process.close()
        found = await places(new)
        assert all(len(found[table]) == 1 for table in TABLES), interrupted[-1]
        all_moved = all(found[table] == [new.name] for table in TABLES)
    assert sum(sql.startswith("RENAME TABLE") for sql in interrupted) == len(TABLES)
    assert sum("CREATE OR REPLACE VIEW" in sql for sql in interrupted) == len(view_names())
    assert (await seen(new), await stored(new)) == before
    await check_complete(new)


@pytest.mark.slow
async def test_the_database_may_be_killed_in_the_middle(tmp_path: Path) -> None:
    server: Service = clickhouse(tmp_path)
    server.start()
    url = database_url(server.port, "killed")
    old = OldDatabase(url)
    try:
        await make(old)
        await fill(old)
        before = await seen(old)
        await old.close()
        for statements in (1, 9, len(TABLES) - 10, 3):
            process = Interruptible(url, statements)
            with pytest.raises(Interrupted):
                await migrate(process)
            server.kill()
            await process.close()
            server.start()
        new = Database(url, threads=1)
        await migrate(new)
        assert await seen(new) == before
        await check_complete(new)
        await new.close()
    finally:
        server.kill()


@pytest.mark.slow
async def test_processes_that_upgrade_at_once_do_not_disturb_each_other(
    old: OldDatabase, url: str
) -> None:
    before = await seen(old), await stored(old)
    async with AsyncExitStack() as stack:
        databases = [Database(url, threads=1) for _ in range(6)]
        for database in databases:
            stack.push_async_callback(database.close)
        await asyncio.gather(*(migrate(database) for database in databases))
        assert (await seen(databases[0]), await stored(databases[0])) == before
        await check_complete(databases[0])


@pytest.mark.usefixtures("old")
async def test_what_is_left_to_do_is_named(new: Database, url: str) -> None:
    assert await problems(new) == [f"The database {new.name} is missing."]
    process = Interruptible(url, len(TABLES) - 1)
    with pytest.raises(Interrupted):
        await migrate(process)
    await process.close()
    assert await problems(new) == [
        f"The table schema_migrations is in {new.public} and not in {new.name}."
    ]


async def test_an_installation_of_an_earlier_version_is_moved_and_migrated(
    url: str, new: Database
) -> None:
    old = OldDatabase(url)
    await make(old, through=19)
    await old.command("INSERT INTO dead_letter_rows (topic, offset) VALUES ('t', 7)")
    await old.command("INSERT INTO reading_rows (file_id, row, value) VALUES ('f-1', 1, 0.5)")
    await old.close()
    names = [migration.name for migration in migrating.migrations()[19:]]
    assert await migrate(new) == [*names, *(f"views/{name}" for name in view_names())]
    assert await new.query(f"SELECT offset FROM {new.view('dead_letters')}") == [{"offset": 7}]
    assert await new.query("SELECT value FROM readings_by_sensor") == [{"value": 0.5}]
    await check_complete(new)


async def test_a_table_that_was_detached_is_moved_with_what_it_holds(
    old: OldDatabase, new: Database
) -> None:
    before = await seen(old)
    await old.command("DETACH TABLE invalid_row_rows PERMANENTLY")
    await migrate(new)
    assert await seen(new) == before
    await check_complete(new)


async def test_tables_in_both_databases_are_refused_and_left_alone(
    old: OldDatabase, new: Database
) -> None:
    await migrate(new)
    before = await seen(new)
    # What a start of the version before does.
    await make(old, through=1)
    with pytest.raises(MixedDatabases, match=r": file_records, schema_migrations\. An "):
        await migrate(new)
    assert await seen(new) == before
    (problem,) = await problems(new)
    assert "file_records, schema_migrations" in problem
    await old.command("DROP TABLE file_records")
    await old.command("DROP TABLE schema_migrations")
    await migrate(new)
    await check_complete(new)


async def test_a_changed_migration_is_refused_before_anything_is_moved(
    old: OldDatabase, new: Database
) -> None:
    await old.command(
        "INSERT INTO schema_migrations (name, sha256) SELECT '0001_file_records', 'another'"
    )
    with pytest.raises(migrating.MigrationChanged, match="0001_file_records"):
        await migrate(new)
    found = await places(old)
    assert all(found[table] == [old.public] for table in TABLES)


async def test_an_error_names_three_tables(old: OldDatabase, new: Database) -> None:
    await migrate(new)
    await make(old, through=2)
    with pytest.raises(MixedDatabases, match=r": file_records, \w+, \w+ and 3 more\."):
        await migrate(new)


async def test_the_internal_database_is_not_taken_for_a_public_one(new: Database) -> None:
    await migrate(new)
    wrong = Database(new.url.replace(new.public, new.name), threads=1)
    with pytest.raises(MixedDatabases, match=f"name {new.public}"):
        await migrate(wrong)
    await wrong.close()
    await check_complete(new)


def test_the_last_migration_of_the_old_layout_is_there() -> None:
    assert migrating.migrations()[LAST - 1].name.startswith(f"{LAST:04}_")


def test_the_names_of_the_databases_follow_from_each_other() -> None:
    assert internal_database("csv_processor") == "csv_processor_internal"
    assert public_of("csv_processor_internal") == "csv_processor"
    assert public_of("csv_processor") is public_of("_internal") is None
