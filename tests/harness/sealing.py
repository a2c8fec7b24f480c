"""Seals without waiting for them."""

from __future__ import annotations

from typing import Final

from schemas.totals_sql import REPLACED_AFTER
from sinks.clickhouse.client import Database
from sinks.count_seals import CountSeals
from sinks.seals import Chain, seal_changes
from sinks.total_seals import TotalSeals

CHAINS: Final[tuple[Chain, ...]] = (TotalSeals(), CountSeals())


async def pass_time(database: Database, seconds: int = REPLACED_AFTER) -> None:
    """As if every seal had been committed some seconds earlier."""
    for chain in CHAINS:
        await database.command(
            f"CREATE TABLE earlier ENGINE = Memory AS SELECT * FROM {chain.seals}"
        )
        await database.command(f"TRUNCATE TABLE {chain.seals}")
        await database.command(
            f"INSERT INTO {chain.seals} SELECT * REPLACE (committed_at - toIntervalSecond({seconds})"
            " AS committed_at) FROM earlier"
        )
        await database.command("DROP TABLE earlier")


async def seal_all(database: Database) -> None:
    """Seal whatever has changed, so that every reader uses it."""
    for chain in CHAINS:
        while await seal_changes(database, chain, wait=0) is not None:
            await pass_time(database)
