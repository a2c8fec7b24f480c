"""Dry runs and exports wait for each other, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from dryrun.forks import ForkServer
from dryrun.pool import Busy, DryRunPool
from dryrun.request import DryRunRequest, EngineSettings
from schemas.read_options import ReadOptions

REQUEST = DryRunRequest(
    filename="a.csv",
    options=ReadOptions(),
    content_encoding=None,
    engine=EngineSettings(),
    max_stored_invalid_rows=10,
)


async def chunks(*, until: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    yield b"sensor_id,timestamp,value\n"
    if until is not None:
        await until.wait()
    yield b"a,2026-03-01T00:00:00Z,1\n"


async def test_who_waits_too_long_for_a_process_is_sent_away(forks: ForkServer) -> None:
    pool, ready = DryRunPool(forks, patience=0.05), asyncio.Event()
    running = [asyncio.create_task(pool.document(chunks(until=ready), REQUEST)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="2 are running"):
        await pool.document(chunks(), REQUEST)
    ready.set()
    assert [
        orjson.loads(document)["record_count"] for document in await asyncio.gather(*running)
    ] == [
        1,
        1,
    ]
    assert orjson.loads(await pool.document(chunks(), REQUEST))["record_count"] == 1


async def test_a_client_that_goes_away_leaves_its_place_to_others(forks: ForkServer) -> None:
    pool, never = DryRunPool(forks, patience=20), asyncio.Event()
    gone = [asyncio.create_task(pool.document(chunks(until=never), REQUEST)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.wait(gone)
    assert orjson.loads(await pool.document(chunks(), REQUEST))["record_count"] == 1
