"""The client for programs with an event loop: the methods of `Client`, awaited."""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from itertools import count
from typing import IO, Any, TypeVar

import httpx
from httpx_sse import EventSource

from csv_processor.client import calls
from csv_processor.client.calls import Call, Option, PageOf
from csv_processor.client.errors import ApiError, WaitTimeout
from csv_processor.client.models import Event, File, InvalidRow, Profile, Sensor
from csv_processor.client.pace import (
    CONNECT_SECONDS,
    MEMORY_BYTES,
    READ_SECONDS,
    pause_after,
    pause_after_stream,
    poll_pauses,
)
from csv_processor.client.readings import Readings
from csv_processor.client.sources import Content, Progress, Source, opened

T = TypeVar("T")


class AsyncClient:
    """As `Client`, with the same arguments."""

    def __init__(
        self, url: str, key: str | None = None, *, patience: float = 60.0, verify: Any = True
    ) -> None:
        headers = {"user-agent": "csv-processor-client"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        self._patience = patience
        self._http = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=timeout, verify=verify
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def upload(
        self,
        content: Content,
        filename: str | None = None,
        *,
        force: bool = False,
        key: str | None = None,
        progress: Progress | None = None,
        **options: Option,
    ) -> File:
        """As `Client.upload`."""
        with opened(content, filename, progress) as source:
            call = calls.upload(
                source.filename, key or uuid.uuid4().hex, source.size, force=force, options=options
            )
            return await self._do(call, source)

    async def resubmit(
        self, file: File | str, content: Content, filename: str | None = None
    ) -> File:
        """As `Client.resubmit`."""
        with opened(content, filename, None) as source:
            call = calls.resubmit(file, filename, uuid.uuid4().hex, source.size)
            return await self._do(call, source)

    async def wait(self, file: File | str, seconds: float | None = None) -> File:
        """As `Client.wait`."""
        began = time.monotonic()
        for pause in poll_pauses():
            found = await self.file(file)
            if found.ended:
                return found
            if seconds is not None and time.monotonic() - began + pause > seconds:
                raise WaitTimeout(f"{found.file_id} is still being processed after {seconds:g} s")
            await asyncio.sleep(pause)
        raise AssertionError("poll_pauses() does not end")

    async def file(self, file: File | str) -> File:
        """As `Client.file`."""
        return await self._do(calls.show(file))

    def files(
        self,
        *,
        status: str | None = None,
        q: str | None = None,
        since: datetime | None = None,
        sort: str = "-upload_time",
    ) -> AsyncIterator[File]:
        """As `Client.files`."""
        return self._items(calls.files({"status": status, "q": q, "since": since, "sort": sort}))

    def sensors(
        self, file: File | str | None = None, *, sort: str = "sensor_id"
    ) -> AsyncIterator[Sensor]:
        """As `Client.sensors`."""
        return self._items(calls.sensors(file, {"sort": sort, "limit": 1000}))

    def invalid_rows(
        self, file: File | str, *, code: str | None = None
    ) -> AsyncIterator[InvalidRow]:
        """As `Client.invalid_rows`."""
        return self._items(calls.invalid_rows(file, {"code": code, "limit": 1000}))

    async def invalid_rows_csv(self, file: File | str) -> bytes:
        """As `Client.invalid_rows_csv`."""
        return await self._bytes(calls.download(file, "invalid-rows", "text/csv", {}))

    async def raw(self, file: File | str) -> bytes:
        """As `Client.raw`."""
        return await self._bytes(calls.download(file, "raw", "*/*", {}))

    async def readings(
        self,
        file: File | str | None = None,
        *,
        sensor: str | None = None,
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> Readings:
        """As `Client.readings`."""
        params = calls.params_of({"sensor": sensor, "from": begin, "to": end})
        call = calls.readings(file, params)
        return Readings(await self._download(call))

    async def replay(self, file: File | str, **options: Option) -> File:
        """As `Client.replay`."""
        return await self._do(calls.replay(file, options))

    async def delete(self, file: File | str) -> None:
        """As `Client.delete`."""
        await self._do(calls.delete(file))

    async def events(self, file: File | str | None = None) -> AsyncIterator[Event]:
        """As `Client.events`."""
        last: str | None = None
        while True:
            began = time.monotonic()
            async with aclosing(self._events(calls.events(file, last))) as events:
                async for event in events:
                    last = event.event_id or last
                    yield event
                    if file is not None and event.kind in ("done", "deleted"):
                        return
            await asyncio.sleep(pause_after_stream(time.monotonic() - began))

    def profiles(self, *, q: str | None = None) -> AsyncIterator[Profile]:
        """As `Client.profiles`."""
        return self._items(calls.profiles({"q": q}))

    async def profile(self, name: str) -> Profile:
        """As `Client.profile`."""
        return await self._do(calls.profile(name))

    async def put_profile(
        self,
        name: str,
        options: Mapping[str, Any],
        *,
        match: Mapping[str, Any] | None = None,
        title: str = "",
    ) -> Profile:
        """As `Client.put_profile`."""
        content = {"title": title, "options": dict(options), "match": dict(match or {})}
        return await self._do(calls.put_profile(name, content))

    async def delete_profile(self, name: str) -> None:
        """As `Client.delete_profile`."""
        await self._do(calls.delete_profile(name))

    async def _items(self, first: Call[PageOf[T]]) -> AsyncIterator[T]:
        call: Call[PageOf[T]] | None = first
        while call is not None:
            page = await self._do(call)
            for item in page.items:
                yield item
            call = page.following

    async def _do(self, call: Call[T], source: Source | None = None) -> T:
        async def once() -> T:
            response = await self._http.request(
                call.method,
                call.path,
                params=call.params,
                headers=call.headers,
                content=None if source is None else _chunks(source),
                json=call.json,
            )
            calls.check(response)
            return call.read(response)

        return await self._repeated(once)

    async def _bytes(self, call: Call[None]) -> bytes:
        with await self._download(call) as data:
            return await asyncio.to_thread(data.read)

    async def _download(self, call: Call[None]) -> IO[bytes]:
        """A file, in memory if it is small, that is deleted when it is closed or forgotten."""

        async def once() -> IO[bytes]:
            data = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - it is returned
            async with self._stream(call) as response:
                async for chunk in response.aiter_bytes():
                    await asyncio.to_thread(data.write, chunk)
            data.seek(0)
            return data

        return await self._repeated(once)

    async def _events(self, call: Call[None]) -> AsyncGenerator[Event, None]:
        async def connected() -> tuple[Any, httpx.Response]:
            stream = self._stream(call)
            return stream, await stream.__aenter__()

        stream, response = await self._repeated(connected)
        try:
            async for event in EventSource(response).aiter_sse():
                if event.data:  # else it only sets the time to reconnect after
                    yield Event(event.event, event.id, event.json())
        except httpx.TransportError:
            return  # the caller connects again
        finally:
            await stream.__aexit__(None, None, None)

    @asynccontextmanager
    async def _stream(self, call: Call[None]) -> AsyncIterator[httpx.Response]:
        async with self._http.stream(
            call.method, call.path, params=call.params, headers=call.headers
        ) as response:
            if response.is_error:
                await response.aread()
            calls.check(response)
            yield response

    async def _repeated(self, once: Callable[[], Awaitable[T]]) -> T:
        began = time.monotonic()
        for attempt in count():
            try:
                return await once()
            except (httpx.TransportError, ApiError) as exc:
                pause = pause_after(exc, attempt, time.monotonic() - began, self._patience)
            await asyncio.sleep(pause)
        raise AssertionError("count() does not end")


async def _chunks(source: Source) -> AsyncIterator[bytes]:
    """The bytes of a source, read in a thread."""
    chunks: Iterator[bytes] = source.chunks()
    while chunk := await asyncio.to_thread(next, chunks, b""):
        yield chunk
