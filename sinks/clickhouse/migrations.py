"""The schema of the database: numbered migrations, and views.

Migrations are applied once each and in order. A view has one file with its present definition,
which is applied if the file changed, or if the view is missing or is no longer as it was defined;
migrations after 0011 do not define views.

Two processes may migrate at once and a process may die in the middle: every statement is written
so that doing it again changes nothing (`IF NOT EXISTS`, `OR REPLACE`), and a file counts as applied
only after its last statement. That is also why missing tables can be restored, empty, by applying
all migrations again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas import view_comments
from schemas.view_comments import SELECT_FOLLOWS, with_comments
from schemas.views import FOLDER, VIEWS, view_names
from sinks.clickhouse.client import Database
from sinks.clickhouse.cluster import Cluster, local_name
from sinks.clickhouse.cluster_check import LAYOUT, UnusableCluster, layout, same_layout
from sinks.clickhouse.connection import Connection, Refused

_APPLIED: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String,
    sha256 String,
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY name
"""
_TABLE: Final = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+)", re.MULTILINE)
# A view is of another version if a comment changed.
_COMMENTS: Final = hashlib.sha256(
    f"{view_comments.VIEWS}{view_comments.COLUMNS}".encode()
).hexdigest()
# Codes of ClickHouse.
_UNKNOWN_TABLE, _UNKNOWN_DATABASE, _ACCESS_DENIED = 60, 81, 497


class MigrationChanged(Exception):  # noqa: N818
    """A migration that was applied reads differently now: a new number is needed instead."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A file of SQL: a numbered one, or `views/NAME`."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Of the text, to notice if it is changed after it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """Its statements: each ends with a semicolon at the end of a line."""
        parts = f"{self.sql}\n".split(";\n")
        return [part.strip() for part in parts if part.strip()]


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """The numbered files of `folder` in order."""
    return [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]


def views(folder: Path = FOLDER) -> list[Migration]:
    """The definitions of views in `folder`."""
    files = ((name, folder / VIEWS / f"{name}.sql") for name in view_names(folder))
    return [Migration(f"{VIEWS}/{name}", path.read_text()) for name, path in files]


def table_names(folder: Path = FOLDER) -> list[str]:
    """The tables that migrations create."""
    return [name for migration in migrations(folder) for name in _TABLE.findall(migration.sql)]


def _tables(database: Database, names: Iterable[str]) -> list[str]:
    """With those that a cluster has under them."""
    return [
        name
        for table in names
        for name in ((table,) if database.cluster is None else (table, local_name(table)))
    ]


@dataclass(frozen=True, slots=True)
class _State:
    """What a database has: hashes of what was applied, and its tables and views, by name."""

    database: Database
    applied: dict[str, str]
    definitions: dict[str, str]

    @classmethod
    async def of(cls, database: Database) -> _State:
        rows = await database.query("SELECT name, sha256 FROM schema_migrations FINAL")
        applied = {row["name"]: row["sha256"] for row in rows}
        return cls(database, applied, await definitions(database))

    def changed(self, folder: Path) -> list[str]:
        return [
            m.name for m in migrations(folder) if self.applied.get(m.name, m.sha256) != m.sha256
        ]

    def pending(self, folder: Path) -> list[Migration]:
        return [m for m in migrations(folder) if m.name not in self.applied]

    def missing_tables(self, folder: Path) -> list[str]:
        """Tables that were created and are not there any more."""
        pending = {name for m in self.pending(folder) for name in _TABLE.findall(m.sql)}
        names = [name for name in table_names(folder) if name not in pending]
        return [name for name in _tables(self.database, names) if name not in self.definitions]

    def stale_views(self, folder: Path) -> list[Migration]:
        """Views that are missing, or are not what their file defines."""
        return [
            view
            for view in views(folder)
            if self.applied.get(view.name) != _fingerprint(view, self.definitions)
        ]


def _fingerprint(view: Migration, definitions: dict[str, str]) -> str:
    """Of a view's file and of what the database made of it."""
    made = definitions.get(view.name.removeprefix(f"{VIEWS}/"), "")
    return hashlib.sha256(f"{view.sha256}\n{_COMMENTS}\n{made}".encode()).hexdigest()


async def definitions(database: Database) -> dict[str, str]:
    """The tables and views of `database`, with the statements that create them."""
    rows = await database.query(
        "SELECT name, create_table_query FROM system.tables WHERE database = {name:String}",
        {"name": database.name},
    )
    return {row["name"]: row["create_table_query"] for row in rows}


async def missing(database: Database, folder: Path = FOLDER) -> list[str]:
    """The tables and views that this version needs and `database` lacks.

    Raises:
        Unavailable: the database is unavailable.
    """
    there = await definitions(database)
    names = (*_tables(database, table_names(folder)), *view_names(folder))
    return [name for name in names if name not in there]


async def problems(database: Database, folder: Path = FOLDER) -> list[str]:
    """What `migrate` would change, a sentence each; empty if there is nothing.

    Raises:
        Unavailable: the database is unavailable.
    """
    try:
        shards = await layout(database)
        state = await _State.of(database)
        same_layout(shards, state.applied.get(LAYOUT))
    except UnusableCluster as exc:
        return [str(exc)]
    except Refused as exc:
        if exc.code == _UNKNOWN_DATABASE:
            return [f"The database {database.name} is missing."]
        if exc.code == _UNKNOWN_TABLE:
            return [f"The database {database.name} was never migrated."]
        raise
    stale = [view.name.removeprefix(f"{VIEWS}/") for view in state.stale_views(folder)]
    return [
        *(f"Migration {n} was changed after it was applied." for n in state.changed(folder)),
        *(f"Migration {m.name} was not applied." for m in state.pending(folder)),
        *(f"The table {name} is missing." for name in state.missing_tables(folder)),
        *(f"The view {name} is missing." for name in stale if name not in state.definitions),
        *(f"The view {name} is of another version." for name in stale if name in state.definitions),
    ]


async def migrate(database: Database, folder: Path = FOLDER) -> list[str]:
    """Bring the database of `database` up to date; names of what was applied.

    Missing views are restored, tables that were detached are attached, and those that are gone
    are created again, empty.

    Raises:
        MigrationChanged: a file was changed after it was applied. Nothing is done then.
        UnusableCluster: CLICKHOUSE_CLUSTER does not fit. Nothing is done then.
        Unavailable: the database is unavailable; what is missing can be applied by another call.
    """
    await _create_database(database.url)
    shards = await layout(database)
    await database.command(_APPLIED)
    await _attach(database, folder)
    state = await _State.of(database)
    same_layout(shards, state.applied.get(LAYOUT))
    if shards and LAYOUT not in state.applied:
        await _record(database, LAYOUT, shards)
    if changed := state.changed(folder):
        raise MigrationChanged(f"{changed[0]} was changed after it was applied")
    again = bool(state.missing_tables(folder))
    tables = migrations(folder) if again else state.pending(folder)
    # Early migrations define views, too.
    stale = views(folder) if tables else state.stale_views(folder)
    for migration in tables:
        await _apply(database, migration)
        await _record(database, migration.name, migration.sha256)
    for view in stale:
        await _apply_view(database, view)
    if stale:
        made = await definitions(database)
        for view in stale:
            await _record(database, view.name, _fingerprint(view, made))
    return [m.name for m in (*tables, *stale)]


async def _attach(database: Database, folder: Path) -> None:
    """Attach our tables and views that were detached: a CREATE would not replace them."""
    try:
        rows = await database.query(
            "SELECT table FROM system.detached_tables WHERE database = {name:String}",
            {"name": database.name},
        )
    except Refused as exc:
        if exc.code != _ACCESS_DENIED:
            raise
        return  # a user of a ClickHouse server may not see them; the CREATE says what to do
    detached = {row["table"] for row in rows}
    for name in (*_tables(database, table_names(folder)), *view_names(folder)):
        if name in detached:
            await database.command("ATTACH TABLE {name:Identifier}", {"name": name})


async def _apply(database: Database, migration: Migration) -> None:
    for statement in migration.statements:
        await database.command(statement)


async def _apply_view(database: Database, view: Migration) -> None:
    """Create a view with its comments, in one statement: another process may migrate, too."""
    (statement,) = view.statements
    name = view.name.removeprefix(f"{VIEWS}/")
    _, found, select = statement.partition(SELECT_FOLLOWS)
    if found:
        columns = await database.query(f"DESCRIBE TABLE (SELECT{select})")
        statement = with_comments(name, statement, [(c["name"], c["type"]) for c in columns])
    await database.command(statement)


async def _record(database: Database, name: str, sha256: str) -> None:
    await database.command(
        "INSERT INTO schema_migrations (name, sha256) SELECT {name:String}, {sha256:String}",
        {"name": name, "sha256": sha256},
    )


async def _create_database(url: str) -> None:
    connection = Connection(url, threads=1, use_database=False)
    sql, cluster = "CREATE DATABASE IF NOT EXISTS {name:Identifier}", Cluster.of(url)
    (statement,) = [sql] if cluster is None else cluster.statements(sql)
    try:
        await connection.run(
            lambda client: client.command(statement, parameters={"name": connection.database})
        )
    finally:
        await connection.close()
