"""Executors: they pass a topic's messages to its handler.

An executor admits messages (bounded), runs its work under the guard, and is the one place that
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
from typing import Final, Protocol

from runtime.gathering import Gathering
from runtime.metrics import HANDLER_SECONDS
from runtime.supervise import Supervisor
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.guard import Guard, Work
from stream.runtime.message import Message

_LOG = logging.getLogger(__name__)
Abort = Callable[[str, BaseException], None]
# After a group with so many files the next one waits for more as long as they come shortly after one
# another, and not for longer than that.
_IN_A_ROW: Final = 4
_GATHERING: Final = Gathering(quiet=0.1, longest=0.3)


class Admits(Protocol):
    """What a topic's messages are given to."""

    async def admit(self, message: Message) -> None: ...

    def start(self) -> None: ...


class Executor(ABC):
    """A bounded queue of messages in hand with the task that works on it."""

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        capacity: int,
        drain: DrainSignal,
        guard: Guard,
        tasks: Supervisor,
    ) -> None:
        self.name = name
        self._work = work
        self._capacity = capacity
        self._drain = drain
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
            self._tasks.start(f"executor {self.name}", self._run)
            self._tasks.start(f"executor {self.name}: drain", self._nack_on_drain)

    async def admit(self, message: Message) -> None:
        """Take `message`, waiting while the queue is full. Released if partitions are revoked."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._drain.active or len(self._pending) + self._in_hand < self._capacity
            )
            if self._drain.active:
                message.nack()
                return
            self._pending.append(message)
            self._changed.notify_all()

    async def _nack_on_drain(self) -> None:
        while True:
            await self._drain.wait()
            async with self._changed:
                while self._pending:
                    self._pending.popleft().nack()
                self._changed.notify_all()
            await asyncio.sleep(0.05)

    @abstractmethod
    async def _run(self) -> None: ...

    async def _handle(self, messages: Sequence[Message]) -> None:
        """Work on `messages` and acknowledge them; release what a drain has left."""
        began = time.monotonic()
        # By the objects themselves: equal messages are different ones.
        left = dict.fromkeys(messages)
        try:
            async with aclosing(self._guard.done(self._work, messages)) as ended:
                async for message in ended:
                    message.ack()
                    del left[message]
        except Draining:
            for message in left:
                message.nack()
            _LOG.info("executor %s: %d messages released", self.name, len(left))
        HANDLER_SECONDS.labels(self.name).observe(time.monotonic() - began)
        _LOG.debug(
            "executor %s: %d messages in %.1f ms",
            self.name,
            len(messages),
            1000 * (time.monotonic() - began),
        )
        async with self._changed:
            self._in_hand -= len(messages)
            self._changed.notify_all()


class BatchExecutor(Executor):
    """One group at a time: as many messages as have gathered, bounded by count and bytes."""

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        max_batch: int,
        max_bytes: int,
        capacity: int,
        drain: DrainSignal,
        guard: Guard,
        tasks: Supervisor,
    ) -> None:
        super().__init__(name, work, capacity=capacity, drain=drain, guard=guard, tasks=tasks)
        self._max_group = max_batch
        self._max_bytes = max_bytes

    async def _run(self) -> None:
        in_a_row = False
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._pending)
            if in_a_row:
                # A group costs the database about the same whatever its size.
                await _GATHERING.wait(lambda: len(self._pending), self._max_group)
            group = self._take()
            in_a_row = _files_of(group) >= _IN_A_ROW
            if group:
                await self._handle(group)

    def _take(self) -> list[Message]:
        """The next group; none if the messages were released meanwhile."""
        group: list[Message] = []
        size = 0
        while (
            self._pending
            and len(group) < self._max_group
            and (not group or size + self._pending[0].size <= self._max_bytes)
        ):
            group.append(self._pending.popleft())
            size += group[-1].size
        self._in_hand += len(group)
        return group


def _files_of(group: Sequence[Message]) -> int:
    """How many files messages are about: those of a file have its key, and one without is about
    another file."""
    keys = [message.key for message in group]
    return len(set(keys) - {None}) + keys.count(None)


class ConcurrentExecutor(Executor):
    """Each message by itself, `width` of them at a time.

    Keys take turns: the next message is the first one of the key that was served longest ago. So
    a key with few messages does not wait for all earlier messages of a key with many.
    """

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        width: int,
        capacity: int,
        drain: DrainSignal,
        guard: Guard,
        tasks: Supervisor,
    ) -> None:
        super().__init__(name, work, capacity=capacity, drain=drain, guard=guard, tasks=tasks)
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
        # Only keys with waiting messages need a turn.
        waiting = {other.key for other in self._pending}
        self._turns = {key: turn for key, turn in self._turns.items() if key in waiting}
        self._turns[message.key] = self._turn
        return message


class MessageRouter:
    """Two executors for one topic, so that long work does not delay short work."""

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
