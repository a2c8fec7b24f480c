"""Lanes: what runs between a topic's messages and the handler that takes them.

A lane admits messages (bounded), runs its work under the guard, and is the one place that
acknowledges: after every effect of a message is durable. While a handler works the next messages
gather, so under load the groups grow by themselves and at rest nothing waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Protocol

from runtime.metrics import LANE_SECONDS
from runtime.supervise import Supervisor
from stream.runtime.drain import Interrupted, Interruption
from stream.runtime.guard import Guard, Work
from stream.runtime.message import Message

_LOG = logging.getLogger(__name__)
Crash = Callable[[str, BaseException], None]


class Admits(Protocol):
    """What a topic's messages are given to."""

    async def admit(self, message: Message) -> None: ...

    def start(self) -> None: ...


class Lane(ABC):
    """A bounded queue of messages in hand with the task that works on it."""

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        capacity: int,
        interruption: Interruption,
        guard: Guard,
        tasks: Supervisor,
    ) -> None:
        self.name = name
        self._work = work
        self._capacity = capacity
        self._interruption = interruption
        self._guard = guard
        self._tasks = tasks
        self._pending: deque[Message] = deque()
        self._in_hand = 0
        self._changed = asyncio.Condition()
        self._started = False

    def start(self) -> None:
        """Begin to work; once per process. If one of its tasks ends, so does the process."""
        if not self._started:
            self._started = True
            self._tasks.start(f"lane {self.name}", self._run)
            self._tasks.start(f"lane {self.name}: releases", self._release_on_interruption)

    async def admit(self, message: Message) -> None:
        """Take `message`, waiting while the lane is full. Released where partitions are leaving."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: (
                    self._interruption.active or len(self._pending) + self._in_hand < self._capacity
                )
            )
            if self._interruption.active:
                message.release()
                return
            self._pending.append(message)
            self._changed.notify_all()

    async def _release_on_interruption(self) -> None:
        while True:
            await self._interruption.wait()
            async with self._changed:
                while self._pending:
                    self._pending.popleft().release()
                self._changed.notify_all()
            await asyncio.sleep(0.05)

    @abstractmethod
    async def _run(self) -> None: ...

    async def _handle(self, messages: Sequence[Message]) -> None:
        """Work on `messages` and acknowledge them; release what an interruption has left."""
        began = time.monotonic()
        # By the objects themselves: equal messages are different ones.
        left = dict.fromkeys(messages)
        try:
            async with aclosing(self._guard.done(self._work, messages)) as ended:
                async for message in ended:
                    message.ack()
                    del left[message]
        except Interrupted:
            for message in left:
                message.release()
            _LOG.info("lane %s: %d messages released", self.name, len(left))
        LANE_SECONDS.labels(self.name).observe(time.monotonic() - began)
        _LOG.debug(
            "lane %s: %d messages in %.1f ms",
            self.name,
            len(messages),
            1000 * (time.monotonic() - began),
        )
        async with self._changed:
            self._in_hand -= len(messages)
            self._changed.notify_all()


class GroupLane(Lane):
    """One group at a time: as many messages as have gathered, bounded by count and bytes."""

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        max_group: int,
        max_bytes: int,
        capacity: int,
        interruption: Interruption,
        guard: Guard,
        tasks: Supervisor,
    ) -> None:
        super().__init__(
            name, work, capacity=capacity, interruption=interruption, guard=guard, tasks=tasks
        )
        self._max_group = max_group
        self._max_bytes = max_bytes

    async def _run(self) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._pending)
                group = [self._pending.popleft()]
                size = group[0].size
                while (
                    self._pending
                    and len(group) < self._max_group
                    and size + self._pending[0].size <= self._max_bytes
                ):
                    group.append(self._pending.popleft())
                    size += group[-1].size
                self._in_hand += len(group)
            await self._handle(group)


class ParallelLane(Lane):
    """Each message by itself, `width` of them at a time.

    Keys take turns: the next message is the first one of the key that was served longest ago. So
    what has few messages does not wait for all that came before of something that has many.
    """

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        width: int,
        capacity: int,
        interruption: Interruption,
        guard: Guard,
        tasks: Supervisor,
    ) -> None:
        super().__init__(
            name, work, capacity=capacity, interruption=interruption, guard=guard, tasks=tasks
        )
        self._width = width
        self._turns: dict[bytes | None, int] = {}
        self._turn = 0

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                async with self._changed:
                    await self._changed.wait_for(
                        lambda: self._pending and self._in_hand < self._width
                    )
                    message = self._take_next()
                    self._in_hand += 1
                tasks.create_task(self._handle([message]))

    def _take_next(self) -> Message:
        at = min(range(len(self._pending)), key=lambda n: self._turns.get(self._pending[n].key, -1))
        message = self._pending[at]
        del self._pending[at]
        self._turn += 1
        # Only keys that still wait have to be told apart.
        waiting = {other.key for other in self._pending}
        self._turns = {key: turn for key, turn in self._turns.items() if key in waiting}
        self._turns[message.key] = self._turn
        return message


class Fork:
    """Two lanes for one topic, so that what takes long does not hold up what does not."""

    def __init__(self, is_long: Callable[[Message], bool], long: Admits, short: Admits) -> None:
        self._is_long = is_long
        self._long = long
        self._short = short

    def start(self) -> None:
        self._long.start()
        self._short.start()

    async def admit(self, message: Message) -> None:
        try:
            is_long = self._is_long(message)
        except Exception:  # noqa: BLE001 - the handler meets it again, under the guard
            _LOG.exception("%s: it cannot be seen whether it is long", message.origin)
            is_long = False
        await (self._long if is_long else self._short).admit(message)
