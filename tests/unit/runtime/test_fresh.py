"""A value that is read once for many callers."""

from __future__ import annotations

import asyncio

import pytest

from runtime.fresh import Fresh


class Source:
    """Counts how often it is read; each reading waits until it may end."""

    def __init__(self) -> None:
        self.reads = 0
        self.failure: Exception | None = None
        self.may_end = asyncio.Event()

    async def read(self) -> int:
        self.reads += 1
        number = self.reads
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        return number


async def test_callers_at_once_share_an_answer_that_is_kept_for_its_age() -> None:
    source = Source()
    value = Fresh(source.read, max_age=60)
    asking = [asyncio.create_task(value.get()) for _ in range(5)]
    await asyncio.sleep(0)
    source.may_end.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await value.get() == 1


async def test_an_old_answer_is_read_again() -> None:
    source = Source()
    source.may_end.set()
    value = Fresh(source.read, max_age=-1)
    assert [await value.get(), await value.get()] == [1, 2]


async def test_a_failure_is_raised_for_all_and_not_kept() -> None:
    source = Source()
    source.may_end.set()
    source.failure = ValueError("away")
    value = Fresh(source.read, max_age=60)
    found = await asyncio.gather(value.get(), value.get(), return_exceptions=True)
    assert [str(error) for error in found] == ["away", "away"]
    with pytest.raises(ValueError, match="away"):
        await value.get()
    source.failure = None
    assert await value.get() == 3


async def test_a_caller_that_leaves_does_not_take_the_answer_from_others() -> None:
    source = Source()
    value = Fresh(source.read, max_age=60)
    leaving, staying = (asyncio.create_task(value.get()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    source.may_end.set()
    assert await staying == 1
