"""The keys an API process knows: read from the database, and refreshed every few seconds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from ingest.auth.quotas import QuotaTracker, day_of, minute_of
from runtime.periodic import run_every
from schemas.api_keys import ApiKey, read_token
from schemas.errors import Service, Unavailable
from sinks.clickhouse.client import Database
from sinks.queries.api_keys import read_keys, used_by_others, write_usage

_LOG = logging.getLogger(__name__)
# A key that is made, rotated or revoked is known everywhere after this many seconds.
_FRESH_SECONDS = 3.0
# A key that is not known may have been made just now; asked for at most this often.
_ASK_AGAIN_SECONDS = 0.1
# While the database is unavailable, known keys are accepted for this long; then every call is rejected.
_LONGEST_SECONDS = 30.0
_FLUSH_SECONDS = 1.0


class ApiKeyStore:
    """Finds keys by what a client sent, and keeps count of what they use."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._keys: Mapping[str, ApiKey] = {}
        self._read_at = self._asked_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self.usage = QuotaTracker(clock)

    async def find(self, token: str, fresh_seconds: float = _FRESH_SECONDS) -> ApiKey | None:
        """The key of `token`; None if there is no such key.

        Args:
            fresh_seconds: how old what is known of keys may be.

        Raises:
            Unavailable: what is known of keys is too old, and the database is unavailable.
        """
        parts = read_token(token)
        if parts is None:
            return None
        key_id, secret = parts
        await self._refresh(fresh_seconds)
        key = self._keys.get(key_id)
        if key is None or not key.opens_with(secret, self._clock()):
            await self._refresh_from_now_on()
            key = self._keys.get(key_id)
        return key if key is not None and key.opens_with(secret, self._clock()) else None

    async def run(self) -> None:
        """Write what was used, as long as the process lives."""
        await run_every("usage of keys", self.flush, _FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write what was used since the last time; what cannot be written is kept."""
        usage = self.usage.changed()
        if not usage:
            return
        try:
            await write_usage(self._database, usage)
        except BaseException as exc:
            self.usage.not_written(usage)
            if not isinstance(exc, Unavailable):
                raise
            _LOG.warning("usage of keys is not written: %s", exc)

    async def _refresh_from_now_on(self) -> None:
        """Read what was true at some moment after the call, once it may be asked for again."""
        called = time.monotonic()
        if self._reading is not None:
            # It may have begun before the call.
            await asyncio.wait([self._reading])
        again = self._asked_at + _ASK_AGAIN_SECONDS
        await asyncio.sleep(max(0.0, again - time.monotonic()))
        await self._refresh(time.monotonic() - called)

    async def _refresh(self, age: float) -> None:
        """Read keys and usage again where what is known is older than `age` seconds."""
        if time.monotonic() - self._read_at <= age:
            return
        # All callers share the query in progress. After a failure the next query is sent only a
        # moment later, so that an outage does not delay every request.
        if time.monotonic() - self._asked_at > min(age, _ASK_AGAIN_SECONDS) or self._reading:
            if self._reading is None:
                self._asked_at = time.monotonic()
                self._reading = asyncio.create_task(self._read())
                self._reading.add_done_callback(self._done)
            try:
                await asyncio.shield(self._reading)
            except Unavailable as exc:
                _LOG.warning("keys cannot be read: %s", exc)
        if time.monotonic() - self._read_at > _LONGEST_SECONDS:
            raise Unavailable(Service.CLICKHOUSE, "keys cannot be checked", retry_after=5.0)

    async def _read(self) -> None:
        began, now = time.monotonic(), self._clock()
        keys = await read_keys(self._database)
        day, minute = day_of(now), minute_of(now)
        process = self.usage.process
        used = await used_by_others(self._database, day=day, minute=minute, process=process)
        self._keys = {key.key_id: key for key in keys}
        self.usage.take_others(used, minute)
        self._read_at = began

    def _done(self, task: asyncio.Task[None]) -> None:
        self._reading = None
        if not task.cancelled():
            task.exception()  # the waiting callers have it
