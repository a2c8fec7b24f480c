"""Executors acknowledge after their handlers, release on a drain, and isolate poison."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from runtime.gathering import Gathering
from runtime.supervise import Supervisor
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage.base import AccessDenied, ObjectForbidden, ObjectMissing
from stream.runtime import executors
from stream.runtime.drain import Draining, DrainSignal
from stream.runtime.executors import BatchExecutor, ConcurrentExecutor, Executor, MessageRouter
from stream.runtime.guard import Guard, Work
from stream.runtime.message import Message
from stream.runtime.retry import Retry
from tests.harness.waiting import until


class Log:
    """Messages whose ends are written down, dead letters, and what an executor aborted with."""

    def __init__(self) -> None:
        self.acked: list[int] = []
        self.released: list[int] = []
        self.crashed: list[BaseException] = []
        self.letters: list[tuple[int, str, str]] = []
        self.failed: list[tuple[int, str]] = []
        # Raised by the limit on failed files.
        self.limit: Exception | None = None

    async def put(self, message: Message, code: str, reason: str) -> None:
        self.letters.append((message.offset, code, reason))

    async def check(self, reason: str) -> None:
        assert reason
        if self.limit is not None:
            raise self.limit

    async def fail(self, message: Message, reason: str) -> None:
        self.failed.append((message.offset, reason))

    def guard(self, drain: DrainSignal) -> Guard:
        return Guard(dead_letters=self, limit=self, drain=drain, pause=0.001)

    def message(self, offset: int, value: bytes = b"x", key: bytes | None = b"k") -> Message:
        return Message(
            "t",
            0,
            offset,
            0,
            key,
            value,
            (),
            lambda: self.acked.append(offset),
            lambda: self.released.append(offset),
        )

    def abort(self, where: str, reason: BaseException) -> None:
        assert where
        self.crashed.append(reason)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(condition, lambda: f"{vars(self)}")


def batch_executor(
    log: Log, handle: object, drain: DrainSignal, most: int = 10, max_bytes: int = 1 << 20
) -> BatchExecutor:
    return BatchExecutor(
        "g",
        Work(handle, log.fail),  # type: ignore[arg-type]
        max_batch=most,
        max_bytes=max_bytes,
        capacity=20,
        drain=drain,
        guard=log.guard(drain),
        tasks=Supervisor(abort=log.abort),
    )


def parallel_lane(
    log: Log, handle: object, drain: DrainSignal, width: int = 3, capacity: int = 10
) -> ConcurrentExecutor:
    return ConcurrentExecutor(
        "p",
        Work.of_one(handle, log.fail),  # type: ignore[arg-type]
        width=width,
        capacity=capacity,
        drain=drain,
        guard=log.guard(drain),
        tasks=Supervisor(abort=log.abort),
    )


async def admit_all(executor: Executor, messages: Sequence[Message]) -> None:
    executor.start()
    for message in messages:
        await executor.admit(message)


async def test_gathered_messages_are_one_batch_and_acknowledged_after_it() -> None:
    log, groups, gate = Log(), [], asyncio.Event()

    async def handle(group: Sequence[Message]) -> None:
        groups.append([m.offset for m in group])
        assert not set(groups[-1]) & set(log.acked)
        await gate.wait()

    executor = batch_executor(log, handle, DrainSignal())
    await admit_all(executor, [log.message(0)])
    await log.until(lambda: groups)
    await admit_all(executor, [log.message(n) for n in range(1, 15)])
    assert log.acked == []
    gate.set()
    await log.until(lambda: len(log.acked) == 15)
    assert groups == [[0], list(range(1, 11)), list(range(11, 15))]
    assert log.acked == list(range(15))


@pytest.mark.parametrize("has_key", [True, False])
async def test_after_a_group_of_some_the_messages_that_follow_shortly_are_one_batch(
    has_key: bool,
) -> None:
    log, groups = Log(), []

    async def handle(group: Sequence[Message]) -> None:
        groups.append([m.offset for m in group])

    executor = batch_executor(log, handle, DrainSignal())
    for n in range(4):
        await executor.admit(log.message(n, key=b"%d" % n if has_key else None))
    executor.start()
    await log.until(lambda: len(log.acked) == 4)
    for n in range(4, 8):
        await executor.admit(log.message(n, key=b"%d" % n if has_key else None))
        await asyncio.sleep(0)
    await log.until(lambda: len(log.acked) == 8)
    assert groups == [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize(("count", "files"), [(3, 3), (8, 1), (8, 3)])
async def test_after_messages_of_a_few_files_the_next_one_is_handled_at_once(
    monkeypatch: pytest.MonkeyPatch, count: int, files: int
) -> None:
    monkeypatch.setattr(executors, "_GATHERING", Gathering(quiet=3600, longest=3600))
    log = Log()

    async def handle(_: Sequence[Message]) -> None: ...

    executor = batch_executor(log, handle, DrainSignal())
    for n in range(count):
        await executor.admit(log.message(n, key=b"%d" % (n % files)))
    executor.start()
    await log.until(lambda: len(log.acked) == count)
    await executor.admit(log.message(count))
    await log.until(lambda: len(log.acked) == count + 1)


async def test_messages_that_are_gathered_are_released_by_a_drain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "_GATHERING", Gathering(quiet=0.2, longest=1))
    log, drain, groups = Log(), DrainSignal(), []

    async def handle(group: Sequence[Message]) -> None:
        groups.append([m.offset for m in group])

    executor = batch_executor(log, handle, drain)
    for n in range(4):
        await executor.admit(log.message(n, key=b"%d" % n))
    executor.start()
    await log.until(lambda: len(log.acked) == 4)
    await executor.admit(log.message(4))
    await asyncio.sleep(0)
    drain.begin()
    await log.until(lambda: log.released == [4])
    drain.end()
    await executor.admit(log.message(5))
    await log.until(lambda: log.acked == [0, 1, 2, 3, 5])
    assert groups == [[0, 1, 2, 3], [5]]


async def test_a_group_is_bounded_by_bytes() -> None:
    log, groups = Log(), []

    async def handle(group: Sequence[Message]) -> None:
        groups.append(len(group))
        await asyncio.sleep(0.01)

    executor = batch_executor(log, handle, DrainSignal(), max_bytes=250)
    await admit_all(executor, [log.message(n, b"x" * 99) for n in range(7)])
    await log.until(lambda: len(log.acked) == 7)
    assert max(groups) == 2


async def test_a_full_executor_makes_its_topic_wait() -> None:
    log, gate = Log(), asyncio.Event()

    async def handle(_: Sequence[Message]) -> None:
        await gate.wait()

    executor = batch_executor(log, handle, DrainSignal())
    await admit_all(executor, [log.message(n) for n in range(20)])
    blocked = asyncio.create_task(executor.admit(log.message(20)))
    for _ in range(50):  # as many turns as it could want
        await asyncio.sleep(0)
    assert not blocked.done()
    gate.set()
    await asyncio.wait_for(blocked, 5)
    await log.until(lambda: len(log.acked) == 21)


async def test_a_drain_gives_back_what_waits_and_what_retries() -> None:
    log, drain = Log(), DrainSignal()
    retry = Retry(drain, first=0.01)
    tries: list[int] = []

    async def away() -> None:
        tries.append(1)
        raise Unavailable(Service.CLICKHOUSE, "away")

    async def handle(_: Sequence[Message]) -> None:
        await retry("ask", away)

    executor = batch_executor(log, handle, drain, most=3)
    await admit_all(executor, [log.message(n) for n in range(8)])
    await log.until(lambda: len(tries) > 3)
    assert log.released == []
    drain.begin()
    await log.until(lambda: len(log.released) == 8)
    assert log.acked == []
    await executor.admit(log.message(8))
    assert 8 in log.released


async def test_what_is_being_worked_on_is_finished_in_spite_of_a_drain() -> None:
    log, drain, gate = Log(), DrainSignal(), asyncio.Event()
    begun = asyncio.Event()

    async def handle(_: Sequence[Message]) -> None:
        begun.set()
        await gate.wait()

    executor = batch_executor(log, handle, drain, most=1)
    await admit_all(executor, [log.message(0), log.message(1)])
    await begun.wait()
    drain.begin()
    await log.until(lambda: log.released == [1])
    gate.set()
    await log.until(lambda: log.acked == [0])


async def test_a_concurrent_executor_works_on_so_many_and_acknowledges_each_by_itself() -> None:
    log, running, most = Log(), 0, 0
    gates = {n: asyncio.Event() for n in range(6)}

    async def handle(message: Message) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gates[message.offset].wait()
        running -= 1

    executor = parallel_lane(log, handle, DrainSignal(), width=3, capacity=10)
    await admit_all(executor, [log.message(n) for n in range(6)])
    await log.until(lambda: running == 3)
    gates[1].set()
    await log.until(lambda: log.acked == [1])
    for gate in gates.values():
        gate.set()
    await log.until(lambda: len(log.acked) == 6)
    assert most == 3


async def test_a_fork_keeps_short_work_out_of_the_way_of_long_work() -> None:
    log, gate = Log(), asyncio.Event()

    async def long(_: Message) -> None:
        await gate.wait()

    async def short(_: Sequence[Message]) -> None: ...

    drain = DrainSignal()
    fork = MessageRouter(
        lambda message: message.value == b"long",
        parallel_lane(log, long, drain, width=1),
        batch_executor(log, short, drain),
    )
    fork.start()
    await fork.admit(log.message(0, b"long"))
    await fork.admit(log.message(1))
    await log.until(lambda: log.acked == [1])
    gate.set()
    await log.until(lambda: log.acked == [1, 0])


async def test_keys_take_turns() -> None:
    log, order, gate = Log(), [], asyncio.Event()

    async def handle(message: Message) -> None:
        await gate.wait()
        order.append(message.offset)

    executor = parallel_lane(log, handle, DrainSignal(), width=1, capacity=50)
    # Twenty of a large file, then three of another, then one of a third.
    await admit_all(executor, [log.message(n, key=b"large") for n in range(20)])
    await admit_all(executor, [log.message(20 + n, key=b"some") for n in range(3)])
    await admit_all(executor, [log.message(23, key=b"one")])
    gate.set()
    await log.until(lambda: len(log.acked) == 24)
    assert order[:8] == [0, 20, 23, 1, 21, 2, 22, 3]
    assert order[8:] == list(range(4, 20))


async def test_retry_goes_on_until_the_service_is_back() -> None:
    tries = 0

    async def call() -> str:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise Unavailable(Service.STORE, "away")
        return "done"

    assert await Retry(DrainSignal(), first=0.001)("read", call) == "done"
    assert tries == 4


async def test_an_object_that_may_not_be_read_is_given_up_where_the_store_lets_us_in() -> None:
    ref = ObjectRef(bucket="theirs", key="a.csv")
    may_enter = False

    async def read() -> None:
        raise AccessDenied(ref)

    async def is_open() -> bool:
        return may_enter

    drain = DrainSignal()
    retry = Retry(drain, first=0.001, longest=0.01, denied=0.05, is_open=is_open)
    # Nothing may be read: a fault of the set-up, which is waited for.
    waiting = asyncio.create_task(retry("read", read))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    may_enter = True
    with pytest.raises(ObjectForbidden, match=r"theirs/a.csv may not be read"):
        await asyncio.wait_for(waiting, 5)
    # A handler of missing objects handles this too.
    assert issubclass(ObjectForbidden, ObjectMissing)


async def test_retry_does_not_hide_faults_and_ends_with_a_drain() -> None:
    drain = DrainSignal()
    retry = Retry(drain, first=60)
    asked = asyncio.Event()

    async def bug() -> None:
        raise ZeroDivisionError

    async def away() -> None:
        asked.set()
        raise Unavailable(Service.STORE, "away")

    with pytest.raises(ZeroDivisionError):
        await retry("x", bug)
    waiting = asyncio.create_task(retry("x", away))
    await asked.wait()
    drain.begin()
    with pytest.raises(Draining):
        await asyncio.wait_for(waiting, 5)
