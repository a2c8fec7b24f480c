"""Numbered SQL: applied once each, in order, also by concurrent processes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from schemas.views import FOLDER, view_names
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.clickhouse.migrations import (
    MigrationChanged,
    migrate,
    migrations,
    missing,
    problems,
    table_names,
)
from sinks.overlaps import Overlaps

NUMBERED = [path.stem for path in sorted(FOLDER.glob("*.sql"))]
VIEWS = [f"views/{name}" for name in view_names()]
NAMES = NUMBERED + VIEWS


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
    """Those of the internal database."""
    return {row["name"] for row in await database.query("SHOW TABLES")}


async def public(database: Database) -> list[str]:
    """What is in the public database."""
    rows = await database.query(f"SHOW TABLES FROM {database.public}")
    return [row["name"] for row in rows]


async def test_numbers_are_four_digits_and_leave_no_gap() -> None:
    assert [name[:5] for name in NUMBERED] == [f"{n:04}_" for n in range(1, len(NUMBERED) + 1)]


async def test_an_empty_server_gets_everything_once(empty: Database) -> None:
    assert await migrate(empty) == NAMES
    assert await applied(empty) == NAMES
    assert await public(empty) == view_names()
    assert await tables(empty) == {*table_names(), "schema_migrations"}
    assert await migrate(empty) == []


async def test_only_what_is_new_is_applied(empty: Database, folder: Path) -> None:
    await migrate(empty)
    (folder / "0900_more.sql").write_text(
        "-- Two statements; the second has a semicolon within a line.\n"
        "ALTER TABLE file_records ADD COLUMN IF NOT EXISTS note String;\n"
        "CREATE OR REPLACE VIEW notes AS SELECT file_id, note || ';' AS note FROM file_records;\n"
    )
    # Views are defined again after every migration: one may have replaced them.
    assert await migrate(empty, folder) == ["0900_more", *VIEWS]
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


async def test_readings_that_were_stored_before_are_by_sensor_now(empty: Database) -> None:
    await migrate(empty)
    await empty.command(
        "INSERT INTO reading_rows (file_id, generation, row, sensor_id, timestamp, value, live_key, cell)"
        " SELECT 'f-1', 1, number, concat('s', toString(number % 3)), toDateTime64(number, 6, 'UTC'),"
        " number, 5, 0 FROM numbers(1000)"
    )
    # As if it had not been applied, and once more, as if the first time had been interrupted.
    for _ in range(2):
        await empty.command("TRUNCATE TABLE schema_migrations")
        await migrate(empty)
    (copied,) = await empty.query(
        "SELECT count() AS n, sum(value) AS s, (SELECT count() FROM reading_rows) AS left"
        " FROM readings_by_sensor FINAL WHERE live_key = 5"
    )
    assert copied == {"n": 1000, "s": 499500.0, "left": 0}


async def test_what_broke_off_is_finished_by_the_next(empty: Database, folder: Path) -> None:
    good = migrations(folder)[1].sql
    second = folder / f"{NAMES[1]}.sql"
    statements = good.split(";\n")
    second.write_text(";\n".join([statements[0], "CREATE TABLE this is not SQL", *statements[1:]]))
    with pytest.raises(Refused) as refused:
        await migrate(empty, folder)
    assert refused.value.code == 62
    assert await applied(empty) == NUMBERED[:1]
    assert "sensor_result_rows" in await tables(empty)
    assert await migrate(empty) == NAMES[1:]


@pytest.mark.slow
async def test_concurrent_migrations_give_the_same_result_as_one(url: str) -> None:
    async with AsyncExitStack() as stack:
        databases = [Database(url, threads=1) for _ in range(6)]
        for database in databases:
            stack.push_async_callback(database.close)
        await asyncio.gather(*(migrate(database) for database in databases))
        assert await applied(databases[0]) == NAMES
        for view in ("files", "sensor_results", "sensors", "invalid_rows", "dead_letters"):
            assert await databases[0].query(f"SELECT * FROM {databases[0].view(view)}") == []
        assert await migrate(databases[0]) == []


async def test_a_view_that_was_dropped_is_restored(empty: Database) -> None:
    await migrate(empty)
    assert await problems(empty) == []
    await empty.command(f"DROP VIEW {empty.view('files')}")
    await empty.command(f"DROP VIEW {empty.view('sensors')}")
    assert await missing(empty) == ["files", "sensors"]
    assert await problems(empty) == ["The view files is missing.", "The view sensors is missing."]
    assert await migrate(empty) == ["views/files", "views/sensors"]
    assert await missing(empty) == await problems(empty) == []
    assert await empty.query(f"SELECT * FROM {empty.view('files')}") == []


async def test_what_was_detached_is_attached_with_what_it_holds(empty: Database) -> None:
    await migrate(empty)
    await empty.command("INSERT INTO dead_letter_rows (topic, offset) VALUES ('t', 7)")
    await empty.command("DETACH TABLE dead_letter_rows PERMANENTLY")
    await empty.command(f"DETACH VIEW {empty.view('dead_letters')} PERMANENTLY")
    assert await missing(empty) == ["dead_letter_rows", "dead_letters"]
    await migrate(empty)
    assert await problems(empty) == []
    assert await empty.query(f"SELECT offset FROM {empty.view('dead_letters')}") == [{"offset": 7}]


async def test_a_view_that_was_replaced_is_restored(empty: Database) -> None:
    await migrate(empty)
    await empty.command(f"CREATE OR REPLACE VIEW {empty.view('files')} AS SELECT 1 AS one")
    await empty.command(f"DROP VIEW {empty.view('sensors')}")
    await empty.command(
        f"CREATE TABLE {empty.view('sensors')} (a Int8) ENGINE = MergeTree ORDER BY a"
    )
    assert await missing(empty) == []
    assert await problems(empty) == [
        "The view files is of another version.",
        "The view sensors is of another version.",
    ]
    assert await migrate(empty) == ["views/files", "views/sensors"]
    assert await problems(empty) == []
    assert await empty.query(f"SELECT file_id FROM {empty.view('files')}") == []
    assert await empty.query(f"SELECT sensor_id FROM {empty.view('sensors')}") == []


async def test_a_changed_definition_of_a_view_is_applied(empty: Database, folder: Path) -> None:
    await migrate(empty)
    changed = folder / "views" / "files.sql"
    changed.write_text(changed.read_text().replace("row_count,", "row_count, 1 AS one,", 1))
    assert await problems(empty, folder) == ["The view files is of another version."]
    assert await migrate(empty, folder) == ["views/files"]
    assert await empty.query(f"SELECT one FROM {empty.view('files')}") == []


async def test_a_table_that_was_dropped_is_created_again(empty: Database) -> None:
    await migrate(empty)
    await empty.command("DROP TABLE invalid_row_rows SYNC")
    assert await missing(empty) == ["invalid_row_rows"]
    assert await problems(empty) == ["The table invalid_row_rows is missing."]
    await migrate(empty)
    assert await missing(empty) == await problems(empty) == []
    assert await empty.query(f"SELECT * FROM {empty.view('invalid_rows')}") == []


async def test_migrations_that_are_applied_again_pass_no_seal_whose_overlaps_are_not_found(
    empty: Database,
) -> None:
    await migrate(empty)
    await empty.command(
        "INSERT INTO seals (number, log_from) SELECT number, now64(6) FROM numbers(9)"
    )
    assert await Overlaps(empty).due()
    await empty.command("DROP TABLE invalid_row_rows SYNC")
    await migrate(empty)
    assert await Overlaps(empty).due()


async def test_problems_of_a_database_that_was_never_migrated(
    empty: Database, folder: Path
) -> None:
    assert await problems(empty) == [f"The database {empty.name} is missing."]
    await migrate(empty)
    await empty.command("DROP TABLE schema_migrations SYNC")
    assert await problems(empty) == [f"The database {empty.public} was never migrated."]
    await migrate(empty)
    (folder / "0900_more.sql").write_text("CREATE TABLE IF NOT EXISTS more (a Int8) ENGINE = Log;")
    changed = folder / f"{NUMBERED[0]}.sql"
    changed.write_text(changed.read_text() + "\n-- One more word.\n")
    assert await problems(empty, folder) == [
        f"Migration {NUMBERED[0]} was changed after it was applied.",
        "Migration 0900_more was not applied.",
    ]


def test_views_are_defined_in_files_of_their_own_with_the_rights_of_their_definer() -> None:
    for migration in migrations()[11:]:
        assert " VIEW " not in migration.sql, f"{migration.name} defines a view: use views/"
    for name in view_names():
        sql = (FOLDER / "views" / f"{name}.sql").read_text()
        head = f"CREATE OR REPLACE VIEW {name} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS"
        assert sql.splitlines().count(head) == 1
