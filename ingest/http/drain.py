"""Receives what a client still sends after its answer is known."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.requests import ClientDisconnect, Request

# A client that has more to send than this sees its connection closed.
_BYTES = 64 << 20
_SECONDS = 10.0


async def drain(request: Request) -> None:
    """Read and forget the rest of the body, within limits.

    Many clients look for an answer only after they have sent everything, and see a broken
    connection instead of the answer where the server stops reading.
    """
    if request._stream_consumed:
        return
    left = _BYTES
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    return
