"""Requests that obstore has no calls for, to addresses that it has signed: a PUT whose body is
streamed, for bodies whose size is known beforehand, and a DELETE on condition.

A multipart upload makes a store write everything twice if it joins the parts at the end
(MinIO does not, simple stores do). If the size is known, one request suffices, and a body that ends
early is discarded by the store itself, so there is nothing to clean up. obstore streams in parts
only; so this speaks HTTP/1.1. aiohttp takes half as much CPU
again for objects of a few MiB, and has no time-out for a store that stops reading the body.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_CONNECT_SECONDS = 3.0
# A store that takes no byte, or says nothing after the last one, for this long hangs.
_STALL_SECONDS = 60.0
_HEAD_LIMIT, _BODY_LIMIT = 64 << 10, 64 << 10
_CODE = re.compile(rb"<Code>\s*([A-Za-z]+)\s*</Code>")


class Interrupted(Exception):  # noqa: N818
    """The store went away, or does not answer; the text says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The store's response: header names in lower case, and its own error code if it sent one."""

    status: int
    headers: Mapping[str, str]
    code: str | None


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """TLS that trusts the system's authorities, and those of `ca_file`."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


async def put(
    url: str, chunks: AsyncIterator[bytes], size: int, ca_file: Path | None = None
) -> Answer:
    """PUT `chunks`, `size` bytes in all, to a presigned `url`.

    What `chunks` raises comes out as it is, and then the store has nothing of the object.

    Raises:
        Interrupted: the connection could not be made, or broke, or stalls.
        ValueError: `size` is not what was received, a fault of the caller.
    """
    async with _request("PUT", url, ca_file, f"Content-Length: {size}\r\n") as (reader, writer):
        if await _send(writer, chunks, size):
            return await _answer(reader)
        # The store hung up in the middle. It may have said why.
        with contextlib.suppress(Interrupted):
            return await _answer(reader)
        raise Interrupted(
            f"{urlsplit(url).netloc} closed the connection while it was sent the object"
        )


async def delete(url: str, etag: str, ca_file: Path | None = None) -> Answer:
    """DELETE a presigned `url` if the object has this ETag (without quotes).

    A store that knows the condition answers 412 if it has another one, or does not exist; others
    ignore it.

    Raises:
        Interrupted: the connection could not be made, or broke, or stalls.
    """
    async with _request("DELETE", url, ca_file, f'If-Match: "{etag}"\r\n') as (reader, _):
        return await _answer(reader)


@contextlib.asynccontextmanager
async def _request(
    method: str, url: str, ca_file: Path | None, headers: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection on which the head of a request is sent."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if secure else 80), ssl=trusting(ca_file) if secure else None,
                limit=_HEAD_LIMIT,
            )  # fmt: skip
    except (OSError, TimeoutError) as exc:
        raise Interrupted(f"no connection to {parts.netloc}: {exc or 'no answer'}") from exc
    try:
        writer.write(
            f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n{headers}"
            "Connection: close\r\n\r\n".encode()
        )
        yield reader, writer
    finally:
        # Aborted rather than closed: nothing more is to be sent, least of all after an error.
        writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, chunks: AsyncIterator[bytes], size: int) -> bool:
    """Send all chunks; False if the store stopped reading."""
    left = size
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            break
        try:
            async with asyncio.timeout(_STALL_SECONDS):
                writer.write(chunk)
                await writer.drain()
        except TimeoutError as exc:
            raise Interrupted(f"no byte was taken for {_STALL_SECONDS:.0f} seconds") from exc
        except OSError:
            return False
    if left:
        raise ValueError(f"{size} bytes were declared, {size - left} or more received")
    return True


async def _answer(reader: asyncio.StreamReader) -> Answer:
    try:
        async with asyncio.timeout(_STALL_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            body = b"" if status < 300 else await reader.read(_BODY_LIMIT)
    except TimeoutError as exc:
        raise Interrupted(f"no answer for {_STALL_SECONDS:.0f} seconds") from exc
    except (OSError, EOFError, ValueError, IndexError, asyncio.LimitOverrunError) as exc:
        raise Interrupted(f"the connection ended without an answer: {exc}") from exc
    headers = {
        name.strip().lower(): value.strip()
        for name, sep, value in (line.partition(":") for line in lines[1:])
        if sep
    }
    code = _CODE.search(body)
    return Answer(status, headers, code.group(1).decode() if code else None)
