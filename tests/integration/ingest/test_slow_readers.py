"""A client that reads nothing of its answer is disconnected, so that it holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from ingest.http.uvicorn_protocol import bounded_heads

IDLE_SECONDS = 0.3
CHUNK = b"x" * 65_536
COUNT = 400


class Answer:
    """A large answer, and whether its source was stopped or ended."""

    def __init__(self) -> None:
        self.stopped, self.completed = asyncio.Event(), False

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            for _ in range(COUNT):
                yield CHUNK
                await asyncio.sleep(0)  # as whatever reads from a service does
            self.completed = True
        finally:
            self.stopped.set()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[int]:
    app = FastAPI()

    @app.get("/large")
    async def large() -> StreamingResponse:
        return StreamingResponse(answer.chunks())

    protocol = bounded_heads(32_768, 15, IDLE_SECONDS, 10)
    config = uvicorn.Config(app, port=0, http=protocol, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await server.shutdown()


async def test_a_client_that_reads_nothing_is_disconnected() -> None:
    answer = Answer()
    async with serving(answer) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        async with asyncio.timeout(30):
            await answer.stopped.wait()
        assert not answer.completed
        writer.transport.abort()


async def test_a_client_that_reads_slowly_gets_its_whole_answer() -> None:
    answer = Answer()
    async with serving(answer) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /large HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        size = 0
        while data := await reader.read(1 << 20):
            size += len(data)
            # Slower than the server writes, so that it waits; and yet there is progress.
            await asyncio.sleep(IDLE_SECONDS / 100)
        assert size > COUNT * len(CHUNK)
        assert answer.completed
        writer.close()
