"""Messages that were in hand when a worker's process died, and how they are handled from then on.

An exception is caught, and costs its own file (see `guard`). A crash of the interpreter, a kill for
lack of memory, or a call that never returns ends the process, and the message is delivered again: it
would end every worker in turn, for ever. So each process keeps a journal of what it has in hand, and
a process that died leaves it. The worker that finds it records its messages as suspects, in the database.

A suspect is handled by itself: nothing else is in hand in that process meanwhile. If the process dies
then, the suspect is to blame. After five such deaths it is given up, like any other poison. Messages
that were innocent end well when they are handled by themselves, and no more is known of them.

Nothing is asked or recorded as long as no process dies, but once for each assignment of partitions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from runtime.metrics import DEATHS
from schemas.instants import utc_now
from schemas.suspects import Suspect
from sinks.base import Sink, SinkBatch
from stream.runtime.drain import DrainSignal
from stream.runtime.journal import Death, Journal
from stream.runtime.message import Message
from stream.runtime.retry import Retry

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.02


class Suspects:
    """Divides messages into suspects and others, and keeps suspects apart.

    Args:
        journal: None if it cannot be kept; deaths of this process are not recorded then.
        deaths: for each suspect how many processes died while it was handled by itself.
        worker: the name of this worker, for people.
    """

    def __init__(
        self,
        *,
        journal: Journal | None,
        deaths: Callable[[], Awaitable[Mapping[str, int]]],
        sink: Sink,
        retry: Retry,
        drain: DrainSignal,
        worker: str,
    ) -> None:
        self._journal = journal
        self._deaths = deaths
        self._sink = sink
        self._retry = retry
        self._drain = drain
        self._worker = worker
        self._known: Mapping[str, int] = {}
        self._known_at: int | None = None
        self._refreshing = asyncio.Lock()
        # How many executors handle messages together, wait to handle one alone, and do.
        self._together = 0
        self._waiting = 0
        self._alone = False

    @property
    def waiting(self) -> bool:
        """Whether others wait for what is in hand, because of a suspect: long work is handed on."""
        return self._waiting > 0 or self._alone

    async def divide(
        self, messages: Sequence[Message]
    ) -> tuple[list[Message], list[tuple[Message, int]]]:
        """Those that are no suspects, and the suspects with their deaths.

        Raises:
            Draining: the database was unavailable until a drain began.
        """
        async with self._refreshing:
            if self._known_at != self._drain.assignments:
                await self._refresh()
        if not self._known:
            return list(messages), []
        others, suspects = [], []
        for message in messages:
            deaths = self._known.get(message.content_id())
            if deaths is None:
                others.append(message)
            else:
                suspects.append((message, deaths))
        return others, suspects

    @asynccontextmanager
    async def together(self, messages: Sequence[Message]) -> AsyncGenerator[None, None]:
        """Handle messages that are no suspects.

        Raises:
            Draining: a drain began while a suspect was handled.
        """
        while self._alone or self._waiting:
            await self._drain.sleep(_LOOK_SECONDS)
        self._together += 1
        entries = self._enter(messages, alone=False)
        try:
            yield
        finally:
            self._remove(entries)
            self._together -= 1

    @asynccontextmanager
    async def alone(self, message: Message) -> AsyncGenerator[None, None]:
        """Handle a suspect, and nothing else meanwhile.

        Raises:
            Draining: a drain began while other messages were in hand.
        """
        self._waiting += 1
        try:
            while self._alone or self._together:
                await self._drain.sleep(_LOOK_SECONDS)
            self._alone = True
        finally:
            self._waiting -= 1
        entries = self._enter([message], alone=True)
        try:
            yield
        finally:
            self._remove(entries)
            self._alone = False

    def _enter(self, messages: Sequence[Message], *, alone: bool) -> list[int | None]:
        journal = self._journal
        if journal is None:
            return []
        return [journal.enter(m.content_id(), m.origin, alone=alone) for m in messages]

    def _remove(self, entries: Sequence[int | None]) -> None:
        if self._journal is not None:
            self._journal.remove(entries)

    async def _refresh(self) -> None:
        """Record the deaths that are found, then ask for all."""
        at = self._drain.assignments
        found = self._journal.deaths() if self._journal is not None else []
        for death, forget in found:
            rows = [self._row(death, n) for n in range(len(death.in_hand))]
            if rows:
                DEATHS.inc()
                _LOG.critical(
                    "a worker died while it handled %d messages, which are handled one by one now: %s",
                    len(rows),
                    ", ".join(row.origin for row in rows[:20]),
                )
                batch = SinkBatch.of(*rows)
                await self._retry("record suspects", lambda: self._sink.write(batch))  # noqa: B023
            forget()
        self._known = await self._retry("ask for suspects", self._deaths)
        self._known_at = at

    def _row(self, death: Death, number: int) -> Suspect:
        held = death.in_hand[number]
        return Suspect(
            message=held.message,
            death=death.id,
            alone=held.alone,
            origin=held.origin,
            worker=self._worker,
            died_at=utc_now(),
        )
