"""Totals of sensors in few small questions, for a process that answers many requests.

As one statement the view `sensors` takes the database a tenth of a second, most of it for planning. So
what changed since the last seal is kept here: each request asks which records are new, and only for new
ones whether they are sealed, what their results are, and what is sealed of their sensors. A page is
then read of what is sealed alone, and these few sensors are put into it.

If much has changed, or a file that was sealed is replaced or deleted, the view answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.instants import micros_of
from schemas.totals_sql import DELETED, LAST_SEAL, STATE
from sinks.clickhouse.client import Database, Rows
from sinks.queries.pagination import SORT_VALUE, After, Keyset, Page, is_after, moment_key, page_of
from sinks.queries.sensor_sums import SensorSums, sensor_row
from sinks.queries.totals import (
    TOTAL_SORTS,
    distinct_sensors,
    live_set,
    sensor_totals_page,
)

# Seconds for which a seal that was looked up is used, and in which what it needs has to be read: before
# that the one after the next does not begin. See `schemas.totals_sql.READ_AFTER`.
_SEAL_SECONDS: Final = 1.0
_READ_SECONDS: Final = 1.8
# For others, who know only when they asked.
READ_WITHIN: Final = _READ_SECONDS - _SEAL_SECONDS
# Results that are kept, and the files and sensors they may have: what fits a parameter of a statement
# (`sinks.queries.chunks`), quoted. If there are more, the one statement answers.
_MOST_RESULTS: Final = 20_000
_MOST_FILES: Final = 2_000
_MOST_SENSORS: Final = 2_000
_MOST_BYTES: Final = 100_000
_RESULT_COLUMNS: Final = (
    "file_id, generation, sensor_id, row_count, min_value, max_value, sum_hi, sum_lo,"
    " first_timestamp, first_value, last_timestamp, last_value, missing_count, excluded_count"
)
# The sort keys of `TOTAL_SORTS`, of a state `x`.
_SORTS: Final = {
    "sensor_id": "sensor_id",
    "row_count": "x.row_count",
    "files": "x.files",
    "min_value": "if(x.row_count = 0, 0, x.min_value)",
    "max_value": "if(x.row_count = 0, 0, x.max_value)",
    "mean_value": "ifNull(x.mean_value, 0)",
    "first_timestamp": "if(x.row_count = 0, 0, toUnixTimestamp64Micro(x.first.1))",
    "last_timestamp": "if(x.row_count = 0, 0, toUnixTimestamp64Micro(x.last.1))",
}


@dataclass(frozen=True, slots=True)
class _File:
    """A file with records since the seal."""

    state: int
    upload_time: datetime
    sensors: int


@dataclass(slots=True)
class _Tail:
    """What has changed since a seal. `changed` has the state of each file whose results are in `added`,
    and `totals` those of their sensors together with what is sealed of them."""

    seal: int
    log_from: datetime
    sealed: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    totals: dict[str, SensorSums] = field(default_factory=dict)
    # Sensors of which nothing is sealed.
    new: set[str] = field(default_factory=set)
    # Columns of the results, and these by their sensor.
    columns: tuple[str, ...] = ()
    added: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    results: int = 0
    name: str = ""
    # When the seal was the last one, by `time.monotonic`.
    confirmed_at: float = 0.0


class _Much(Exception):  # noqa: N818
    """So much has changed, or in such a way, that the view answers."""


class LiveTotals:
    """Totals of sensors over all files, as they are when they are asked for.

    `since` is a moment of `time.monotonic`: what was looked up after it need not be looked up again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tail: _Tail | None = None
        self._looked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def name(self, since: float = float("inf")) -> str:
        """See `sinks.queries.live_set`."""
        try:
            return (await self._current(since)).name
        except _Much:
            return await live_set(self._database)

    async def page(
        self,
        *,
        q: str | None = None,
        sensor_id: str | None = None,
        sort: str = "sensor_id",
        descending: bool = False,
        limit: int = 100,
        after: After | None = None,
        since: float = float("inf"),
    ) -> Page[dict[str, Any]]:
        """See `sinks.queries.sensor_totals_page`."""
        try:
            tail = await self._current(since)
            confirmed_at = tail.confirmed_at
            rows = [
                row
                for name, sums in tail.totals.items()
                if (sensor_id is None or name == sensor_id) and (not q or q in name)
                for row in [_with_sort_value(sums.columns(name), sort)]
                if after is None or is_after(row, "sensor_id", after, descending)
            ]
            if sensor_id is None or sensor_id not in tail.totals:
                rows += await self._sealed(tail, q, sensor_id, sort, descending, limit, after)
            _check(confirmed_at)
        except _Much:
            return await sensor_totals_page(
                self._database,
                q=q,
                sensor_id=sensor_id,
                sort=sort,
                descending=descending,
                limit=limit,
                after=after,
            )
        rows.sort(key=lambda row: (row[SORT_VALUE], row["sensor_id"]), reverse=descending)
        return page_of(rows, limit, "sensor_id")

    async def sensors(self, since: float = float("inf")) -> int:
        """How many sensors all live files have."""
        try:
            tail = await self._current(since)
            confirmed_at, new = tail.confirmed_at, len(tail.new)
            (row,) = await self._database.query(
                "SELECT count() AS n FROM sensor_totals FINAL WHERE"
                " if(seal <= {seal:UInt64}, state.results, previous.results) > 0",
                {"seal": tail.seal},
            )
            _check(confirmed_at)
        except _Much:
            return await distinct_sensors(self._database)
        return int(row["n"]) + new

    async def changed(self, since: float = float("inf")) -> tuple[int, dict[str, int]] | None:
        """The seal that is read, and the state of each file that changed since then; None if these
        are many."""
        try:
            tail = await self._current(since)
        except _Much:
            return None
        return tail.seal, tail.changed

    async def results(
        self, sensor_id: str, since: float = float("inf")
    ) -> tuple[int, dict[str, int], Rows] | None:
        """As `changed`, and the results of one sensor in these files."""
        try:
            tail = await self._current(since)
        except _Much:
            return None
        added = tail.added.get(sensor_id, ())
        rows = [dict(zip(tail.columns, values, strict=True)) for values in added]
        return tail.seal, tail.changed, rows

    async def _sealed(
        self,
        tail: _Tail,
        q: str | None,
        sensor_id: str | None,
        sort: str,
        descending: bool,
        limit: int,
        after: After | None,
    ) -> list[dict[str, Any]]:
        """The page without the sensors of `tail`."""
        keyset = Keyset(TOTAL_SORTS[sort], "sensor_id", descending, after)
        way = "DESC" if descending else "ASC"
        params: dict[str, Any] = {"seal": tail.seal, "limit": limit + 1}
        conditions = ["x.results > 0"]
        if tail.totals and sensor_id is None:
            conditions.append("sensor_id NOT IN {tail:Array(String)}")
            params["tail"] = list(tail.totals)
        if sensor_id is not None:
            conditions.append("sensor_id = {sensor_id:String}")
            params["sensor_id"] = sensor_id
        if q:
            conditions.append("position(sensor_id, {q:String}) > 0")
            params["q"] = q
        if after is not None:
            conditions.append(keyset.condition.replace(keyset.sort.expression, _SORTS[sort], 1))
            params |= keyset.params
        rows = await self._database.query(
            "WITH if(seal <= {seal:UInt64}, state, previous) AS x"
            f" SELECT sensor_id, x, {_SORTS[sort]} AS {SORT_VALUE} FROM sensor_totals FINAL"
            f" WHERE {' AND '.join(conditions)}"
            f" ORDER BY {_SORTS[sort]} {way}, sensor_id {way} LIMIT {{limit:UInt64}}",
            params,
        )
        return [
            sensor_row(row["sensor_id"], row["x"]) | {SORT_VALUE: row[SORT_VALUE]} for row in rows
        ]

    async def _current(self, since: float) -> _Tail:
        """What has changed since the last seal, as of now or of a moment after `since`."""
        async with self._lock:
            if self._tail is not None and self._looked_at > since:
                return self._tail
            began = time.monotonic()
            tail = await self._look()
            _check(tail.confirmed_at)
            self._tail, self._looked_at = tail, began
            return tail

    async def _look(self) -> _Tail:
        tail = await self._of_last_seal()
        # Until everything that belongs together is read.
        self._tail = None
        files = {
            row["file_id"]: _File(row["state"], row["upload_time"], row["sensors"])
            for row in await self._database.query(
                f"SELECT file_id, {STATE} AS state, any(uploaded) AS upload_time,"
                " max(sensor_count) AS sensors FROM ("
                "SELECT file_id, version AS v, live_generation AS live, upload_time AS uploaded,"
                " sensor_count FROM file_records"
                " PREWHERE inserted_at >= {since:DateTime64(6, 'UTC')}) GROUP BY file_id"
                " HAVING state > 0",
                {"since": tail.log_from},
            )
        }
        if len(files) > _MOST_FILES:
            raise _Much
        if unknown := [file_id for file_id in files if file_id not in tail.sealed]:
            rows = await self._database.query(
                "SELECT file_id, max(state) AS state FROM sealed_files"
                " PREWHERE file_id IN {ids:Array(String)} WHERE seal <= {seal:UInt64}"
                " GROUP BY file_id",
                {"ids": unknown, "seal": tail.seal},
            )
            tail.sealed |= dict.fromkeys(unknown, 0) | {r["file_id"]: r["state"] for r in rows}
        changed = {i: file.state for i, file in files.items() if file.state > tail.sealed[i]}
        if changed != tail.changed:
            await self._add(tail, files, changed)
        return tail

    async def _of_last_seal(self) -> _Tail:
        now = time.monotonic()
        tail = self._tail
        if tail is not None and now - tail.confirmed_at < _SEAL_SECONDS:
            return tail
        (row,) = await self._database.query(
            f"WITH {LAST_SEAL} AS last_seal SELECT last_seal.1 AS seal, last_seal.2 AS log_from"
        )
        if tail is None or tail.seal != row["seal"]:
            tail = _Tail(row["seal"], row["log_from"])
            tail.name = _name(tail)
        tail.confirmed_at = now
        return tail

    async def _add(self, tail: _Tail, files: dict[str, _File], changed: dict[str, int]) -> None:
        """Add the results of files that have changed."""
        if any(tail.sealed[file_id] > 0 for file_id in changed):
            raise _Much
        new = {i: state for i, state in changed.items() if i not in tail.changed}
        if any(changed.get(i) != state for i, state in tail.changed.items()):
            # A file of the tail was replayed or deleted; what it added is not taken out again.
            raise _Much
        live = {i: state - 1 for i, state in new.items() if state != DELETED}
        if tail.results + sum(files[i].sensors or 0 for i in live) > _MOST_RESULTS:
            raise _Much
        rows: Rows = []
        if live:
            rows = await self._database.query(
                f"SELECT {_RESULT_COLUMNS} FROM sensor_result_rows FINAL"
                " PREWHERE (file_id, generation) IN"
                " arrayZip({ids:Array(String)}, {generations:Array(UInt32)})",
                {"ids": list(live), "generations": list(live.values())},
            )
        names = {row["sensor_id"] for row in rows}
        all_names = names | tail.totals.keys()
        if len(all_names) > _MOST_SENSORS or sum(map(_quoted_bytes, all_names)) > _MOST_BYTES:
            raise _Much
        base = await self._states(tail, names - tail.totals.keys())
        tail.new |= names - tail.totals.keys() - base.keys()
        tail.totals |= base
        for row in rows:
            sums = tail.totals.setdefault(row["sensor_id"], SensorSums())
            sums.add(SensorSums.of_result(row, files[row["file_id"]].upload_time))
            tail.columns = tuple(row)
            tail.added.setdefault(row["sensor_id"], []).append(tuple(row.values()))
        tail.results += len(rows)
        tail.changed = changed
        tail.name = _name(tail)

    async def _states(self, tail: _Tail, names: Iterable[str]) -> dict[str, SensorSums]:
        """What is sealed of some sensors."""
        wanted = list(names)
        if not wanted:
            return {}
        rows = await self._database.query(
            "SELECT sensor_id, if(seal <= {seal:UInt64}, state, previous) AS x"
            " FROM sensor_totals FINAL PREWHERE sensor_id IN {names:Array(String)}"
            " WHERE x.results > 0",
            {"seal": tail.seal, "names": wanted},
        )
        return {row["sensor_id"]: SensorSums.of_sealed(row["x"]) for row in rows}


def _check(confirmed_at: float) -> None:
    """What was read of a seal belongs together if that did not take too long."""
    if time.monotonic() - confirmed_at > _READ_SECONDS:
        raise _Much


def _name(tail: _Tail) -> str:
    text = "".join(f"{i} {state}\n" for i, state in sorted(tail.changed.items()))
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{tail.seal}-{micros_of(tail.log_from)}-{len(tail.changed)}-{digest}"


def _with_sort_value(row: dict[str, Any], sort: str) -> dict[str, Any]:
    value = row[sort]
    if isinstance(value, datetime):
        value = moment_key(value)
    return row | {SORT_VALUE: 0 if value is None else value}


def _quoted_bytes(name: str) -> int:
    """About how many bytes a name takes in a parameter."""
    return len(name.encode()) + 4
