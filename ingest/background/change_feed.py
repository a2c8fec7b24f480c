"""The change feed: one polling query to the database for all subscribers.

What streams of events show is state, not history: a subscriber that is slow sees the newest state
of a file and not all those before it, so what waits for it is bounded by the number of files.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from ingest.files.additions import NOTHING, Addition, Additions
from ingest.files.documents import list_document
from schemas.errors import Unavailable
from schemas.file_document import encode
from schemas.file_record import FileRecord
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.queries import FileVersion, file_versions, files_by_id, progress_of
from sinks.queries.chunks import chunks

_LOG = logging.getLogger(__name__)
# Seconds from one question to the next: short while something changes, longer while nothing does.
_QUICK, _SLOW, _SLOWING = 0.2, 1.0, 1.3
_AWAY_SECONDS = 2.0
# What was recorded this long before a question may not have been in the one before: it is written
# by other processes, with clocks of their own, some time after its moment.
_OVERLAP = timedelta(seconds=20)
# Waiting files that are polled by id once they were sent, until they are terminal.
_MOST_OPEN = 5000
# More changes at once than this are not sent one by one: clients reload the list.
MOST_CHANGES = 1000


@dataclass(frozen=True)
class Change:
    """The current state of a file; `record` is None if it was deleted."""

    file_id: str
    version: FileVersion
    record: FileRecord | None
    addition: Addition = NOTHING

    @property
    def event_id(self) -> str:
        """Equal if there is nothing new to send."""
        if self.record is None:
            return str(self.version.record)
        if self.record.status != "waiting":
            return done_id(self.record)
        return "-".join(map(str, (self.record.version, *self.version.progress)))

    @cached_property
    def listed(self) -> str | None:
        """The file as lists show it, as JSON: encoded once, for all subscribers."""
        if self.record is None:
            return None
        return encode(list_document(self.record, self.addition)).decode()


def _corrected_file(change: Change) -> str | None:
    """The file of which this one brings rows back, once it is known which of them are valid."""
    record = change.record
    return None if record is None or record.status == "waiting" else record.resubmission_of


def done_id(record: FileRecord) -> str:
    """Id of the event for the end of a generation; a container may change after it."""
    return f"done-{record.generation}" + (f"-{record.revision}" if record.revision else "")


class Subscription:
    """Changes for one subscriber."""

    def __init__(self) -> None:
        self._pending: dict[str, Change] = {}
        self._news = asyncio.Event()
        # More changed than is sent one by one.
        self.too_many = False
        self.ended = False
        # Everything recorded before this moment was sent.
        self.complete_until: datetime | None = None

    def put(self, change: Change) -> None:
        """Notify the subscriber of a change."""
        self._pending.pop(change.file_id, None)
        self._pending[change.file_id] = change
        if len(self._pending) > MOST_CHANGES:
            self._pending.clear()
            self.too_many = True
        self._news.set()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._news.set()

    async def changes(self, seconds: float) -> list[Change]:
        """What changed since the last call; empty after `seconds` without any."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return []
        self._news.clear()
        taken, self._pending = list(self._pending.values()), {}
        return taken


class ChangeFeed:
    """Polls the database while there are subscribers, and not otherwise."""

    def __init__(self, database: Database, additions: Additions) -> None:
        self._database, self._additions = database, additions
        self._files: dict[str, set[Subscription]] = {}
        self._lists: set[Subscription] = set()
        self._versions: dict[str, FileVersion] = {}
        self._open: dict[str, None] = {}
        self._pending: set[str] = set()
        self._since: datetime | None = None
        self._wake = asyncio.Event()
        self._ended = False

    @contextmanager
    def file(self, file_id: str) -> Iterator[Subscription]:
        """Changes of one file, its present state first."""
        subscription = self._subscription()
        self._files.setdefault(file_id, set()).add(subscription)
        # Sent again to all subscribers of the file: they ignore what they have.
        self._pending.add(file_id)
        self._wake.set()
        try:
            yield subscription
        finally:
            self._files[file_id].discard(subscription)
            if not self._files[file_id]:
                del self._files[file_id]

    @contextmanager
    def all(self) -> Iterator[Subscription]:
        """Changes of all files, from about now on."""
        subscription = self._subscription()
        self._lists.add(subscription)
        self._wake.set()
        try:
            yield subscription
        finally:
            self._lists.discard(subscription)
            if not self._lists:
                self._since = None
                self._open.clear()

    def end(self) -> None:
        """End all subscriptions, those still to come included: the process stops."""
        self._ended = True
        for subscription in self._subscriptions_of_all():
            subscription.end()

    async def changed_since(self, since: datetime) -> list[Change] | None:
        """The state of every file that changed since a moment; None if they are too many."""
        versions = await file_versions(self._database, since=since, limit=MOST_CHANGES + 1)
        return None if len(versions) > MOST_CHANGES else await self._read(versions)

    async def run(self) -> None:
        """Poll, notify, wait, until the process ends."""
        seconds = _QUICK
        while True:
            if not self._files and not self._lists:
                await self._wake.wait()
            self._wake.clear()
            try:
                changed = await self.round()
                seconds = _QUICK if changed else min(seconds * _SLOWING, _SLOW)
            except Unavailable as exc:
                _LOG.warning("streams of events wait for %s", exc)
                await asyncio.sleep(_AWAY_SECONDS)
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue
            # Who comes now need not wait; many who come at once share the question.
            await asyncio.sleep(_QUICK / 4)

    async def round(self) -> int:
        """Ask once; how many files changed."""
        asked_at, since = utc_now(), None
        if self._lists:
            since = (self._since or asked_at) - _OVERLAP
        unsent, self._pending = self._pending, set()
        try:
            found = await file_versions(
                self._database, file_ids={*self._files, *self._open}, since=since
            )
            changed = {}
            for file_id, version in found.items():
                known = self._versions.get(file_id, FileVersion())
                found[file_id] = version.joined(known)
                if found[file_id] != known or file_id in unsent:
                    changed[file_id] = found[file_id]
            changes = await self._read(changed) if changed else []
        except BaseException:
            self._pending |= unsent
            raise
        for change in changes:
            self._notify(change)
        self._versions = found
        self._since = asked_at if since is not None else None
        for subscription in self._lists:
            subscription.complete_until = asked_at - _OVERLAP
        return len(changes)

    async def _read(self, versions: dict[str, FileVersion]) -> list[Change]:
        changes: list[Change] = []
        for some in chunks(versions.items()):
            changes += await self._states(dict(some))
        # The number of corrected rows of a file changes with the files that correct them.
        known, latest = set(versions), changes
        while first := {of for of in map(_corrected_file, latest) if of is not None} - known:
            known |= first
            latest = await self._states(dict.fromkeys(first, FileVersion()))
            changes += latest
        return changes

    async def _states(self, versions: dict[str, FileVersion]) -> list[Change]:
        records, progress = await asyncio.gather(
            files_by_id(self._database, versions), progress_of(self._database, versions)
        )
        additions = await self._additions.of(list(records.values()), progress)
        return [
            Change(file_id, version, records.get(file_id), additions.get(file_id, NOTHING))
            for file_id, version in versions.items()
        ]

    def _notify(self, change: Change) -> None:
        for subscription in self._files.get(change.file_id, ()):
            subscription.put(change)
        if not self._lists:
            return
        for subscription in self._lists:
            subscription.put(change)
        waits = change.record is not None and change.record.status == "waiting"
        if waits and len(self._open) < _MOST_OPEN:
            self._open[change.file_id] = None
        elif not waits:
            self._open.pop(change.file_id, None)

    def _subscription(self) -> Subscription:
        subscription = Subscription()
        if self._ended:
            subscription.end()
        return subscription

    def _subscriptions_of_all(self) -> Collection[Subscription]:
        return {*self._lists, *(one for some in self._files.values() for one in some)}
