"""This version at work on a database that the next one has migrated already."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from schemas.tables import Table
from schemas.views import FOLDER, view_names
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrate
from sinks.clickhouse.sink import ClickHouseSink
from sinks.queries import file_by_id, file_counts, file_states, files_to_purge
from tests.harness.stored_files import minutes, new_file, progress, refused, sensor, write_file

_VIEWS = ("files", "sensor_results", "sensors", "invalid_rows", "dead_letters")


async def test_what_the_next_version_adds_is_no_hindrance(
    database: Database, sink: ClickHouseSink, tmp_path: Path
) -> None:
    """Files before and after the migration are written and read alike, by the same statements."""
    record = new_file("0-before")
    before = await write_file(sink, record, [sensor("a", [1.0, 2.0])], [refused(3)])
    seen = await looked_at(database)
    folder = Path(shutil.copytree(FOLDER, tmp_path / "sql"))
    # Whatever a migration may do: columns with a default anywhere, a table, a view that shows more.
    added = [
        f"ALTER TABLE {table.value} ADD COLUMN IF NOT EXISTS next_{n} Array(String)"
        f" DEFAULT ['new'] {'FIRST' if n % 2 else ''};"
        for n, table in enumerate(Table)
    ]
    added += [
        "CREATE TABLE IF NOT EXISTS next_table (x Int8) ENGINE = MergeTree ORDER BY x;",
        "CREATE OR REPLACE VIEW next_files AS SELECT * FROM file_records FINAL;",
    ]
    (folder / "0900_next.sql").write_text("\n".join(added))
    views = [f"views/{name}" for name in view_names()]
    assert await migrate(database, folder) == ["0900_next", *views]
    # What was there reads as it did, and this version starts on what the next one has made.
    assert await looked_at(database) == seen
    assert await migrate(database) == []
    assert await file_by_id(database, "0-before") == before
    # What is written now is complete, and the next version sees the default beside it.
    again = new_file("1-after", at=1)
    after = await write_file(sink, again, [sensor("a", [5.0]), sensor("b", [7.0])], [refused(9)])
    await sink.write(SinkBatch.of(progress(again, 1, at=2)))
    assert await file_by_id(database, "1-after") == after
    states = await file_states(database, ["0-before", "1-after"])
    assert {state.status_of(1) for state in states.values()} == {"terminal"}
    assert (await file_counts(database)).row_count == 4
    assert await files_to_purge(database, before=minutes(9)) == []
    (total,) = await database.query(
        f"SELECT row_count FROM {database.view('sensors')} WHERE sensor_id = 'a'"
    )
    assert total == {"row_count": 3}
    found = await database.query("SELECT DISTINCT next_0 FROM next_files")
    assert found == [{"next_0": ["new"]}]


async def looked_at(database: Database) -> list[list[dict[str, Any]]]:
    """Every row that people see of files from before."""
    return [
        await database.query(f"SELECT * FROM {database.view(view)} ORDER BY ALL") for view in _VIEWS
    ]
