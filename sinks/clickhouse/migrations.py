"""Numbered SQL, applied once each and in order.

Two processes may migrate at once and a process may die in the middle: every statement is written
so that doing it again changes nothing (`IF NOT EXISTS`, `OR REPLACE`), and a file counts as applied
only after its last statement.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Connection

FOLDER: Final = Path(__file__).parents[2] / "schemas" / "sql"

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


class MigrationChanged(Exception):  # noqa: N818
    """A migration that was applied reads differently now: a new number is needed instead."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of SQL."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """What the file said, to notice where it is changed after it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """Its statements: each ends with a semicolon at the end of a line."""
        parts = f"{self.sql}\n".split(";\n")
        return [part.strip() for part in parts if part.strip()]


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """The numbered files of `folder` in order."""
    return [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]


async def migrate(database: Database, folder: Path = FOLDER) -> list[str]:
    """Bring the database of `database` up to date; names of the migrations that were applied.

    Raises:
        MigrationChanged: a file was changed after it was applied. Nothing is done then.
        Unavailable: the database is away; what is missing can be applied by another call.
    """
    await _create_database(database.url)
    await database.command(_APPLIED)
    rows = await database.query("SELECT name, sha256 FROM schema_migrations FINAL")
    applied = {row["name"]: row["sha256"] for row in rows}
    wanted = migrations(folder)
    for migration in wanted:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationChanged(f"{migration.name} was changed after it was applied")
    done = [m for m in wanted if m.name not in applied]
    for migration in done:
        for statement in migration.statements:
            await database.command(statement)
        await database.command(
            "INSERT INTO schema_migrations (name, sha256) SELECT {name:String}, {sha256:String}",
            {"name": migration.name, "sha256": migration.sha256},
        )
    return [m.name for m in done]


async def _create_database(url: str) -> None:
    connection = Connection(url, threads=1, use_database=False)
    try:
        await connection.run(
            lambda client: client.command(
                "CREATE DATABASE IF NOT EXISTS {name:Identifier}",
                parameters={"name": connection.database},
            )
        )
    finally:
        await connection.close()
