"""Files that others put on Kafka or into the bucket: each becomes one file, however often it is said."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from minio import Minio

from embedded.stack import Stack
from schemas.topics import ANNOUNCED, INLINE, NOTIFICATIONS, UPLOADED
from tests.harness import kafka, verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import SensorFile, generate
from tests.harness.topic_reader import all_committed


def put(stack: Stack, key: str, data: bytes) -> tuple[str, str]:
    """Put an object into the product's bucket as another program would; bucket and ETag."""
    addresses = stack.endpoints
    bucket = addresses["STORE_URL"].removeprefix("s3://")
    store = Minio(
        urlsplit(addresses["S3_ENDPOINT"]).netloc,
        access_key=addresses["S3_ACCESS_KEY"],
        secret_key=addresses["S3_SECRET_KEY"],
        secure=False,
        region=addresses["S3_REGION"],
    )
    written = store.put_object(bucket, key, io.BytesIO(data), len(data))
    assert written.etag
    return bucket, written.etag


async def ended_by_name(client: Client, filename: str, seconds: float = 180.0) -> str:
    """The file_id of the one file of that name, once it is terminal."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                rows = await client.sql(
                    "SELECT file_id, status FROM csv_processor.files "
                    "WHERE filename = {filename:String}",
                    filename=filename,
                )
                assert len(rows) <= 1, f"{filename} became {len(rows)} files: {rows}"
                if rows and rows[0]["status"] != "waiting":
                    return str(rows[0]["file_id"])
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{filename} is no ended file after {seconds} s") from None


def new_file(kind: str, rows: int, seed: int) -> SensorFile:
    made = generate(kind, rows, seed)
    return SensorFile(f"{uuid.uuid4().hex}-{made.name}", made.data)


async def all_handled(stack: Stack) -> None:
    """Return when the product has handled what others put on its topics until now.

    What it makes of the others goes to `files.uploaded`, which is looked at last.
    """
    for stage in ((ANNOUNCED, INLINE, NOTIFICATIONS), (UPLOADED,)):
        await all_committed(stack.endpoints["KAFKA_BOOTSTRAP_SERVERS"], stage)


@pytest.mark.parametrize("times", [1, 3])
async def test_an_announced_object(stack: Stack, client: Client, times: int) -> None:
    file = new_file("dirty", 2_000, seed=times)
    bucket, _ = put(stack, f"elsewhere/{file.name}", file.data)
    said = {"bucket": bucket, "object_key": f"elsewhere/{file.name}", "filename": file.name}
    async with kafka.producer(stack.endpoints) as producer:
        for number in range(times):
            await producer.send_and_wait(
                "files.announced", json.dumps(said).encode(), key=f"any {number}".encode()
            )
    file_id = await ended_by_name(client, file.name)
    await all_handled(stack)
    assert await ended_by_name(client, file.name) == file_id
    assert await verification.one_file(client, file_id, expect(file.data)) == []


async def announced(stack: Stack, client: Client, key: str, filename: str, data: bytes) -> str:
    """The id of the file that an object becomes, once it has ended."""
    bucket, _ = put(stack, key, data)
    said = {"bucket": bucket, "object_key": key, "filename": filename}
    async with kafka.producer(stack.endpoints) as producer:
        await producer.send_and_wait("files.announced", json.dumps(said).encode())
    return await ended_by_name(client, filename)


async def test_an_object_that_was_replaced_is_not_read_as_the_file_it_was(
    stack: Stack, client: Client
) -> None:
    name = uuid.uuid4().hex
    key = f"elsewhere/{name}.csv"
    data = f"sensor_id,timestamp,value\n{name},2026-01-01T00:00:00Z,1\n".encode()
    other = data.replace(b"Z,1", b"Z,2")
    first = await announced(stack, client, key, f"{name}-first.csv", data)
    second = await announced(stack, client, key, f"{name}-second.csv", other)
    assert first != second
    for method, path in (
        ("GET", f"/api/v1/files/{first}/raw"),
        ("GET", f"/api/v1/files/{first}/readings"),
        ("POST", f"/api/v1/files/{first}/replay"),
    ):
        answer = await client.http.request(method, path, headers={"Accept": "text/csv, */*;q=0.1"})
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (404, "raw_file_missing"), answer.text
        assert "was replaced by other content" in problem["detail"]
    # What was read before stays.
    assert (await client.ended(first))["aggregations"]["max_value"] == 1
    assert (await client.ended(second))["aggregations"]["max_value"] == 2
    assert (await client.http.get(f"/api/v1/files/{second}/raw")).content == other


async def test_a_file_that_is_a_message(stack: Stack, client: Client) -> None:
    file = new_file("quoted", 500, seed=3)
    async with kafka.producer(stack.endpoints) as producer:
        await producer.send_and_wait(
            "files.inline", file.data, key=b"gateway", headers=[("filename", file.name.encode())]
        )
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


async def test_a_notification_of_the_bucket(stack: Stack, client: Client) -> None:
    file = new_file("clean", 300, seed=4)
    bucket, etag = put(stack, f"dropped/{file.name}", file.data)
    record: dict[str, Any] = {
        "eventVersion": "2.0",
        "eventSource": "minio:s3",
        "eventName": "s3:ObjectCreated:Put",
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": f"dropped%2F{file.name}", "size": len(file.data), "eTag": etag},
        },
    }
    key = f"{bucket}/dropped/{file.name}"
    said = {"EventName": "s3:ObjectCreated:Put", "Key": key, "Records": [record]}
    async with kafka.producer(stack.endpoints) as producer:
        for _ in range(2):
            await producer.send_and_wait(
                "files.notifications", json.dumps(said).encode(), key=key.encode()
            )
    await all_handled(stack)
    rows = await client.sql(
        "SELECT file_id FROM csv_processor.files WHERE raw_key = {key:String}",
        key=f"dropped/{file.name}",
    )
    assert len(rows) == 1
    file_id = rows[0]["file_id"]
    await client.ended(file_id)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


async def test_a_replayed_message_doubles_nothing(stack: Stack, client: Client) -> None:
    file = new_file("dirty", 5_000, seed=5)
    file_id = (await client.upload(file)).json()["file_id"]
    before = await client.ended(file_id)

    def about_it(message: Any) -> bool:
        return bool(message.key == file_id.encode())

    message = await kafka.first_message(stack.endpoints, "files.uploaded", about_it)
    async with kafka.producer(stack.endpoints) as producer:
        for _ in range(2):
            await producer.send_and_wait(
                "files.uploaded", message.value, key=message.key, partition=message.partition
            )
    await all_handled(stack)
    assert await client.ended(file_id) == before
    assert await verification.one_file(client, file_id, expect(file.data)) == []


async def test_the_results_are_announced(stack: Stack, client: Client) -> None:
    file = new_file("columns", 200, seed=6)
    file_id = (await client.upload(file)).json()["file_id"]
    document = await client.ended(file_id)
    message = await kafka.first_message(
        stack.endpoints, "files.results", lambda m: m.key == file_id.encode()
    )
    said = json.loads(message.value)
    for name in ("file_id", "status", "aggregations", "invalid_rows", "invalid_count", "filename"):
        assert said[name] == document[name], name


async def letters(client: Client, key: str) -> list[dict[str, Any]]:
    """The dead letters of a message key in SQL, once there are any."""
    async with asyncio.timeout(30):
        while True:
            rows = await client.sql(
                "SELECT topic, partition, offset, code, value FROM csv_processor.dead_letters "
                "WHERE key = {key:String}",
                key=key,
            )
            if rows:
                return rows
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("topic", "value", "code"),
    [
        ("files.announced", b"no json", "undecodable"),
        ("files.announced", b'{"bucket": "csv-processor"}', "undecodable"),
        ("files.uploaded", b'{"type": "unheard_of", "version": 1}', "unknown_event"),
    ],
)
async def test_what_cannot_be_understood_is_kept(
    stack: Stack, client: Client, topic: str, value: bytes, code: str
) -> None:
    key = uuid.uuid4().hex
    async with kafka.producer(stack.endpoints) as producer:
        sent = await producer.send_and_wait(topic, value, key=key.encode())
    message = await kafka.first_message(
        stack.endpoints, "files.dead-letters", lambda m: m.key == key.encode()
    )
    headers = dict(message.headers)
    assert message.value == value
    assert headers["code"] == code.encode()
    assert headers["reason"]
    rows = await letters(client, key)
    assert rows == [
        {
            "topic": topic,
            "partition": sent.partition,
            "offset": sent.offset,
            "code": code,
            "value": value.decode(),
        }
    ]
    file = new_file("clean", 20, seed=7)
    file_id = (await client.upload(file)).json()["file_id"]
    assert (await client.ended(file_id))["status"] == "processed", "the stream goes on"


async def test_an_announcement_of_nothing_is_a_dead_letter(stack: Stack, client: Client) -> None:
    key = uuid.uuid4().hex
    bucket = stack.endpoints["STORE_URL"].removeprefix("s3://")
    said = {"bucket": bucket, "object_key": f"nowhere/{key}.csv"}
    async with kafka.producer(stack.endpoints) as producer:
        await producer.send_and_wait("files.announced", json.dumps(said).encode(), key=key.encode())
    message = await kafka.first_message(
        stack.endpoints, "files.dead-letters", lambda m: m.key == key.encode()
    )
    assert dict(message.headers)["code"]
    await client.sql("SELECT 1")
