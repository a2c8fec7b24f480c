"""Blocking calls run one after the other, and a cancelled wait leaves the call to be waited for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runtime.thread_turns import ThreadTurns


async def test_calls_take_turns_while_the_caller_goes_on() -> None:
    go = threading.Event()
    done: list[int] = []

    def call(number: int) -> None:
        assert go.wait(20)
        done.append(number)

    turns = ThreadTurns()
    was_idle = turns.idle
    await turns.start(call, 1)
    assert (was_idle, turns.idle) == (True, False)
    second = asyncio.create_task(turns.start(call, 2))
    await asyncio.sleep(0)
    assert not done
    go.set()
    await second
    await turns.finish()
    assert done == [1, 2]
    assert turns.idle


async def test_what_a_call_raises_is_raised_once() -> None:
    def call() -> None:
        raise OSError("no space")

    turns = ThreadTurns()
    await turns.start(call)
    with pytest.raises(OSError, match="no space"):
        await turns.finish()
    await turns.finish()


async def test_a_cancelled_wait_leaves_the_call_to_be_waited_for() -> None:
    go = threading.Event()
    ended = []

    def call() -> None:
        assert go.wait(20)
        ended.append(True)

    turns = ThreadTurns()
    await turns.start(call)
    waiting = asyncio.create_task(turns.finish())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not ended
    go.set()
    await turns.finish()
    assert ended == [True]
