"""Patch: Faust lets the broker hold an empty fetch for 1.5 s, regardless of the settings.

Hole: Apache Kafka answers as soon as something arrives. Tansu sleeps for half of the time that is left
before it looks again: a message waits for up to half of it, and a fetch that finds nothing takes
ten looks or more.
Patch: the wait is configurable. Tansu is asked to answer at once (`polls`), and an empty fetch is
followed by a pause here, which becomes longer while nothing arrives and ends when the bell rings
(`broker.bell`). Besides, the fetcher looks around less often while it waits for the broker, and
fetches that find something follow each other after a moment, in which more messages gather.
Upstream: no issue known; aiokafka has the option, Faust does not pass it on.
Remove when: Faust passes fetch_max_wait_ms on, and the embedded broker answers at once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka.consumer.fetcher import Fetcher
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from broker.bell import BellListener
from stream.engine.patches.replace import replace

# Fetches that find something begin this far apart at least, in seconds.
_APART: Final = 0.01
# The fetcher's own look for partitions to fetch, for which it is woken otherwise as well.
_FETCHER_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class FetchWait:
    """How long an empty fetch takes.

    Args:
        broker_ms: how long the broker holds it. Tansu does not look at all if that is 0.
        polls: whether it is followed by a pause: `first` seconds after a fetch that found something,
            `longer` times as long after each empty one, up to `longest`, or `longest_rung` if a bell
            rings for messages.
        bell: the folder of the bell; None without one.
    """

    broker_ms: int = 500
    polls: bool = False
    first: float = 0.02
    longer: float = 1.25
    longest: float = 0.1
    longest_rung: float = 1.0
    bell: Path | None = None


@dataclass(slots=True)
class _Pace:
    """Of one fetcher. Its loop is the only one that uses it."""

    wait: FetchWait
    pause: float
    began: float = float("-inf")
    assignment: Any = None
    listener: BellListener | None = field(default=None)

    @classmethod
    def of(cls, wait: FetchWait) -> _Pace:
        listener = None
        if wait.polls and wait.bell is not None:
            try:
                listener = BellListener(wait.bell)
            except OSError:
                listener = None  # it asks more often
        return cls(wait, wait.first, listener=listener)

    async def before(self, assignment: Any) -> None:
        """Prepare a fetch."""
        if assignment is not self.assignment:
            self.assignment, self.pause = assignment, self.wait.first
        if self.pause == self.wait.first:
            await asyncio.sleep(max(0.0, self.began + _APART - time.monotonic()))
        self.began = time.monotonic()
        if self.listener is not None:
            self.listener.forget()

    async def after(self, found: bool) -> None:
        """Pause after a fetch that found nothing."""
        if found:
            self.pause = self.wait.first
        elif self.wait.polls:
            pause = self.pause
            longest = self.wait.longest if self.listener is None else self.wait.longest_rung
            self.pause = min(pause * self.wait.longer, longest)
            if self.listener is None:
                await asyncio.sleep(pause)
            elif await self.listener.heard(pause):
                self.pause = self.wait.first


def apply(wait: FetchWait) -> None:
    """Patch the consumer and aiokafka's fetcher."""
    create = AIOKafkaConsumerThread._create_worker_consumer
    fetch = Fetcher._proc_fetch_request
    close = Fetcher.close

    def _create_worker_consumer(self: Any, transport: Any) -> Any:
        consumer = create(self, transport)
        consumer._fetch_max_wait_ms = wait.broker_ms
        return consumer

    async def _proc_fetch_request(self: Any, assignment: Any, *args: Any) -> bool:
        pace: _Pace | None = self.__dict__.get("_pace")
        if pace is None:
            pace = self.__dict__["_pace"] = _Pace.of(wait)
            self._fetcher_timeout = _FETCHER_SECONDS
        try:
            await pace.before(assignment)
            found: bool = await fetch(self, assignment, *args)
            await pace.after(found)
        except asyncio.CancelledError:
            return False  # as aiokafka has it: the assignment is gone
        return found

    async def close_all(self: Any) -> None:
        await close(self)
        pace: _Pace | None = self.__dict__.get("_pace")
        if pace is not None and pace.listener is not None:
            pace.listener.close()

    replace(AIOKafkaConsumerThread, _create_worker_consumer)
    replace(Fetcher, _proc_fetch_request)
    close_all.__name__ = "close"
    replace(Fetcher, close_all)
