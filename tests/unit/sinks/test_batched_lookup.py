"""Simultaneous lookups share a query."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from schemas.errors import Service, Unavailable
from sinks.batched_lookup import DataLoader


async def test_simultaneous_lookups_share_a_query() -> None:
    queries: list[list[int]] = []
    begun, free = asyncio.Event(), asyncio.Event()

    async def find(keys: Sequence[int]) -> dict[int, str]:
        queries.append(list(keys))
        begun.set()
        await free.wait()
        return {key: f"value {key}" for key in keys if key % 2}

    lookup = DataLoader(find, most=3)
    first = [asyncio.create_task(lookup.get(key)) for key in (1, 2, 1)]
    await begun.wait()
    later = [asyncio.create_task(lookup.get(key)) for key in (1, 3, 4, 5)]
    await asyncio.sleep(0)
    later[1].cancel()
    free.set()
    assert await asyncio.gather(*first) == ["value 1", None, "value 1"]
    ends = await asyncio.gather(*later, return_exceptions=True)
    assert [ends[0], ends[2], ends[3]] == ["value 1", None, "value 5"]
    # Lookups during the first query join the next one.
    assert queries == [[1, 2], [1, 3, 4], [5]]


async def test_a_failed_query_raises_in_all_its_callers() -> None:
    async def find(_: Sequence[int]) -> dict[int, str]:
        raise Unavailable(Service.CLICKHOUSE, "gone")

    lookup = DataLoader(find)
    ends = await asyncio.gather(*(lookup.get(key) for key in (1, 2)), return_exceptions=True)
    assert all(isinstance(end, Unavailable) for end in ends)
