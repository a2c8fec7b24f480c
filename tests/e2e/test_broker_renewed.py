"""The embedded broker is restarted when it has grown too large, and nothing is lost or waits long."""

from __future__ import annotations

import asyncio
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
from tests.harness.sensor_files import SensorFile, generate

_LIMIT_MB = 60
_UPLOADERS, _AFTERWARDS = 3, 4


@pytest.mark.slow
@pytest.mark.skipif(
    bool(RealParts.of(os.environ).kafka_jars), reason="Apache Kafka has its log on disk"
)
@pytest.mark.timeout(180)
async def test_a_broker_that_has_grown_is_renewed_and_no_file_is_lost(tmp_path: Path) -> None:
    # A file whose message is lost would wait until the test ends.
    env = {**fault_drill.ENV, "BROKER_MEMORY_MB": str(_LIMIT_MB), "RECONCILE_AFTER_SECONDS": "600"}
    files: dict[str, SensorFile] = {}
    with Stack(tmp_path, workers=1, env=env) as stack:
        client = Client.of(stack.endpoints)
        starts = stack.starts("broker")

        async def upload(number: int) -> None:
            file = generate("dirty", 100, number)
            files[(await client.upload(file)).json()["file_id"]] = file

        async def uploads(first: int) -> None:
            """Upload until the broker has been restarted, and some more."""
            number = first
            while stack.starts("broker") == starts:
                await upload(number)
                number += _UPLOADERS
            for _ in range(_AFTERWARDS):
                await upload(number)
                number += _UPLOADERS

        await asyncio.gather(grow(stack, starts), *(uploads(n) for n in range(_UPLOADERS)))
        wrong: list[str] = []
        for file_id, file in files.items():
            await client.ended(file_id, seconds=120)
            wrong += await verification.one_file(client, file_id, expect(file.data))
        await client.close()
        assert stack.starts("broker") == starts + 1
    assert wrong == []


async def grow(stack: Stack, starts: int) -> None:
    """Publish on a topic that no worker reads until the broker is restarted."""
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.endpoints["KAFKA_BOOTSTRAP_SERVERS"], request_timeout_ms=2_000
    )
    await producer.start()
    with contextlib.suppress(KafkaError):
        while stack.starts("broker") == starts:
            await producer.send_and_wait(RESULTS.name, os.urandom(400_000), partition=0)
    with contextlib.suppress(KafkaError):
        await producer.stop()
