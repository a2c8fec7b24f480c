"""Totals over all files as JSON, cached for as long as the same files are live."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson

from ingest.cache.results import sensors_bytes
from ingest.cache.store import Cache
from ingest.http.pagination import Order
from sinks.clickhouse.client import Database
from sinks.queries import sources_page
from sinks.queries.live_counts import LiveCounts
from sinks.queries.live_sensor_files import live_sensor_files_page
from sinks.queries.live_totals import LiveTotals
from sinks.queries.readings import Extent, Grid, Interval
from sinks.queries.sensor_readings import extent_of_sensor, readings_of_sensor
from sinks.queries.sparklines import last_file_means, means_over_time


class Totals:
    """Totals over all files. What is live is asked first, every time: a part of the time that the
    totals take, and all that they depend on.
    """

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database, self._cache = database, cache
        self._live, self._counts = LiveTotals(database), LiveCounts(database)

    async def sensors(
        self, q: str | None, sensor_id: str | None, order: Order, limit: int
    ) -> bytes:
        """A page of sensors over all files."""

        async def read(since: float) -> bytes:
            page = await self._live.page(
                q=q, sensor_id=sensor_id, limit=limit, since=since, **order.paging
            )
            return sensors_bytes(page, order)

        return await self._kept(
            f"sensors {order.name} {limit} {order.after} {sensor_id!r} {q!r}", read
        )

    async def sensor_files(self, sensor_id: str, order: Order, limit: int) -> bytes:
        """A page of the results of one sensor, file by file."""

        async def read(since: float) -> bytes:
            page = await live_sensor_files_page(
                self._database, self._live, sensor_id, limit=limit, since=since, **order.paging
            )
            return sensors_bytes(page, order)

        return await self._kept(f"files {order.name} {limit} {order.after} {sensor_id}", read)

    async def sparklines(
        self, sensor_ids: list[str], points: int, *, with_readings: bool
    ) -> list[dict[str, Any]]:
        """The last means of each sensor: of up to `points` files, or, if there is only one and its
        readings are stored, of intervals of them."""

        async def read(since: float) -> bytes:
            of_files = await last_file_means(self._database, self._live, sensor_ids, points, since)
            single = [means[0] for means in of_files.values() if len(means) == 1]
            over_time: dict[str, list[float]] = {}
            if with_readings and single:
                over_time = await means_over_time(self._database, single, points)
            return orjson.dumps(
                [
                    {"sensor_id": name, "of": "intervals", "means": over_time[name]}
                    if over_time.get(name)
                    else {
                        "sensor_id": name,
                        "of": "files",
                        "means": [one.mean for one in means if one.mean is not None],
                    }
                    for name, means in of_files.items()
                ]
            )

        found: list[dict[str, Any]] = orjson.loads(
            await self._kept(f"sparklines {points} {with_readings} {sensor_ids!r}", read)
        )
        return found

    async def extent_of_sensor(self, sensor_id: str) -> Extent | None:
        """See `sinks.queries.sensor_readings`."""
        return await extent_of_sensor(self._live, sensor_id)

    async def readings_of_sensor(
        self, sensor_id: str, begin: datetime, end: datetime, grid: Grid
    ) -> list[Interval]:
        """See `sinks.queries.sensor_readings`."""
        return await readings_of_sensor(self._database, self._live, sensor_id, begin, end, grid)

    async def sources(self, q: str | None, order: Order, limit: int) -> bytes:
        """A page of sources, each with what its sensors have together."""

        async def read(_: float) -> bytes:
            page = await sources_page(self._database, q=q, limit=limit, **order.paging)
            return sensors_bytes(page, order)

        return await self._kept(f"sources {order.name} {limit} {order.after} {q!r}", read)

    async def counts(self) -> dict[str, Any]:
        """Counts over all files, `sensor_count` that of distinct sensors."""

        async def read(since: float) -> bytes:
            return orjson.dumps(await self._live.sensors(since))

        counts, sensors = await asyncio.gather(
            self._counts.counts(), self._kept("sensor count", read)
        )
        return counts.document() | {"sensor_count": orjson.loads(sensors)}

    async def _kept(self, what: str, read: Callable[[float], Awaitable[bytes]]) -> bytes:
        since = time.monotonic()
        name = await self._live.name(since)
        return await self._cache.get(f"all {name} {what}", lambda: read(since))
