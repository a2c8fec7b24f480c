"""An object that any S3 client puts into the bucket `inbox` is a file like any other.

MinIO sends a notification of it; in other stores the API finds it by listing the bucket.
"""

from __future__ import annotations

import io
import uuid
from urllib.parse import urlsplit

import pytest
from minio import Minio

from embedded.stack import Stack
from tests.e2e.test_announced import all_handled, ended_by_name, letters, new_file
from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import expect


def put(stack: Stack, key: str, data: bytes) -> None:
    """Put an object into the inbox."""
    at = stack.endpoints
    address = urlsplit(at["S3_ENDPOINT"]).netloc
    store = Minio(
        address,
        access_key=at["S3_ACCESS_KEY"],
        secret_key=at["S3_SECRET_KEY"],
        secure=False,
        region=at["S3_REGION"],
    )
    store.put_object(at["INBOX_BUCKET"], key, io.BytesIO(data), len(data))


@pytest.mark.parametrize("folder", ["", "plant 7/día+night/"])
async def test_an_object_in_the_inbox_is_a_file(stack: Stack, client: Client, folder: str) -> None:
    file = new_file("dirty", 3_000, seed=len(folder))
    put(stack, folder + file.name, file.data)
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []
    raw = await client.request("GET", f"/api/v1/files/{file_id}/raw")
    assert raw.content == file.data


async def test_the_same_object_again_is_the_same_file(stack: Stack, client: Client) -> None:
    file = new_file("clean", 500, seed=11)
    for _ in range(3):
        put(stack, file.name, file.data)
    other = new_file("clean", 10, seed=12)
    put(stack, other.name, other.data)
    await ended_by_name(client, other.name)
    await all_handled(stack)
    # `ended_by_name` fails if a name has become two files.
    file_id = await ended_by_name(client, file.name)
    assert await verification.one_file(client, file_id, expect(file.data)) == []


async def test_an_object_without_bytes_is_one_dead_letter(stack: Stack, client: Client) -> None:
    name = f"{uuid.uuid4().hex}.csv"
    put(stack, name, b"")
    key = f"{stack.endpoints['INBOX_BUCKET']}/{name}"
    source = "notifications" if "INBOX_ARN" in stack.endpoints else "announced"
    rows = await letters(client, key)
    assert [(row["topic"], row["code"]) for row in rows] == [(f"files.{source}", "empty_file")]
    # A file that is put later is found by a later scan, and no second dead letter with it.
    other = new_file("clean", 10, seed=13)
    put(stack, other.name, other.data)
    await ended_by_name(client, other.name)
    await all_handled(stack)
    assert len(await letters(client, key)) == 1


async def test_a_deleted_file_of_the_inbox_does_not_come_back(stack: Stack, client: Client) -> None:
    file, other = new_file("clean", 50, seed=14), new_file("clean", 60, seed=15)
    put(stack, file.name, file.data)
    file_id = await ended_by_name(client, file.name)
    answer = await client.request("DELETE", f"/api/v1/files/{file_id}")
    assert answer.status_code == 204
    put(stack, other.name, other.data)
    await ended_by_name(client, other.name)
    await all_handled(stack)
    rows = await client.sql(
        "SELECT count() AS n FROM csv_processor.files WHERE filename = {name:String}",
        name=file.name,
    )
    assert int(rows[0]["n"]) == 0
