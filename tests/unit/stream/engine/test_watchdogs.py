"""A worker ends if its recovery is hung, and not because there is much to read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from stream.engine import watchdogs

LONGEST = 5.0


class Aborted(Exception):  # noqa: N818
    """The worker ends here."""


def abort(where: str, reason: BaseException) -> None:
    raise Aborted(where) from reason


async def watch(
    monkeypatch: pytest.MonkeyPatch, offsets: dict[str, int], step: Callable[[int], None]
) -> int:
    """Watch a rebalance in which `step` is done each second; the second in which the worker ends."""
    second = 0

    async def sleep(seconds: float) -> None:
        nonlocal second
        second += round(seconds)
        step(second)
        if second > 10 * LONGEST:
            raise asyncio.CancelledError

    recovery = SimpleNamespace(active_offsets=offsets)
    app: Any = SimpleNamespace(rebalancing=True, tables=SimpleNamespace(recovery=recovery))
    monkeypatch.setattr(watchdogs, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(watchdogs, "time", SimpleNamespace(monotonic=lambda: float(second)))
    try:
        await watchdogs.watch_recovery(app, LONGEST, abort)
    except Aborted:
        pass
    except asyncio.CancelledError:
        return 0
    return second


async def test_a_recovery_that_reads_on_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    offsets = {"kept": 1000}

    def step(second: int) -> None:
        # A partition that was assigned is read from its beginning.
        offsets["new"] = second // 3

    assert await watch(monkeypatch, offsets, step) == 0


@pytest.mark.parametrize("rounds", [1, 4], ids=["stands still", "begins again and again"])
async def test_a_recovery_without_progress_ends_the_worker(
    monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    offsets = {"a": -1}

    def step(second: int) -> None:
        offsets["a"] = second % rounds

    assert LONGEST < await watch(monkeypatch, offsets, step) <= LONGEST + 2 * rounds
