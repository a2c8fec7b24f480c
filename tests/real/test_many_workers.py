"""More workers than a table has partitions: topics are widened, and all take part."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.e2e.test_metrics import read
from tests.harness import fault_drill, verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate

WORKERS = 6
PROCESSED = "csv_processor_handler_seconds_count{handler=process}"
SPLIT = "csv_processor_handler_seconds_count{handler=split small}"


@pytest.mark.timeout(300)
async def test_as_many_workers_share_the_work_as_there_are_partitions(tmp_path: Path) -> None:
    small = generate("dirty", 1_000, 61)
    large = generate("dirty", 60_000, 62)
    with Stack(tmp_path, workers=1, env=fault_drill.ENV) as stack:
        client = Client.of(stack.endpoints)
        first = (await client.upload(small)).json()["file_id"]
        await client.ended(first)
        await client.close()
    env = {**fault_drill.ENV, "KAFKA_WORK_PARTITIONS": str(WORKERS)}
    with Stack(tmp_path, workers=WORKERS, env=env) as stack:
        client = Client.of(stack.endpoints)
        at = [stack.endpoints[f"WORKER_{number}_URL"] for number in range(WORKERS)]
        uploads = [large, *(generate("dirty", 100, seed) for seed in range(80))]
        accepted = [(await client.upload(file)).json()["file_id"] for file in uploads]
        for file_id in accepted:
            await client.ended(file_id, seconds=120)
        files = {first: small, **dict(zip(accepted, uploads, strict=True))}
        wrong = await verification.whole_database(
            client, expected := {file_id: expect(file.data) for file_id, file in files.items()}
        )
        for file_id in expected:
            wrong += await verification.one_file(client, file_id, expected[file_id])
        assert wrong == []
        worked = [read(url) for url in at]
        assert all(w.get(PROCESSED, 0) > 0 for w in worked), "batches of the large file"
        assert all(w.get(SPLIT, 0) > 0 for w in worked), "small files"
        await client.close()
