"""`max_invalid`: above it no reading of a file is visible, its rejects are kept, a replay lifts it."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from embedded.stack import Stack
from tests.conftest import QUICK_RECONCILER
from tests.e2e.test_profiles import Entries, save
from tests.e2e.test_replay import replay, replayed
from tests.harness.client import Client
from tests.harness.command import Command
from tests.harness.sensor_files import SensorFile

_SECONDS = 240.0


def limited(valid: int = 90, invalid: int = 10) -> tuple[SensorFile, str]:
    """A file of so many valid and invalid rows, and its only sensor."""
    sensor = f"limit-{uuid.uuid4().hex}"
    rows = [f"{sensor},2026-03-01T00:00:00.{n:06}Z,{n}\n" for n in range(valid)]
    rows += [f"{sensor},yesterday,{n}\n" for n in range(invalid)]
    return SensorFile(
        f"{sensor}.csv", ("sensor_id,timestamp,value\n" + "".join(rows)).encode()
    ), sensor


async def visible(client: Client, file_id: str, sensor: str) -> set[Any]:
    """How many readings of the file each view and each call of the API shows."""
    rows = await client.sql(
        "SELECT (SELECT count() FROM csv_processor.readings WHERE file_id = {id:String}) AS a,"
        " (SELECT sum(row_count) FROM csv_processor.sensor_results WHERE file_id = {id:String}) AS b,"
        " (SELECT sum(row_count) FROM csv_processor.sensors WHERE sensor_id = {s:String}) AS c,"
        " (SELECT row_count FROM csv_processor.files WHERE file_id = {id:String}) AS d",
        id=file_id,
        s=sensor,
    )
    found = {int(value or 0) for value in rows[0].values()}
    document = await client.get(f"/api/v1/files/{file_id}")
    found.add(document["aggregations"]["row_count"])
    found.add(sum(document["aggregations"]["per_sensor_count"].values()))
    found.add(sum(one["row_count"] for one in await client.sensors(file_id)))
    of_file = await client.get(f"/api/v1/files/{file_id}/readings")
    found.add(sum(item["row_count"] for item in of_file["items"]))
    path = quote(sensor, safe="")
    answer = await client.request("GET", f"/api/v1/sensors/{path}/readings")
    found.add(
        0
        if answer.status_code == 404
        else sum(item["row_count"] for item in answer.json()["items"])
    )
    for url, params in (
        (f"/api/v1/files/{file_id}/readings", {}),
        ("/api/v1/readings", {"sensor": sensor}),
    ):
        csv = await client.request("GET", url, params=params, headers={"Accept": "text/csv"})
        assert csv.status_code in (200, 404), csv.text
        found.add(csv.text.count(sensor) if csv.status_code == 200 else 0)
    return found


@pytest.mark.parametrize("limit", ["9", "9.9%"])
async def test_nothing_of_a_file_above_its_limit_is_visible_but_its_rejects(
    client: Client, limit: str
) -> None:
    file, sensor = limited()
    file_id = (await client.upload(file, params={"max_invalid": limit})).json()["file_id"]
    document = await client.ended(file_id)
    assert document["status"] == "failed"
    assert document["error"].startswith(
        f"max_invalid_exceeded: 10 of 100 rows are invalid, and max_invalid is {limit}; its 90 valid"
    )
    assert document["dialect"]["max_invalid"] == {"value": limit, "source": "option"}
    counts = ("record_count", "invalid_count", "missing_count", "excluded_count", "sensor_count")
    assert [document[name] for name in counts] == [100, 10, 0, 90, 0]
    assert document["aggregations"] == {
        "row_count": 0, "min_value": None, "max_value": None, "per_sensor_count": {},
    }  # fmt: skip
    assert await visible(client, file_id, sensor) == {0}

    assert len(await client.invalid_rows(file_id)) == 10
    rejects = await client.request(
        "GET", f"/api/v1/files/{file_id}/invalid-rows", headers={"Accept": "text/csv"}
    )
    assert len(rejects.text.splitlines()) == 11


@pytest.mark.parametrize("lifted", ["10", "10%", "none", "auto"])
async def test_a_replay_with_another_limit_shows_the_readings(client: Client, lifted: str) -> None:
    file, sensor = limited()
    file_id = (await client.upload(file, params={"max_invalid": "0"})).json()["file_id"]
    assert (await client.ended(file_id))["status"] == "failed"
    await replay(client, file_id, max_invalid=lifted)
    document = await replayed(client, file_id, 2)
    assert (document["status"], document["error"]) == ("partial", None)
    assert (document["excluded_count"], document["invalid_count"]) == (0, 10)
    assert await visible(client, file_id, sensor) == {90}
    # The reverse: readings that were visible are withheld by a replay.
    await replay(client, file_id, max_invalid="9")
    assert (await replayed(client, file_id, 3))["status"] == "failed"
    assert await visible(client, file_id, sensor) == {0}


@pytest.mark.parametrize("way", ["upload", "tus", "announcement", "message", "bucket"])
async def test_the_limit_of_a_profile_counts_for_every_entry_point(
    stack: Stack, client: Client, tmp_path: Path, way: str
) -> None:
    file, sensor = limited(9, 1)
    name = f"limited-{uuid.uuid4().hex[:12]}"
    await save(client, name, {"match": {"filename": [file.name]}, "options": {"max_invalid": "5%"}})
    file_id = await getattr(Entries(stack, client, tmp_path), way)(file)
    document = await client.ended(file_id)
    assert (document["status"], document["profile"]) == ("failed", name)
    assert document["dialect"]["max_invalid"] == {"value": "5%", "source": "profile"}
    assert await visible(client, file_id, sensor) == {0}
    # The request's own limit comes before that of the profile.
    await replay(client, file_id, max_invalid="none")
    assert (await replayed(client, file_id, 2))["status"] == "partial"
    assert await visible(client, file_id, sensor) == {9}


async def test_the_dry_run_and_the_command_line_say_the_same(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    file, _ = limited(9, 1)
    answer = await client.request(
        "POST",
        "/api/v1/validate",
        params={"filename": file.name, "max_invalid": "0"},
        content=file.data,
    )
    dry = answer.json()
    (tmp_path / file.name).write_bytes(file.data)
    command = Command(stack.endpoints["CSV_PROCESSOR_API"])
    sent = command("upload", tmp_path / file.name, "--wait", "--json", "--max-invalid", "0")
    assert sent.code == 4
    stored = await client.get(f"/api/v1/files/{sent.answer['file_id']}")
    for name in ("status", "error", "aggregations", "excluded_count", "sensor_count"):
        assert dry[name] == stored[name]
    assert dry["invalid_rows"] == stored["invalid_rows"]
    assert command("convert", tmp_path / file.name, "--max-invalid", "0").code == 4


async def test_a_large_file_above_its_limit_writes_no_result(client: Client) -> None:
    lines = (f"many-{n % 50_000:05},2026-03-01T00:00:00Z,{n}\n" for n in range(400_000))
    name = f"{uuid.uuid4().hex}.csv"
    data = f"sensor_id,timestamp,value\n{name},now,1\n" + "".join(lines)
    file = SensorFile(name, data.encode())
    file_id = (await client.upload(file, params={"max_invalid": "0"})).json()["file_id"]
    document = await client.ended(file_id)
    assert document["error"].startswith("max_invalid_exceeded: 1 of 400001 rows")
    assert await client.sensors(file_id) == []
    rows = await client.sql(
        "SELECT count() AS n FROM csv_processor.readings WHERE file_id = {id:String}", id=file_id
    )
    assert int(rows[0]["n"]) == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_no_reading_is_ever_visible_though_workers_are_killed(tmp_path: Path) -> None:
    env = QUICK_RECONCILER | {"READINGS": "on"}
    with Stack(tmp_path, workers=2, env=env) as stack:
        client = Client.of(stack.endpoints)
        seen: list[int] = []
        over = asyncio.Event()

        async def watch() -> None:
            while not over.is_set():
                rows = await client.sql(
                    "SELECT (SELECT count() FROM csv_processor.readings) AS a,"
                    " (SELECT count() FROM csv_processor.sensor_results) AS b,"
                    " (SELECT count() FROM csv_processor.sensors) AS c"
                )
                seen.extend(int(value) for value in rows[0].values())

        try:
            watching = asyncio.create_task(watch())
            ids = []
            for number in range(40):
                # Every tenth is cut into batches.
                file, _ = limited(90 if number % 10 else 120_000, 1)
                sent = await client.upload(file, params={"max_invalid": "0"})
                ids.append(sent.json()["file_id"])
                if number % 8 == 7:
                    stack.kill(f"worker-{number // 8 % 2}")
            documents = [await client.ended(file_id, _SECONDS) for file_id in ids]
            over.set()
            await watching
            assert {document["status"] for document in documents} == {"failed"}
            assert all("max_invalid_exceeded" in document["error"] for document in documents)
            assert seen
            assert set(seen) == {0}
            stats = await client.get("/api/v1/stats")
            assert (stats["files"], stats["row_count"], stats["invalid_count"]) == (40, 0, 40)
        finally:
            await client.close()
