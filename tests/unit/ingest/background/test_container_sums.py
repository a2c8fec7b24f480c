"""Containers that lag their members are found whatever was unavailable in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.background.container_sums import ContainerSums
from schemas.errors import Service, Unavailable

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Database:
    """A container changed long ago, and is stale until it is summed up."""

    def __init__(self) -> None:
        self.now, self.changed_at = NOW, NOW - timedelta(days=3)
        self.stale, self.available = True, True

    async def found(self, since: datetime) -> list[str]:
        return ["container"] if self.stale and self.changed_at >= since else []

    async def sum_up(self, _: str) -> None:
        if not self.available:
            raise Unavailable(Service.CLICKHOUSE, "no answer")
        self.stale = False


def sums(database: Database) -> ContainerSums:
    return ContainerSums(stale=database.found, sum_up=database.sum_up, clock=lambda: database.now)


async def test_a_change_of_long_ago_is_summed_up_although_the_first_attempt_failed() -> None:
    database = Database()
    database.available = False
    task = sums(database)
    with pytest.raises(Unavailable):
        await task.round()
    database.available = True
    assert await task.round() == 1
    assert not database.stale


async def test_a_change_during_hours_without_the_database_is_summed_up() -> None:
    database = Database()
    task = sums(database)
    assert await task.round() == 1
    database.stale, database.changed_at = True, NOW + timedelta(minutes=1)
    database.available = False
    with pytest.raises(Unavailable):
        await task.round()
    database.now, database.available = NOW + timedelta(hours=5), True
    assert await task.round() == 1
    assert not database.stale
