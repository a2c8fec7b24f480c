"""Containers in the service: each member becomes a file, and the container sums them up."""

from __future__ import annotations

import asyncio
import json
import uuid
from base64 import b64encode
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embedded.stack import Stack
from tests.e2e.test_announced import ended_by_name, put
from tests.e2e.test_inbox import put as put_into_inbox
from tests.e2e.test_replay import SECONDS, replay, replayed
from tests.e2e.test_resubmission import export, send, sheet
from tests.harness import kafka
from tests.harness.client import Client
from tests.harness.containers import HEADER, readings
from tests.harness.sensor_files import SensorFile
from tests.unit.rows.containers.archives import gzip_of, ods_of, tar_of, xlsx_of, zip_of


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


@pytest.mark.slow
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

    of_container = await client.sensors(document["file_id"])
    assert [(s["sensor_id"], s["row_count"], s["mean_value"]) for s in of_container] == [
        (sensor, 30, (sum(range(10)) + sum(range(100, 120))) / 30),
        (f"{sensor}-c", 2, 0.5),
    ]
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
            "good.csv": readings(name, 3),
            "../outside.csv": readings(name, 3),
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


async def test_a_container_comes_in_by_any_way(client: Client, stack: Stack) -> None:
    names = {way: name_of() for way in ("form", "tus", "announced", "inline", "inbox")}
    zips = {
        way: zip_of({"a.csv": readings(name, 4), "b.csv": readings(name, 5)})
        for way, name in names.items()
    }

    await client.upload(SensorFile(names["form"], zips["form"]), multipart=True)
    await client.request(
        "POST",
        "/api/v1/uploads",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(zips["tus"])),
            "Upload-Metadata": f"filename {b64encode(names['tus'].encode()).decode()}",
            "Content-Type": "application/offset+octet-stream",
        },
        content=zips["tus"],
    )
    bucket, _ = put(stack, f"elsewhere/{names['announced']}", zips["announced"])
    said = {"bucket": bucket, "object_key": f"elsewhere/{names['announced']}"}
    async with kafka.producer(stack.endpoints) as producer:
        await producer.send_and_wait("files.announced", json.dumps(said).encode(), key=b"k")
        headers = [("filename", names["inline"].encode())]
        await producer.send_and_wait(
            "files.inline", zips["inline"], key=b"gateway", headers=headers
        )
    put_into_inbox(stack, f"folder/{names['inbox']}", zips["inbox"])

    for name in names.values():
        document = await client.ended(await ended_by_name(client, name))
        assert (document["status"], document["aggregations"]["row_count"]) == ("processed", 9)
        assert set(await members(client, document["file_id"])) == {f"{name}/a.csv", f"{name}/b.csv"}


async def test_members_of_a_tar_archive_and_sheets_of_a_workbook_are_files(client: Client) -> None:
    name = name_of(".tar.gz")
    document = await sent(client, name, gzip_of(tar_of({"x/a.csv": readings("tar", 3)})))
    assert (document["container"], document["status"]) == ("tar", "processed")
    assert set(await members(client, document["file_id"])) == {f"{name}/x/a.csv"}

    table: list[list[str | float]] = [
        ["sensor_id", "timestamp", "value"],
        [name, "2026-03-01 10:00", 1.5],
    ]
    for suffix, make in ((".xlsx", xlsx_of), (".ods", ods_of)):
        name = name_of(suffix)
        book = make({"Kiln 1": table, "Kiln 2": [*table, [name, "2026-03-01 11:00", 2.5]]})
        # The sheets of both books are equal.
        document = await sent(client, name, book, force="true")
        assert (document["container"], document["status"]) == ("workbook", "processed"), document
        found = await members(client, document["file_id"])
        assert {n: item["aggregations"]["row_count"] for n, item in found.items()} == {
            f"{name}/Kiln 1": 1,
            f"{name}/Kiln 2": 2,
        }
        assert document["aggregations"]["row_count"] == 3


async def test_a_deleted_container_takes_its_members_along(client: Client) -> None:
    sensor = uuid.uuid4().hex
    data = zip_of({f"{n}.csv": readings(sensor, 2, first=n) for n in range(5)})
    document = await sent(client, name_of(), data)
    found = await members(client, document["file_id"])

    response = await client.request("DELETE", f"/api/v1/files/{document['file_id']}")

    assert response.status_code == 204
    for item in found.values():
        path = f"/api/v1/files/{item['file_id']}"
        assert (await client.request("GET", path)).status_code == 404
    assert (await client.get("/api/v1/sensors", q=sensor))["items"] == []
    assert (await client.get("/api/v1/files", members=True, q=document["filename"]))["items"] == []


async def test_a_container_follows_the_replay_and_the_deletion_of_a_member(client: Client) -> None:
    name = name_of()
    data = zip_of({"a.csv": readings(name, 3), "b.csv": readings(name, 4)})
    document = await sent(client, name, data)
    found = await members(client, document["file_id"])
    parent, member = document["file_id"], found[f"{name}/b.csv"]["file_id"]

    await replay(client, member, timestamp_format="%d.%m.%Y")
    await replayed(client, member, 2)

    async def has(status: str, rows: int) -> None:
        async with asyncio.timeout(SECONDS):
            while True:
                found = await client.get(f"/api/v1/files/{parent}")
                if (found["status"], found["aggregations"]["row_count"]) == (status, rows):
                    return
                await asyncio.sleep(0.05)

    await has("partial", 3)
    response = await client.request("DELETE", f"/api/v1/files/{member}")
    assert response.status_code == 204
    await has("processed", 3)
    document = await client.get(f"/api/v1/files/{parent}")
    assert (document["generation"], document["members"]["total"]) == (1, 1)


async def test_a_replay_of_a_container_reads_its_members_again_with_the_given_options(
    client: Client,
) -> None:
    name = name_of()
    rows = b"sensor_id,timestamp,value\ns,01.03.2026 10:00,1\ns,02.03.2026 10:00,2\n"
    document = await sent(client, name, zip_of({"a.csv": rows, "b.csv": rows + b"\n"}))
    before = await members(client, document["file_id"])
    assert document["status"] == "failed"

    begun = await replay(client, document["file_id"], timestamp_format="%d.%m.%Y %H:%M")
    assert begun["generation"] == 2
    document = await replayed(client, document["file_id"], 2)

    assert (document["status"], document["aggregations"]["row_count"]) == ("processed", 4)
    after = await members(client, document["file_id"])
    assert {n: item["file_id"] for n, item in after.items()} == {
        n: item["file_id"] for n, item in before.items()
    }
    assert {item["generation"] for item in after.values()} == {2}


@pytest.mark.slow
async def test_the_readings_of_a_container_are_those_of_its_members_in_their_order(
    client: Client,
) -> None:
    sensor = uuid.uuid4().hex
    members_of = {
        "z.csv": readings(sensor, 3),
        "a.csv": readings(sensor, 2, first=10),
        "bad.csv": f"sensor_id,timestamp,value\n{sensor},yesterday,1\n".encode(),
        "m.csv": readings(f"{sensor}-m", 1, first=20),
    }
    document = await sent(client, name_of(), zip_of(members_of))
    path = f"/api/v1/files/{document['file_id']}/readings"

    answer = await client.request("GET", path, headers={"Accept": "text/csv"})

    assert answer.status_code == 200, answer.text
    head, *lines = answer.text.splitlines()
    assert head == "sensor_id,timestamp,value"
    assert [(line.split(",")[0], float(line.split(",")[2])) for line in lines] == [
        *((sensor, 0.0), (sensor, 1.0), (sensor, 2.0)),
        *((sensor, 10.0), (sensor, 11.0), (f"{sensor}-m", 20.0)),
    ]
    answer = await client.request(
        "GET", path, headers={"Accept": "text/csv"}, params={"sensor": f"{sensor}-m"}
    )
    assert answer.text.splitlines()[1:] == lines[-1:]


async def test_invalid_rows_of_all_members_are_one_list_that_is_corrected_member_by_member(
    client: Client,
) -> None:
    sensor = uuid.uuid4().hex
    bad = f"{sensor},2026-03-02,x\n".encode()
    data = zip_of(
        {
            "b.csv": readings(sensor, 3) + bad,
            "fine.csv": readings(sensor, 2, first=50),
            "a.csv": readings(f"{sensor}-a", 1) + bad + bad.replace(b"x", b"y"),
        }
    )
    container = await sent(client, name_of(), data)
    file_id = container["file_id"]
    ids = {i["member"]: i["file_id"] for i in (await client.invalid_rows(file_id))}
    assert list(ids) == ["b.csv", "a.csv"]
    document = await client.get(f"/api/v1/files/{file_id}")
    assert document["invalid_count"] == 3
    assert [(r["member"], r["row"], r["file_id"]) for r in document["invalid_rows"]] == [
        ("b.csv", 4, ids["b.csv"]),
        ("a.csv", 2, ids["a.csv"]),
        ("a.csv", 3, ids["a.csv"]),
    ]

    # Pages of one row each give the same list.
    path = f"/api/v1/files/{file_id}/invalid-rows"
    listed = [item async for item in client.pages(path, limit=1)]
    assert [(item["member"], item["row"], item["file_id"]) for item in listed] == [
        ("b.csv", 4, ids["b.csv"]),
        ("a.csv", 2, ids["a.csv"]),
        ("a.csv", 3, ids["a.csv"]),
    ]
    cursor = (await client.get(path, limit=1))["next_cursor"]
    answer = await client.request(
        "GET", f"/api/v1/files/{ids['a.csv']}/invalid-rows?cursor={cursor}"
    )
    assert answer.status_code == 400

    rows = await export(client, file_id)
    assert [(row["member"], row["file_id"], row["row"]) for row in rows] == [
        (item["member"], item["file_id"], str(item["row"])) for item in listed
    ]
    body = sheet([{**row, "value": "7"} for row in rows])
    refused = await send(client, file_id, body)
    assert refused.status_code == 400
    assert refused.json()["code"] == "invalid_resubmission"
    assert "file_id" in refused.json()["detail"]

    # Each member takes its own rows of the export, although both have a row 2 or 3.
    for member, count in (("b.csv", 1), ("a.csv", 2)):
        taken = await send(client, ids[member], body)
        assert taken.status_code == 202, taken.text
        assert taken.json()["resubmission"] == {
            "accepted": count, "unchanged": 0, "refused": 0, "refusals": [],
        }  # fmt: skip
        ended = await client.ended(taken.json()["file_id"])
        assert ended["aggregations"]["row_count"] == count
    marked = [item async for item in client.pages(path)]
    assert [item["correction"]["status"] for item in marked] == ["corrected"] * 3
    none = await client.get(path, corrected="false")
    assert none["items"] == []
    other = await send(
        client, ids["b.csv"], sheet([row for row in rows if row["member"] == "a.csv"])
    )
    assert other.status_code == 400
    assert "rows of other files" in other.json()["detail"]


async def test_readings_of_all_members_are_one_file_in_each_form(client: Client) -> None:
    sensor = uuid.uuid4().hex
    files = {
        "b.csv": readings(sensor, 3),
        "a.csv": readings(f"{sensor}-a", 2, first=10),
        "none.csv": f"{HEADER}{sensor},2026-03-02,x\n".encode(),
    }
    container = await sent(client, name_of(), zip_of(files))
    path = f"/api/v1/files/{container['file_id']}/readings"

    async def got(kind: str, **params: str) -> bytes:
        answer = await client.request("GET", path, params=params, headers={"Accept": kind})
        assert answer.status_code == 200, answer.text
        return answer.content

    lines = (await got("text/csv")).decode().splitlines()[1:]
    expected = [(line.split(",")[0], float(line.split(",")[2])) for line in lines]
    assert expected == [(sensor, float(n)) for n in range(3)] + [
        (f"{sensor}-a", 10.0),
        (f"{sensor}-a", 11.0),
    ]
    parquet = pq.read_table(pa.BufferReader(await got("application/vnd.apache.parquet")))
    arrow = pa.ipc.open_stream(await got("application/vnd.apache.arrow.stream")).read_all()
    for table in (parquet, arrow):
        columns = table.column("sensor_id").to_pylist(), table.column("value").to_pylist()
        assert list(zip(*columns, strict=True)) == expected
    only = (await got("text/csv", sensor=f"{sensor}-a")).decode().splitlines()[1:]
    assert [line.split(",")[0] for line in only] == [f"{sensor}-a"] * 2
    unknown = await client.request(
        "GET", path, params={"sensor": "no such"}, headers={"Accept": "text/csv"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_sensor")
    intervals = await client.request("GET", path)
    assert (intervals.status_code, intervals.json()["code"]) == (400, "invalid_parameter")
