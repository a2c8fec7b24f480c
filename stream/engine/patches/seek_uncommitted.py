"""Patch: messages fetched while the flow stops are lost if nothing was committed before.

Hole: the fetch loop drops what it fetched when the flow has stopped or the generation has changed
meanwhile, and relies on the seek back to the committed offsets. That seek skips a partition without
a committed offset: its position stays after the dropped messages, and the next commit is beyond
them.
Patch: such a partition is read from its beginning. Changelogs never have a committed offset, and
recovery keeps their positions itself.
Upstream: no issue known.
Remove when: seek_to_committed seeks partitions without a committed offset, too.

A broker that knows less than this process has committed was restarted without its content. Then
nothing here belongs to what is there (Faust would not even commit again below the old offsets);
`lost_content` reports it to the watchdogs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types.tuples import TP

from stream.engine.patches.replace import replace

# Attribute of a consumer that keeps the result of `lost_content`.
_LOST = "_lost_content"


def apply() -> None:
    """Patch `AIOKafkaConsumerThread`."""

    async def seek_to_committed(self: Any) -> Mapping[TP, int | None]:
        committed: Mapping[TP, int | None] = await self.call_thread(_seek_to_committed, self)
        return committed

    async def _seek_to_committed(self: Any) -> Mapping[TP, int | None]:
        consumer = self._ensure_consumer()
        # Before the request: a commit may be in progress, and be in the response or not.
        known = dict(self.consumer._committed_offset)
        committed: Mapping[TP, int | None] = await consumer.seek_to_committed()
        acks_enabled = self.app.topics.acks_enabled_for
        tracked = {tp: offset or 0 for tp, offset in committed.items() if acks_enabled(tp.topic)}
        for tp, offset in tracked.items():
            before = known.get(tp) or 0
            if offset < before:
                self.consumer.__dict__[_LOST] = (
                    f"{tp.topic}/{tp.partition} was committed up to {before}, the broker says "
                    f"{offset}"
                )
        fresh = [tp for tp, offset in tracked.items() if not offset]
        if fresh:
            await consumer.seek_to_beginning(*fresh)
        return committed

    replace(AIOKafkaConsumerThread, seek_to_committed)


def lost_content(consumer: Any) -> str | None:
    """How it was noticed that the broker has lost its content; None if it was not."""
    reason: str | None = consumer.__dict__.get(_LOST)
    return reason
