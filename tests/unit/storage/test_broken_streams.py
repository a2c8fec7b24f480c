"""Objects whose bytes break off on their way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.s3 import S3Objects
from storage.s3_access import S3Access

DATA = bytes(range(256)) * (8 << 12)
HALF = len(DATA) // 2
REF = ObjectRef(bucket="raw-files", key="raw/1")
_RANGE = re.compile(rb"range: bytes=(\d+)-", re.IGNORECASE)


@asynccontextmanager
async def store_that_breaks_off(whole_from: int) -> AsyncIterator[S3Objects]:
    """A store with one object. Answers before number `whole_from` end at the half of it."""
    answers = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answers
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            begin = int(found[1]) if (found := _RANGE.search(head)) else 0
            last = len(DATA) - 1
            part = f"Content-Range: bytes {begin}-{last}/{len(DATA)}\r\n" if found else ""
            writer.write(
                f'HTTP/1.1 {206 if found else 200} OK\r\nETag: "e"\r\n{part}'
                "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\nConnection: close\r\n"
                f"Content-Length: {len(DATA) - begin}\r\n\r\n".encode()
            )
            answers += 1
            writer.write(DATA[begin:] if answers >= whole_from else DATA[begin:HALF])
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    store = S3Objects(S3Access(f"http://127.0.0.1:{port}", "key", "secret-key"))
    try:
        yield store
    finally:
        await store.close()
        server.close()


async def test_a_stream_that_breaks_off_goes_on_where_it_was() -> None:
    async with store_that_breaks_off(whole_from=3) as store:
        assert b"".join([chunk async for chunk in store.stream(REF, 1 << 20)]) == DATA


async def test_a_stream_that_breaks_off_again_and_again_names_its_object() -> None:
    async with store_that_breaks_off(whole_from=1_000) as store:
        with pytest.raises(Unavailable, match=r"raw-files/raw/1 broke off at byte \d+ of \d+: "):
            [chunk async for chunk in store.stream(REF, 1 << 20)]
