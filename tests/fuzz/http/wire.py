"""Connections as bytes: what is sent, how it ends, and the answers that come back."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

# `read`: wait for an answer. `half`: send no more, then read. `close` and `reset`: hang up at once,
# in order or as a process that was killed.
End = Literal["read", "half", "close", "reset"]
_MOST = 64 << 20


@dataclass(frozen=True)
class Answer:
    """One answer; `body` is its beginning."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Exchange:
    """The response of a connection. `hung`: neither a response nor the end arrived in time."""

    answers: list[Answer] = field(default_factory=list)
    hung: bool = False
    garbage: bytes = b""


async def exchange(
    port: int,
    pieces: Sequence[bytes],
    *,
    end: End,
    requests: int = 1,
    pause: float = 0.0,
    seconds: float = 120.0,
    method: str = "GET",
) -> Exchange:
    """Send `pieces` on a connection of their own, and read up to `requests` answers.

    Args:
        pause: between two pieces.
        seconds: how long an answer may take.
        method: of the (first) request: an answer to HEAD has no body.
    """
    found = Exchange()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                if pause:
                    await asyncio.sleep(pause)
            if end == "half" and writer.can_write_eof():
                writer.write_eof()
        except OSError:
            pass  # the server has answered and closed; what it answered is read below
        if end in ("close", "reset"):
            if end == "reset":
                _reset_on_close(writer)
            return found
        async with asyncio.timeout(seconds):
            for _ in range(requests):
                answer = await _answer(reader, method, found)
                if answer is None:
                    break
                found.answers.append(answer)
                if answer.headers.get("connection", "").lower() == "close":
                    break
    except TimeoutError:
        found.hung = True
    except (OSError, asyncio.IncompleteReadError):
        pass  # closed in the middle
    finally:
        writer.close()
        try:
            async with asyncio.timeout(5):
                await writer.wait_closed()
        except (OSError, TimeoutError):
            pass
    return found


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader, method: str, found: Exchange) -> Answer | None:
    """The next answer, those that only announce one left out; None at the end of the connection."""
    while True:
        line = await reader.readline()
        if not line:
            return None
        words = line.split(b" ", 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
            found.garbage = line[:200]
            return None
        headers: dict[str, str] = {}
        while (line := await reader.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        status = int(words[1])
        if status >= 200:
            return Answer(status, headers, await _body(reader, method, status, headers))


async def _body(
    reader: asyncio.StreamReader, method: str, status: int, headers: dict[str, str]
) -> bytes:
    if method == "HEAD" or status in (204, 304):
        return b""
    kept = b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int((await reader.readline()).split(b";")[0] or b"0", 16):
            data = await reader.readexactly(size + 2)
            kept = kept or data[:-2]
            if headers.get("content-type", "").startswith("text/event-stream"):
                return kept  # it goes on as long as the client listens
        await reader.readline()
        return kept
    if "content-length" in headers:
        left = min(int(headers["content-length"]), _MOST)
        while left:
            data = await reader.read(min(left, 1 << 16))
            if not data:
                raise asyncio.IncompleteReadError(kept, left)
            kept, left = kept or data, left - len(data)
        return kept
    return await reader.read(1 << 16)
