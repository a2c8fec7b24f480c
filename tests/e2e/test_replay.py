"""Replays on the running product: readers see the old or the new, never both or neither."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import comparison, verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import SensorFile, generate

SECONDS = 60.0


async def replayed(client: Client, file_id: str, generation: int) -> dict[str, Any]:
    """The document once a generation has taken its place."""
    async with asyncio.timeout(SECONDS):
        while True:
            document: dict[str, Any] = await client.get(f"/api/v1/files/{file_id}")
            if document["generation"] >= generation and document["replay"] is None:
                return document
            await asyncio.sleep(0.02)


async def replay(client: Client, file_id: str, **options: str) -> dict[str, Any]:
    answer = await client.request("POST", f"/api/v1/files/{file_id}/replay", params=options)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/files/{file_id}"
    begun: dict[str, Any] = answer.json()
    return begun


async def test_readers_see_the_old_or_the_new(client: Client) -> None:
    # With the wrong format no timestamp is valid; with the right one every row is.
    rows = b"sensor_id,timestamp,value\n" + b"".join(
        b"replay-%d,2026-03-01T00:%02d:00Z,%d.5\n" % (n % 3, n, n) for n in range(60)
    )
    file = SensorFile("replayed.csv", rows)
    answer = await client.upload(file, params={"timestamp_format": "%d.%m.%Y"})
    file_id = answer.json()["file_id"]
    assert (await client.ended(file_id))["invalid_count"] == 60
    old: tuple[Any, ...] = (1, "failed", None, None, {}, 60)
    new: tuple[Any, ...] = (2, "processed", 0.5, 59.5, {f"replay-{n}": 20 for n in range(3)}, 0)
    seen: list[tuple[Any, ...]] = []
    over = asyncio.Event()

    async def read_api() -> None:
        while not over.is_set():
            document = await client.get(f"/api/v1/files/{file_id}")
            found = document["aggregations"]
            seen.append(
                (document["generation"], document["status"], found["min_value"], found["max_value"],
                 found["per_sensor_count"], document["invalid_count"])
            )  # fmt: skip
            assert seen[-1] in (old, new)
            assert len(document["invalid_rows"]) == document["invalid_count"]
            assert document["replay"] is None or document["generation"] == 1

    # What each view shows of the old and of the new. ClickHouse reads the views of one statement one
    # after another, so each is whole by itself, and what is read later is never older.
    views: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
        "SELECT count() FROM csv_processor.sensor_results": ((0,), (3,)),
        "SELECT count() FROM csv_processor.invalid_rows": ((60,), (0,)),
        "SELECT generation, status, invalid_count FROM csv_processor.files": (
            (1, "failed", 60),
            (2, "processed", 0),
        ),
    }

    async def read_sql() -> None:
        reached = 0
        while not over.is_set():
            for select, states in views.items():
                (found,) = await client.sql(f"{select} WHERE file_id = {{id:String}}", id=file_id)
                assert tuple(found.values()) in states[reached:]
                reached = states.index(tuple(found.values()))

    async def begin() -> None:
        try:
            begun = await replay(client, file_id, timestamp_format="auto")
            assert (begun["generation"], begun["status"]) == (2, "waiting")
            assert begun["aggregations"] is None
            await replayed(client, file_id, 2)
        finally:
            over.set()

    await asyncio.gather(read_api(), read_sql(), begin())
    assert seen[0] == old
    assert seen[-1] == new
    document = await replayed(client, file_id, 2)
    assert document["processing_ms"] < SECONDS * 1000
    assert await verification.one_file(client, file_id, expect(rows)) == []


@pytest.mark.slow
async def test_what_was_replaced_is_purged(client: Client) -> None:
    file = generate("dirty", 400, seed=8801)
    file_id = (await client.upload(file)).json()["file_id"]
    await client.ended(file_id)
    for generation in (2, 3):
        await replay(client, file_id)
        await replayed(client, file_id, generation)
    async with asyncio.timeout(SECONDS):
        while await stored_generations(client, file_id) != [3]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


async def stored_generations(client: Client, file_id: str) -> list[int]:
    """Generations that have rows, visible or not."""
    found: set[int] = set()
    for table in ("sensor_result_rows", "invalid_row_rows"):
        rows = await client.sql(
            f"SELECT DISTINCT generation FROM csv_processor_internal.{table} WHERE file_id = {{id:String}}",
            id=file_id,
        )
        found.update(row["generation"] for row in rows)
    return sorted(found)


@pytest.mark.parametrize("option", [{"delimiter": "ab"}, {"decimal": "x"}])
async def test_a_replay_that_cannot_be_is_refused(client: Client, option: dict[str, str]) -> None:
    file_id = (await client.upload(generate("clean", 10, seed=8802))).json()["file_id"]
    before = await client.ended(file_id)
    path = f"/api/v1/files/{file_id}/replay"
    answer = await client.request("POST", path, params=option)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    after = await client.get(f"/api/v1/files/{file_id}")
    assert comparison.of_itself(after) == comparison.of_itself(before)
    unknown = await client.request("POST", "/api/v1/files/no-such-file/replay")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_file")
