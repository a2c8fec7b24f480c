"""When rounds of retention happen, and in which process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ingest.background import retention
from ingest.background.retention import Retention
from schemas.errors import Service, Unavailable
from schemas.retention import retention_rules


class Lease:
    """A lease that this process has or has not."""

    def __init__(self, mine: bool) -> None:
        self.mine = mine

    async def take(self) -> bool:
        return self.mine


class Database:
    """A database in which no file is due: it counts queries, and fails them if it is unavailable."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    async def query(self, sql: str, params: Any) -> list[dict[str, Any]]:
        del sql, params
        self.asked += 1
        if self.away:
            raise Unavailable(Service.CLICKHOUSE, "away")
        return []


def made(rules: str = "raw 1d", *, mine: bool = True) -> tuple[Retention, Database]:
    database = Database()
    return Retention(
        rules=retention_rules(rules),
        files=cast(Any, None),
        database=cast(Any, database),
        lease=cast(Any, Lease(mine)),
        ours=["raw-files"],
        quiet=timedelta(minutes=5),
        clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
    ), database


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_EVERY", 0.001)


@pytest.mark.parametrize(
    ("rules", "mine", "asked"), [("raw 1d", True, 1), ("raw 1d", False, 0), ("", True, 0)]
)
async def test_one_process_with_rules_looks_by_itself(rules: str, mine: bool, asked: int) -> None:
    made_one, database = made(rules, mine=mine)
    await made_one.round()
    assert database.asked == asked


async def test_a_round_that_is_asked_for_happens_at_once_and_in_that_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "_EVERY", 3600)
    asked, database = made(mine=False)
    asked.ask()
    async with asyncio.timeout(60):
        await asked.round()
    assert database.asked == 1


async def test_a_round_that_is_asked_for_during_an_outage_happens_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "_EVERY", 3600)
    asked, database = made(mine=False)
    asked.ask()
    database.away = True
    async with asyncio.timeout(60):
        for _ in range(2):
            with pytest.raises(Unavailable):
                await asked.round()
        database.away = False
        await asked.round()
    assert database.asked == 3
