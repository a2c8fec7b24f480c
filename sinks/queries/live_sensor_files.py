"""Results of one sensor, file by file, in few small questions.

As one statement they take the database a tenth of a second, most of it for planning: see
`sinks.queries.live_totals`. A page is read of what is sealed alone, and the few files that changed since
are put into it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from sinks.clickhouse.client import Database, Rows
from sinks.queries.live_totals import READ_WITHIN, LiveTotals
from sinks.queries.pagination import SORT_VALUE, After, Keyset, Page, is_after, moment_key, page_of
from sinks.queries.sensor_sums import SensorSums
from sinks.queries.totals import SENSOR_FILE_SORTS, sensor_files_page

_COLUMNS: Final = (
    "file_id, sensor_id, row_count, min_value, max_value, first_timestamp, first_value,"
    " last_timestamp, last_value, missing_count, excluded_count"
)
# Unknown without readings, as the smallest and the largest value are.
_FIRST_AND_LAST: Final = ("first_timestamp", "first_value", "last_timestamp", "last_value")
# The sort keys of `SENSOR_FILE_SORTS` in a row of `sealed_results`, but for the mean.
_KEYS: Final = {
    "first_timestamp": "if(row_count = 0, 0, toUnixTimestamp64Micro(first_timestamp))",
    "last_timestamp": "if(row_count = 0, 0, toUnixTimestamp64Micro(last_timestamp))",
    "row_count": "row_count",
    "min_value": "if(row_count = 0, 0, min_value)",
    "max_value": "if(row_count = 0, 0, max_value)",
    "filename": "filename",
}


async def live_sensor_files_page(
    database: Database,
    live: LiveTotals,
    sensor_id: str,
    *,
    sort: str = "first_timestamp",
    descending: bool = False,
    limit: int = 100,
    after: After | None = None,
    since: float = float("inf"),
) -> Page[dict[str, Any]]:
    """See `sinks.queries.sensor_files_page`; `since` as in `LiveTotals`."""
    began = min(since, time.monotonic())
    found = await live.results(sensor_id, since)
    if found is not None and sort in _KEYS:
        seal, changed, results = found
        rows, new = await asyncio.gather(
            _sealed(database, seal, changed, sensor_id, sort, descending, limit, after),
            _with_names(database, results),
        )
        if time.monotonic() - began < READ_WITHIN:
            for row in new:
                row[SORT_VALUE] = _sort_value(row, sort)
                if after is None or is_after(row, "file_id", after, descending):
                    rows.append(row)
            rows.sort(key=lambda row: (row[SORT_VALUE], row["file_id"]), reverse=descending)
            return page_of(rows, limit, "file_id")
    return await sensor_files_page(
        database, sensor_id, sort=sort, descending=descending, limit=limit, after=after
    )


async def _sealed(
    database: Database,
    seal: int,
    changed: Mapping[str, int],
    sensor_id: str,
    sort: str,
    descending: bool,
    limit: int,
    after: After | None,
) -> Rows:
    """The page without the files of `changed`."""
    keyset = Keyset(SENSOR_FILE_SORTS[sort], "file_id", descending, after)
    key, way = _KEYS[sort], "DESC" if descending else "ASC"
    rows = await database.query(
        f"SELECT filename, {_COLUMNS}, sum_keys, sum_parts, {key} AS {SORT_VALUE} FROM"
        " (SELECT * FROM sealed_results PREWHERE sensor_id = {sensor_id:String}"
        " WHERE seal <= {seal:UInt64} AND file_id NOT IN {changed:Array(String)}"
        " ORDER BY generation DESC, removed LIMIT 1 BY file_id)"
        f" WHERE removed = 0 AND {keyset.condition.replace(keyset.sort.expression, key, 1)}"
        f" ORDER BY {SORT_VALUE} {way}, file_id {way} LIMIT {{limit:UInt64}}",
        keyset.params
        | {
            "sensor_id": sensor_id,
            "seal": seal,
            "changed": list(changed),
            "limit": limit + 1,
        },
    )
    return [
        _row(row, dict(zip(row["sum_keys"], row["sum_parts"], strict=True)))
        | {SORT_VALUE: row[SORT_VALUE]}
        for row in rows
    ]


async def _with_names(database: Database, found: Rows) -> Rows:
    """Results in files that changed since the seal."""
    if not found:
        return []
    names = await database.query(
        "SELECT file_id, argMax(filename, version) AS name FROM file_records"
        " PREWHERE file_id IN {ids:Array(String)} GROUP BY file_id",
        {"ids": [row["file_id"] for row in found]},
    )
    filenames = {row["file_id"]: row["name"] for row in names}
    return [
        _row(
            {**row, "filename": filenames[row["file_id"]]},
            SensorSums.of_values(row["sum_hi"], row["sum_lo"]),
        )
        for row in found
    ]


def _row(row: Mapping[str, Any], sums: dict[int, int]) -> dict[str, Any]:
    some = row["row_count"] > 0
    return {
        "file_id": row["file_id"],
        "filename": row["filename"],
        "sensor_id": row["sensor_id"],
        "row_count": row["row_count"],
        "min_value": row["min_value"] if some else None,
        "max_value": row["max_value"] if some else None,
        "mean_value": SensorSums(row_count=row["row_count"], sums=sums).mean(),
        **{name: row[name] if some else None for name in _FIRST_AND_LAST},
        "missing_count": row["missing_count"],
        "excluded_count": row["excluded_count"],
    }


def _sort_value(row: Mapping[str, Any], sort: str) -> Any:
    value = row[sort]
    if sort.endswith("_timestamp"):
        return 0 if value is None else moment_key(value)
    return 0 if value is None else value
