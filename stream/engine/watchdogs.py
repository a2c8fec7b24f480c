"""Watchers that end the worker where going on would be wrong or in vain."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

from stream.engine.patches.seek_uncommitted import lost_content
from stream.runtime.executors import Abort

_LOOK_SECONDS = 1.0
# Whether a rebalance has begun.
_IDLE_LOOK_SECONDS = 5.0


async def watch_faust(worker: Any, abort: Abort) -> None:
    """A service of Faust that crashes takes the process with it.

    A graceful stop would wait for messages that are never acknowledged.
    """
    await worker._crashed.wait()
    abort("faust", worker.crash_reason or RuntimeError("a service crashed"))


async def watch_recovery(app: Any, longest: float, abort: Abort) -> None:
    """A rebalance, with the recovery of the tables, is hung after `longest` seconds in which nothing
    more of the changelogs was read.

    One that reads on must not end: the next process would read the same from the beginning.
    """
    since: float | None = None
    # By changelog partition. One that is read again and again from its beginning is no progress.
    furthest: dict[Any, int] = {}
    while True:
        await asyncio.sleep(_LOOK_SECONDS if app.rebalancing else _IDLE_LOOK_SECONDS)
        if not app.rebalancing:
            since = None
            continue
        read = dict(app.tables.recovery.active_offsets)
        if since is None:
            since, furthest = time.monotonic(), read
        further = {tp: offset for tp, offset in read.items() if offset > furthest.get(tp, -1)}
        if further:
            since = time.monotonic()
            furthest |= further
        if time.monotonic() - since > longest:
            abort("recovery", TimeoutError(f"no progress of a rebalance in {longest:g} s"))


async def watch_broker(app: Any, abort: Abort) -> None:
    """A broker that restarted without its content ends before what was read or committed."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        reason = lost_content(app.consumer)
        if reason is not None:
            abort("broker", RuntimeError(f"{reason}: the broker has lost its content"))
        if app.rebalancing or not app.consumer.started:
            continue
        for tp, position, end in positions(app.consumer):
            if position > end:
                abort(
                    "broker",
                    RuntimeError(
                        f"{tp.topic}/{tp.partition} ends at {end}, but it was read up to "
                        f"{position}: the broker has lost its content"
                    ),
                )


def positions(consumer: Any) -> list[tuple[Any, int, int]]:
    """(partition, position, end as of the last fetch) of partitions that are assigned and known."""
    subscription = consumer._thread._ensure_consumer()._subscription.subscription
    assignment = subscription.assignment if subscription is not None else None
    if assignment is None:
        return []
    found = []
    for tp in assignment.tps:
        state = assignment.state_value(tp)
        if state.has_valid_position and state.highwater is not None:
            found.append((tp, state._position, state.highwater))
    return found


def coordinated(consumer: Any) -> bool:
    """Whether the group's coordinator answered when it was last talked to (every heartbeat)."""
    coordinator = consumer._thread._ensure_consumer()._coordinator
    return coordinator is not None and coordinator.coordinator_id is not None


def lag(consumer: Any) -> dict[str, int]:
    """By topic: messages of this worker's partitions that are not processed yet.

    What the broker has beyond what was fetched, and what was fetched and is not acknowledged.
    """
    found: Counter[str] = Counter()
    for tp, position, end in positions(consumer):
        # Changelogs are read while tables recover, and not beyond.
        if not tp.topic.endswith("-changelog"):
            found[tp.topic] += max(0, end - position)
    for message in list(consumer._unacked_messages):
        found[message.topic] += 1
    return dict(found)
