"""Readings over time: aggregates of the valid rows per interval, of one file or of all.

Intervals are round ones, and begin where the clock in UTC has a multiple of them, so that the same
reading is in the same interval for every requested range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from schemas.instants import MICROSECOND, micros_of, moment_of
from sinks.clickhouse.client import Database

# No reading is before it, so that one interval can always be enough.
_ORIGIN: Final = datetime(1900, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
# In microseconds, below a day; from there on it is whole days.
_ROUND: Final = (
    *(unit * times for unit in (1, 10, 100, 1000, 10_000, 100_000) for times in (1, 2, 5)),
    *(_SECOND * times for times in (1, 2, 5, 10, 15, 30)),
    *(60 * _SECOND * times for times in (1, 2, 5, 10, 15, 30)),
    *(3600 * _SECOND * times for times in (1, 2, 3, 6, 12)),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """Intervals of equal length from `begin` on, `count` of them; in microseconds since 1970."""

    begin: int
    interval: int
    count: int

    @classmethod
    def over(cls, begin: datetime, end: datetime, points: int) -> Grid:
        """The shortest round intervals of which at most `points` cover `begin` to before `end`.

        `begin` is not before 1900, from where whole days are counted.
        """
        first = (begin - _ORIGIN) // MICROSECOND
        last = (end - _ORIGIN) // MICROSECOND - 1
        days = 0
        for interval in _ROUND:
            if last // interval - first // interval < points:
                break
        else:
            days = max(1, (last - first) // (_DAY * points))
            while last // (days * _DAY) - first // (days * _DAY) >= points:
                days += 1
            interval = days * _DAY
        start = first // interval
        origin = micros_of(_ORIGIN)
        return cls(origin + start * interval, interval, last // interval - start + 1)

    def moment(self, number: int) -> datetime:
        """Start of an interval."""
        return moment_of(self.begin + number * self.interval)


@dataclass(frozen=True, slots=True)
class Extent:
    """How many valid rows there are, and the time of the first and the last one."""

    row_count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """Aggregates of the readings of an interval; the mean is None if their sum is not finite."""

    begin: datetime
    row_count: int
    min_value: float
    max_value: float
    mean_value: float | None


async def extent_of_file(
    database: Database, file_id: str, generation: int, sensor_id: str | None
) -> Extent | None:
    """Of a generation's results, all sensors or one; None if there are none."""
    only, params = "", {"id": file_id, "generation": generation}
    if sensor_id is not None:
        only, params["sensor"] = " AND sensor_id = {sensor:String}", sensor_id
    (found,) = await database.query(
        "SELECT sum(row_count) AS total, minIf(first_timestamp, row_count > 0) AS first,"
        " maxIf(last_timestamp, row_count > 0) AS last FROM sensor_result_rows FINAL"
        f" PREWHERE file_id = {{id:String}} AND generation = {{generation:UInt32}}{only}",
        params,
    )
    return Extent(found["total"], found["first"], found["last"]) if found["total"] else None


async def stored_readings(database: Database, file_id: str, generation: int) -> int:
    """How many readings of a generation were written; what was written twice counts twice."""
    rows = await database.query(
        "SELECT count() AS stored FROM readings_by_sensor"
        " WHERE file_id = {id:String} AND generation = {generation:UInt32}",
        {"id": file_id, "generation": generation},
    )
    return int(rows[0]["stored"])


async def readings_of_file(
    database: Database,
    file_id: str,
    generation: int,
    sensor_id: str | None,
    begin: datetime,
    end: datetime,
    grid: Grid,
) -> list[Interval]:
    """The intervals of `grid` that have readings of a generation from `begin` to before `end`."""
    return await intervals(
        database,
        "file_id = {id:String} AND generation = {generation:UInt32}",
        {"id": file_id, "generation": generation},
        sensor_id,
        begin,
        end,
        grid,
    )


async def intervals(
    database: Database,
    condition: str,
    params: Mapping[str, Any],
    sensor_id: str | None,
    begin: datetime,
    end: datetime,
    grid: Grid,
) -> list[Interval]:
    """The intervals of `grid` that have readings from `begin` to before `end`, of those that are
    chosen by a condition on key columns."""
    bound = {
        **params,
        "begin": begin,
        "end": end,
        "grid": grid.begin,
        "interval": grid.interval,
        "count": grid.count,
    }
    if sensor_id is not None:
        condition, bound["sensor"] = f"{condition} AND sensor_id = {{sensor:String}}", sensor_id
    # Rows of one key are equal, so that what FINAL leaves out is not missed: PREWHERE is right.
    rows = await database.query(
        "SELECT intDiv(toUnixTimestamp64Micro(timestamp) - {grid:Int64}, {interval:Int64}) AS number,"
        " count() AS row_count, min(value) AS min_value, max(value) AS max_value,"
        " sumKahan(value) / row_count AS mean, if(isFinite(mean), mean, NULL) AS mean_value"
        f" FROM readings_by_sensor FINAL PREWHERE {condition}"
        " AND timestamp >= {begin:DateTime64(6, 'UTC')} AND timestamp < {end:DateTime64(6, 'UTC')}"
        " GROUP BY number ORDER BY number LIMIT {count:UInt64}",
        bound,
    )
    return [
        Interval(
            grid.moment(row["number"]),
            row["row_count"],
            row["min_value"],
            row["max_value"],
            row["mean_value"],
        )
        for row in rows
    ]
