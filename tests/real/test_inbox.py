"""The inbox with the notifications of MinIO; what holds for any store is in `tests/e2e/test_inbox.py`."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from minio import Minio
from minio.notificationconfig import NotificationConfig

from embedded.external_services import MINIO_FLAGS
from embedded.stack import Stack
from storage.s3_access import S3Access
from storage.s3_admin import make_inbox
from tests.conftest import EVERYTHING
from tests.e2e.test_announced import all_handled, ended_by_name, new_file
from tests.e2e.test_inbox import put
from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import expect


def store_client(at: Mapping[str, str]) -> Minio:
    address = urlsplit(at["S3_ENDPOINT"]).netloc
    return Minio(address, at["S3_ACCESS_KEY"], at["S3_SECRET_KEY"], secure=False)


@pytest.mark.timeout(600)
async def test_notified_and_listed_at_once_is_one_file(tmp_path: Path) -> None:
    """Both ways take part in the race: files are put until each was the first to find one."""
    env = {**EVERYTHING, "RECONCILE_AFTER_SECONDS": "0.001", "INBOX_EVERY_SECONDS": "0.05"}
    seeds = itertools.count(40)
    first: set[str] = set()
    with Stack(tmp_path, workers=2, env=env) as stack:
        client = Client.of(stack.endpoints)
        while first < {"announced", "notification"}:
            files = [new_file("dirty", 200, seed) for seed in itertools.islice(seeds, 30)]
            await asyncio.gather(
                *(asyncio.to_thread(put, stack, file.name, file.data) for file in files)
            )
            for file in files:
                await ended_by_name(client, file.name)
            await all_handled(stack)
            for file in files:
                # It fails if a name has become two files.
                file_id = await ended_by_name(client, file.name)
                assert await verification.one_file(client, file_id, expect(file.data)) == []
            sources = await client.sql("SELECT DISTINCT source FROM csv_processor.files")
            first = {row["source"] for row in sources}
        assert first == {"announced", "notification"}
        await client.close()


@pytest.mark.timeout(240)
async def test_objects_put_while_the_broker_is_down_become_files(tmp_path: Path) -> None:
    """MinIO keeps its notifications over a restart of its own; the broker keeps what it has."""
    files = [new_file("dirty", 500, seed) for seed in (21, 22)]
    with Stack(tmp_path, workers=1, env=EVERYTHING) as stack:
        client = Client.of(stack.endpoints)
        starts = {part: stack.starts(part) for part in ("broker", "store")}
        stack.kill("broker")
        put(stack, files[0].name, files[0].data)
        stack.kill("store")
        stack.wait_restarted("store", starts["store"])
        stack.wait_restarted("broker", starts["broker"], timeout=60)
        put(stack, files[1].name, files[1].data)
        for file in files:
            file_id = await ended_by_name(client, file.name, seconds=60)
            assert await verification.one_file(client, file_id, expect(file.data)) == []
        await client.close()


async def test_an_object_without_a_notification_is_found(tmp_path: Path) -> None:
    """The inbox is listed too; a deleted file does not come back because of it."""
    notified, silent = new_file("clean", 50, seed=31), new_file("dirty", 500, seed=32)
    env = {
        "RECONCILE_AFTER_SECONDS": "3",
        "RECONCILE_EVERY_SECONDS": "1",
        "INBOX_EVERY_SECONDS": "1",
        "READINGS": "on",
    }
    with Stack(tmp_path, workers=1, env=env) as stack:
        client = Client.of(stack.endpoints)
        put(stack, notified.name, notified.data)
        deleted = await ended_by_name(client, notified.name)
        answer = await client.request("DELETE", f"/api/v1/files/{deleted}")
        assert answer.status_code == 204
        at = stack.endpoints
        store_client(at).set_bucket_notification(at["INBOX_BUCKET"], NotificationConfig())
        put(stack, silent.name, silent.data)
        file_id = await ended_by_name(client, silent.name)
        assert await verification.one_file(client, file_id, expect(silent.data)) == []
        rows = await client.sql("SELECT file_id FROM csv_processor.files")
        assert [row["file_id"] for row in rows] == [file_id]
        await client.close()


@pytest.mark.timeout(240)
async def test_a_store_that_computes_no_md5_makes_a_duplicate_of_an_object_that_is_put_again(
    tmp_path: Path,
) -> None:
    """Unless its producer sends `Content-MD5`; it counts once in any case."""
    file, seeds = new_file("clean", 500, seed=51), itertools.count(52)
    md5 = hashlib.md5(file.data, usedforsecurity=False)
    env = {**EVERYTHING, MINIO_FLAGS: "--no-compat"}
    with Stack(tmp_path, workers=2, env=env) as stack:
        client, at = Client.of(stack.endpoints), stack.endpoints
        store = store_client(at)

        async def put_again(headers: Mapping[str, str]) -> str | None:
            """The object's ETag, once its notification is handled."""
            url = store.presigned_put_object(at["INBOX_BUCKET"], file.name)
            async with httpx.AsyncClient() as http:
                (await http.put(url, content=file.data, headers=headers)).raise_for_status()
            later = new_file("clean", 10, seed=next(seeds))
            put(stack, later.name, later.data)
            await ended_by_name(client, later.name)
            await all_handled(stack)
            return store.stat_object(at["INBOX_BUCKET"], file.name).etag

        async def ended() -> list[tuple[str, int]]:
            """Of which file each file of that name is a duplicate, and its rows."""
            while True:
                rows = await client.sql(
                    "SELECT status, ifNull(duplicate_of, '') AS first, row_count"
                    " FROM csv_processor.files WHERE filename = {name:String} ORDER BY first",
                    name=file.name,
                )
                if all(row["status"] != "waiting" for row in rows):
                    return [(row["first"], row["row_count"]) for row in rows]
                await asyncio.sleep(0.05)

        with_md5 = {"Content-MD5": base64.b64encode(md5.digest()).decode()}
        for _ in range(2):
            assert await put_again(with_md5) == md5.hexdigest()
            assert await ended() == [("", 500)]
        file_id = await ended_by_name(client, file.name)
        assert await put_again({}) != md5.hexdigest()
        assert await ended() == [("", 500), (file_id, 0)]
        await client.close()


async def test_migrate_subscribes_the_inbox_once(services: Stack) -> None:
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
