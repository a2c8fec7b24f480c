"""The broker's whole content is lost while files wait: every one of them still ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness import fault_drill, verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_files_that_wait_end_without_the_old_log(tmp_path: Path) -> None:
    """No worker runs during the uploads, then the broker dies, then the workers start."""
    files = [generate("dirty", 1_000, seed) for seed in range(8)]
    accepted: dict[str, int] = {}
    with Stack(tmp_path, workers=0, env=fault_drill.ENV) as idle:
        client = Client.of(idle.endpoints)
        for number, file in enumerate(files):
            accepted[(await client.upload(file)).json()["file_id"]] = number
        for file_id in accepted:
            assert (await client.get(f"/api/v1/files/{file_id}"))["status"] == "waiting"
        starts = idle.starts("broker")
        idle.kill("broker")
        idle.wait_restarted("broker", starts)
        await client.close()
    with Stack(tmp_path, workers=2, env=fault_drill.ENV) as stack:
        client = Client.of(stack.endpoints)
        wrong: list[str] = []
        for file_id, number in accepted.items():
            await client.ended(file_id, seconds=300)
            wrong += await verification.one_file(client, file_id, expect(files[number].data))
        await client.close()
    assert wrong == []
