"""Inbox: lists a bucket and announces objects that are not files yet.

Stores without bucket notifications have no other way in. Stores with them deliver at most once:
MinIO, for one, forgets an object that is put before it has read the notification rules of its
buckets, right after a start. An announcement has the same identity as a notification (bucket, key
and ETag), so an object that arrives both ways is one file.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from broker.producer import Publisher
from runtime.periodic import run_every
from runtime.supervise import for_each
from schemas.events import FileAnnounced, ObjectRef
from schemas.file_ids import file_id_of
from schemas.file_state import FileState
from schemas.instants import utc_now
from schemas.topics import ANNOUNCED
from storage.base import ObjectInfo, ObjectStore

_LOG = logging.getLogger(__name__)
# An object may appear this long after the time it is dated with: S3 dates an object by the start of
# its multipart upload, and clocks differ. Every so often a scan looks at objects of any age.
_APPEARS_WITHIN: Final = timedelta(days=1)
_PAGE: Final = 500
# Objects that are known to be files, so that the database is not asked for them in every scan.
_REMEMBERED: Final = 100_000
# Announced objects that no worker has recorded yet: no more are announced than this, and each
# again only after a while.
_PENDING: Final = 10_000
_AGAIN_SECONDS: Final = 600.0
# A scan is followed by a pause of so many times its duration: a large bucket is listed less often.
_PAUSE_FACTOR: Final = 10.0
EVERY_SECONDS: Final = 5.0
# Where folders of the bucket can be looked at, a scan follows their changes: how often they are looked
# at, and how many.
_LOOK_SECONDS: Final = 0.5
_WATCHED: Final = 200
EVERY_SECONDS_NOTIFIED: Final = 60.0
# Its name among the background tasks.
TASK: Final = "inbox"

# Returns the states of those files that are known, deleted ones included.
States = Callable[[Sequence[str]], Awaitable[Mapping[str, FileState]]]
# When something last changed in each of some folders of a bucket; "" is the bucket itself.
FolderTimes = Callable[[str, Sequence[str]], tuple[int, ...]]
# Returns those of the keys `bucket/object` that are dead letters because the object is empty.
Rejected = Callable[[Sequence[str]], Awaitable[Collection[str]]]


@dataclass(frozen=True, slots=True)
class _Found:
    """A listed object and the identity that its file has."""

    file_id: str
    ref: ObjectRef
    size: int

    @property
    def message_key(self) -> str:
        """The key of its announcement; notifications have the same."""
        return f"{self.ref.bucket}/{self.ref.key}"


class InboxScanner:
    """Scans one bucket; see above.

    Args:
        after: seconds that a notification may take; 0 if there are no notifications.
        folder_times: if the store keeps the bucket as a folder on this machine.
        clock: the current time; the store's clock may differ by minutes.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        states: States,
        rejected: Rejected,
        publisher: Publisher,
        after: float,
        folder_times: FolderTimes | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store, self._bucket = store, bucket
        self._states, self._rejected = states, rejected
        self._publisher, self._clock = publisher, clock
        self._after = timedelta(seconds=after)
        # When the last complete scan began, and the last complete one of objects of any age.
        self._scanned: datetime | None = None
        self._scanned_all: datetime | None = None
        self._known: OrderedDict[str, None] = OrderedDict()
        # When each pending object was announced last, on the monotonic clock.
        self._pending: dict[str, float] = {}
        self._pause_until = float("-inf")
        self._folder_times = folder_times
        # The folders that objects were in, and when they had changed before the last scan.
        self._folders: Sequence[str] = ("",)
        self._times: tuple[int, ...] = ()
        self._next_scan = float("-inf")

    async def run(self, every: float) -> None:
        """Scan every `every` seconds until cancelled, and after a change of the bucket's folder if there is
        one; retries while a service is unavailable."""
        self._next_scan = float("-inf")  # it may be started again after an error
        look = every if self._folder_times is None else min(every, _LOOK_SECONDS)
        await run_every(TASK, lambda: self._paced(every), look)

    async def _paced(self, every: float) -> None:
        began = time.monotonic()
        if began < self._pause_until:
            return
        times = self._times_of(self._folders)
        if began < self._next_scan and times == self._times:
            return
        self._next_scan, self._times = began + every, times
        seen = dict(zip(self._folders, times, strict=False))
        await self.scan()
        # What came into a folder that is new here may have come after it was listed.
        self._times = tuple(seen.get(folder, -1) for folder in self._folders if times)
        ended = time.monotonic()
        self._pause_until = ended + _PAUSE_FACTOR * (ended - began)

    async def scan(self) -> int:
        """Announce objects that are neither files nor deleted files; returns how many.

        Raises:
            Unavailable: store, database or broker; the next scan starts over.
        """
        began, announced = self._clock(), 0
        until = began - self._after if self._after else None
        since, everything = self._since(began)
        pending: dict[str, float] = {}
        complete = True
        async for page in self._pages(since, until):
            due = []
            for found in await self._unknown(page):
                if len(pending) >= _PENDING:
                    complete = False
                    break
                last = self._pending.get(found.file_id, float("-inf"))
                if time.monotonic() - last >= _AGAIN_SECONDS:
                    due.append(found)
                    last = time.monotonic()
                pending[found.file_id] = last
            failed = await for_each(TASK, due, self._announce)
            announced += len(due) - len(failed)
            if not complete:
                break
        self._pending = pending
        if complete:
            self._scanned = until or began
            self._scanned_all = self._scanned if everything else self._scanned_all
        if announced:
            _LOG.info("announced %d objects of the inbox", announced)
        return announced

    def _times_of(self, folders: Sequence[str]) -> tuple[int, ...]:
        return () if self._folder_times is None else self._folder_times(self._bucket, folders)

    def _since(self, now: datetime) -> tuple[datetime | None, bool]:
        """The oldest date that this scan looks at, None for any; whether it is None."""
        last, all_ = self._scanned, self._scanned_all
        if last is None or all_ is None or now - all_ >= _APPEARS_WITHIN:
            return None, True
        return last - _APPEARS_WITHIN, False

    async def _unknown(self, page: Sequence[_Found]) -> list[_Found]:
        """Those of a page that are neither files nor dead letters."""
        asked = [found for found in page if found.file_id not in self._known]
        with_bytes = [found.file_id for found in asked if found.size]
        empty = [found.message_key for found in asked if not found.size]
        states = await self._states(with_bytes) if with_bytes else {}
        rejected = await self._rejected(empty) if empty else ()
        unknown = []
        for found in asked:
            if found.file_id in states if found.size else found.message_key in rejected:
                self._remember(found.file_id)
            else:
                unknown.append(found)
        return unknown

    def _remember(self, file_id: str) -> None:
        self._known[file_id] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _announce(self, found: _Found) -> None:
        event = FileAnnounced(bucket=found.ref.bucket, object_key=found.ref.key)
        await self._publisher.publish(ANNOUNCED, found.message_key, event)

    async def _pages(
        self, since: datetime | None, until: datetime | None
    ) -> AsyncIterator[list[_Found]]:
        page: list[_Found] = []
        folders = {""}
        async for info in self._store.list(self._bucket, ""):
            if len(folders) < _WATCHED:
                folders.update(_folders_of(info.ref.key))
            if _is_folder(info) or not _within(info.modified, since, until):
                continue
            file_id = file_id_of(info.ref.bucket, info.ref.key, info.etag)
            page.append(_Found(file_id, info.ref, info.size))
            if len(page) == _PAGE:
                yield page
                page = []
        self._folders = sorted(folders)
        if page:
            yield page


def _folders_of(key: str) -> list[str]:
    parts = key.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _is_folder(info: ObjectInfo) -> bool:
    """Whether the object is the placeholder that clients create for an empty folder."""
    return not info.size and info.ref.key.endswith("/")


def _within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= moment) and (until is None or moment <= until)
