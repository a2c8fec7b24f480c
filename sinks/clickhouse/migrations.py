"""The schema of the two databases: numbered migrations, and views.

Migrations are applied once each and in order, in the internal database. A view has one file with its
present definition, which is applied in the public database if the file changed, or if the view is missing
or is no longer as it was defined. Migrations after 0011 do not define views, and what those before
define is skipped. Tables of an installation that had them in the public database are moved first
(`sinks.clickhouse.move`).

Two processes may migrate at once and a process may die in the middle: every statement is written
so that doing it again changes nothing (`IF NOT EXISTS`, `OR REPLACE`), and a file counts as applied
only after its last statement. That is also why missing tables can be restored, empty, by applying
all migrations again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickhouse_connect.driver.client import Client

from schemas import view_comments
from schemas.view_comments import SELECT_FOLLOWS, with_comments
from schemas.views import FOLDER, VIEWS, view_names
from sinks.clickhouse.client import Database
from sinks.clickhouse.cluster import Cluster, local_name
from sinks.clickhouse.cluster_check import LAYOUT, UnusableCluster, layout, same_layout
from sinks.clickhouse.connection import Connection, Refused
from sinks.clickhouse.move import MixedDatabases, move_tables, tables_to_move

_HISTORY: Final = "schema_migrations"
_APPLIED: Final = f"""
CREATE TABLE IF NOT EXISTS {_HISTORY}
(
    name String,
    sha256 String,
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY name
"""
_TABLE: Final = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+)", re.MULTILINE)
_VIEW: Final = re.compile(r"^CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)
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
    """What the databases have: hashes of what was applied, and tables and views, by name."""

    database: Database
    applied: dict[str, str]
    tables: dict[str, str]
    views: dict[str, str]

    @classmethod
    async def of(cls, database: Database) -> _State:
        applied = await _applied(database, database.name)
        return cls(database, applied, *await _definitions(database))

    def pending(self, folder: Path) -> list[Migration]:
        return [m for m in migrations(folder) if m.name not in self.applied]

    def missing_tables(self, folder: Path) -> list[str]:
        """Tables that were created and are not there any more."""
        pending = {name for m in self.pending(folder) for name in _TABLE.findall(m.sql)}
        names = [name for name in table_names(folder) if name not in pending]
        return [name for name in _tables(self.database, names) if name not in self.tables]

    def stale_views(self, folder: Path) -> list[Migration]:
        """Views that are missing, or are not what their file defines."""
        return [
            view
            for view in views(folder)
            if self.applied.get(view.name) != _fingerprint(view, self.database, self.views)
        ]


def _fingerprint(view: Migration, database: Database, made: dict[str, str]) -> str:
    """Of a view's file, of what the database made of it, and of where the tables were then."""
    definition = made.get(view.name.removeprefix(f"{VIEWS}/"), "")
    text = f"{view.sha256}\n{_COMMENTS}\n{database.name}\n{definition}"
    return hashlib.sha256(text.encode()).hexdigest()


async def _applied(database: Database, within: str) -> dict[str, str]:
    """Hashes of what was applied, by name, as the database `within` has them."""
    rows = await database.query(f"SELECT name, sha256 FROM `{within}`.{_HISTORY} FINAL")
    return {row["name"]: row["sha256"] for row in rows}


def _changed(applied: dict[str, str], folder: Path) -> list[str]:
    return [m.name for m in migrations(folder) if applied.get(m.name, m.sha256) != m.sha256]


async def _definitions(database: Database) -> tuple[dict[str, str], dict[str, str]]:
    """What is in the internal database and in the public one: names, with the statements that create
    them."""
    rows = await database.query(
        "SELECT database, name, create_table_query FROM system.tables"
        " WHERE database IN {databases:Array(String)}",
        {"databases": [database.name, database.public]},
    )
    found: dict[str, dict[str, str]] = {database.name: {}, database.public: {}}
    for row in rows:
        found[row["database"]][row["name"]] = row["create_table_query"]
    return found[database.name], found[database.public]


async def missing(database: Database, folder: Path = FOLDER) -> list[str]:
    """The tables and views that this version needs and `database` lacks.

    Raises:
        Unavailable: the database is unavailable.
    """
    tables, made = await _definitions(database)
    return [
        *(name for name in _tables(database, table_names(folder)) if name not in tables),
        *(name for name in view_names(folder) if name not in made),
    ]


async def problems(database: Database, folder: Path = FOLDER) -> list[str]:
    """What `migrate` would change, a sentence each; empty if there is nothing.

    Raises:
        Unavailable: the database is unavailable.
    """
    try:
        shards = await layout(database)
        if left := await tables_to_move(database, _all_tables(folder)):
            return [
                f"The table {name} is in {database.public} and not in {database.name}."
                for name in left
            ]
        state = await _State.of(database)
        same_layout(shards, state.applied.get(LAYOUT))
    except (UnusableCluster, MixedDatabases) as exc:
        return [str(exc)]
    except Refused as exc:
        if exc.code == _UNKNOWN_DATABASE:
            return [f"The database {database.name} is missing."]
        if exc.code == _UNKNOWN_TABLE:
            return [f"The database {database.public} was never migrated."]
        raise
    stale = [view.name.removeprefix(f"{VIEWS}/") for view in state.stale_views(folder)]
    return [
        *(
            f"Migration {n} was changed after it was applied."
            for n in _changed(state.applied, folder)
        ),
        *(f"Migration {m.name} was not applied." for m in state.pending(folder)),
        *(f"The table {name} is missing." for name in state.missing_tables(folder)),
        *(f"The view {name} is missing." for name in stale if name not in state.views),
        *(f"The view {name} is of another version." for name in stale if name in state.views),
    ]


async def migrate(database: Database, folder: Path = FOLDER) -> list[str]:
    """Bring the databases of `database` up to date; names of what was applied.

    Missing views are restored, tables that were detached are attached, and those that are gone
    are created again, empty.

    Raises:
        MigrationChanged: a file was changed after it was applied. Nothing is done then.
        UnusableCluster: CLICKHOUSE_CLUSTER does not fit. Nothing is done then.
        MixedDatabases: tables are where they should not be. Nothing is done then.
        Unavailable: the database is unavailable; what is missing can be applied by another call.
    """
    await _create_databases(database.url)
    shards = await layout(database)
    await _move(database, folder, shards)
    await database.command(_APPLIED)
    await _attach(database, database.name, table_names(folder))
    await _attach(database, database.public, view_names(folder))
    state = await _State.of(database)
    _check(state.applied, folder, shards)
    if shards and LAYOUT not in state.applied:
        await _record(database, LAYOUT, shards)
    again = bool(state.missing_tables(folder))
    tables = migrations(folder) if again else state.pending(folder)
    # A migration may change what a view reads.
    stale = views(folder) if tables else state.stale_views(folder)
    for migration in tables:
        await _apply(database, migration, view_names(folder))
        await _record(database, migration.name, migration.sha256)
    for view in stale:
        await _apply_view(database, view)
    if stale:
        _, made = await _definitions(database)
        for view in stale:
            await _record(database, view.name, _fingerprint(view, database, made))
    return [m.name for m in (*tables, *stale)]


def _all_tables(folder: Path) -> list[str]:
    """The tables of migrations, and last the one that records them."""
    return [*table_names(folder), _HISTORY]


def _check(applied: dict[str, str], folder: Path, shards: str) -> None:
    same_layout(shards, applied.get(LAYOUT))
    if changed := _changed(applied, folder):
        raise MigrationChanged(f"{changed[0]} was changed after it was applied")


async def _move(database: Database, folder: Path, shards: str) -> None:
    """Move tables that are in the public database."""
    tables = _all_tables(folder)
    await _attach(database, database.public, tables)
    left = await tables_to_move(database, tables)
    if _HISTORY in left:
        try:
            _check(await _applied(database, database.public), folder, shards)
        except Refused as exc:
            if exc.code != _UNKNOWN_TABLE:
                raise
            # Another process has moved it by now.
    await move_tables(database, left)


async def _attach(database: Database, within: str, names: Iterable[str]) -> None:
    """Attach our tables and views that were detached: a CREATE would not replace them."""
    try:
        rows = await database.query(
            "SELECT table FROM system.detached_tables WHERE database = {name:String}",
            {"name": within},
        )
    except Refused as exc:
        if exc.code != _ACCESS_DENIED:
            raise
        return  # a user of a ClickHouse server may not see them; the CREATE says what to do
    detached = {row["table"] for row in rows}
    for name in _tables(database, names):
        if name in detached:
            await database.command(
                "ATTACH TABLE {database:Identifier}.{name:Identifier}",
                {"database": within, "name": name},
            )


async def _apply(database: Database, migration: Migration, public: Sequence[str]) -> None:
    for statement in migration.statements:
        view = _VIEW.search(statement)
        if view is None or view[1] not in public:
            await database.command(statement)


async def _apply_view(database: Database, view: Migration) -> None:
    """Create a view with its comments, in one statement: another process may migrate, too."""
    (statement,) = view.statements
    name = view.name.removeprefix(f"{VIEWS}/")
    _, found, select = statement.partition(SELECT_FOLLOWS)
    if found:
        columns = await database.query(f"DESCRIBE TABLE (SELECT{select})")
        statement = with_comments(name, statement, [(c["name"], c["type"]) for c in columns])
    # Names in its SELECT are of the internal database, as in every statement.
    await database.command(statement.replace(f"VIEW {name} ", f"VIEW {database.view(name)} ", 1))


async def _record(database: Database, name: str, sha256: str) -> None:
    await database.command(
        f"INSERT INTO {_HISTORY} (name, sha256) SELECT {{name:String}}, {{sha256:String}}",
        {"name": name, "sha256": sha256},
    )


async def _create_databases(url: str) -> None:
    connection = Connection(url, threads=1, use_database=False)
    sql, cluster = "CREATE DATABASE IF NOT EXISTS {name:Identifier}", Cluster.of(url)
    (statement,) = [sql] if cluster is None else cluster.statements(sql)

    def create(client: Client) -> None:
        for name in (connection.public, connection.database):
            client.command(statement, parameters={"name": name})

    try:
        await connection.run(create)
    finally:
        await connection.close()
