"""Keeps the background tasks of a process running, and makes it visible if one does not.

A background task runs as long as its process. If it ends, by an exception of any kind or by
returning, that is a bug: it is logged and counted, and the task is started again after a pause that
grows. A task that fails again and again is *lost*; `/health/live` reports it until the task has run
for a while. A process that must not go on without one of its tasks is given `abort`, which ends it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from runtime.metrics import TASK_FAILURES
from schemas.errors import Unavailable

_LOG = logging.getLogger(__name__)
T_ = TypeVar("T_")

Run = Callable[[], Awaitable[object]]
Abort = Callable[[str, BaseException], object]


@dataclass(frozen=True, slots=True)
class Restarts:
    """When a task that failed is started again, in seconds, and when it is lost."""

    first: float = 1.0
    longest: float = 30.0
    # A task that ran this long is healthy again.
    stable: float = 30.0
    # Failures in a row.
    lost_after: int = 3


class TaskEnded(Exception):  # noqa: N818
    """A background task returned, or was cancelled by something that it waited for."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    reason: str = ""
    running_since: float | None = None
    ended: bool = False


class Supervisor:
    """Runs tasks until it is closed.

    Args:
        restarts: pauses between starts.
        abort: called with the name of a task and its exception instead of starting it again.
    """

    def __init__(self, restarts: Restarts | None = None, abort: Abort | None = None) -> None:
        self._restarts = restarts or Restarts()
        self._abort = abort
        self._states: dict[str, _State] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    def start(self, name: str, run: Run) -> None:
        """Run `run` under `name` from now on; names are unique."""
        if name in self._keepers:
            raise ValueError(f"there is a task {name!r} already")
        self._states[name] = _State()
        keeper = asyncio.create_task(self._keep(name, run), name=name)
        self._keepers[name] = keeper
        keeper.add_done_callback(lambda task: self._ended(name, task))

    def lost(self) -> dict[str, str]:
        """The tasks that are lost, by name with the last failure of each."""
        now = time.monotonic()
        return {name: s.reason for name, s in self._states.items() if self._is_lost(s, now)}

    async def close(self) -> None:
        """Cancel all tasks and wait for their ends."""
        self._closing = True
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)

    def _is_lost(self, state: _State, now: float) -> bool:
        if state.ended:
            return True
        since = state.running_since
        healthy = since is not None and now - since >= self._restarts.stable
        return state.failures >= self._restarts.lost_after and not healthy

    async def _keep(self, name: str, run: Run) -> None:
        state = self._states[name]
        while True:
            began = state.running_since = time.monotonic()
            failure = await _failure(run)
            state.running_since = None
            if time.monotonic() - began >= self._restarts.stable:
                state.failures = 0
            state.failures += 1
            state.reason = f"{type(failure).__name__}: {failure}"
            TASK_FAILURES.labels(name).inc()
            if self._abort is not None:
                raise failure
            pause = min(
                self._restarts.first * 2.0 ** min(state.failures - 1, 16), self._restarts.longest
            )
            _LOG.critical(
                "the background task %s failed (%d in a row); it starts again in %g s",
                name,
                state.failures,
                pause,
                exc_info=failure,
                extra={"task": name},
            )
            await asyncio.sleep(pause)

    def _ended(self, name: str, keeper: asyncio.Task[None]) -> None:
        """The keeper of a task ended: nothing starts the task again."""
        if self._closing:
            return
        failure = None if keeper.cancelled() else keeper.exception()
        failure = failure or TaskEnded("cancelled")
        state = self._states[name]
        state.ended, state.reason = True, f"{type(failure).__name__}: {failure}"
        _LOG.critical("the background task %s is lost", name, exc_info=failure)
        if self._abort is not None:
            self._abort(name, failure)


async def _failure(run: Run) -> BaseException:
    """What ended `run`.

    Raises:
        CancelledError: this task itself is cancelled, and not only something it waits for.
    """
    try:
        await run()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return TaskEnded("something it waited for was cancelled")
    except Exception as exc:  # noqa: BLE001 - the caller reports it
        # A task group wraps what its members raise.
        while isinstance(exc, ExceptionGroup):
            exc = exc.exceptions[0]
        return exc
    return TaskEnded("it returned")


async def for_each(
    task: str,
    items: Iterable[T_],
    work: Callable[[T_], Awaitable[object]],
    *,
    at_once: int = 1,
    expected: tuple[type[Exception], ...] = (),
) -> dict[int, Exception]:
    """Do `work` for each of `items`; an unexpected exception costs its own item and no other.

    Args:
        task: the background task that this is done for, as in logs and metrics.
        at_once: items in progress at a time.
        expected: what may be raised for an item without being a bug.

    Returns:
        the exceptions by the index of their items; they are logged, and bugs are counted.

    Raises:
        Unavailable: a service is unavailable, and it is none of `expected`. What is left is not begun.
    """
    failed: dict[int, Exception] = {}

    async def one(index: int, item: T_) -> None:
        try:
            await work(item)
        except expected as exc:
            _LOG.warning("%s: %s", task, exc, extra={"task": task})
            failed[index] = exc
        except Unavailable:
            raise
        except Exception as exc:  # noqa: BLE001 - reported, and the others go on
            TASK_FAILURES.labels(task).inc()
            _LOG.critical("%s: one item failed", task, exc_info=exc, extra={"task": task})
            failed[index] = exc

    numbered = list(enumerate(items))
    for first in range(0, len(numbered), at_once):
        await asyncio.gather(*(one(n, item) for n, item in numbered[first : first + at_once]))
    return failed
