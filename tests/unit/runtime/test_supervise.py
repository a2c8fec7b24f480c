"""Background tasks are restarted after any exception, and a lost one is visible."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from runtime.supervise import Restarts, Supervisor, TaskEnded, for_each
from schemas.errors import Service, Unavailable
from sinks.clickhouse.connection import Refused
from tests.harness.waiting import until

QUICK = Restarts(first=0.001, longest=0.002, stable=3600, lost_after=3)


async def forever() -> None:
    await asyncio.Event().wait()


async def returns() -> None: ...


async def is_cancelled() -> None:
    await asyncio.gather(asyncio.create_task(_cancels_itself()))


async def _cancels_itself() -> None:
    raise asyncio.CancelledError


def raises(error: Exception) -> Callable[[], object]:
    async def run() -> None:
        raise error

    return run


@pytest.mark.parametrize(
    "run",
    [
        raises(KeyError("a bug")),
        raises(Refused("syntax", 62)),
        raises(Unavailable(Service.STORE, "away")),
        raises(TimeoutError()),
        returns,
        is_cancelled,
    ],
)
async def test_a_task_is_restarted_after_any_end(run: Callable[[], object]) -> None:
    tasks, starts = Supervisor(QUICK), 0

    async def ends_twice() -> None:
        nonlocal starts
        starts += 1
        await (run() if starts <= 2 else forever())  # type: ignore[misc]

    tasks.start("one", ends_twice)
    await until(lambda: starts == 3, "it is started three times")
    assert tasks.lost() == {}
    await tasks.close()


async def test_a_task_that_fails_again_and_again_is_lost_until_it_runs_for_a_while() -> None:
    works = False
    tasks = Supervisor(Restarts(first=0.001, longest=0.002, stable=0.05, lost_after=3))

    async def run() -> None:
        if not works:
            raise KeyError("a bug")
        await forever()

    tasks.start("bad", run)
    tasks.start("good", forever)
    await until(lambda: tasks.lost() == {"bad": "KeyError: 'a bug'"}, "the task is lost")
    works = True
    await until(lambda: not tasks.lost(), "no task is lost")
    await tasks.close()


async def test_a_task_that_is_cancelled_from_outside_is_lost() -> None:
    tasks = Supervisor(QUICK)
    tasks.start("one", forever)
    (task,) = (t for t in asyncio.all_tasks() if t.get_name() == "one")
    task.cancel()
    await until(tasks.lost, "a task is lost")
    await tasks.close()


async def test_a_process_that_cannot_do_without_a_task_is_ended() -> None:
    ended: list[tuple[str, BaseException]] = []
    tasks = Supervisor(QUICK, abort=lambda name, failure: ended.append((name, failure)))
    tasks.start("watcher", returns)
    await until(lambda: ended, "it has ended")
    assert ended[0][0] == "watcher"
    assert isinstance(ended[0][1], TaskEnded)
    await tasks.close()


async def test_closing_is_no_failure() -> None:
    ended: list[str] = []
    tasks = Supervisor(QUICK, abort=lambda name, _: ended.append(name))
    tasks.start("one", forever)
    await asyncio.sleep(0)
    await tasks.close()
    assert ended == []
    assert tasks.lost() == {}


async def test_an_item_that_fails_costs_no_other() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        if item % 3 == 0:
            raise KeyError(item)
        done.append(item)

    failed = await for_each("sweep", range(7), work, at_once=2)
    assert sorted(failed) == [0, 3, 6]
    assert done == [1, 2, 4, 5]


async def test_a_service_that_is_away_ends_the_round() -> None:
    async def work(item: int) -> None:
        raise Unavailable(Service.STORE, str(item))

    with pytest.raises(Unavailable):
        await for_each("sweep", range(3), work)
