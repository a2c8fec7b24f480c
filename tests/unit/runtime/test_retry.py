"""Trying again while a service is unavailable."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from runtime.pauses import growing, until
from runtime.retry import retry
from schemas.errors import Service, Unavailable


class Store:
    """Unavailable for the first `failures` calls."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.slept: list[float] = []

    async def call(self) -> str:
        if self.left:
            self.left -= 1
            raise Unavailable(Service.STORE, f"{self.left} more")
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_a_call_is_repeated_after_growing_pauses_until_it_works() -> None:
    store = Store(4)
    assert await retry(store.call, growing(0.5, 3.0), sleep=store.sleep) == "done"
    assert store.slept == [0.5, 1.0, 2.0, 3.0]


async def test_the_last_error_is_raised_when_there_are_no_more_pauses() -> None:
    store = Store(9)
    with pytest.raises(Unavailable, match="6 more"):
        await retry(store.call, islice(growing(1.0, 9.0), 2), sleep=store.sleep)
    assert store.slept == [1.0, 2.0]


async def test_another_error_is_not_tried_again() -> None:
    calls = []

    async def call() -> None:
        calls.append(1)
        raise KeyError("a fault of the caller")

    with pytest.raises(KeyError):
        await retry(call, growing(1.0, 1.0))
    assert calls == [1]


async def test_who_hears_of_a_failure_can_end_the_tries() -> None:
    store = Store(9)

    async def failed(exc: Unavailable) -> None:
        raise PermissionError from exc

    with pytest.raises(PermissionError):
        await retry(store.call, growing(1.0, 1.0), failed=failed, sleep=store.sleep)
    assert store.left == 8
    assert store.slept == []


def test_no_pause_is_longer_than_the_longest_or_ends_after_the_deadline() -> None:
    assert list(islice(growing(5.0, 2.0), 2)) == [2.0, 2.0]
    assert list(islice(growing(0.1, 1.0, 3.0), 4)) == pytest.approx([0.1, 0.3, 0.9, 1.0])
    assert list(until(time.monotonic() + 60, iter([50.0, 1000.0, 1.0]))) == [50.0]
