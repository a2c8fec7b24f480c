"""Streams of server-sent events, as the real API sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from schemas.file_progress import FileProgress
from schemas.file_record import FileRecord
from sinks.base import SinkBatch
from sinks.clickhouse.client import Database
from sinks.clickhouse.sink import ClickHouseSink
from tests.harness.api_process import Stack
from tests.integration.ingest.test_uploads import problem, uploaded


class Event(NamedTuple):
    name: str
    data: Any
    id: str | None


class Events:
    """What a stream of events carries, comments left out."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> Event | None:
        """The next event, None at the end of the stream."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif not line and "event" in fields:
                    return Event(fields["event"], json.loads(fields["data"]), fields.get("id"))
                elif not line:
                    fields = {}
        return None

    async def of(self, file_id: str) -> Event:
        """The next event about a file; others pass by."""
        while True:
            event = await self.next()
            assert event is not None
            if event.data.get("file_id") == file_id:
                return event


@asynccontextmanager
async def follow(
    client: httpx.AsyncClient, path: str, last: str | None = None
) -> AsyncIterator[Events]:
    headers = {} if last is None else {"Last-Event-ID": last}
    async with client.stream("GET", f"/api/v1{path}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Events(answer)


def progress(record: FileRecord, done: int) -> FileProgress:
    return FileProgress(
        file_id=record.file_id, generation=record.generation, batches_done=done, batches_total=5,
        rows_done=10 * done, updated_at=datetime.now(UTC),
    )  # fmt: skip


def terminal(record: FileRecord) -> FileRecord:
    return record.terminal("processed", finished_at=datetime.now(UTC), processing_ms=1, batches=5)


async def test_a_file_is_followed_to_its_end(
    client: httpx.AsyncClient, database: Database, sink: ClickHouseSink
) -> None:
    record = await uploaded(client, database)
    async with follow(client, f"/files/{record.file_id}/events") as events:
        assert events.answer.headers["x-accel-buffering"] == "no"
        assert "no-cache" in events.answer.headers["cache-control"]
        first = await events.next()
        assert first is not None
        assert (first.name, first.data["status"]) == ("progress", "waiting")
        assert first.data["progress"]["batches_done"] == 0
        await sink.write(SinkBatch.of(progress(record, 2)))
        second = await events.next()
        assert second is not None
        assert second.data["progress"] == {"batches_done": 2, "batches_total": 5, "rows_done": 20}
        await sink.write(SinkBatch.of(terminal(record)))
        done = await events.next()
        assert done is not None
        document = (await client.get(f"/api/v1/files/{record.file_id}")).json()
        assert (done.name, done.data) == ("done", document)
        assert document["status"] == "processed"
        assert await events.next() is None
    assert len({first.id, second.id, done.id, None}) == 4


async def test_a_broken_stream_resumes_after_its_last_event(
    client: httpx.AsyncClient, database: Database, sink: ClickHouseSink
) -> None:
    record = await uploaded(client, database)
    path = f"/files/{record.file_id}/events"
    await sink.write(SinkBatch.of(progress(record, 1)))
    async with follow(client, path) as events:
        seen = await events.next()
    assert seen is not None
    async with follow(client, path, seen.id) as events:
        await sink.write(SinkBatch.of(progress(record, 3)))
        news = await events.next()
        assert news is not None
        assert news.data["progress"]["batches_done"] == 3, "what was seen is not sent again"
    await sink.write(SinkBatch.of(terminal(record)))
    async with follow(client, path, news.id) as events:
        done = await events.next()
    assert done is not None
    assert done.name == "done"
    answer = await client.get(f"/api/v1{path}", headers={"Last-Event-ID": done.id or ""})
    assert (answer.status_code, answer.content) == (204, b""), "a browser shall not come back"


async def test_all_files_are_followed(
    client: httpx.AsyncClient, database: Database, sink: ClickHouseSink
) -> None:
    async with follow(client, "/events") as events:
        record = await uploaded(client, database)
        new = await events.of(record.file_id)
        assert (new.name, new.data["status"]) == ("file", "waiting")
        await sink.write(SinkBatch.of(progress(record, 4)))
        assert (await events.of(record.file_id)).data["progress"]["batches_done"] == 4
        await sink.write(SinkBatch.of(terminal(record)))
        ended = await events.of(record.file_id)
        (listed,) = (await client.get("/api/v1/files", params={"q": record.file_id})).json()[
            "items"
        ]
        assert (ended.name, ended.data) == ("file", listed)
    assert ended.id is not None
    other = await uploaded(client, database)
    await sink.write(SinkBatch.of(terminal(record).deletion(recorded_at=datetime.now(UTC))))
    async with follow(client, "/events", ended.id) as events:
        found: dict[str, str] = {}
        while not {record.file_id, other.file_id} <= found.keys():
            event = await events.next()
            assert event is not None
            found[event.data["file_id"]] = event.name
    assert (found[record.file_id], found[other.file_id]) == ("deleted", "file")


async def test_a_file_is_sent_again_when_its_rows_are_corrected(
    client: httpx.AsyncClient, database: Database, sink: ClickHouseSink
) -> None:
    async with follow(client, "/events") as events:
        first = await uploaded(client, database)
        await sink.write(SinkBatch.of(terminal(first)))
        while (await events.of(first.file_id)).data["status"] != "processed":
            pass
        back = replace(await uploaded(client, database), resubmission_of=first.file_id)
        await sink.write(SinkBatch.of(terminal(back)))
        while (await events.of(back.file_id)).data["status"] != "processed":
            pass
        assert (await events.of(first.file_id)).name == "file"


async def test_the_stream_of_a_deleted_file_ends(
    client: httpx.AsyncClient, database: Database, sink: ClickHouseSink
) -> None:
    record = await uploaded(client, database)
    path = f"/files/{record.file_id}/events"
    async with follow(client, path) as events:
        await events.next()
        await sink.write(SinkBatch.of(record.deletion(recorded_at=datetime.now(UTC))))
        last = await events.next()
        assert last is not None
        assert (last.name, last.data) == ("deleted", {"file_id": record.file_id})
        assert await events.next() is None
    answer = await client.get(f"/api/v1{path}")
    assert (answer.status_code, problem(answer)["code"]) == (404, "unknown_file")


async def test_many_follow_the_same_file(
    client: httpx.AsyncClient, database: Database, sink: ClickHouseSink
) -> None:
    record = await uploaded(client, database)

    async def names() -> list[str]:
        found = []
        async with follow(client, f"/files/{record.file_id}/events") as events:
            while (event := await events.next()) is not None:
                found.append(event.name)
                opened.release()
        return found

    opened = asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(names()) for _ in range(30)]
        for _ in following:
            await opened.acquire()
        await sink.write(SinkBatch.of(terminal(record)))
    assert {tuple(task.result()) for task in following} == {("progress", "done")}


async def test_streams_end_when_the_api_shuts_down(stack: Stack, database: Database) -> None:
    api = stack.new_api({}, "stopping")
    api.start()
    try:
        async with stack.client(api) as client:
            record = await uploaded(client, database)
            async with follow(client, f"/files/{record.file_id}/events") as events:
                assert await events.next() is not None
                began = asyncio.get_running_loop().time()
                api.terminate()
                assert await events.next() is None
                assert asyncio.get_running_loop().time() - began < 5
    finally:
        api.kill()
