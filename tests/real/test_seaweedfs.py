"""The whole product on another S3 server: SeaweedFS, which sends no bucket notifications here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from embedded.external_services import SEAWEEDFS
from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.e2e.test_announced import all_handled, ended_by_name, new_file
from tests.e2e.test_inbox import put
from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate
from tests.real.build import SEAWEEDFS_PROGRAM


@pytest.fixture(scope="module")
def on_seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, with SeaweedFS as the store. Its tests may kill parts of it."""
    env = {**EVERYTHING, SEAWEEDFS: os.environ[SEAWEEDFS_PROGRAM], "BATCH_BYTES": "65536"}
    with Stack(tmp_path_factory.mktemp("seaweedfs"), env=env) as running:
        yield running


@pytest.mark.timeout(240)
async def test_files_are_exact_over_a_kill_of_the_store(on_seaweedfs: Stack) -> None:
    client = Client.of(on_seaweedfs.endpoints)
    files = [generate("dirty", 20_000, 81), generate("many_sensors", 20_000, 82)]
    ids = [(await client.upload(file)).json()["file_id"] for file in files]
    starts = on_seaweedfs.starts("store")
    on_seaweedfs.kill("store")
    on_seaweedfs.wait_restarted("store", starts, timeout=60)
    for file_id, file in zip(ids, files, strict=True):
        await client.ended(file_id, seconds=90)
        assert await verification.one_file(client, file_id, expect(file.data)) == []
        raw = await client.request("GET", f"/api/v1/files/{file_id}/raw")
        assert raw.content == file.data
    await client.close()


@pytest.mark.timeout(240)
async def test_the_inbox_is_listed(on_seaweedfs: Stack) -> None:
    assert "INBOX_ARN" not in on_seaweedfs.endpoints
    client = Client.of(on_seaweedfs.endpoints)
    files = [new_file("dirty", 300, seed) for seed in range(83, 93)]
    for file in files:
        put(on_seaweedfs, f"plant 7/{file.name}", file.data)
    starts = on_seaweedfs.starts("api")
    on_seaweedfs.kill("api")
    on_seaweedfs.wait_restarted("api", starts, timeout=60)
    ids = [await ended_by_name(client, file.name) for file in files]
    await all_handled(on_seaweedfs)
    for file_id, file in zip(ids, files, strict=True):
        assert await ended_by_name(client, file.name) == file_id
        assert await verification.one_file(client, file_id, expect(file.data)) == []
    await client.close()
