"""The bytes of an upload: looked at, held or passed on, and hashed once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence

import pytest

from ingest.uploads.hashed_stream import HashedStream

CHUNKS = [b"abc", b"", b"defg", b"h"]
DATA = b"".join(CHUNKS)


async def chunks(some: Sequence[bytes] = CHUNKS) -> AsyncIterator[bytes]:
    for chunk in some:
        yield chunk


@pytest.mark.parametrize("count", range(1, 12))
async def test_what_was_peeked_is_given_out(count: int) -> None:
    stream = HashedStream(chunks())
    assert await stream.peek(count) == DATA[:count]
    assert b"".join([chunk async for chunk in stream]) == DATA
    assert (stream.size, await stream.sha256()) == (len(DATA), hashlib.sha256(DATA).hexdigest())


@pytest.mark.parametrize("limit", range(10))
async def test_a_body_is_held_up_to_a_limit(limit: int) -> None:
    stream = HashedStream(chunks())
    await stream.peek(2)
    whole = await stream.whole(limit)
    assert whole == (DATA if limit >= len(DATA) else None)
    if whole is None:
        assert b"".join([chunk async for chunk in stream]) == DATA
    assert (stream.size, await stream.sha256()) == (len(DATA), hashlib.sha256(DATA).hexdigest())


async def test_a_stream_that_fails_is_known_to_be_incomplete() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionError

    stream = HashedStream(broken())
    assert await stream.peek(3) == b"abc"
    assert not stream.is_broken
    with pytest.raises(ConnectionError):
        await stream.whole(100)
    assert stream.is_broken


async def test_a_reader_that_gave_up_takes_its_chunk_before_the_next_reader() -> None:
    go = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        for chunk in (b"first", b"second"):
            await go.wait()
            yield chunk

    stream = HashedStream(slow())
    given_up = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    rest = asyncio.create_task(anext(stream))
    go.set()
    assert (await given_up, await rest) == (b"first", b"second")
    assert await stream.sha256() == hashlib.sha256(b"firstsecond").hexdigest()


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (5 << 20) + 3])
async def test_a_large_body_is_hashed_in_order(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    stream = HashedStream(chunks([data[at : at + 300_000] for at in range(0, size, 300_000)]))
    assert b"".join([chunk async for chunk in stream]) == data
    assert (stream.size, await stream.sha256()) == (size, hashlib.sha256(data).hexdigest())
    assert await stream.sha256() == hashlib.sha256(data).hexdigest()
