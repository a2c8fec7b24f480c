"""Readings of one sensor over all live files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sinks.clickhouse.client import Database
from sinks.queries.live_totals import LiveTotals
from sinks.queries.readings import Extent, Grid, Interval, intervals

# As `schemas.arrow.live_key` makes it.
_LIVE_KEY: Final = (
    "reinterpretAsUInt64(substring(MD5(concat(file_id, '/', toString(generation))), 1, 8))"
)
# A file whose readings are withheld (`max_invalid`) counts no rows.
_LIVE_OF_CHANGED: Final = (
    f"SELECT {_LIVE_KEY.replace('generation', 'live_generation')} FROM file_records FINAL"
    " WHERE file_id IN {changed:Array(String)} AND deleted = 0 AND row_count > 0"
    " AND readings_removed_at IS NULL"
)
_IN_RANGE: Final = "first_timestamp < {end:DateTime64(6, 'UTC')} AND last_timestamp >= {begin:DateTime64(6, 'UTC')}"


async def extent_of_sensor(live: LiveTotals, sensor_id: str) -> Extent | None:
    """How many readings there are, and from when to when; None if no file has the sensor, or no
    reading of it."""
    page = await live.page(sensor_id=sensor_id, limit=1)
    if not page.items or not page.items[0]["row_count"]:
        return None
    (found,) = page.items
    return Extent(found["row_count"], found["first_timestamp"], found["last_timestamp"])


async def readings_of_sensor(
    database: Database,
    live: LiveTotals,
    sensor_id: str,
    begin: datetime,
    end: datetime,
    grid: Grid,
) -> list[Interval]:
    """The intervals of `grid` that have readings of a sensor in any live file."""
    of_live, params = await _live_keys(database, live)
    return await intervals(
        database, f"live_key IN ({of_live})", params, sensor_id, begin, end, grid
    )


async def _live_keys(database: Database, live: LiveTotals) -> tuple[str, dict[str, Any]]:
    """SELECT of the keys of the files that have {sensor:String} from {begin:...} to {end:...}, and
    of some that have not; its other parameters.

    Without results of all files: those that seals contain are by sensor.
    """
    found = await live.changed()
    if found is None:
        return (
            f"SELECT {_LIVE_KEY} FROM {database.view('sensor_results')}"
            f" WHERE sensor_id = {{sensor:String}} AND {_IN_RANGE}",
            {},
        )
    seal, changed = found
    sealed = (
        f"SELECT {_LIVE_KEY} FROM (SELECT file_id, generation, removed, first_timestamp,"
        " last_timestamp FROM sealed_results PREWHERE sensor_id = {sensor:String}"
        " WHERE seal <= {seal:UInt64} AND file_id NOT IN {changed:Array(String)}"
        f" ORDER BY generation DESC, removed LIMIT 1 BY file_id) WHERE removed = 0 AND {_IN_RANGE}"
    )
    return f"{sealed} UNION ALL {_LIVE_OF_CHANGED}", {"seal": seal, "changed": list(changed)}
