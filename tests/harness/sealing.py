"""Seals without waiting for them."""

from __future__ import annotations

from schemas.totals_sql import REPLACED_AFTER
from sinks.clickhouse.client import Database
from sinks.seals import seal_changes


async def pass_time(database: Database, seconds: int = REPLACED_AFTER) -> None:
    """As if every seal had been committed some seconds earlier."""
    rows = await database.query("SELECT number, log_from, committed_at FROM seals")
    await database.command("TRUNCATE TABLE seals")
    for row in rows:
        await database.command(
            "INSERT INTO seals (number, log_from, committed_at) SELECT {n:UInt64},"
            " {from:DateTime64(6, 'UTC')}, {at:DateTime64(6, 'UTC')} - toIntervalSecond({s:UInt32})",
            {
                "n": row["number"],
                "from": row["log_from"],
                "at": row["committed_at"],
                "s": seconds,
            },
        )


async def seal_all(database: Database) -> None:
    """Seal whatever has changed, so that every reader uses it."""
    while await seal_changes(database, wait=0) is not None:
        await pass_time(database)
