"""An object dropped into the bucket `inbox` by any S3 client is a file like any other."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.notificationconfig import NotificationConfig

from embedded.stack import Stack
from storage.buckets import make_inbox
from storage.s3 import S3Access
from tests.conftest import EVERYTHING
from tests.e2e import checking
from tests.e2e.client import Client
from tests.e2e.test_announced import ended_by_name, letters, new_file
from tests.oracle import expect


def store_client(at: Mapping[str, str]) -> Minio:
    address = urlsplit(at["S3_ENDPOINT"]).netloc
    return Minio(address, at["S3_ACCESS_KEY"], at["S3_SECRET_KEY"], secure=False)


def drop(stack: Stack, key: str, data: bytes) -> None:
    at = stack.endpoints
    store_client(at).put_object(at["INBOX_BUCKET"], key, io.BytesIO(data), len(data))


@pytest.mark.parametrize("folder", ["", "plant 7/día+night/"])
async def test_a_dropped_object_is_a_file(stack: Stack, client: Client, folder: str) -> None:
    file = new_file("dirty", 3_000, seed=len(folder))
    drop(stack, folder + file.name, file.data)
    file_id = await ended_by_name(client, file.name)
    assert await checking.one_file(client, file_id, expect(file.data)) == []
    raw = await client.request("GET", f"/api/v1/files/{file_id}/raw")
    assert raw.content == file.data


async def test_the_same_object_again_is_the_same_file(stack: Stack, client: Client) -> None:
    file = new_file("clean", 500, seed=11)
    for _ in range(3):
        drop(stack, file.name, file.data)
    other = new_file("clean", 10, seed=12)
    drop(stack, other.name, other.data)
    await ended_by_name(client, other.name)
    # `ended_by_name` fails where a name has become two files.
    file_id = await ended_by_name(client, file.name)
    assert await checking.one_file(client, file_id, expect(file.data)) == []


async def test_a_dropped_object_without_bytes_is_a_dead_letter(
    stack: Stack, client: Client
) -> None:
    name = f"{uuid.uuid4().hex}.csv"
    drop(stack, name, b"")
    rows = await letters(client, f"{stack.endpoints['INBOX_BUCKET']}/{name}")
    assert [(row["topic"], row["code"]) for row in rows] == [("files.notifications", "empty_file")]


@pytest.mark.timeout(240)
async def test_what_is_dropped_while_the_broker_is_away(tmp_path: Path) -> None:
    """MinIO keeps what it has to tell, over its own end too; the broker keeps what it was told."""
    files = [new_file("dirty", 500, seed) for seed in (21, 22)]
    with Stack(tmp_path, workers=1, env=EVERYTHING) as stack:
        client = Client.of(stack.endpoints)
        starts = {part: stack.starts(part) for part in ("broker", "store")}
        stack.kill("broker")
        drop(stack, files[0].name, files[0].data)
        stack.kill("store")
        stack.wait_restarted("store", starts["store"])
        stack.wait_restarted("broker", starts["broker"], timeout=60)
        drop(stack, files[1].name, files[1].data)
        for file in files:
            file_id = await ended_by_name(client, file.name, seconds=60)
            assert await checking.one_file(client, file_id, expect(file.data)) == []
        await client.close()


async def test_what_nobody_tells_of_is_found(tmp_path: Path) -> None:
    """The inbox is listed too; what was deleted is not brought back by that."""
    told, untold = new_file("clean", 50, seed=31), new_file("dirty", 500, seed=32)
    env = {
        "RECONCILE_AFTER_SECONDS": "3",
        "RECONCILE_EVERY_SECONDS": "1",
        "READINGS": "on",
    }
    with Stack(tmp_path, workers=1, env=env) as stack:
        client = Client.of(stack.endpoints)
        drop(stack, told.name, told.data)
        deleted = await ended_by_name(client, told.name)
        answer = await client.request("DELETE", f"/api/v1/files/{deleted}")
        assert answer.status_code == 204
        at = stack.endpoints
        store_client(at).set_bucket_notification(at["INBOX_BUCKET"], NotificationConfig())
        drop(stack, untold.name, untold.data)
        file_id = await ended_by_name(client, untold.name)
        assert await checking.one_file(client, file_id, expect(untold.data)) == []
        rows = await client.sql("SELECT file_id FROM csv_processor.files")
        assert [row["file_id"] for row in rows] == [file_id]
        await client.close()


async def test_notifying_is_set_up_once(services: Stack) -> None:
    at = services.endpoints
    access = S3Access(at["S3_ENDPOINT"], at["S3_ACCESS_KEY"], at["S3_SECRET_KEY"])
    bucket = f"inbox-{uuid.uuid4().hex[:8]}"
    for _ in range(2):
        await asyncio.to_thread(make_inbox, access, bucket, at["INBOX_ARN"])
    found = store_client(at).get_bucket_notification(bucket).queue_config_list or []
    target = at["INBOX_ARN"].rpartition(":sqs::")[2]
    assert [((queue.queue or "").endswith(target), queue.events) for queue in found] == [
        (True, ["s3:ObjectCreated:*"])
    ]
