"""The API as a process of its own, with the real services it needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from cli.commands.migrate import migrate
from runtime.settings import ServiceSettings
from schemas.events import Event, FileUploaded, decode
from schemas.object_keys import HEALTH
from schemas.topics import UPLOADED
from sinks.clickhouse.client import Database
from storage.base import ObjectStore
from storage.factory import open_store
from tests.harness.services import (
    S3_KEY,
    S3_SECRET,
    Service,
    clickhouse,
    database_url,
    free_port,
    nanio,
    tansu,
)

BUCKET = "raw-files"
BATCH_BYTES = 123_456


class Stack:
    """Store, broker, database and API, each of which can be killed and started again."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.store = nanio(folder)
        self.broker = tansu(folder)
        self.database = clickhouse(folder)
        self.env = {
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.broker.port}",
            "KAFKA_FLAVOUR": "tansu",
            "STORE_URL": f"s3://{BUCKET}",
            "S3_ENDPOINT": f"http://127.0.0.1:{self.store.port}",
            "S3_ACCESS_KEY": S3_KEY,
            "S3_SECRET_KEY": S3_SECRET,
            "CLICKHOUSE_URL": database_url(self.database.port, "csv_processor"),
            "BATCH_BYTES": str(BATCH_BYTES),
            # No file is announced again unless a test is about that.
            "RECONCILE_AFTER_SECONDS": "3600",
            "RECONCILE_EVERY_SECONDS": "0.2",
            **env,
        }
        self.api = self.new_api({})

    def new_api(self, env: Mapping[str, str], name: str = "api") -> Service:
        """An API on these services, with some settings of its own; not started yet."""
        port = free_port()
        own = {**self.env, "API_PORT": str(port), **env}
        command = [sys.executable, "-m", "ingest.server"]
        return Service(command, port, own, self.folder / f"{name}.log")

    @property
    def services(self) -> tuple[Service, Service, Service]:
        """What the API needs."""
        return self.store, self.broker, self.database

    @property
    def settings(self) -> ServiceSettings:
        """Settings that lead to the services."""
        return ServiceSettings(**{name.lower(): value for name, value in self.env.items()})  # type: ignore[arg-type]

    def start_services(self) -> None:
        for service in self.services:
            service.start()

    async def start(self) -> None:
        """Start everything."""
        self.start_services()
        await migrate(self.settings, 30)
        self.api.start()

    def kill(self) -> None:
        """End everything."""
        for service in (self.api, *self.services):
            service.kill()

    def client(self, api: Service | None = None) -> httpx.AsyncClient:
        """A client of the API."""
        port = (api or self.api).port
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def objects(self) -> ObjectStore:
        """The store itself."""
        return open_store(self.settings)

    def open_database(self) -> Database:
        """The database itself."""
        return Database(self.env["CLICKHOUSE_URL"])

    async def keys(self) -> set[str]:
        """Keys of all objects, those a store is still writing left out."""
        store = self.objects()
        found = {info.ref.key async for info in store.list(BUCKET, "")}
        await store.close()
        return {key for key in found if ".tmp." not in key and not key.startswith(HEALTH)}

    async def file_ids(self) -> set[str]:
        """Ids of all files people see."""
        database = self.open_database()
        rows = await database.query(f"SELECT file_id FROM {database.view('files')}")
        await database.close()
        return {row["file_id"] for row in rows}

    async def announced(self) -> list[FileUploaded]:
        """Every event on `files.uploaded`, in no order between partitions."""
        events = [event for event, _ in await self.messages(UPLOADED.name)]
        assert all(isinstance(event, FileUploaded) for event in events)
        return [event for event in events if isinstance(event, FileUploaded)]

    async def messages(self, topic: str) -> list[tuple[Event, str]]:
        """Every message of a topic with its key."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.env["KAFKA_BOOTSTRAP_SERVERS"])
        await consumer.start()
        try:
            partitions = [
                TopicPartition(topic, number)
                for number in sorted(consumer.partitions_for_topic(topic) or ())
            ] or [TopicPartition(topic, number) for number in range(UPLOADED.partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            found = []
            while any([await consumer.position(p) < ends[p] for p in partitions]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(decode(r.value)[0], (r.key or b"").decode()) for r in records]
            return found
        finally:
            await consumer.stop()
