"""Containers in the service: each member becomes a file, and the container sums them up."""

from __future__ import annotations

import uuid
from typing import Any

from tests.harness.client import Client
from tests.harness.containers import HEADER, readings, zip_of
from tests.harness.sensor_files import SensorFile


def name_of(suffix: str = ".zip") -> str:
    return f"{uuid.uuid4().hex}{suffix}"


async def sent(client: Client, name: str, data: bytes, **params: str) -> dict[str, Any]:
    """The document of a container and all of its members, once it is terminal."""
    response = await client.upload(SensorFile(name, data), params=params)
    return await client.ended(response.json()["file_id"])


async def members(client: Client, file_id: str) -> dict[str, dict[str, Any]]:
    """The members of a container by name, as the list has them."""
    page = await client.get("/api/v1/files", parent_id=file_id, limit=1000)
    assert page["next_cursor"] is None
    return {item["filename"]: item for item in page["items"]}


async def test_each_member_of_a_zip_becomes_a_file_and_the_container_sums_them_up(
    client: Client,
) -> None:
    name, sensor = name_of(), uuid.uuid4().hex
    data = zip_of(
        {
            "a.csv": readings(sensor, 10),
            "days/b.csv": readings(sensor, 20, first=100),
            "c.csv": readings(f"{sensor}-c", 2) + f"{sensor}-c,2026-03-02,x\n".encode(),
        }
    )

    document = await sent(client, name, data)

    assert document["status"] == "partial"
    assert document["container"] == "zip"
    assert document["parent_id"] is None
    assert document["members"] == {
        "total": 3, "waiting": 0, "processed": 2, "partial": 1, "failed": 0,
    }  # fmt: skip
    assert document["aggregations"] == {
        "row_count": 32,
        "min_value": 0.0,
        "max_value": 119.0,
        "per_sensor_count": {sensor: 30, f"{sensor}-c": 2},
    }
    assert (document["invalid_count"], document["record_count"]) == (1, 33)
    assert document["sensor_count"] == 2
    assert document["codes"] == {"value_format": 1}

    found = await members(client, document["file_id"])
    assert {name: item["status"] for name, item in found.items()} == {
        f"{name}/a.csv": "processed",
        f"{name}/days/b.csv": "processed",
        f"{name}/c.csv": "partial",
    }
    for item in found.values():
        assert item["parent_id"] == document["file_id"]
    child = await client.get(f"/api/v1/files/{found[f'{name}/a.csv']['file_id']}")
    assert child["aggregations"]["per_sensor_count"] == {sensor: 10}
    raw = await client.request("GET", f"/api/v1/files/{child['file_id']}/raw")
    assert raw.content == readings(sensor, 10)

    # The container is counted nowhere beside its members.
    rows = await client.sql(
        "SELECT sum(row_count) AS readings, count() AS files FROM csv_processor.files"
        " WHERE file_id = {id:String} OR parent_id = {id:String}",
        id=document["file_id"],
    )
    assert (int(rows[0]["readings"]), int(rows[0]["files"])) == (32, 4)
    total = await client.get("/api/v1/sensors", q=sensor)
    assert {item["sensor_id"]: item["row_count"] for item in total["items"]} == {
        sensor: 30,
        f"{sensor}-c": 2,
    }


async def test_a_member_that_cannot_be_read_fails_by_name_and_code_and_costs_no_other(
    client: Client,
) -> None:
    name = name_of()
    data = zip_of(
        {
            "good.csv": readings("s", 3),
            "../outside.csv": readings("s", 3),
            "empty.csv": b"",
            "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
            "header.csv": HEADER.encode(),
        }
    )

    document = await sent(client, name, data)

    found = await members(client, document["file_id"])
    assert {key.removeprefix(f"{name}/"): item["status"] for key, item in found.items()} == {
        "good.csv": "processed",
        "../outside.csv": "failed",
        "empty.csv": "failed",
        "picture.png": "failed",
        "header.csv": "processed",
    }
    assert found[f"{name}/../outside.csv"]["error"].startswith("member_name: ")
    assert found[f"{name}/empty.csv"]["error"].startswith("missing_file: ")
    assert document["status"] == "partial"
    assert document["aggregations"]["row_count"] == 3
    assert document["error"].startswith("3 of 5 members failed: ../outside.csv: member_name")
