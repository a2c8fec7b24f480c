"""The database is not asked for corrections and overlaps while it has none at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from ingest.files.additions import Additions
from sinks.clickhouse.client import Database
from tests.harness.records import partial


@dataclass
class Asked:
    """A database that notes which tables it is asked for, and has rows in some of them."""

    filled: set[str] = field(default_factory=set)
    tables: list[str] = field(default_factory=list)

    async def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Sequence[Any]:
        (table,) = {t for t in ("resubmitted_row_rows", "overlap_rows") if t in sql}
        self.tables.append(table)
        any_of_all = params is None
        return [{"one": 1}] if table in self.filled and any_of_all else []


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def additions(asked: Asked, clock: Clock) -> Additions:
    return Additions(cast(Database, asked), clock)


RECORD = replace(partial(), row_count=5, invalid_count=1)


async def test_empty_tables_are_asked_for_once_in_a_while(
    additions: Additions, asked: Asked, clock: Clock
) -> None:
    for _ in range(3):
        await additions.of([RECORD])
    assert sorted(asked.tables) == ["overlap_rows", "resubmitted_row_rows"]
    clock.now = 1.0
    await additions.of([RECORD])
    assert asked.tables[2:] == ["resubmitted_row_rows"]
    clock.now = 5.0
    await additions.of([RECORD])
    assert sorted(asked.tables[3:]) == ["overlap_rows", "resubmitted_row_rows"]


async def test_what_has_rows_is_asked_each_time(additions: Additions, asked: Asked) -> None:
    asked.filled = {"overlap_rows"}
    for _ in range(3):
        await additions.of([RECORD])
    assert asked.tables.count("overlap_rows") == 1 + 3
    assert asked.tables.count("resubmitted_row_rows") == 1


async def test_what_this_process_corrects_is_seen_at_once(
    additions: Additions, asked: Asked
) -> None:
    await additions.of([RECORD])
    additions.corrected()
    asked.tables.clear()
    await additions.of([RECORD])
    assert "resubmitted_row_rows" in asked.tables


async def test_files_that_can_have_none_are_not_asked_for(
    additions: Additions, asked: Asked
) -> None:
    await additions.of([replace(RECORD, row_count=0, invalid_count=0)])
    assert asked.tables == []
