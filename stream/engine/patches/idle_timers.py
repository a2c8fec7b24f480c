"""Patch: an idle app wakes up some ten times a second for nothing.

Hole: Faust looks for offsets to commit every interval, whether or not a message was acknowledged;
a sampler computes rates for a web page that is off; a detector of slow streams looks at every
partition; and a thread is woken every second for a queue that wakes it by itself.
Patch: offsets are committed an interval after an acknowledgement, the detector looks every half
minute, and the others do not run.
Upstream: no issue known.
Remove when: these timers can be set.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from faust.sensors.monitor import Monitor
from faust.transport.consumer import Consumer
from mode.threads import ServiceThread

from stream.engine.patches.replace import replace

_DETECTOR_SECONDS: Final = 30.0
# Attribute of a consumer: set while something was acknowledged that is not committed.
_ACKNOWLEDGED: Final = "_acknowledged"


def apply() -> None:
    """Patch `Consumer`, `Monitor` and the threads of mode. After `commit_ledger`, whose `ack` is used."""
    ack_message = Consumer.ack

    def acknowledged(consumer: Any) -> asyncio.Event:
        event: asyncio.Event = consumer.__dict__.setdefault(_ACKNOWLEDGED, asyncio.Event())
        return event

    def ack(self: Any, message: Any) -> bool:
        acked: bool = ack_message(self, message)
        acknowledged(self).set()
        return acked

    async def _commit_handler(self: Any) -> None:
        event = acknowledged(self)
        while not self.should_stop:
            await self.wait(event)
            await self.sleep(self.commit_interval)
            event.clear()
            await self.commit()
            if _uncommitted(self):
                event.set()

    async def _commit_livelock_detector(self: Any) -> None:
        while not self.should_stop:
            await self.sleep(_DETECTOR_SECONDS)
            if not self.should_stop and not self.app.rebalancing:
                await self.verify_all_partitions_active()

    async def nothing(self: Any) -> None:
        del self

    replace(Consumer, ack)
    # Tasks are collected when a class is made: what they run is replaced, not they.
    _task(Consumer, "_commit_handler").fun = _commit_handler
    _task(Consumer, "_commit_livelock_detector").fun = _commit_livelock_detector
    _task(Monitor, "_sampler").fun = nothing
    _task(ServiceThread, "_thread_keepalive").fun = nothing


def _task(cls: Any, name: str) -> Any:
    return getattr(cls, name)


def _uncommitted(consumer: Any) -> bool:
    """Whether offsets may be committed that are not yet."""
    for tp in consumer._filter_tps_with_pending_acks():
        offset = consumer._new_offset(tp)
        if offset is not None and consumer._should_commit(tp, offset):
            return True
    return False
