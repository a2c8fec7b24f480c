"""The same bytes under another name are a duplicate, which has no readings, through every entry point."""

from __future__ import annotations

import json
import uuid
from base64 import b64encode
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from typing import Any

import pytest

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.test_announced import ended_by_name, put
from tests.e2e.test_inbox import put as put_into_inbox
from tests.e2e.test_replay import replay, replayed
from tests.harness import kafka
from tests.harness.client import Client
from tests.harness.containers import readings
from tests.harness.proxied_api import ProxiedApi, at_once
from tests.harness.sensor_files import SensorFile
from tests.unit.rows.containers.archives import zip_of

ROWS = 5


def new_name() -> str:
    return f"{uuid.uuid4().hex}.csv"


async def send(client: Client, name: str, data: bytes, **params: str) -> dict[str, Any]:
    """The document of an upload once it has ended."""
    answer = await client.upload(SensorFile(name, data), params=params)
    return await client.ended(answer.json()["file_id"])


async def counted(client: Client, sensor: str) -> int:
    """Readings of a sensor over all files, by the API and by SQL."""
    page = await client.get("/api/v1/sensors", q=sensor)
    (rows,) = await client.sql(
        "SELECT sum(row_count) AS readings FROM csv_processor.sensor_results"
        " WHERE sensor_id = {sensor:String}",
        sensor=sensor,
    )
    total: int = sum(item["row_count"] for item in page["items"] if item["sensor_id"] == sensor)
    assert total == int(rows["readings"])
    return total


@pytest.fixture
async def first(client: Client) -> dict[str, Any]:
    """A file with readings of one new sensor; `sensor` and `data` are added to its document."""
    sensor = uuid.uuid4().hex
    data = readings(sensor, ROWS)
    document = await send(client, new_name(), data)
    assert (document["status"], document["duplicate_of"]) == ("processed", None)
    return document | {"sensor": sensor, "data": data}


def assert_duplicate(document: dict[str, Any], first: dict[str, Any]) -> None:
    assert document["file_id"] != first["file_id"]
    assert document["duplicate_of"] == first["file_id"]
    assert (document["status"], document["error"]) == ("processed", None)
    assert document["sha256"] == first["sha256"]
    assert document["aggregations"] == {
        "row_count": 0, "min_value": None, "max_value": None, "per_sensor_count": {},
    }  # fmt: skip
    assert (document["record_count"], document["invalid_count"], document["sensor_count"]) == (
        *(0, 0, 0),
    )


async def test_the_same_bytes_under_another_name_do_not_count(
    client: Client, first: dict[str, Any]
) -> None:
    document = await send(client, new_name(), first["data"])
    assert_duplicate(document, first)
    assert await counted(client, first["sensor"]) == ROWS
    (row,) = await client.sql(
        "SELECT duplicate_of, row_count FROM csv_processor.files WHERE file_id = {id:String}",
        id=document["file_id"],
    )
    assert row == {"duplicate_of": first["file_id"], "row_count": 0}
    listed = await client.get("/api/v1/files", q=document["filename"])
    assert [item["duplicate_of"] for item in listed["items"]] == [first["file_id"]]
    # Sent again under its name it is the same duplicate.
    answer = await client.upload(SensorFile(document["filename"], first["data"]))
    assert (answer.status_code, answer.json()["file_id"]) == (200, document["file_id"])
    raw = await client.request("GET", f"/api/v1/files/{document['file_id']}/raw")
    assert raw.content == first["data"]


async def test_a_large_duplicate_does_not_count(client: Client) -> None:
    sensor = uuid.uuid4().hex
    data = readings(sensor, 60_000)
    first = await send(client, new_name(), data)
    assert_duplicate(await send(client, new_name(), data), first)
    assert await counted(client, sensor) == 60_000


async def test_a_duplicate_counts_if_it_is_forced_or_replayed(
    client: Client, first: dict[str, Any]
) -> None:
    forced = await send(client, new_name(), first["data"], force="true")
    assert (forced["duplicate_of"], forced["aggregations"]["row_count"]) == (None, ROWS)
    duplicate = await send(client, new_name(), first["data"])
    assert_duplicate(duplicate, first)
    await replay(client, duplicate["file_id"])
    document = await replayed(client, duplicate["file_id"], duplicate["generation"] + 1)
    assert (document["duplicate_of"], document["aggregations"]["row_count"]) == (None, ROWS)
    assert await counted(client, first["sensor"]) == 3 * ROWS


async def test_the_same_bytes_with_other_read_options_are_another_reading(
    client: Client, first: dict[str, Any]
) -> None:
    document = await send(client, new_name(), first["data"], sensor="plant/{sensor_id}")
    assert document["duplicate_of"] is None
    assert list(document["aggregations"]["per_sensor_count"]) == [f"plant/{first['sensor']}"]


async def test_a_name_that_is_part_of_the_sensor_is_another_reading(client: Client) -> None:
    data = f"time,temperature\n2026-03-01T00:00:00Z,{uuid.uuid4().int % 10**9}\n".encode()
    names = [new_name(), new_name()]
    documents = [await send(client, name, data, sensor="{stem}/{column}") for name in names]
    for name, document in zip(names, documents, strict=True):
        stem = name.removesuffix(".csv")
        assert document["duplicate_of"] is None
        assert document["aggregations"]["per_sensor_count"] == {f"{stem}/temperature": 1}


async def test_a_profile_for_another_name_is_another_reading(
    client: Client, first: dict[str, Any]
) -> None:
    prefix = uuid.uuid4().hex
    answer = await client.request(
        "PUT",
        f"/api/v1/profiles/{prefix}",
        json={"match": {"filename": [f"{prefix}*"]}, "options": {"sensor": "east/{sensor_id}"}},
    )
    assert answer.status_code in (200, 201), answer.text
    try:
        documents = [await send(client, f"{prefix}-{n}.csv", first["data"]) for n in ("one", "two")]
    finally:
        await client.request("DELETE", f"/api/v1/profiles/{prefix}")
    assert documents[0]["duplicate_of"] is None
    assert documents[0]["profile"] == prefix
    # The second file of the profile is read as the first one is.
    assert_duplicate(documents[1], documents[0])


async def test_what_failed_or_was_deleted_has_no_duplicates(client: Client) -> None:
    nothing = f"{uuid.uuid4().hex}\nno readings\n".encode()
    assert (await send(client, new_name(), nothing))["status"] == "failed"
    again = await send(client, new_name(), nothing)
    assert (again["status"], again["duplicate_of"]) == ("failed", None)

    sensor = uuid.uuid4().hex
    data = readings(sensor, ROWS)
    first = await send(client, new_name(), data)
    answer = await client.request("DELETE", f"/api/v1/files/{first['file_id']}")
    assert answer.status_code == 204
    assert (await send(client, new_name(), data))["duplicate_of"] is None
    assert await counted(client, sensor) == ROWS


async def test_a_duplicate_of_a_deleted_file_says_so_and_can_be_processed(
    client: Client, first: dict[str, Any]
) -> None:
    duplicate = await send(client, new_name(), first["data"])
    await client.request("DELETE", f"/api/v1/files/{first['file_id']}")
    document = await client.get(f"/api/v1/files/{duplicate['file_id']}")
    assert document["duplicate_of"] == first["file_id"]
    # The next file with these bytes counts: there is none that does.
    assert (await send(client, new_name(), first["data"]))["duplicate_of"] is None
    assert await counted(client, first["sensor"]) == ROWS


async def test_duplicates_come_in_by_any_way(
    client: Client, stack: Stack, first: dict[str, Any]
) -> None:
    data, names = first["data"], [new_name() for _ in range(4)]
    bucket, _ = put(stack, names[0], data)
    put_into_inbox(stack, names[1], data)
    async with kafka.producer(stack.endpoints) as producer:
        event = json.dumps({"bucket": bucket, "object_key": names[0]}).encode()
        await producer.send_and_wait("files.announced", event)
        headers = [("filename", names[2].encode())]
        await producer.send_and_wait("files.inline", data, key=b"g", headers=headers)
    metadata = f"filename {b64encode(names[3].encode()).decode()}"
    tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    answer = await client.request(
        "POST",
        "/api/v1/uploads",
        headers={**tus, "Upload-Length": str(len(data)), "Upload-Metadata": metadata},
        content=data,
    )
    assert answer.status_code == 201, answer.text
    for name in names:
        document = await client.get(f"/api/v1/files/{await ended_by_name(client, name)}")
        assert_duplicate(document, first)
    assert await counted(client, first["sensor"]) == ROWS


@pytest.mark.slow
async def test_members_of_containers_are_duplicates_too(client: Client) -> None:
    sensor, other = uuid.uuid4().hex, uuid.uuid4().hex
    first = await send(client, new_name(), readings(sensor, ROWS))
    data = zip_of(
        {
            "known.csv": readings(sensor, ROWS),
            "new.csv": readings(other, 2),
            "again.csv": readings(other, 2),
        }
    )
    container = await send(client, f"{uuid.uuid4().hex}.zip", data)
    assert container["members"]["processed"] == 3
    assert container["aggregations"]["per_sensor_count"] == {other: 2}
    page = await client.get("/api/v1/files", parent_id=container["file_id"])
    found = {item["filename"].rpartition("/")[2]: item for item in page["items"]}
    assert found["known.csv"]["duplicate_of"] == first["file_id"]
    assert found["new.csv"]["duplicate_of"] is None
    assert found["again.csv"]["duplicate_of"] == found["new.csv"]["file_id"]
    assert await counted(client, sensor) == ROWS
    assert await counted(client, other) == 2
    # A replay of the container leaves its members what they are.
    await replay(client, container["file_id"])
    await replayed(client, container["file_id"], 2)
    assert await counted(client, sensor) == ROWS
    assert await counted(client, other) == 2


async def test_equal_members_of_a_container_that_is_announced_with_options_count_once(
    client: Client, stack: Stack
) -> None:
    sensor, name = uuid.uuid4().hex, f"{uuid.uuid4().hex}.zip"
    # The day or the month may be first.
    equal = f"sensor_id,timestamp,value\n{sensor},01/02/2026 00:00,1\n{sensor},02/03/2026 00:00,2\n"
    members = {"a.csv": equal, "b.csv": equal, "c.csv": equal.replace(",2\n", ",3\n")}
    bucket, _ = put(stack, name, zip_of({n: text.encode() for n, text in members.items()}))
    options = {"timestamp_format": "%d/%m/%Y %H:%M"}
    async with kafka.producer(stack.endpoints) as producer:
        event = json.dumps({"bucket": bucket, "object_key": name, "options": options}).encode()
        await producer.send_and_wait("files.announced", event)
    document = await client.get(f"/api/v1/files/{await ended_by_name(client, name)}")
    assert (document["status"], document["members"]["processed"]) == ("processed", 3)
    assert document["aggregations"]["row_count"] == 4
    page = await client.get("/api/v1/files", parent_id=document["file_id"], sort="upload_time")
    first, second, third = page["items"]
    assert (first["duplicate_of"], third["duplicate_of"]) == (None, None)
    assert second["duplicate_of"] == first["file_id"]
    assert await counted(client, sensor) == 4
    # A replay of the container leaves its members what they are.
    await replay(client, document["file_id"])
    await replayed(client, document["file_id"], document["generation"] + 1)
    assert await counted(client, sensor) == 4


async def test_equal_members_that_are_not_read_like_a_known_file_count_once(client: Client) -> None:
    known, name = uuid.uuid4().hex, uuid.uuid4().hex
    data, options = readings(uuid.uuid4().hex, ROWS), {"sensor": "{stem}"}
    await send(client, f"{known}.csv", data, **options)
    # The name of both is another one than that of the file outside, so they are other readings; in
    # groups of several members each.
    others = {f"{n}.csv": readings(f"{name}-{n}", 1) for n in range(80)}
    members = {f"a/{name}.csv": data, **others, f"b/{name}.csv": data, f"c/{known}.csv": data}
    container = await send(client, f"{uuid.uuid4().hex}.zip", zip_of(members), **options)
    assert container["members"]["processed"] == len(members)
    assert container["aggregations"]["row_count"] == ROWS + len(others)
    assert await counted(client, name) == await counted(client, known) == ROWS
    await replay(client, container["file_id"])
    await replayed(client, container["file_id"], 2)
    assert await counted(client, name) == await counted(client, known) == ROWS


async def test_equal_members_of_a_duplicate_that_is_processed_count_once(client: Client) -> None:
    sensor = uuid.uuid4().hex
    data = zip_of(dict.fromkeys(("a.csv", "b.csv"), readings(sensor, ROWS)))
    await send(client, f"{uuid.uuid4().hex}.zip", data)
    again = await send(client, f"{uuid.uuid4().hex}.zip", data)
    await replay(client, again["file_id"])
    processed = await replayed(client, again["file_id"], again["generation"] + 1)
    assert processed["members"]["processed"] == 2
    assert processed["aggregations"]["row_count"] == ROWS
    assert await counted(client, sensor) == 2 * ROWS


async def test_equal_members_of_which_the_first_is_deleted_count_once_when_they_are_read_again(
    client: Client,
) -> None:
    sensor = uuid.uuid4().hex
    names = ("a.csv", "b.csv", "c.csv")
    data = zip_of(dict.fromkeys(names, readings(sensor, ROWS)))
    container = await send(client, f"{uuid.uuid4().hex}.zip", data)
    page = await client.get("/api/v1/files", parent_id=container["file_id"], sort="upload_time")
    first, second, third = page["items"]
    await client.request("DELETE", f"/api/v1/files/{first['file_id']}")
    assert await counted(client, sensor) == 0
    await replay(client, container["file_id"])
    await replayed(client, container["file_id"], 2)
    page = await client.get("/api/v1/files", parent_id=container["file_id"], sort="upload_time")
    assert [(item["file_id"], item["duplicate_of"]) for item in page["items"]] == [
        (second["file_id"], None),
        (third["file_id"], second["file_id"]),
    ]
    assert await counted(client, sensor) == ROWS
    # Once more, now that nothing is deleted.
    await replay(client, container["file_id"])
    await replayed(client, container["file_id"], 3)
    assert await counted(client, sensor) == ROWS


async def test_files_that_failed_do_not_hide_one_that_counts(client: Client) -> None:
    sensor = uuid.uuid4().hex
    data = f"sensor_id,timestamp,value\n{sensor},01/02/2026 00:00,1\n".encode()
    failed = [await send(client, new_name(), data) for _ in range(18)]
    assert {document["status"] for document in failed} == {"failed"}
    options = {"timestamp_format": "%d/%m/%Y %H:%M"}
    # As a user mends the last one of them.
    await replay(client, failed[-1]["file_id"], **options)
    first = await replayed(client, failed[-1]["file_id"], failed[-1]["generation"] + 1)
    assert_duplicate(await send(client, new_name(), data, **options), first)
    assert await counted(client, sensor) == 1


async def test_a_container_with_known_bytes_is_not_unpacked(client: Client) -> None:
    sensor = uuid.uuid4().hex
    data = zip_of({"a.csv": readings(sensor, ROWS), "b.csv": readings(f"{sensor}b", 1)})
    first = await send(client, f"{uuid.uuid4().hex}.zip", data)
    again = await send(client, f"{uuid.uuid4().hex}.zip", data)
    assert again["duplicate_of"] == first["file_id"]
    assert (again["container"], again["members"]) == (None, None)
    assert await counted(client, sensor) == ROWS
    await replay(client, again["file_id"])
    processed = await replayed(client, again["file_id"], again["generation"] + 1)
    assert processed["duplicate_of"] is None
    assert processed["aggregations"]["row_count"] == ROWS + 1
    assert await counted(client, sensor) == 2 * ROWS


async def test_forced_announcements_and_containers_count(
    client: Client, stack: Stack, first: dict[str, Any]
) -> None:
    data, names = first["data"], [new_name(), new_name()]
    bucket, _ = put(stack, names[0], data)
    async with kafka.producer(stack.endpoints) as producer:
        event = json.dumps({"bucket": bucket, "object_key": names[0], "force": True}).encode()
        await producer.send_and_wait("files.announced", event)
        headers = [("filename", names[1].encode()), ("force", b"true")]
        await producer.send_and_wait("files.inline", data, key=b"g", headers=headers)
    for name in names:
        document = await client.get(f"/api/v1/files/{await ended_by_name(client, name)}")
        assert (document["duplicate_of"], document["aggregations"]["row_count"]) == (None, ROWS)
    name = f"{uuid.uuid4().hex}.zip"
    container = await send(client, name, zip_of({"a.csv": data}), force="true")
    assert container["aggregations"]["row_count"] == ROWS
    assert await counted(client, first["sensor"]) == 4 * ROWS


def records_a_file(label: str) -> bool:
    """Whether a call to the database writes a file's record, or decides about one."""
    return "INSERT INTO" in label and ("file_records" in label or "file_operations" in label)


@pytest.mark.slow
async def test_at_two_processes_known_bytes_never_count_again(
    stack: Stack, client: Client, first: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, env = tmp_path_factory.mktemp("duplicates"), {**stack.endpoints, **EVERYTHING}
    with ExitStack() as started:
        apis = [
            started.enter_context(ProxiedApi(env, folder / f"process-{n}.log")) for n in range(2)
        ]
        async with AsyncExitStack() as opened:
            clients = [await opened.enter_async_context(api.client()) for api in apis]

            async def post(number: int, name: str, data: bytes) -> Any:
                return await clients[number].post(
                    "/api/v1/files", params={"filename": name}, content=data
                )

            # One name at both processes: one file.
            name = new_name()
            answers = await at_once(
                apis, [partial(post, n, name, first["data"]) for n in range(2)], records_a_file
            )
            (file_id,) = {answer.json()["file_id"] for answer in answers}
            assert_duplicate(await client.ended(file_id), first)
            # Another name at each: two duplicates of the same file.
            answers = await at_once(
                apis,
                [partial(post, n, new_name(), first["data"]) for n in range(2)],
                records_a_file,
            )
            for answer in answers:
                assert_duplicate(await client.ended(answer.json()["file_id"]), first)
            # Unknown bytes under two names at once: one of them counts at least.
            sensor = uuid.uuid4().hex
            data = readings(sensor, ROWS)
            answers = await at_once(
                apis, [partial(post, n, new_name(), data) for n in range(2)], records_a_file
            )
            for answer in answers:
                await client.ended(answer.json()["file_id"])
            assert await counted(client, sensor) in (ROWS, 2 * ROWS)
    assert await counted(client, first["sensor"]) == ROWS


async def test_a_result_is_published_for_a_duplicate(
    stack: Stack, client: Client, first: dict[str, Any]
) -> None:
    document = await send(client, new_name(), first["data"])
    key = document["file_id"].encode()
    message = await kafka.first_message(
        stack.endpoints, "files.results", lambda message: message.key == key
    )
    assert_duplicate(json.loads(message.value), first)


@pytest.mark.slow
async def test_equal_members_that_failed_count_once_when_their_container_is_read_again(
    client: Client,
) -> None:
    sensor = uuid.uuid4().hex
    # The day or the month may be first, so both are in doubt.
    data = f"sensor_id,timestamp,value\n{sensor},01/02/2026 00:00,1\n{sensor},02/03/2026 00:00,2\n"
    names = ("a.csv", "b.csv", "c.csv")
    container = await send(
        client, f"{uuid.uuid4().hex}.zip", zip_of(dict.fromkeys(names, data.encode()))
    )
    assert (container["status"], container["members"]["failed"]) == ("failed", 3)

    path = f"/api/v1/files/{container['file_id']}/replay"
    answer = await client.request("POST", path, params={"timestamp_format": "%d/%m/%Y %H:%M"})
    assert answer.status_code == 202, answer.text
    document = await replayed(client, container["file_id"], 2)
    assert document["members"]["processed"] == 3
    assert document["aggregations"]["row_count"] == 2
    page = await client.get("/api/v1/files", parent_id=container["file_id"], sort="upload_time")
    first, *others = page["items"]
    assert first["duplicate_of"] is None
    assert {item["duplicate_of"] for item in others} == {first["file_id"]}
    assert await counted(client, sensor) == 2

    # Other options for the container are other options for its duplicates too.
    answer = await client.request("POST", path, params={"timestamp_format": "%m/%d/%Y %H:%M"})
    assert answer.status_code == 202, answer.text
    await replayed(client, container["file_id"], 3)
    assert await counted(client, sensor) == 2
