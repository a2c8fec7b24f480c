"""Everything the product shows of a set of files, through API and SQL, held against the oracle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tests.harness import comparison
from tests.harness.client import Client
from tests.harness.oracle import Expected

_TABLES = ("sensor_results", "invalid_rows", "readings")


async def one_file(client: Client, file_id: str, expected: Expected) -> list[str]:
    """Differences of one ended file: document, sensors, invalid rows in API and SQL; readings."""
    document = await client.get(f"/api/v1/files/{file_id}")
    wrong = comparison.document(expected, document)
    wrong += comparison.sensors(expected, await client.sensors(file_id))
    wrong += comparison.invalid_rows(expected, await client.invalid_rows(file_id))
    sql = await client.sql(
        comparison.FILES_SQL + "WHERE file_id = {file_id:String}", file_id=file_id
    )
    if len(sql) == 1:
        wrong += _named("SQL files", comparison.file_row(expected, sql[0]))
    else:
        wrong.append(f"SQL files: {len(sql)} rows of one file")
    found = await client.sql(comparison.SENSORS_SQL, file_id=file_id)
    wrong += _named("SQL sensor_results", comparison.sensors(expected, found))
    found = await client.sql(comparison.INVALID_SQL, file_id=file_id)
    wrong += _named("SQL invalid_rows", comparison.invalid_rows(expected, found, ordered=False))
    found = await client.sql(comparison.READINGS_SQL, file_id=file_id)
    wrong += _named("SQL readings", comparison.readings(expected, found))
    return _named(document["filename"], wrong)


async def whole_database(client: Client, expected: Mapping[str, Expected]) -> list[str]:
    """Differences of the views over all files, if `expected` (by file_id) is all there may be."""
    rows = await client.sql("SELECT file_id, status, row_count, error FROM csv_processor.files")
    wrong: list[str] = []
    seen: dict[str, int] = defaultdict(int)
    for row in rows:
        seen[row["file_id"]] += 1
        if row["file_id"] not in expected:
            wrong.append(f"SQL files: {row} was never accepted")
    wrong += [
        f"SQL files: {file_id} is there {seen[file_id]} times"
        for file_id in expected
        if seen[file_id] != 1
    ]
    for table in _TABLES:
        found = await client.sql(f"SELECT DISTINCT file_id FROM csv_processor.{table}")
        foreign = {row["file_id"] for row in found} - expected.keys()
        if foreign:
            wrong.append(f"SQL {table}: rows of files never accepted: {sorted(foreign)[:5]}")
    files = [item["file_id"] async for item in client.pages("/api/v1/files", limit=100)]
    if len(files) != len(set(files)):
        wrong.append("GET /files lists a file twice")
    if missing := expected.keys() - set(files):
        wrong.append(f"GET /files lacks {sorted(missing)[:5]}")
    view = await client.sql(comparison.TOTALS_SQL)
    wrong += _named("SQL sensors", comparison.totals(expected.values(), view))
    listed = [row async for row in client.pages("/api/v1/sensors")]
    wrong += _named("GET /sensors", comparison.totals(expected.values(), listed))
    return wrong + _named("SQL and GET /sensors", comparison.same_totals(view, listed))


def _named(name: str, wrong: list[str]) -> list[str]:
    return [f"{name}: {text}" for text in wrong]
