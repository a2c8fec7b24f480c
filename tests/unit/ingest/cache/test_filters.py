"""What is kept without a filter is not given to those who look for the word None, nor the other way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ingest.cache import results, totals
from ingest.cache.results import Results
from ingest.cache.store import Cache
from ingest.cache.totals import Totals
from ingest.http.pagination import read_order
from schemas.corrections import RowFilter
from sinks.queries import SOURCE_SORTS, TOTAL_SORTS, Page
from sinks.queries.live_totals import LiveTotals
from tests.harness.stored_files import done, new_file, sensor

NOWHERE: Any = None
Ask = Callable[[str | None], Awaitable[bytes]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The filters that the database was asked with."""
    filters: list[str | None] = []

    async def page(*_: object, q: str | None, **__: object) -> Page[dict[str, Any]]:
        filters.append(q)
        return Page([], None)

    async def rows(*_: object, rows: RowFilter, **__: object) -> list[dict[str, Any]]:
        filters.append(rows.code)
        return []

    async def none(*_: object) -> dict[str, list[str]]:
        return {}

    monkeypatch.setattr(results, "sensors_page", page)
    monkeypatch.setattr(results, "invalid_rows_page", rows)
    monkeypatch.setattr(results, "resubmission_ids", none)
    monkeypatch.setattr(totals, "sources_page", page)
    monkeypatch.setattr(LiveTotals, "page", page)
    monkeypatch.setattr(LiveTotals, "name", lambda *_: _name())
    return filters


async def _name() -> str:
    return "the same files"


def _of_a_file() -> dict[str, Ask]:
    kept = Results(NOWHERE, Cache(1 << 20))
    record = replace(done(new_file("f-1"), [sensor("a", [1.0])]), invalid_count=1)
    order = read_order(TOTAL_SORTS, "sensor_id", None)
    return {
        "sensors": lambda q: kept.sensors(record, q, order, 10),
        "invalid rows": lambda code: kept.invalid_rows(record, RowFilter(code=code), None, 10),
    }


def _of_all_files() -> dict[str, Ask]:
    kept = Totals(NOWHERE, Cache(1 << 20))
    sensors = read_order(TOTAL_SORTS, "sensor_id", None)
    sources = read_order(SOURCE_SORTS, "source", None)
    return {
        "totals": lambda q: kept.sensors(q, None, sensors, 10),
        "sources": lambda q: kept.sources(q, sources, 10),
    }


@pytest.mark.parametrize("what", ["sensors", "invalid rows", "totals", "sources"])
@pytest.mark.parametrize("first", [None, "None"])
async def test_each_filter_is_asked_once(
    asked: list[str | None], what: str, first: str | None
) -> None:
    ask = (_of_a_file() | _of_all_files())[what]
    both = [first, "None" if first is None else None]
    for only in both * 2:
        assert orjson.loads(await ask(only)) == {"items": [], "next_cursor": None}
    assert asked == both
