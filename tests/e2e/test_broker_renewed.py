"""The embedded broker is restarted when it has grown too large, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from embedded.external_services import RealParts
from embedded.stack import Stack
from schemas.topics import RESULTS
from tests.harness import fault_drill, verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate

_LIMIT_MB = 60


@pytest.mark.slow
@pytest.mark.skipif(
    bool(RealParts.of(os.environ).kafka_jars), reason="Apache Kafka has its log on disk"
)
@pytest.mark.timeout(180)
async def test_a_broker_that_has_grown_is_renewed_and_no_file_is_lost(tmp_path: Path) -> None:
    env = {**fault_drill.ENV, "BROKER_MEMORY_MB": str(_LIMIT_MB)}
    files = [generate("dirty", 500, seed) for seed in range(4)]
    with Stack(tmp_path, workers=1, env=env) as stack:
        client = Client.of(stack.endpoints)
        before = [(await client.upload(file)).json()["file_id"] for file in files[:2]]
        for file_id in before:
            await client.ended(file_id)
        starts = stack.starts("broker")
        # No worker reads this topic: the workers stay idle while the broker grows.
        producer = AIOKafkaProducer(
            bootstrap_servers=stack.endpoints["KAFKA_BOOTSTRAP_SERVERS"], request_timeout_ms=2_000
        )
        await producer.start()
        with contextlib.suppress(KafkaError):
            while stack.starts("broker") == starts:
                await producer.send_and_wait(RESULTS.name, os.urandom(900_000), partition=0)
        with contextlib.suppress(KafkaError):
            await producer.stop()
        stack.wait_restarted("broker", starts)
        after = [(await client.upload(file)).json()["file_id"] for file in files[2:]]
        wrong: list[str] = []
        for file_id, file in zip([*before, *after], files, strict=True):
            await client.ended(file_id, seconds=300)
            wrong += await verification.one_file(client, file_id, expect(file.data))
        await client.close()
        assert stack.starts("broker") == starts + 1
    assert wrong == []
