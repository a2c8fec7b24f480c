"""A cache in this process and, if configured, in a Redis that processes share.

Only what never changes is kept, under a key that names what it is of. The caller has just read
the record that says which generation of a file holds, so nothing that was deleted or replaced is
ever asked for again, at whichever process; there is nothing to take back, and entries leave by age.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

_LOG = logging.getLogger(__name__)
# A larger entry would push out too many others.
_SHARE: Final = 8
# Redis is asked only because it is quicker than the database; slower than this it is not.
_REDIS_SECONDS: Final = 0.1
# After a failure it is left alone for so long.
_REST_SECONDS: Final = 5.0
_KEPT_SECONDS: Final = 24 * 3600
_MOST_SHARED_BYTES: Final = 1 << 20


class SharedCache(Protocol):
    """A cache that several processes share; it may lose anything, and never fails."""

    async def get(self, key: str) -> bytes | None: ...
    async def put(self, key: str, value: bytes) -> None: ...
    async def close(self) -> None: ...


class Cache:
    """Values by key, the longest unused given up first.

    Args:
        most_bytes: of all values and keys; 0 keeps nothing in this process.
        shared: read and written if this process does not have a value.
    """

    def __init__(self, most_bytes: int, shared: SharedCache | None = None) -> None:
        self._most, self._shared = most_bytes, shared
        self._values: OrderedDict[str, bytes] = OrderedDict()
        self.bytes = 0

    async def get(self, key: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The value of `key`; computed and stored if it is missing."""
        known = self._values.get(key)
        if known is not None:
            self._values.move_to_end(key)
            return known
        if self._shared is not None and (shared := await self._shared.get(key)) is not None:
            self._keep(key, shared)
            return shared
        value = await make()
        self._keep(key, value)
        if self._shared is not None:
            await self._shared.put(key, value)
        return value

    async def close(self) -> None:
        """Let go of the shared one."""
        if self._shared is not None:
            await self._shared.close()

    def _keep(self, key: str, value: bytes) -> None:
        size = len(key) + len(value)
        if size > self._most // _SHARE or key in self._values:
            return
        self._values[key] = value
        self.bytes += size
        while self.bytes > self._most:
            old, dropped = self._values.popitem(last=False)
            self.bytes -= len(old) + len(dropped)


class RedisCache:
    """A `SharedCache` in Redis. After a failure it is skipped for a while: slower, not broken.

    Args:
        url: redis://user:password@host:port/number.
        space: prefix of all keys, so that products and databases share a Redis.
    """

    def __init__(self, url: str, space: str) -> None:
        # Imported here: it is optional.
        import redis.asyncio
        from redis.exceptions import RedisError

        self._failures: Final = (RedisError, OSError, TimeoutError)
        self._space = space
        self._client = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            retry_on_timeout=False,
            retry=None,
        )
        self._rests_until = float("-inf")

    async def get(self, key: str) -> bytes | None:
        """The value, or None if it is missing or Redis is unavailable."""
        found = await self._tried(lambda: self._client.get(self._space + key))
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes) -> None:
        """Keep a value for a day, if it can be kept."""
        if len(value) <= _MOST_SHARED_BYTES:
            await self._tried(lambda: self._client.set(self._space + key, value, ex=_KEPT_SECONDS))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _tried(self, call: Callable[[], Awaitable[object]]) -> object:
        if time.monotonic() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(2 * _REDIS_SECONDS):
                return await call()
        except self._failures as exc:
            _LOG.warning("Redis is left alone for %.0f s: %r", _REST_SECONDS, exc)
            self._rests_until = time.monotonic() + _REST_SECONDS
            return None
