"""Files in turn share fairly: what is small does not wait for what is large."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from embedded.stack import Stack
from tests.harness.client import TERMINAL, Client
from tests.harness.feed import feeding
from tests.harness.sensor_files import SensorFile

_ROW = b"fair-%d,2026-03-01T00:00:%02dZ,%d.5\n"
_BLOCK = b"".join(_ROW % (n % 9, n % 60, n % 97) for n in range(30_000))
_BATCH = 64 << 10


@pytest.mark.slow
async def test_small_files_end_while_a_large_one_is_processed(stack: Stack, client: Client) -> None:
    """One of 1 MB, processed where it is split, and one of some batches after hundreds."""
    large, some = _BLOCK * 60, _BLOCK[: 5 * _BATCH]
    async with feeding(stack.endpoints) as feed:
        first = await feed.upload(large, batch_bytes=_BATCH)
        try:
            await _until_it_is_worked_on(client, first.file_id)
            small = await client.upload(SensorFile("fair.csv", _BLOCK[:1_000_000]), key="fair")
            batches = await feed.upload(some, batch_bytes=_BATCH)
            ended = await asyncio.gather(
                *(client.ended(i) for i in (small.json()["file_id"], batches.file_id))
            )
            there = await client.get(f"/api/v1/files/{first.file_id}")
        finally:
            await client.request("DELETE", f"/api/v1/files/{first.file_id}")
    assert there["status"] == "waiting", "they waited for the large file"
    assert ended[1]["progress"]["batches_total"] > 4
    for document, data in zip(ended, (_BLOCK[:1_000_000], some), strict=True):
        lines = data.splitlines()
        assert document["aggregations"]["row_count"] + document["invalid_count"] == len(lines)


async def _until_it_is_worked_on(client: Client, file_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            document: dict[str, Any] = await client.get(f"/api/v1/files/{file_id}")
            assert document["status"] not in TERMINAL
            if document["progress"]["batches_done"]:
                return document
            await asyncio.sleep(0.02)
