"""Lanes: what runs between a topic's messages and the handler that takes them.

A lane admits messages (bounded), runs its handler, and is the one place that acknowledges: after
the handler has returned. While a handler works the next messages gather, so under load the groups
grow by themselves and at rest nothing waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from runtime.metrics import LANE_SECONDS
from stream.runtime.drain import Interrupted, Interruption
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
        self, name: str, *, capacity: int, interruption: Interruption, crash: Crash
    ) -> None:
        self.name = name
        self._capacity = capacity
        self._interruption = interruption
        self._crash = crash
        self._pending: deque[Message] = deque()
        self._in_hand = 0
        self._changed = asyncio.Condition()
        self._runner: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work; once per process."""
        if self._runner is None:
            self._runner = asyncio.create_task(self._guard(), name=f"lane {self.name}")

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

    async def _guard(self) -> None:
        releaser = asyncio.create_task(self._release_on_interruption())
        try:
            await self._run()
        except Exception as exc:  # noqa: BLE001 - a bug: it stops the worker, loudly
            self._crash(f"lane {self.name}", exc)
        finally:
            releaser.cancel()

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

    async def _finish(self, messages: Sequence[Message], work: Awaitable[None]) -> None:
        """Run `work`, then acknowledge its messages; or release them where it was interrupted."""
        began = time.monotonic()
        try:
            await work
        except Interrupted:
            for message in messages:
                message.release()
            _LOG.info("lane %s: %d messages released", self.name, len(messages))
        else:
            for message in messages:
                message.ack()
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
        handle: Callable[[Sequence[Message]], Awaitable[None]],
        *,
        max_group: int,
        max_bytes: int,
        capacity: int,
        interruption: Interruption,
        crash: Crash,
    ) -> None:
        super().__init__(name, capacity=capacity, interruption=interruption, crash=crash)
        self._handle = handle
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
            await self._finish(group, self._handle(group))


class ParallelLane(Lane):
    """Each message by itself, `width` of them at a time.

    Keys take turns: the next message is the first one of the key that was served longest ago. So
    what has few messages does not wait for all that came before of something that has many.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[Message], Awaitable[None]],
        *,
        width: int,
        capacity: int,
        interruption: Interruption,
        crash: Crash,
    ) -> None:
        super().__init__(name, capacity=capacity, interruption=interruption, crash=crash)
        self._handle = handle
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
                tasks.create_task(self._finish([message], self._handle(message)))

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
        await (self._long if self._is_long(message) else self._short).admit(message)
