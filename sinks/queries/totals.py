"""Totals over all files."""

from __future__ import annotations

from typing import Any, Final

from schemas.totals_sql import LAST_SEAL, changed_sensors, changed_since, sensor_files_select
from sinks.clickhouse.client import Database, Rows
from sinks.queries.pagination import (
    SORT_VALUE,
    After,
    Keyset,
    Page,
    Sorts,
    moment,
    number,
    page_of,
    real,
    text,
)

TOTAL_SORTS: Final[Sorts] = {
    "sensor_id": text("sensor_id"),
    "row_count": number("row_count"),
    "files": number("files"),
    "min_value": real("min_value"),
    "max_value": real("max_value"),
    "mean_value": real("mean_value"),
    "first_timestamp": moment("first_timestamp"),
    "last_timestamp": moment("last_timestamp"),
}
_COLUMNS: Final = (
    "sensor_id, row_count, files, min_value, max_value, mean_value,"
    " first_timestamp, first_value, last_timestamp, last_value, missing_count, excluded_count"
)
SOURCE_SORTS: Final[Sorts] = {
    "source": text("source"),
    "sensors": number("sensors"),
    "row_count": number("row_count"),
    "last_timestamp": moment("last_timestamp"),
}
# The cost goes by the number of sensors, not by that of files.
_SOURCES: Final = (
    "SELECT if(position(t.sensor_id, '/') = 0, '', splitByChar('/', t.sensor_id, 1)[1]) AS source,"
    " count() AS sensors, sum(t.row_count) AS row_count,"
    " min(t.first_timestamp) AS first_timestamp, max(t.last_timestamp) AS last_timestamp"
    " FROM {sensors} AS t GROUP BY source"
)
# Of one sensor, file by file.
SENSOR_FILE_SORTS: Final[Sorts] = {
    "first_timestamp": moment("first_timestamp"),
    "last_timestamp": moment("last_timestamp"),
    "row_count": number("row_count"),
    "min_value": real("min_value"),
    "max_value": real("max_value"),
    "mean_value": real("mean_value"),
    "filename": text("filename"),
}
_FILE_COLUMNS: Final = (
    "file_id, filename, sensor_id, row_count, min_value, max_value, mean_value,"
    " first_timestamp, first_value, last_timestamp, last_value, missing_count, excluded_count"
)
_HAS_Q: Final = "position(sensor_id, {q:String}) > 0"
_SOURCE_HAS_Q: Final = "position(source, {q:String}) > 0"


async def sensor_totals_page(
    database: Database,
    *,
    q: str | None = None,
    sensor_id: str | None = None,
    sort: str = "sensor_id",
    descending: bool = False,
    limit: int = 100,
    after: After | None = None,
) -> Page[dict[str, Any]]:
    """Per sensor over all live files; the columns of the view `sensors`.

    Args:
        q: part of the sensor_id.
        sensor_id: only this one.
        sort: one of `TOTAL_SORTS`.
        after: `next` of the page before.
    """
    if sort == "sensor_id" and sensor_id is None:
        return await _first_totals(database, q, descending, limit, after)
    keyset = Keyset(TOTAL_SORTS[sort], "sensor_id", descending, after)
    conditions = [keyset.condition]
    params = keyset.params | {"limit": limit + 1}
    if q:
        conditions.append(_HAS_Q)
        params["q"] = q
    if sensor_id is not None:
        conditions.append("sensor_id = {sensor_id:String}")
        params["sensor_id"] = sensor_id
    rows = await database.query(
        f"SELECT {_COLUMNS}, {keyset.sort.expression} AS {SORT_VALUE}"
        f" FROM {database.view('sensors')} WHERE {' AND '.join(conditions)} ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        params,
    )
    return page_of(rows, limit, "sensor_id")


async def _first_totals(
    database: Database, q: str | None, descending: bool, limit: int, after: After | None
) -> Page[dict[str, Any]]:
    """A page by name. How far it reaches is found among all names there ever were, which is quick;
    what is live is then read of these few. If some are not, the search continues after them.
    """
    rows: Rows = []
    up_to = ">=" if descending else "<="
    while True:
        keyset = Keyset(TOTAL_SORTS["sensor_id"], "sensor_id", descending, after)
        only = f"{keyset.condition} AND {_HAS_Q}" if q else keyset.condition
        params = keyset.params | ({"q": q} if q else {})
        found = await database.query(
            "SELECT sensor_id FROM"
            f" (SELECT DISTINCT sensor_id FROM sensor_totals WHERE {only}"
            f" UNION DISTINCT SELECT sensor_id FROM ({changed_sensors()}) WHERE {only})"
            f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
            params | {"limit": limit + 1},
        )
        if found:
            last = found[-1]["sensor_id"]
            rows += await database.query(
                f"SELECT {_COLUMNS}, sensor_id AS {SORT_VALUE} FROM {database.view('sensors')}"
                f" WHERE {only} AND sensor_id {up_to} {{last:String}} ORDER BY {keyset.order}",
                params | {"last": last},
            )
        if len(found) <= limit or len(rows) > limit:
            return page_of(rows, limit, "sensor_id")
        after = (last, last)


async def sources_page(
    database: Database,
    *,
    q: str | None = None,
    sort: str = "last_timestamp",
    descending: bool = False,
    limit: int = 100,
    after: After | None = None,
) -> Page[dict[str, Any]]:
    """Sensors together by their source: what their sensor_id has before the first slash. Those
    without a slash are the source with the empty name.

    Args:
        q: part of the source's name.
        sort: one of `SOURCE_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(SOURCE_SORTS[sort], "source", descending, after)
    sources = _SOURCES.format(sensors=database.view("sensors"))
    rows = await database.query(
        f"SELECT *, {keyset.sort.expression} AS {SORT_VALUE} FROM ({sources})"
        f" WHERE {keyset.condition} AND {_SOURCE_HAS_Q if q else 'true'}"
        f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        keyset.params | {"limit": limit + 1} | ({"q": q} if q else {}),
    )
    return page_of(rows, limit, "source")


async def sensor_files_page(
    database: Database,
    sensor_id: str,
    *,
    sort: str = "first_timestamp",
    descending: bool = False,
    limit: int = 100,
    after: After | None = None,
) -> Page[dict[str, Any]]:
    """Results of one sensor in each file that has it; columns of the view `sensor_results`.

    Args:
        sort: one of `SENSOR_FILE_SORTS`.
        after: `next` of the page before.
    """
    keyset = Keyset(SENSOR_FILE_SORTS[sort], "file_id", descending, after)
    rows = await database.query(
        f"SELECT {_FILE_COLUMNS}, {keyset.sort.expression} AS {SORT_VALUE}"
        f" FROM ({sensor_files_select()}) WHERE {keyset.condition}"
        f" ORDER BY {keyset.order} LIMIT {{limit:UInt64}}",
        keyset.params | {"sensor_id": sensor_id, "limit": limit + 1},
    )
    return page_of(rows, limit, "file_id")


async def distinct_sensors(database: Database) -> int:
    """How many sensors all live files have."""
    (row,) = await database.query(f"SELECT count() AS sensors FROM {database.view('sensors')}")
    return int(row["sensors"])


async def live_set(database: Database) -> str:
    """Names what is live, that is all that totals are made of: which generation of which file.

    The name is that of the seal that is read, with its moment, which a seal of another database does
    not have, and of what has changed since. It is never reused after it changed, because the states of
    files only grow. So a result that was read after its name can
    be cached under it: a later reader with the same name gets the same result.
    """
    (row,) = await database.query(
        f"WITH {LAST_SEAL} AS last_seal SELECT last_seal.1 AS seal,"
        " toUnixTimestamp64Micro(last_seal.2) AS moment, count() AS files,"
        f" sum(cityHash64(file_id, state)) AS hash FROM ({changed_since('last_seal')})"
    )
    return f"{row['seal']}-{row['moment']}-{row['files']}-{row['hash']:x}"
