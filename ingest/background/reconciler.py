"""Reconciler: makes sure that every accepted file reaches a terminal status.

* A file that stays `waiting` without progress is announced again, by the very event that announced
  it first, with growing pauses.
* A broker that has lost its memory is noticed; then every waiting file is announced at once.
* Partials that are in the store although their file is terminal (a worker was killed between its
  last two steps) are swept.

Announcing a file twice is harmless: all that follows has an identity made of content. Raw objects
without a record are left alone on purpose: they cost space, while a sweep that trusts the database
would delete every upload when the database is recreated.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from broker.marker import BrokerIdentity
from broker.producer import Publisher
from broker.watch import BrokerWatch
from ingest.background.backoff import Backoff
from runtime.metrics import ANNOUNCED_AGAIN
from runtime.periodic import run_every
from runtime.supervise import for_each
from schemas.events import ObjectRef
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.instants import utc_now
from schemas.object_keys import PARTIALS
from schemas.topics import UPLOADED
from storage.base import AccessDenied, ObjectStore

_LOG = logging.getLogger(__name__)
# Files looked at and announced in one round, and messages sent at once.
_MOST_WAITING, _ANNOUNCED, _AT_ONCE = 10_000, 500, 32
_SWEEP_EVERY = 60.0
# A file that could not be announced so often, though the broker was there, fails.
_ATTEMPTS = 3
_ERROR_LENGTH = 1000
# Its name among the background tasks.
TASK = "reconciler"
# Waiting files are looked for so often in the time after which one is announced again.
_LOOKS = 8
# A worker deletes partials itself right after it has written the terminal record.
_SWEEP_AGE = timedelta(seconds=60)


class Files(Protocol):
    """What the reconciler asks the database."""

    async def waiting(self, before: datetime, limit: int) -> Sequence[FileRecord]:
        """Files waiting since before a moment, without progress since; oldest first."""
        ...

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        """State of each known file."""
        ...

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: of a file without progress until it is announced, and from round to round."""

    after: float
    every: float


class Reconciler:
    """Goes round as long as the process lives."""

    def __init__(
        self,
        *,
        files: Files,
        publisher: Publisher,
        ensure: Callable[[], Awaitable[object]],
        watch: BrokerWatch,
        memory: BrokerIdentity,
        store: ObjectStore,
        bucket: str,
        pace: Pace,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._files, self._publisher, self._memory = files, publisher, memory
        self._ensure, self._watch = ensure, watch
        self._store, self._bucket = store, bucket
        self._pace, self._clock = pace, clock
        self._backoff = Backoff(pace.after)
        # How often each file could not be announced for a reason that is no service's.
        self._failures: Counter[tuple[str, int]] = Counter()
        self._swept_at = self._looked_at = float("-inf")

    async def run(self) -> None:
        """Round after round; a service that is unavailable is waited for."""
        try:
            await run_every("reconciler", self.round, self._pace.every)
        finally:
            self._watch.close()

    async def round(self) -> int:
        """Do once what is to be done; how many files were announced."""
        if self._watch.is_same():
            announced = await self._announce_due()
        else:
            announced = await self._look_at_broker()
        if time.monotonic() - self._swept_at >= _SWEEP_EVERY:
            await self.sweep()
            self._swept_at = time.monotonic()
        return announced

    async def _look_at_broker(self) -> int:
        """Announce what a broker that lost its content does not know; how many files."""
        await self._watch.connect()
        await self._ensure()
        lost = not await self._memory.is_known()
        announced = await self._announce_all() if lost else await self._announce_due()
        if lost:
            # Set only now: if this process ends before, the next one publishes them all.
            await self._memory.mark()
        self._watch.known()
        return announced

    async def sweep(self) -> int:
        """Delete partials of files that are terminal; how many objects."""
        stored: dict[str, list[tuple[int, ObjectRef]]] = defaultdict(list)
        youngest = self._clock() - _SWEEP_AGE
        async for info in self._store.list(self._bucket, PARTIALS):
            # partials/<file_id>/<generation>/<batch_no>
            parts = info.ref.key.split("/")
            if info.modified <= youngest and len(parts) == 4 and parts[2].isdecimal():
                stored[parts[1]].append((int(parts[2]), info.ref))
        states = await self._files.states(list(stored)) if stored else {}
        left_over = [
            ref
            for file_id, state in states.items()
            for generation, ref in stored[file_id]
            if state.status_of(generation) != "waiting"
        ]
        failed = await for_each(TASK, left_over, self._store.delete, expected=(AccessDenied,))
        swept = len(left_over) - len(failed)
        if swept:
            _LOG.info("swept %d partials of files that are terminal", swept)
        return swept

    async def _announce_due(self) -> int:
        if time.monotonic() - self._looked_at < self._pace.after / _LOOKS:
            return 0
        self._looked_at = time.monotonic()
        before = self._clock() - timedelta(seconds=self._pace.after)
        waiting = await self._files.waiting(before, _MOST_WAITING)
        due = self._backoff.due(waiting, time.monotonic())[:_ANNOUNCED]
        if due:
            _LOG.info("announcing %d files again that stay waiting", len(due))
        return await self._announce(due)

    async def _announce_all(self) -> int:
        """Handle a broker that lost its content, or is new."""
        self._backoff.forget()
        waiting = await self._files.waiting(self._clock(), _MOST_WAITING)
        if waiting:
            _LOG.warning("the broker is empty: announcing %d waiting files", len(waiting))
        return await self._announce(waiting)

    async def _announce(self, records: Sequence[FileRecord]) -> int:
        failed = await for_each(TASK, records, self._announce_one, at_once=_AT_ONCE)
        hopeless = []
        for index, exc in failed.items():
            record = records[index]
            self._backoff.announced(record, time.monotonic())
            self._failures[record.key] += 1
            if self._failures[record.key] >= _ATTEMPTS:
                hopeless.append((record, exc))
        await for_each(TASK, hopeless, self._fail)
        return len(records) - len(failed)

    async def _fail(self, hopeless: tuple[FileRecord, Exception]) -> None:
        """End a file that cannot be announced, so that it does not wait for ever."""
        record, exc = hopeless
        state = (await self._files.states([record.file_id])).get(record.file_id)
        if state is None or state.status_of(record.generation) != "waiting":
            # Announced by another process, it may have ended since it was found to wait.
            del self._failures[record.key]
            return
        now, begun = self._clock(), record.requested_at or record.upload_time
        error = f"worker error: it cannot be announced to the workers: {type(exc).__name__}: {exc}"
        ended = record.terminal(
            "failed",
            finished_at=now,
            processing_ms=max(0, round((now - begun).total_seconds() * 1000)),
            error=error[:_ERROR_LENGTH],
        )
        await self._files.write(ended)
        del self._failures[record.key]
        _LOG.critical("the file failed: %s", error, extra={"file_id": record.file_id})

    async def _announce_one(self, record: FileRecord) -> None:
        await self._publisher.publish(UPLOADED, record.file_id, record.upload())
        self._backoff.announced(record, time.monotonic())
        self._failures.pop(record.key, None)
        ANNOUNCED_AGAIN.inc()
