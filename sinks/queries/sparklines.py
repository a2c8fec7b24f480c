"""The last means of many sensors at once, for small lines beside their names."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.instants import micros_of
from schemas.totals_sql import DELETED
from sinks.clickhouse.client import Database, Rows
from sinks.queries.live_totals import READ_WITHIN, LiveTotals
from sinks.queries.sensor_sums import SensorSums

# Names fit a parameter of a statement (`sinks.queries.chunks`), however long they are.
MAX_SPARKLINES: Final = 100
_NAME_BYTES: Final = 100_000
_COLUMNS: Final = "sensor_id, file_id, generation, row_count, first_timestamp, last_timestamp"


@dataclass(frozen=True, slots=True)
class FileMean:
    """The mean of a sensor in a live file; None if its sum is not finite."""

    sensor_id: str
    file_id: str
    generation: int
    first: datetime
    last: datetime
    mean: float | None


async def last_file_means(
    database: Database,
    live: LiveTotals,
    sensor_ids: Sequence[str],
    count: int,
    since: float = float("inf"),
) -> dict[str, list[FileMean]]:
    """The means of each sensor in the last `count` files that have readings of it, in the order of
    their last reading; `since` as in `LiveTotals`."""
    found: dict[str, list[FileMean]] = {name: [] for name in sensor_ids}
    for names in _fitting(list(found)):
        for one in await _means(database, live, names, count, since):
            found[one.sensor_id].append(one)
    for name, means in found.items():
        means.sort(key=lambda one: (one.last, one.file_id))
        found[name] = means[-count:]
    return found


def _fitting(names: Sequence[str]) -> Iterator[list[str]]:
    """The names in lists that each fit a parameter."""
    taken: list[str] = []
    used = 0
    for name in names:
        size = len(name.encode()) + 4
        if taken and used + size > _NAME_BYTES:
            yield taken
            taken, used = [], 0
        taken.append(name)
        used += size
    if taken:
        yield taken


async def _means(
    database: Database, live: LiveTotals, names: list[str], count: int, since: float
) -> list[FileMean]:
    began = min(since, time.monotonic())
    current = await live.changed(since)
    if current is not None:
        seal, changed = current
        rows = await _sealed(database, seal, changed, names, count)
        if time.monotonic() - began < READ_WITHIN:
            return [*map(_of_sealed, rows), *await _changed(database, changed, names)]
    rows = await database.query(
        f"SELECT {_COLUMNS.replace('generation, ', '')}, mean_value"
        f" FROM {database.view('sensor_results')}"
        " WHERE sensor_id IN {names:Array(String)} AND row_count > 0"
        " ORDER BY sensor_id, last_timestamp DESC, file_id DESC LIMIT {count:UInt64} BY sensor_id",
        {"names": names, "count": count},
    )
    generations = await _live_generations(database, {row["file_id"] for row in rows})
    return [
        _file_mean({**row, "generation": generations.get(row["file_id"], 0)}, row["mean_value"])
        for row in rows
    ]


async def _sealed(
    database: Database, seal: int, changed: Mapping[str, int], names: list[str], count: int
) -> Rows:
    # Which results these are is found without the sums, which are most of the bytes.
    last = (
        "SELECT sensor_id, file_id, generation FROM"
        " (SELECT sensor_id, file_id, generation, removed, row_count, last_timestamp"
        " FROM sealed_results PREWHERE sensor_id IN {names:Array(String)}"
        " WHERE seal <= {seal:UInt64} AND file_id NOT IN {changed:Array(String)}"
        " ORDER BY generation DESC, removed LIMIT 1 BY sensor_id, file_id)"
        " WHERE removed = 0 AND row_count > 0"
        " ORDER BY sensor_id, last_timestamp DESC, file_id DESC LIMIT {count:UInt64} BY sensor_id"
    )
    return await database.query(
        f"SELECT {_COLUMNS}, sum_keys, sum_parts FROM sealed_results"
        " PREWHERE sensor_id IN {names:Array(String)}"
        f" AND (sensor_id, file_id, generation) IN ({last})"
        " WHERE removed = 0 LIMIT 1 BY sensor_id, file_id",
        {"names": names, "seal": seal, "changed": list(changed), "count": count},
    )


async def _changed(
    database: Database, changed: Mapping[str, int], names: list[str]
) -> Iterator[FileMean]:
    """Those in files that changed since the seal."""
    live = {file_id: state - 1 for file_id, state in changed.items() if state != DELETED}
    rows: Rows = []
    if live:
        rows = await database.query(
            f"SELECT {_COLUMNS}, sum_hi, sum_lo FROM sensor_result_rows FINAL"
            " PREWHERE (file_id, generation) IN"
            " arrayZip({ids:Array(String)}, {generations:Array(UInt32)})"
            " WHERE sensor_id IN {names:Array(String)} AND row_count > 0",
            {"ids": list(live), "generations": list(live.values()), "names": names},
        )
    return (_summed(row, SensorSums.of_values(row["sum_hi"], row["sum_lo"])) for row in rows)


async def _live_generations(database: Database, file_ids: set[str]) -> dict[str, int]:
    rows = await database.query(
        "SELECT file_id, argMax(live_generation, version) AS generation FROM file_records"
        " PREWHERE file_id IN {ids:Array(String)} GROUP BY file_id",
        {"ids": sorted(file_ids)},
    )
    return {row["file_id"]: row["generation"] for row in rows}


def _of_sealed(row: Mapping[str, Any]) -> FileMean:
    return _summed(row, dict(zip(row["sum_keys"], row["sum_parts"], strict=True)))


def _summed(row: Mapping[str, Any], sums: dict[int, int]) -> FileMean:
    return _file_mean(row, SensorSums(row_count=row["row_count"], sums=sums).mean())


def _file_mean(row: Mapping[str, Any], mean: float | None) -> FileMean:
    return FileMean(
        sensor_id=row["sensor_id"],
        file_id=row["file_id"],
        generation=row["generation"],
        first=row["first_timestamp"],
        last=row["last_timestamp"],
        mean=mean,
    )


async def means_over_time(
    database: Database, files: Sequence[FileMean], points: int
) -> dict[str, list[float]]:
    """The means of each sensor in up to `points` intervals of equal length, from its first to its last
    reading in its file; of readings that are stored.

    Args:
        files: one of each sensor.
    """
    found: dict[str, list[float]] = {one.sensor_id: [] for one in files}
    by_name = {one.sensor_id: one for one in files}
    for names in _fitting(list(by_name)):
        chosen = [by_name[name] for name in names]
        begins = [micros_of(one.first) for one in chosen]
        widths = [
            -(-(micros_of(one.last) + 1 - begin) // points)
            for one, begin in zip(chosen, begins, strict=True)
        ]
        # Rows of one key are equal, so that what FINAL leaves out is not missed: PREWHERE is right.
        rows = await database.query(
            "WITH indexOf({names:Array(String)}, sensor_id) AS place"
            " SELECT sensor_id, intDiv(toUnixTimestamp64Micro(timestamp)"
            " - {begins:Array(Int64)}[place], {widths:Array(Int64)}[place]) AS number,"
            " sumKahan(value) / count() AS mean FROM readings_by_sensor FINAL"
            " PREWHERE sensor_id IN {names:Array(String)} AND (sensor_id, file_id, generation) IN"
            " arrayZip({names:Array(String)}, {ids:Array(String)}, {generations:Array(UInt32)})"
            " GROUP BY sensor_id, number HAVING isFinite(mean) ORDER BY sensor_id, number",
            {
                "names": names,
                "ids": [one.file_id for one in chosen],
                "generations": [one.generation for one in chosen],
                "begins": begins,
                "widths": widths,
            },
        )
        for row in rows:
            found[row["sensor_id"]].append(row["mean"])
    return found
