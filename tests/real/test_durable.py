"""What Apache Kafka has and the embedded broker lacks, and that it is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from broker.marker import KafkaIdentity
from embedded.stack import Stack
from schemas.topics import PARTIALS, UPLOADED, Topic
from tests.harness import fault_drill, verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate
from tests.harness.waiting import eventually


async def records(stack: Stack, topic: Topic) -> list[bytes | None]:
    """The keys of every record on `topic`."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.endpoints["KAFKA_BOOTSTRAP_SERVERS"])
    await consumer.start()
    try:
        tps = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        keys: list[bytes | None] = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for found in (await consumer.getmany(timeout_ms=200)).values():
                keys += [record.key for record in found]
        return keys
    finally:
        await consumer.stop()


@pytest.mark.timeout(240)
async def test_the_log_outlives_the_broker(tmp_path: Path) -> None:
    """Files that wait are read from the log of the broker that was killed, not announced again."""
    files = [generate("dirty", 1_000, seed) for seed in range(4)]
    patient = {**fault_drill.ENV, "RECONCILE_AFTER_SECONDS": "3600"}
    accepted: dict[str, int] = {}
    with Stack(tmp_path, workers=0, env=patient) as idle:
        client = Client.of(idle.endpoints)
        # Until a new broker is marked, the reconciler announces every waiting file again.
        marker = KafkaIdentity([idle.endpoints["KAFKA_BOOTSTRAP_SERVERS"]])
        await eventually(marker.is_known, "the broker is marked", seconds=60)
        for number, file in enumerate(files):
            accepted[(await client.upload(file)).json()["file_id"]] = number
        starts = idle.starts("broker")
        idle.kill("broker")
        idle.wait_restarted("broker", starts, timeout=60)
        await client.close()
    with Stack(tmp_path, workers=1, env=patient) as stack:
        client = Client.of(stack.endpoints)
        wrong: list[str] = []
        for file_id, number in accepted.items():
            await client.ended(file_id, seconds=60)
            wrong += await verification.one_file(client, file_id, expect(files[number].data))
        assert wrong == []
        assert sorted(await records(stack, UPLOADED), key=str) == sorted(
            (file_id.encode() for file_id in accepted), key=str
        )
        await client.close()


async def test_producers_are_idempotent(stack: Stack, client: Client) -> None:
    """The broker keeps the state of a producer only if it has an id, which idempotence gives."""
    file_id = (await client.upload(generate("clean", 1_000, seed=31))).json()["file_id"]
    await client.ended(file_id)
    for topic in (UPLOADED, PARTIALS):
        ids: set[int] = set()
        for log in (stack.data_dir / "kafka" / "log").glob(f"{topic.name}-*/*.log"):
            ids |= producer_ids(log.read_bytes())
        assert ids, f"nothing on {topic.name}"
        assert -1 not in ids, f"{topic.name} was written without idempotence"


def producer_ids(log: bytes) -> set[int]:
    """The producer ids of the record batches (format 2) in a log segment; -1 is none."""
    found, at = set(), 0
    while at + 61 <= len(log) and (length := int.from_bytes(log[at + 8 : at + 12])):
        found.add(int.from_bytes(log[at + 43 : at + 51], signed=True))
        at += 12 + length
    return found
