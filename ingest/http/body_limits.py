"""Bounds on what a client may send, and on how long it may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from ingest.http.errors import Problem


class Budget(Protocol):
    """What a key may still send (`ingest.auth.quotas`)."""

    @property
    def left(self) -> int | None:
        """Bytes; None if they are not limited."""
        ...

    def exceeded(self) -> Problem:
        """The error of a body that is larger."""
        ...


async def bounded(
    stream: AsyncIterator[bytes], *, most: int, idle_seconds: float, reservation: Budget | None
) -> AsyncGenerator[bytes, None]:
    """The chunks of `stream`.

    Raises:
        Problem: 413 if they are more than `most` bytes, 429 if they exceed the quota of the
            key, 408 if nothing was received for `idle_seconds`.
    """
    size = 0
    while True:
        try:
            async with asyncio.timeout(idle_seconds):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Problem(
                "client_too_slow",
                f"No bytes of the body were received for {idle_seconds:g} s.",
                headers={"Connection": "close"},
            ) from None
        if chunk is None:
            return
        size += len(chunk)
        if size > most:
            raise too_large(most)
        if reservation is not None and reservation.left is not None and size > reservation.left:
            raise reservation.exceeded()
        yield chunk


def too_large(most: int) -> Problem:
    """The body is larger than the API takes."""
    return Problem(
        "body_too_large",
        f"A body may have up to {most:,} bytes (MAX_UPLOAD_BYTES).",
    )
