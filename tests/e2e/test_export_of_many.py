"""Readings of many files: of a sensor, of a time, and since a cursor; and lists as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embedded.stack import Stack
from tests.harness.client import Client
from tests.harness.command import Command
from tests.harness.sensor_files import SensorFile
from tests.harness.waiting import eventually

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"


async def processed(client: Client, name: str, sensor: str, values: range) -> str:
    """A file with a reading a minute."""
    rows = [f"{sensor},2031-03-01T00:{value % 60:02}:00Z,{value}.5" for value in values]
    data = "\n".join(["sensor_id,timestamp,value", *rows, ""]).encode()
    answer = await client.upload(SensorFile(name, data))
    file_id: str = answer.json()["file_id"]
    await client.ended(file_id)
    return file_id


async def ask(client: Client, accept: str = "text/csv", **params: str) -> httpx.Response:
    return await client.request(
        "GET", "/api/v1/readings", params=params, headers={"Accept": accept}
    )


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_readings_of_a_sensor_are_in_order_of_time_in_every_form(client: Client) -> None:
    odd = 'many "odd", one'
    later = await processed(
        client, "many-b.csv", f'"{odd.replace(chr(34), chr(34) * 2)}"', range(30, 60)
    )
    first = await processed(
        client, "many-a.csv", f'"{odd.replace(chr(34), chr(34) * 2)}"', range(30)
    )
    found = rows(await ask(client, sensor=odd))
    assert [row["value"] for row in found] == [f"{value}.5" for value in range(60)]
    assert {row["sensor_id"] for row in found} == {odd}
    assert [row["file_id"] for row in found] == [first] * 30 + [later] * 30
    assert found[0]["timestamp"] == "2031-03-01T00:00:00.000000Z"
    some = await ask(
        client, sensor=odd, **{"from": "2031-03-01T00:20:00Z", "to": "2031-03-01T00:40:00Z"}
    )
    assert [row["value"] for row in rows(some)] == [f"{value}.5" for value in range(20, 40)]
    parquet = pq.read_table(io.BytesIO((await ask(client, PARQUET, sensor=odd)).content))
    arrow = pa.ipc.open_stream((await ask(client, ARROW, sensor=odd)).content).read_all()
    for table in (parquet, arrow):
        assert table.column("value").to_pylist() == [value + 0.5 for value in range(60)]
        assert table.schema.field("timestamp").type == pa.timestamp("us", tz="UTC")
        assert table.schema.field("sensor_id").type == pa.string()
        assert table.column("file_id").to_pylist() == [row["file_id"] for row in found]
    # A sensor that there is not has no readings.
    assert rows(await ask(client, sensor="no such sensor")) == []


@pytest.mark.slow
async def test_a_cursor_follows_what_ends(client: Client) -> None:
    first = await processed(client, "since-a.csv", "since", range(5))
    cursor = "0"
    seen: dict[tuple[str, str], int] = {}

    async def follow() -> None:
        nonlocal cursor
        answer = await ask(client, sensor="since", after=cursor)
        cursor = answer.headers["next-cursor"]
        for row in rows(answer):
            key = row["file_id"], row["generation"]
            seen[key] = seen.get(key, 0) + 1

    async def has(file_id: str, generation: str) -> bool:
        await follow()
        return (file_id, generation) in seen

    await eventually(lambda: has(first, "1"), "the first file", seconds=60)
    second = await processed(client, "since-b.csv", "since", range(5, 9))
    replay = await client.request(
        "POST", f"/api/v1/files/{first}/replay", params={"skip_after_header": "1"}
    )
    assert replay.status_code == 202
    await eventually(lambda: has(second, "1"), "the second file", seconds=60)
    await eventually(lambda: has(first, "2"), "the replay of the first", seconds=60)
    assert seen == {(first, "1"): 5, (second, "1"): 4, (first, "2"): 4}
    await follow()
    assert sum(seen.values()) == 13


async def test_a_deleted_file_is_in_no_export(client: Client) -> None:
    file_id = await processed(client, "gone.csv", "export-gone", range(3))
    assert len(rows(await ask(client, sensor="export-gone"))) == 3
    await client.request("DELETE", f"/api/v1/files/{file_id}")
    assert rows(await ask(client, sensor="export-gone")) == []


async def test_lists_are_csv_too(client: Client) -> None:
    file_id = await processed(client, "=cmd.csv", "list-csv", range(7))

    async def table(path: str, **params: str) -> list[dict[str, str]]:
        answer = await client.request("GET", path, params=params, headers={"Accept": "text/csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        return rows(answer)

    (listed,) = await table("/api/v1/files", q=file_id)
    # A spreadsheet would run it.
    assert listed["filename"] == "'=cmd.csv"
    assert (listed["status"], listed["row_count"], listed["max_value"]) == ("processed", "7", "6.5")
    (sensor,) = await table(f"/api/v1/files/{file_id}/sensors")
    assert (sensor["sensor_id"], sensor["mean_value"]) == ("list-csv", "3.5")
    (total,) = await table("/api/v1/sensors", sensor_id="list-csv")
    assert (total["row_count"], total["files"]) == ("7", "1")
    (result,) = await table("/api/v1/sensor-results", sensor_id="list-csv")
    assert result["file_id"] == file_id


async def test_a_list_as_csv_is_all_of_it(client: Client) -> None:
    lines = [f"all-{n:04},2031-01-01T00:00:00Z,{n}" for n in range(1234)]
    data = "\n".join(["sensor_id,timestamp,value", *lines, ""]).encode()
    answer = await client.upload(SensorFile("all-sensors.csv", data))
    file_id = answer.json()["file_id"]
    await client.ended(file_id)
    found = await client.request(
        "GET", f"/api/v1/files/{file_id}/sensors", headers={"Accept": "text/csv"}
    )
    assert [row["sensor_id"] for row in rows(found)] == [f"all-{n:04}" for n in range(1234)]


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v1/files", "application/xml"),
        ("/api/v1/files", PARQUET),
        ("/api/v1/sensors", "text/html"),
        ("/api/v1/readings", "application/json"),
        ("/api/v1/files/{file_id}/readings", "image/png"),
        ("/api/v1/files/{file_id}/invalid-rows", PARQUET),
        ("/api/v1/sensors/forms/readings", "text/csv"),
    ],
)
async def test_what_is_not_there_is_406(client: Client, path: str, accept: str) -> None:
    file_id = await processed(client, "forms.csv", "forms", range(2))
    answer = await client.request("GET", path.format(file_id=file_id), headers={"Accept": accept})
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["code"]) == (406, "not_acceptable")
    assert "text/csv" in document["detail"]


@pytest.mark.slow
async def test_the_command_line_exports_what_ended_since_the_last_call(
    client: Client, stack: Stack, tmp_path: Path
) -> None:
    await processed(client, "cli-many.csv", "cli-many", range(4))
    command = Command(stack.endpoints["CSV_PROCESSOR_API"])
    done = command("export", "--sensor", "cli-many", "--until", "2031-03-01T00:02:00Z")
    assert (done.code, done.out.count("\n")) == (0, 3)
    arrow = tmp_path / "readings.arrow"
    assert command("export", "--sensor", "cli-many", "--to", "arrow", "-o", arrow).code == 0
    assert pa.ipc.open_stream(arrow.read_bytes()).read_all().num_rows == 4
    cursor, seen = tmp_path / "cursor", []

    async def follow() -> bool:
        done = command("export", "--sensor", "cli-many", "--cursor-file", cursor)
        assert done.code == 0, done.stderr
        seen.extend(done.out.splitlines()[1:])
        return len(seen) >= 4

    await eventually(follow, "the file", seconds=60)
    await follow()
    assert len(seen) == 4
    refused = command("export", "some-file", "--cursor-file", cursor)
    assert refused.code == 2
