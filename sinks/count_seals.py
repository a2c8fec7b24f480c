"""Seals of counts over all files."""

from __future__ import annotations

from typing import Any, Final

from schemas.counts_sql import NAMES, changed_counts, count_steps
from sinks.clickhouse.client import Database
from sinks.seals import Plan, Seal, Sealer

# Its name among the background tasks.
TASK: Final = "counts"


class CountSeals:
    """See `sinks.seals.Chain`."""

    plans = "count_plans"
    seals = "count_seals"

    async def plan(
        self, database: Database, last: Seal, window: str, params: dict[str, Any]
    ) -> Plan:
        """See `sinks.seals.Chain`: all files of the window, with the counts that they lead to."""
        rows = await database.query(
            f"{changed_counts(str(last.number), window)} ORDER BY file_id", params
        )
        (sealed,) = await database.query(
            f"SELECT any(counts) AS counts FROM count_seals WHERE number = {last.number}"
        )
        counts = sealed["counts"] or [0] * len(NAMES)
        for row in rows:
            before = row["before"] or [0] * len(NAMES)
            counts = [n + now - old for n, now, old in zip(counts, row["now"], before, strict=True)]
        return Plan(
            len(rows),
            {
                "file_ids": [row["file_id"] for row in rows],
                "versions": [row["version"] for row in rows],
                "added": [row["now"] for row in rows],
                "counts": counts,
            },
        )

    async def steps(self, database: Database, number: int) -> list[str]:
        """See `sinks.seals.Chain`."""
        del database  # the plan says it all
        return count_steps(number)


class CountSealer(Sealer):
    """A `Sealer` of these."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, CountSeals(), TASK)
