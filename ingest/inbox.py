"""Inbox: objects that no notification told of become files too.

A store notifies at best: MinIO, for one, forgets what is dropped in the moment before it has read
the notifications of its buckets, right after a start. So the inbox is listed now and then, and what
is known neither as a file nor as a deleted one is announced, with the identity that its
notification has.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from ingest.publisher import Publisher
from ingest.rounds import go_round
from ingest.services import Services
from schemas.events import FileAnnounced, ObjectRef
from schemas.identity import file_id_of
from schemas.records import FileState, utc_now
from schemas.topics import ANNOUNCED
from sinks.queries import file_states
from storage.base import ObjectInfo, ObjectStore

_LOG = logging.getLogger(__name__)
# What is older when this process starts was seen by the one before.
_FIRST_LOOK: Final = timedelta(days=1)
# The clocks of store and API may differ, and an object is dated by the beginning of its upload.
_MARGIN: Final = timedelta(minutes=10)
_ASKED_AT_ONCE: Final = 500
# Nobody takes announcements while workers are away; then they need not be piled up.
_AGAIN_SECONDS: Final = 600.0

# The states of those files that are known, deleted ones included.
States = Callable[[Sequence[str]], Awaitable[Mapping[str, FileState]]]


class Inbox:
    """Looks through the bucket; see above.

    Args:
        after: seconds that a notification may take.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        states: States,
        publisher: Publisher,
        after: float,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store, self._bucket = store, bucket
        self._states, self._publisher, self._clock = states, publisher, clock
        self._after = timedelta(seconds=after)
        self._since = clock() - _FIRST_LOOK
        # When what is unknown still was announced.
        self._told: dict[str, float] = {}

    async def run(self, every: float) -> None:
        """Look every so many seconds; a service that is away is waited for."""
        await go_round("inbox", self.look, every)

    async def look(self) -> int:
        """Announce what nobody has told of; how many objects."""
        now, told = self._clock(), 0
        unknown: dict[str, float] = {}
        async for page in self._pages(self._since - _MARGIN, now - self._after):
            by_id = {file_id_of(i.ref.bucket, i.ref.key, i.etag): i.ref for i in page}
            states = await self._states(list(by_id))
            for file_id in by_id.keys() - states.keys():
                unknown[file_id] = self._told.get(file_id, float("-inf"))
                if time.monotonic() - unknown[file_id] >= _AGAIN_SECONDS:
                    await self._announce(by_id[file_id])
                    unknown[file_id] = time.monotonic()
                    told += 1
        self._since, self._told = now - self._after, unknown
        if told:
            _LOG.info("announced %d objects of the inbox that nobody had told of", told)
        return told

    async def _announce(self, ref: ObjectRef) -> None:
        event = FileAnnounced(bucket=ref.bucket, object_key=ref.key)
        await self._publisher.publish(ANNOUNCED, ref.key, event)

    async def _pages(self, since: datetime, until: datetime) -> AsyncIterator[list[ObjectInfo]]:
        page: list[ObjectInfo] = []
        async for info in self._store.list(self._bucket, ""):
            # What has no bytes has become a dead letter.
            if info.size and since <= info.modified <= until:
                page.append(info)
            if len(page) == _ASKED_AT_ONCE:
                yield page
                page = []
        if page:
            yield page


def make_inbox(services: Services) -> Inbox | None:
    """The inbox of an API process; None where none is set."""
    settings = services.settings
    if settings.inbox_bucket is None:
        return None
    return Inbox(
        store=services.store,
        bucket=settings.inbox_bucket,
        states=lambda file_ids: file_states(services.database, file_ids),
        publisher=services.publisher,
        after=settings.reconcile_after_seconds,
    )
