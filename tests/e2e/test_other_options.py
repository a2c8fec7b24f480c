"""A known file that comes with other read options is read again: one file, one reading at a time."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from embedded.stack import Stack
from tests.e2e.test_announced import all_handled, ended_by_name, put
from tests.e2e.test_replay import replayed
from tests.harness import kafka
from tests.harness.client import Client
from tests.harness.sensor_files import SensorFile


def two_values(rows: int = 50) -> SensorFile:
    """A file with two columns of values: 1 in the one, 2 in the other."""
    lines = b"".join(
        b"two-%d,2026-03-01T00:00:%02d.%06dZ,1,2\n" % (n % 7, n % 60, n) for n in range(rows)
    )
    name = f"{uuid.uuid4().hex}.csv"
    # Its bytes are its own, so that it is known from this test only.
    return SensorFile(name, b"sensor_id,timestamp,value,other\n" + lines + _blank_lines(name))


def _blank_lines(name: str) -> bytes:
    return b"\n" * (1 + int(name[:3], 16))


def values_of(document: Mapping[str, Any]) -> tuple[float, float, int]:
    found = document["aggregations"]
    return found["min_value"], found["max_value"], found["row_count"]


async def read_again(client: Client, file_id: str, generation: int) -> dict[str, Any]:
    """The document once a generation is terminal, whether or not an earlier one was."""
    await replayed(client, file_id, generation)
    return await client.ended(file_id)


async def files_named(client: Client, name: str) -> list[str]:
    rows = await client.sql(
        "SELECT file_id FROM csv_processor.files WHERE filename = {name:String}", name=name
    )
    return [row["file_id"] for row in rows]


@pytest.mark.parametrize("multipart", [False, True])
async def test_an_upload_of_known_bytes_with_other_options_reads_the_file_again(
    client: Client, multipart: bool
) -> None:
    file = two_values()
    first = await client.upload(file)
    file_id = first.json()["file_id"]
    assert values_of(await client.ended(file_id)) == (1, 1, 50)
    assert "reprocessing" not in first.json()

    again = await client.upload(file, params={"value_column": "other"}, multipart=multipart)
    assert (again.status_code, again.json()["file_id"]) == (202, file_id)
    assert again.headers["location"] == f"/api/v1/files/{file_id}"
    assert again.json()["generation"] == again.json()["reprocessing"]["generation"] == 2
    assert "uploaded before with other read options" in again.json()["reprocessing"]["message"]
    document = await replayed(client, file_id, 2)
    assert values_of(document) == (2, 2, 50)
    assert document["options"] == {"value_column": ["other"]}

    # With the same options, or none, it is the file that is there.
    for params in ({"value_column": "other"}, {}):
        same = await client.upload(file, params=params, multipart=multipart)
        assert (same.status_code, same.json()["generation"]) == (200, 2)
        assert "reprocessing" not in same.json()
    # The options of an upload are all that are set: none is left of those before.
    await client.upload(file, params={"value_column": "value", "timezone": "Europe/Berlin"})
    document = await replayed(client, file_id, 3)
    assert values_of(document) == (1, 1, 50)
    assert document["options"] == {"value_column": ["value"], "timezone": "Europe/Berlin"}
    assert await files_named(client, file.name) == [file_id]


async def test_a_repeated_request_reads_nothing_again(client: Client) -> None:
    file, key = two_values(), uuid.uuid4().hex
    first = await client.upload(file, key=key, params={"value_column": "other"})
    file_id = first.json()["file_id"]
    await client.ended(file_id)
    await client.upload(file, params={"value_column": "value"})
    assert values_of(await replayed(client, file_id, 2)) == (1, 1, 50)
    repeated = await client.upload(file, key=key, params={"value_column": "other"})
    assert (repeated.status_code, repeated.json()["generation"]) == (200, 2)


async def test_a_repeated_request_does_not_undo_the_reading_that_came_after_it(
    client: Client,
) -> None:
    file, key = two_values(), uuid.uuid4().hex
    file_id = (await client.upload(file)).json()["file_id"]
    await client.ended(file_id)
    other = {"value_column": "other"}
    begun = await client.upload(file, key=key, params=other)
    assert (begun.status_code, begun.json()["generation"]) == (202, 2)
    await replayed(client, file_id, 2)
    # Repeated at once, it is the same request; repeated after a later one, it changes nothing. So is
    # another one that asked for what was there.
    same_key = uuid.uuid4().hex
    for repeated in (key, same_key):
        again = await client.upload(file, key=repeated, params=other)
        assert (again.status_code, again.json()["generation"]) == (200, 2)
    await client.upload(file, params={"value_column": "value"})
    await replayed(client, file_id, 3)
    for repeated in (key, same_key):
        late = await client.upload(file, key=repeated, params=other)
        assert (late.status_code, late.json()["generation"]) == (200, 3)
    assert values_of(await client.ended(file_id)) == (1, 1, 50)


@pytest.mark.slow
async def test_a_file_that_still_waits_is_read_with_the_options_that_came_last(
    client: Client,
) -> None:
    file = two_values(200_000)
    file_id = (await client.upload(file)).json()["file_id"]
    begun = await client.upload(file, params={"value_column": "other"})
    assert (begun.status_code, begun.json()["file_id"]) == (202, file_id)
    assert values_of(await read_again(client, file_id, 2)) == (2, 2, 200_000)
    await asyncio.gather(
        *(client.upload(file, params={"value_column": name}) for name in ("value", "other") * 3)
    )
    last = await client.get(f"/api/v1/files/{file_id}")
    generation = (last["replay"] or last)["generation"]
    document = await read_again(client, file_id, generation)
    value = {"value": 1, "other": 2}[document["options"]["value_column"][0]]
    assert values_of(document) == (value, value, 200_000)


async def test_a_resumable_upload_of_known_bytes_reads_the_file_again(client: Client) -> None:
    file = two_values()
    file_id = (await client.upload(file)).json()["file_id"]
    await client.ended(file_id)

    async def send(**options: str) -> Any:
        metadata = {"filename": file.name, "filetype": "text/csv", **options}
        answer = await client.request(
            "POST",
            "/api/v1/uploads",
            content=file.data,
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Length": str(len(file.data)),
                "Content-Type": "application/offset+octet-stream",
                "Upload-Metadata": ",".join(
                    f"{name} {base64.b64encode(text.encode()).decode()}"
                    for name, text in metadata.items()
                ),
            },
        )
        assert answer.status_code == 201, answer.text
        return answer

    answer = await send(value_column="other")
    assert answer.headers["content-location"] == f"/api/v1/files/{file_id}"
    assert (answer.headers["upload-known"], answer.headers["upload-generation"]) == ("true", "2")
    shown = await client.get(answer.headers["location"])
    assert (shown["file_id"], shown["known"], shown["generation"]) == (file_id, True, 2)
    assert values_of(await replayed(client, file_id, 2)) == (2, 2, 50)
    same = await send(value_column="other")
    assert same.headers["upload-known"] == "true"
    assert "upload-generation" not in same.headers


async def announce(
    stack: Stack, file: SensorFile, bucket: str, *options: dict[str, Any] | None, keys: str = "one"
) -> None:
    """Announce an object with each of `options` in turn; by keys `many` on many partitions."""
    async with kafka.producer(stack.endpoints) as producer:
        for number, one in enumerate(options):
            event: dict[str, Any] = {"bucket": bucket, "object_key": f"elsewhere/{file.name}"}
            if one is not None:
                event["options"] = one
            key = f"{number}" if keys == "many" else "one"
            await producer.send_and_wait(
                "files.announced", json.dumps(event).encode(), key=key.encode()
            )


async def test_an_object_that_is_announced_again_with_other_options_is_read_again(
    stack: Stack, client: Client
) -> None:
    file = two_values()
    bucket, _ = put(stack, f"elsewhere/{file.name}", file.data)
    await announce(stack, file, bucket, None)
    file_id = await ended_by_name(client, file.name)
    assert values_of(await client.ended(file_id)) == (1, 1, 50)
    for generation, name in ((2, "other"), (3, "value"), (4, "other")):
        await announce(stack, file, bucket, {"value_column": [name]})
        document = await replayed(client, file_id, generation)
        assert values_of(document)[0] == (2 if name == "other" else 1)
    # With the same options, or none, nothing is read again.
    await announce(stack, file, bucket, {"value_column": ["other"]}, None)
    await all_handled(stack)
    document = await client.get(f"/api/v1/files/{file_id}")
    assert (document["generation"], document["replay"]) == (4, None)
    assert await files_named(client, file.name) == [file_id]


@pytest.mark.slow
async def test_readings_of_one_object_never_mix(stack: Stack, client: Client) -> None:
    file = two_values(600_000)
    bucket, _ = put(stack, f"elsewhere/{file.name}", file.data)
    others = [{"value_column": [name]} for name in ("value", "other")]
    await announce(stack, file, bucket, *others, None, *others, None, *others, keys="many")
    await all_handled(stack)
    (file_id,) = await files_named(client, file.name)
    async with asyncio.timeout(120):
        while True:
            document = await client.get(f"/api/v1/files/{file_id}")
            sensors = await client.sensors(file_id)
            now = await client.get(f"/api/v1/files/{file_id}")
            ended = document["status"] != "waiting" and document["replay"] is None
            if ended and now["generation"] == document["generation"]:
                break
            await asyncio.sleep(0.1)
    value = {"value": 1, "other": 2}[document["options"]["value_column"][0]]
    assert values_of(document) == (value, value, 600_000)
    assert sum(document["aggregations"]["per_sensor_count"].values()) == 600_000
    for sensor in sensors:
        assert (sensor["min_value"], sensor["max_value"]) == (value, value)
        assert sensor["mean_value"] == value


async def test_a_message_that_is_delivered_again_does_not_undo_a_later_one(
    stack: Stack, client: Client
) -> None:
    file = two_values()
    bucket, _ = put(stack, f"elsewhere/{file.name}", file.data)
    await announce(stack, file, bucket, {"value_column": ["other"]})
    file_id = await ended_by_name(client, file.name)
    (row,) = await client.sql(
        "SELECT generation FROM csv_processor.files WHERE file_id = {id:String}", id=file_id
    )
    generation = int(row["generation"])
    await announce(stack, file, bucket, {"value_column": ["value"]})
    document = await replayed(client, file_id, generation + 1)
    assert values_of(document) == (1, 1, 50)
    assert document["options"] == {"value_column": ["value"]}
