"""Rolls back failed uploads: removes their objects."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from itertools import islice

from runtime.pauses import growing
from runtime.retry import retry
from schemas.errors import Unavailable
from schemas.events import ObjectRef
from storage.base import ObjectStore

_LOG = logging.getLogger(__name__)
_FIRST_WAIT, _LONGEST_WAIT, _TRIES = 0.5, 30.0, 40


class UploadRollback:
    """Deletes objects that no record can name; if the store is unavailable, later, in the background.

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
        pauses = islice(growing(_FIRST_WAIT, _LONGEST_WAIT), _TRIES)
        await asyncio.sleep(next(pauses))
        try:
            await retry(lambda: self._store.delete(raw), pauses)
        except Unavailable:
            _LOG.error("%s could not be deleted; no record names it", raw.key)
        else:
            _LOG.info("%s is deleted", raw.key)
