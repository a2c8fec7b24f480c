"""Counts over all files in few small questions, for a process that answers many requests.

As one statement they take the database a few dozen milliseconds, most of it for planning. So what the
last seal counts of the files that changed since is kept here: a request asks which records are new, and
only of files that were not asked about what is sealed of them.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.counts_sql import ADDED_BY, NAMES, added, counted, last_count
from schemas.totals_sql import READ_AFTER
from sinks.clickhouse.client import Database
from sinks.queries.file_counts import FileCounts, counts_of, file_counts

# Seconds for which a seal that was looked up is used, and the most records that are looked at: the ids
# of their files fit a parameter of a statement. If there are more, the one statement answers.
_SEAL_SECONDS: Final = 1.0
_MOST_RECORDS: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Counted:
    """What the seal counts of a file: the version of its record, 0 for none, and what that adds."""

    version: int
    added: list[int]


@dataclass(slots=True)
class _Tail:
    """The last seal, its counts, and what it has of the files that changed since."""

    seal: int
    log_from: datetime
    counts: list[int]
    files: dict[str, _Counted] = field(default_factory=dict)
    # When the seal was the last one, by `time.monotonic`.
    confirmed_at: float = 0.0


class LiveCounts:
    """Counts over all files, as they are when they are asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._tail: _Tail | None = None
        self._counts: FileCounts | None = None
        self._looked_at = float("-inf")

    async def counts(self) -> FileCounts:
        """See `sinks.queries.file_counts`. Requests that wait for each other share an answer."""
        since = time.monotonic()
        async with self._lock:
            if self._counts is None or self._looked_at <= since:
                self._looked_at = time.monotonic()
                self._counts = await self._look()
            return self._counts

    async def _look(self) -> FileCounts:
        tail = await self._of_last_seal()
        records = await self._database.query(
            f"SELECT file_id, version, {', '.join(ADDED_BY)} FROM file_records"
            " PREWHERE inserted_at >= {since:DateTime64(6, 'UTC')} LIMIT {limit:UInt64}",
            {"since": tail.log_from, "limit": _MOST_RECORDS + 1},
        )
        if len(records) > _MOST_RECORDS:
            return await file_counts(self._database)
        last: dict[str, dict[str, Any]] = {}
        for record in records:
            if record["version"] >= last.get(record["file_id"], record)["version"]:
                last[record["file_id"]] = record
        if unknown := [file_id for file_id in last if file_id not in tail.files]:
            rows = await self._database.query(counted(), {"ids": unknown, "seal": tail.seal})
            tail.files |= dict.fromkeys(unknown, _Counted(0, [0] * len(NAMES)))
            tail.files |= {row["file_id"]: _Counted(row["version"], row["before"]) for row in rows}
        counts = tail.counts
        for file_id, record in last.items():
            before = tail.files[file_id]
            if record["version"] > before.version:
                counts = [
                    n + now - old
                    for n, now, old in zip(counts, added(record), before.added, strict=True)
                ]
        return counts_of(counts)

    async def _of_last_seal(self) -> _Tail:
        now, tail = time.monotonic(), self._tail
        if tail is not None and now - tail.confirmed_at < _SEAL_SECONDS:
            return tail
        (row,) = await self._database.query(
            f"WITH {last_count(READ_AFTER)} AS last_count"
            " SELECT last_count.1 AS seal, last_count.2 AS log_from, last_count.3 AS counts"
        )
        if tail is None or tail.seal != row["seal"]:
            tail = _Tail(row["seal"], row["log_from"], row["counts"] or [0] * len(NAMES))
        tail.confirmed_at, self._tail = now, tail
        return tail
