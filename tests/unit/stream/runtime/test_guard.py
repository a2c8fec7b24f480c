"""An exception of a handler concerns one file: the policy, without services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from schemas.errors import Service, Unavailable
from sinks.queries.dead_letters import RecentEnds
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.exit import WorkerFault
from stream.runtime.guard import ATTEMPTS, Guard, Work
from stream.runtime.limit import FailedFilesLimit
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from stream.runtime.together import together
from tests.unit.stream.runtime.test_executors import Log, admit_all, batch_executor, parallel_lane

Handle = Callable[[Sequence[Message]], object]
POISON = 3


class Handled:
    """A handler that counts its attempts by message, and raises for one of them."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.groups: list[list[int]] = []

    async def __call__(self, messages: Sequence[Message]) -> None:
        self.groups.append([m.offset for m in messages])
        if any(m.offset == POISON for m in messages):
            raise self.error

    async def one(self, message: Message) -> None:
        await self([message])


async def cancelled_future() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


ERRORS: list[BaseException] = [
    KeyError("a bug"),
    MemoryError(),
    RecursionError(),
    AssertionError("split counted 3 rows, process 2"),
    asyncio.CancelledError(),
    ExceptionGroup("several", [KeyError("a bug")]),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
async def test_poison_in_a_group_costs_its_own_file_only(error: BaseException) -> None:
    log, handled = Log(), Handled(error)
    executor = batch_executor(log, handled, DrainSignal())
    await admit_all(executor, [log.message(n) for n in range(6)])
    await log.until(lambda: len(log.acked) == 6)
    assert log.acked == list(range(6))
    assert log.crashed == []
    (letter,) = log.letters
    assert letter[:2] == (POISON, "worker_error")
    assert "Traceback" in letter[2] or isinstance(error, asyncio.CancelledError)
    ((offset, reason),) = log.failed
    assert offset == POISON
    assert reason.startswith("worker error: ")
    assert handled.groups.count([POISON]) == ATTEMPTS


async def test_poison_in_a_parallel_lane_costs_its_own_file_only() -> None:
    log, handled = Log(), Handled(KeyError("a bug"))
    executor = parallel_lane(log, handled.one, DrainSignal())
    await admit_all(executor, [log.message(n) for n in range(6)])
    await log.until(lambda: len(log.acked) == 6)
    assert handled.groups.count([POISON]) == ATTEMPTS
    assert [offset for offset, _ in log.failed] == [POISON]
    assert log.crashed == []


async def test_what_works_at_the_second_attempt_is_no_poison() -> None:
    log, attempts = Log(), 0

    async def handle(_: Sequence[Message]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise KeyError("once")

    await admit_all(batch_executor(log, handle, DrainSignal()), [log.message(0)])
    await log.until(lambda: log.acked == [0])
    assert attempts == 2
    assert (log.letters, log.failed) == ([], [])


async def test_a_service_that_is_away_is_no_poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if a handler forgot to wait for it."""
    monkeypatch.setattr("stream.runtime.guard._UNAVAILABLE_SECONDS", 0.001)
    log, attempts = Log(), 0

    async def handle(_: Sequence[Message]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 20:
            raise Unavailable(Service.STORE, "away")

    await admit_all(batch_executor(log, handle, DrainSignal()), [log.message(0)])
    await log.until(lambda: log.acked == [0])
    assert (log.letters, log.failed) == ([], [])


async def test_a_drain_gives_back_what_is_not_done_yet() -> None:
    log, drain = Log(), DrainSignal()

    async def handle(messages: Sequence[Message]) -> None:
        if len(messages) > 1:
            raise KeyError("a bug")
        if messages[0].offset == 2:
            drain.begin()
            raise Draining

    executor = batch_executor(log, handle, drain)
    await admit_all(executor, [log.message(n) for n in range(5)])
    await log.until(lambda: log.released == [2, 3, 4])
    assert log.acked == [0, 1]
    assert log.letters == []


async def test_a_drain_between_attempts_gives_the_message_back() -> None:
    log, drain = Log(), DrainSignal()

    async def handle(_: Sequence[Message]) -> None:
        drain.begin()
        raise KeyError("a bug")

    await admit_all(batch_executor(log, handle, drain), [log.message(0)])
    await log.until(lambda: log.released == [0])
    assert log.acked == []


async def test_a_fault_of_the_process_ends_it_and_acknowledges_nothing() -> None:
    for make in (batch_executor, parallel_lane):
        log = Log()
        handled = Handled(WorkerFault("the producer cannot go on"))
        executor = make(log, handled if make is batch_executor else handled.one, DrainSignal())
        await admit_all(executor, [log.message(POISON)])
        await log.until(lambda log=log: log.crashed)  # type: ignore[misc]
        assert "producer" in str(log.crashed[0])
        assert log.acked == log.released == []


async def test_at_the_limit_the_worker_ends_instead_of_failing_the_file() -> None:
    log = Log()
    log.limit = WorkerFault("20 files failed")
    await admit_all(batch_executor(log, Handled(KeyError()), DrainSignal()), [log.message(POISON)])
    await log.until(lambda: log.crashed)
    assert "20 files failed" in str(log.crashed[0])
    assert (log.acked, log.letters, log.failed) == ([], [], [])


async def test_a_message_that_cannot_even_be_failed_does_not_stop_the_worker() -> None:
    log = Log()

    class Broken(Log):
        async def put(self, message: Message, code: str, reason: str) -> None:
            raise TypeError(f"no letter: {message} {code} {reason}")

    async def fail(message: Message, reason: str) -> None:
        raise TypeError(f"no file: {message} {reason}")

    drain = DrainSignal()
    guard = Guard(dead_letters=Broken(), limit=log, drain=drain, pause=0.001)
    work = Work(Handled(KeyError("a bug")), fail)
    done = [m.offset async for m in guard.done(work, [log.message(n) for n in range(5)])]
    assert done == list(range(5))


@pytest.mark.parametrize(
    ("failed", "others", "most", "reached"),
    [
        (19, 0, 20, False),
        (20, 0, 20, True),
        (20, 19, 20, True),
        # Most files are fine: it is some files, and not the worker.
        (20, 20, 20, False),
        (5000, 0, 0, False),
    ],
)
async def test_the_limit_is_a_number_and_a_majority(
    failed: int, others: int, most: int, reached: bool
) -> None:
    async def ends() -> RecentEnds:
        return RecentEnds(failed, others)

    limit = FailedFilesLimit(ends, Retry(DrainSignal()), most)
    if not reached:
        await limit.check("worker error: KeyError")
        return
    with pytest.raises(WorkerFault, match="WORKER_ERROR_LIMIT"):
        await limit.check("worker error: KeyError")


async def test_steps_side_by_side_have_all_ended_when_one_fails() -> None:
    ended: list[str] = []

    async def slow() -> None:
        await asyncio.sleep(0.01)
        ended.append("slow")

    async def fails(error: Exception) -> None:
        raise error

    with pytest.raises(KeyError):
        await together(fails(KeyError()), slow())
    assert ended == ["slow"]
    with pytest.raises(Draining):
        await together(fails(KeyError()), fails(Draining()))
    with pytest.raises(WorkerFault):
        await together(fails(Draining()), fails(WorkerFault()))
