"""The one policy for what handlers raise.

| raised | what happens |
|---|---|
| `Draining` | partitions are being revoked: the messages are given back |
| `Unavailable` | a service is unavailable: the handler is called again after a pause, for as long as it takes |
| `WorkerFault` | the process cannot go on: it ends, and nothing is acknowledged |
| anything else | poison: it concerns one file |

Poison in a group is isolated first: the messages of the group are handled one by one, so that the
others are not concerned. A message that fails by itself is tried three times in all. Then it
becomes a dead letter, the file it is about fails, and it is acknowledged: it must not stop the
worker, or the next one that gets its partition.

A message that ended a worker's process is handled by itself from then on, and given up in the same
way after five more deaths: see `suspects`.

If many files fail like that in a short time it is not the files: see `limit`.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

from runtime.metrics import POISON
from schemas.errors import Unavailable
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.exit import WorkerFault
from stream.runtime.limit import CODE, PREFIX
from stream.runtime.message import Message
from stream.runtime.suspects import Suspects

_LOG = logging.getLogger(__name__)
ATTEMPTS: Final = 3
# Deaths while a message was handled by itself, until it is given up. They may have another cause (a
# kill for lack of memory that others used, an operator), so they are more than attempts.
DEATHS: Final = 5
_UNAVAILABLE_SECONDS: Final = 1.0
# A reason is shown to people; the traceback goes with it into the dead letter.
_REASON_LENGTH: Final = 1000


@dataclass(frozen=True, slots=True)
class Work:
    """What an executor does with its messages.

    Args:
        handle: returns when every effect of the messages is durable. Handling a message again
            changes nothing that a reader can see.
        fail: ends the file that a message is about, with a reason; called if the message cannot
            be handled.
    """

    handle: Callable[[Sequence[Message]], Awaitable[None]]
    fail: Callable[[Message, str], Awaitable[None]]

    @classmethod
    def of_one(
        cls,
        handle: Callable[[Message], Awaitable[None]],
        fail: Callable[[Message, str], Awaitable[None]],
    ) -> Work:
        """Work that takes one message at a time."""

        async def handle_all(messages: Sequence[Message]) -> None:
            for message in messages:
                await handle(message)

        return cls(handle_all, fail)


class WorkerDied(Exception):  # noqa: N818
    """Why a message is given up that ends the process whenever it is handled."""


class DeadLetterQueue(Protocol):
    """Keeps a message with its reason."""

    async def put(self, message: Message, code: str, reason: str) -> None: ...


class Limit(Protocol):
    """How many files may fail by the worker's own fault."""

    async def check(self, reason: str) -> None:
        """Raises `WorkerFault` if it is reached."""
        ...


class Guard:
    """Runs work by the policy above.

    Args:
        suspects: None: the process is not expected to die.
        pause: seconds before the second attempt; twice as long before the third.
    """

    def __init__(
        self,
        *,
        dead_letters: DeadLetterQueue,
        limit: Limit,
        drain: DrainSignal,
        suspects: Suspects | None = None,
        pause: float = 0.2,
    ) -> None:
        self._dead_letters = dead_letters
        self._limit = limit
        self._drain = drain
        self._suspects = suspects
        self._pause = pause

    async def done(self, work: Work, messages: Sequence[Message]) -> AsyncGenerator[Message, None]:
        """The messages, each as soon as it may be acknowledged.

        Raises:
            Draining: those not given out yet are to be given back.
            WorkerFault: the process must end.
        """
        if self._suspects is None:
            async with aclosing(self._handled(work, messages)) as handled:
                async for message in handled:
                    yield message
            return
        others, suspects = await self._suspects.divide(messages)
        if others:
            async with (
                self._suspects.together(others),
                aclosing(self._handled(work, others)) as handled,
            ):
                async for message in handled:
                    yield message
        for message, deaths in suspects:
            self._drain.check()
            async with self._suspects.alone(message):
                if deaths < DEATHS:
                    await self._try_again(work, message, [])
                else:
                    died = f"a worker's process ended {deaths} times while it handled this alone"
                    await self.give_up(work, message, WorkerDied(died))
            yield message

    async def _handled(
        self, work: Work, messages: Sequence[Message]
    ) -> AsyncGenerator[Message, None]:
        """The messages, each as soon as it was handled or given up."""
        failure = await self._attempt(work, messages)
        if failure is None:
            for message in messages:
                yield message
            return
        if len(messages) == 1:
            await self._try_again(work, messages[0], [failure])
            yield messages[0]
            return
        _LOG.critical(
            "a group of %d messages failed and is handled one by one",
            len(messages),
            exc_info=failure,
        )
        for message in messages:
            self._drain.check()
            await self._try_again(work, message, [])
            yield message

    async def _try_again(self, work: Work, message: Message, failures: list[Exception]) -> None:
        """Handle one message after `failures`, or give it up."""
        while len(failures) < ATTEMPTS:
            if failures:
                await self._drain.sleep(self._pause * 2 ** (len(failures) - 1))
            failure = await self._attempt(work, [message])
            if failure is None:
                return
            failures.append(failure)
            _LOG.critical(
                "%s failed, attempt %d of %d",
                message.origin,
                len(failures),
                ATTEMPTS,
                exc_info=failure,
                extra={"origin": message.origin},
            )
        await self.give_up(work, message, failures[-1])

    async def give_up(self, work: Work, message: Message, failure: Exception) -> None:
        """Make a dead letter of a message, and fail its file.

        Raises:
            WorkerFault: too many files failed like that.
        """
        reason = f"{PREFIX}: {type(failure).__name__}: {failure}"[:_REASON_LENGTH]
        await self._limit.check(reason)
        POISON.labels(message.topic).inc()
        trace = "".join(traceback.format_exception(failure))
        letter = Work(
            lambda ms: self._dead_letters.put(ms[0], CODE, f"{reason}\n{trace}"), work.fail
        )
        end = Work(lambda ms: work.fail(ms[0], reason), work.fail)
        for step, what in ((letter, "put into the dead letters"), (end, "failed")):
            # The log is what is left if even that cannot be done. A file that still waits is
            # announced again by the reconciler.
            error = await self._attempt(step, [message])
            if error is not None:
                _LOG.critical(
                    "%s cannot be %s: %s",
                    message.origin,
                    what,
                    reason,
                    exc_info=error,
                    extra={"origin": message.origin, "value": repr((message.value or b"")[:1000])},
                )

    async def _attempt(self, work: Work, messages: Sequence[Message]) -> Exception | None:
        """Handle `messages`; the exception that is poison, or None."""
        while True:
            try:
                await work.handle(messages)
            except (Draining, WorkerFault):
                raise
            except Unavailable as exc:
                _LOG.warning("%s: %s; trying again", messages[0].topic, exc)
                await self._drain.sleep(_UNAVAILABLE_SECONDS)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                return RuntimeError("something that the handler waited for was cancelled")
            except Exception as exc:  # noqa: BLE001 - whatever it is, it is the caller's to judge
                return exc
            else:
                return None
