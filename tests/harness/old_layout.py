"""Installations as versions before the internal database made them: tables beside the views."""

from __future__ import annotations

from typing import Any, Final

from schemas.arrow import dead_letter_table
from schemas.databases import internal_database
from schemas.dead_letter import DeadLetter
from schemas.tables import Table
from schemas.views import view_names
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database, Params, Rows
from sinks.clickhouse.cluster_check import LAYOUT, layout
from sinks.clickhouse.migrations import Migration, migrations, table_names, views
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.stored_files import START, new_file, progress, refused, sensor, write_file

# With the migrations of later versions, so that what is stored has their columns: only the place of the
# tables is that of those versions.
LAST: Final = len(migrations())
TABLES: Final = (*table_names(), "schema_migrations")
_LOG: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String,
    sha256 String,
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY name
"""


class OldDatabase(Database):
    """As `Database` was: unqualified names are those of the public database."""

    def __init__(self, url: str, *, exists: bool = True) -> None:
        super().__init__(url, threads=1)
        vars(self._connection).update(database=self.public, _use_database=exists)

    async def command(self, sql: str, params: Params | None = None) -> None:
        """See `Database.command`."""
        statements = [sql] if self.cluster is None else self.cluster.statements(sql)
        internal = internal_database(self.public)

        def work(client: Any) -> None:
            for statement in statements:
                for quote in "`'":
                    statement = statement.replace(
                        f"{quote}{internal}{quote}", f"{quote}{self.public}{quote}"
                    )
                client.command(statement, parameters=dict(params or {}))

        await self._connection.run(work)


class OldSink(ClickHouseSink):
    """As `ClickHouseSink` was."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        vars(self._connection)["database"] = self._connection.public


async def make(database: OldDatabase, through: int = LAST) -> None:
    """Apply migrations and views as those versions did, or only migrations up to `through`."""
    bare = OldDatabase(database.url, exists=False)
    await bare.command(f"CREATE DATABASE IF NOT EXISTS `{database.public}`")
    await bare.close()
    await database.command(_LOG)
    if shards := await layout(database):
        await _record(database, LAYOUT, shards)
    for migration in migrations()[:through]:
        await _apply(database, migration)
    if through == LAST:
        for view in views():
            await _apply(database, view)


async def _apply(database: OldDatabase, migration: Migration) -> None:
    for statement in migration.statements:
        await database.command(statement)
    await _record(database, migration.name, migration.sha256)


async def _record(database: OldDatabase, name: str, sha256: str) -> None:
    await database.command(
        "INSERT INTO schema_migrations (name, sha256) SELECT {name:String}, {sha256:String}",
        {"name": name, "sha256": sha256},
    )


async def fill(database: OldDatabase) -> None:
    """Rows in every view: two files, of which one corrects a row of the other, and a dead letter."""
    sink = OldSink(database.url)
    letter = DeadLetter(
        topic="files.announced",
        partition=0,
        offset=7,
        code="undecodable",
        reason="no",
        key=None,
        value=b"x",
        received_at=START,
    )
    await sink.write(SinkBatch(Table.DEAD_LETTERS, dead_letter_table([letter])))
    for n, file_id in enumerate(("f-1", "f-2")):
        record = new_file(file_id, at=n)
        sensors = [sensor("a", [0.1, 2.5e300, n]), sensor(f"b-{n}", [7.0])]
        await write_file(sink, record, sensors, [refused(5), refused(6)])
        await sink.write(SinkBatch.of(progress(record, 1, at=1)))
    await sink.close()
    await database.command(
        "INSERT INTO resubmitted_row_rows (file_id, row, resubmission_id, resubmission_row)"
        " SELECT 'f-1', 5, 'f-2', 1"
    )
    await database.command(
        "INSERT INTO readings_by_sensor (sensor_id, timestamp, file_id, generation, row, value, live_key)"
        " SELECT 'a', toDateTime64(number, 6, 'UTC'), 'f-1', 1, number + 1, number / 7,"
        " reinterpretAsUInt64(substring(MD5('f-1/1'), 1, 8)) FROM numbers(100)"
    )


async def seen(database: Database) -> dict[str, Rows]:
    """What people see: all rows of each view."""
    return {
        name: await database.query(f"SELECT * FROM {database.view(name)} ORDER BY ALL")
        for name in view_names()
    }


async def stored(database: Database) -> dict[str, Rows]:
    """All rows of each table that is in the default database of `database`, but the migrations' own."""
    rows = await database.query("SHOW TABLES")
    names = {row["name"] for row in rows} & {*table_names()}
    return {name: await database.query(f"SELECT * FROM {name} ORDER BY ALL") for name in names}


async def places(database: Database) -> dict[str, list[str]]:
    """In which of the two databases each table and view is."""
    rows = await database.query(
        "SELECT name, groupArray(database) AS found FROM system.tables"
        " WHERE database IN {databases:Array(String)} GROUP BY name",
        {"databases": [database.public, internal_database(database.public)]},
    )
    return {row["name"]: row["found"] for row in rows}
