"""A plain connection to a broker: it shows that a server listens, and nothing else."""

from __future__ import annotations

import asyncio


async def connect(server: str, seconds: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to `server` (host:port) that takes at most so many seconds to make.

    Raises:
        OSError: nothing listens, or does not answer in time (`TimeoutError`).
    """
    host, _, port = server.rpartition(":")
    async with asyncio.timeout(seconds):
        return await asyncio.open_connection(host.strip("[]"), int(port))
