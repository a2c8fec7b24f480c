"""Files given to the workers without the API: stored, recorded, published; results read by SQL."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from runtime.settings import ServiceSettings
from schemas import topics
from schemas.events import Event, FileUploaded, ObjectRef, encode
from schemas.file_record import FileRecord
from schemas.instants import utc_now
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from storage.base import ObjectStore
from storage.factory import open_store
from tests.harness.polling import pauses


class Feed:
    """An upload without HTTP, and a view of its results."""

    def __init__(
        self, settings: ServiceSettings, producer: AIOKafkaProducer, store: ObjectStore
    ) -> None:
        self.settings = settings
        self.store = store
        self.database = Database(settings.clickhouse_url)
        self._sink = ClickHouseSink(settings.clickhouse_url)
        self._producer = producer

    async def upload(
        self, data: bytes, *, batch_bytes: int = 8 << 20, filename: str = "a.csv"
    ) -> FileUploaded:
        """Store, record and publish one file."""
        return (await self.upload_many([data], batch_bytes=batch_bytes, filename=filename))[0]

    async def upload_many(
        self, files: Iterable[bytes], *, batch_bytes: int = 8 << 20, filename: str = "a.csv"
    ) -> list[FileUploaded]:
        """Store all, record all in one insert, publish all."""
        uploads = await self.stored(files, batch_bytes=batch_bytes, filename=filename)
        await self.record(uploads)
        await asyncio.gather(*(self.publish(topics.UPLOADED, u.file_id, u) for u in uploads))
        return uploads

    async def stored(
        self, files: Iterable[bytes], *, batch_bytes: int = 8 << 20, filename: str = "a.csv"
    ) -> list[FileUploaded]:
        """Store all, and nothing else."""
        uploads = []
        for data in files:
            file_id = str(uuid.uuid4())
            ref = ObjectRef(bucket=self.settings.bucket, key=f"raw/{file_id}")
            await self.store.put_bytes(ref, data)
            uploads.append(
                FileUploaded(
                    file_id=file_id,
                    source="upload",
                    raw=ref,
                    filename=filename,
                    size_bytes=len(data),
                    sha256=hashlib.sha256(data).hexdigest(),
                    upload_time=utc_now(),
                    batch_bytes=batch_bytes,
                )
            )
        return uploads

    async def record(self, uploads: Iterable[FileUploaded]) -> None:
        now = utc_now()
        records = [FileRecord.from_upload(u, recorded_at=now) for u in uploads]
        await self._sink.write(SinkBatch.of(*records))

    async def delete(self, upload: FileUploaded) -> None:
        """What a deletion does to the record."""
        record = FileRecord.from_upload(upload, recorded_at=utc_now())
        await self._sink.write(SinkBatch.of(record.deletion(recorded_at=utc_now())))

    async def publish(
        self, topic: topics.Topic, key: str, event: Event, payload: bytes = b""
    ) -> None:
        await self.send(topic.name, encode(event, payload), key=key.encode())

    async def send(self, topic: str, value: bytes | None, **more: Any) -> Any:
        return await self._producer.send_and_wait(topic, value, **more)

    async def ended(self, file_ids: Iterable[str], seconds: float = 90) -> dict[str, Any]:
        """Rows of the view `files` of all `file_ids`, once they are terminal."""
        wanted = sorted(set(file_ids))
        deadline, pause = time.monotonic() + seconds, pauses()
        while True:
            rows = await self.database.query(
                "SELECT * FROM csv_processor.files WHERE file_id IN {ids:Array(String)} AND status != 'waiting'",
                {"ids": wanted},
            )
            if len(rows) == len(wanted):
                return {row["file_id"]: row for row in rows}
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(rows)} of {len(wanted)} files ended in {seconds} s")
            await asyncio.sleep(next(pause))

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        return await self.database.query(sql, params)

    async def until(self, sql: str, seconds: float = 90, **params: Any) -> list[dict[str, Any]]:
        """The rows of a query, as soon as there are any."""
        deadline, pause = time.monotonic() + seconds, pauses()
        while not (rows := await self.database.query(sql, params)):
            if time.monotonic() > deadline:
                raise AssertionError(f"no rows in {seconds} s: {sql} {params}")
            await asyncio.sleep(next(pause))
        return rows

    async def close(self) -> None:
        await self.database.close()
        await self._sink.close()
        await self.store.close()


@asynccontextmanager
async def feeding(endpoints: Mapping[str, str]) -> AsyncIterator[Feed]:
    """A feed to the services at `endpoints`."""
    names = ServiceSettings.model_fields
    settings = ServiceSettings.model_validate(
        {k.lower(): v for k, v in endpoints.items() if k.lower() in names}
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, max_request_size=2 << 20
    )
    await producer.start()
    feed = Feed(settings, producer, open_store(settings))
    try:
        yield feed
    finally:
        await feed.close()
        await producer.stop()
