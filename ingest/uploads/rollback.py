"""Takes back what an upload left behind that was answered with an error."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from schemas.errors import Unavailable
from schemas.events import ObjectRef
from schemas.file_record import FileRecord
from storage.base import ObjectStore

_LOG = logging.getLogger(__name__)
_FIRST_WAIT, _LONGEST_WAIT, _TRIES = 0.5, 30.0, 40


class WritesRecords(Protocol):
    """Where records of files go."""

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored; raises `Unavailable`."""
        ...


class TakingBack:
    """Deletes objects and records; what cannot be done at once is tried again in the background.

    Where the process ends before that, an object is left that no record names, or a record that
    says `waiting`: the reconciler sees to the end of that.
    """

    def __init__(
        self, store: ObjectStore, records: WritesRecords, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._records, self._clock = store, records, clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def take_back(self, raw: ObjectRef, record: FileRecord | None = None) -> None:
        """Remove the object, and the record where there may be one.

        The record first: an object without a record is seen by nobody.
        """
        if record is not None:
            tombstone = record.deletion(recorded_at=self._clock())
            await self._once_or_later(lambda: self._records.write(tombstone), record.file_id)
        await self._once_or_later(lambda: self._store.delete(raw), raw.key)

    async def _once_or_later(self, action: Callable[[], Awaitable[None]], what: str) -> None:
        try:
            await action()
        except Unavailable as exc:
            _LOG.warning("%s will be taken back later: %s", what, exc)
            task = asyncio.create_task(_insist(action, what))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is still to be done."""
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _insist(action: Callable[[], Awaitable[None]], what: str) -> None:
    wait = _FIRST_WAIT
    for _ in range(_TRIES):
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)
        try:
            await action()
        except Unavailable:
            continue
        _LOG.info("%s was taken back", what)
        return
    _LOG.error("%s could not be taken back", what)


class UploadRollback:
    """Deletes objects that no record can name; if the store is away, later, in the background.

    An object whose record was sent to the database is never given to it: an answer that was lost
    leaves it open whether the record is there, and then the file is. If the process ends before an
    object is deleted, it is left and costs space.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()

    async def remove(self, raw: ObjectRef) -> None:
        """Delete the object, now or later."""
        try:
            await self._store.delete(raw)
        except Unavailable as exc:
            _LOG.warning("%s is deleted later: %s", raw.key, exc)
            task = asyncio.create_task(self._insist(raw))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is not deleted yet."""
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _insist(self, raw: ObjectRef) -> None:
        wait = _FIRST_WAIT
        for _ in range(_TRIES):
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            try:
                await self._store.delete(raw)
            except Unavailable:
                continue
            _LOG.info("%s is deleted", raw.key)
            return
        _LOG.error("%s could not be deleted; no record names it", raw.key)
