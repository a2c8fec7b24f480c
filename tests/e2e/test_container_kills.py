"""Containers under kills: every member is a file, once, and the container sums up exactly these."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.conftest import QUICK_RECONCILER
from tests.harness.client import Client
from tests.harness.containers import readings
from tests.harness.sensor_files import SensorFile
from tests.unit.rows.containers.archives import zip_of

_MEMBERS = 300
# Workers are killed when so many members are recorded.
_KILLED_AT = (1, 60, 150, 240, 299)
_SECONDS = 240.0


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_every_member_is_a_file_once_though_workers_are_killed(tmp_path: Path) -> None:
    names = [f"day {n:03}.csv" for n in range(_MEMBERS)]
    data = {name: readings(f"s{n % 7}", n % 5 + 1, first=n) for n, name in enumerate(names)}
    # Stored as a stream, which takes longer.
    for n in range(20, _MEMBERS, 60):
        data[names[n]] = readings("large", 60_000, first=n)
    expected = {f"kills.zip/{name}": d.count(b"\n") - 1 for name, d in data.items()}
    with Stack(tmp_path, workers=2, env=QUICK_RECONCILER) as stack:
        client = Client.of(stack.endpoints)
        try:
            response = await client.upload(SensorFile("kills.zip", zip_of(data)))
            parent = response.json()["file_id"]
            for number, count in enumerate(_KILLED_AT):
                await _recorded(client, parent, count)
                part = f"worker-{number % 2}"
                starts = stack.starts(part)
                stack.kill(part)
                if number % 2:
                    await asyncio.to_thread(stack.wait_restarted, part, starts)
            document = await client.ended(parent, _SECONDS)
            assert document["error"] is None
            page = await client.get("/api/v1/files", parent_id=parent, limit=1000)
            found = {item["filename"]: item for item in page["items"]}
            assert len(page["items"]) == _MEMBERS
            assert {name: item["status"] for name, item in found.items()} == dict.fromkeys(
                expected, "processed"
            )
            rows = {name: item["aggregations"]["row_count"] for name, item in found.items()}
            assert rows == expected
            assert document["status"] == "processed"
            assert document["members"]["processed"] == _MEMBERS
            assert document["aggregations"]["row_count"] == sum(expected.values())
            totals = [item async for item in client.pages("/api/v1/sensors")]
            assert sum(item["row_count"] for item in totals) == sum(expected.values())
            stats = await client.get("/api/v1/stats")
            assert (stats["files"], stats["row_count"]) == (_MEMBERS, sum(expected.values()))
        finally:
            await client.close()


async def _recorded(client: Client, parent: str, count: int) -> None:
    async with asyncio.timeout(_SECONDS):
        while True:
            rows = await client.sql(
                "SELECT count() AS members FROM csv_processor.files WHERE parent_id = {id:String}",
                id=parent,
            )
            if int(rows[0]["members"]) >= count:
                return
            await asyncio.sleep(0.02)
