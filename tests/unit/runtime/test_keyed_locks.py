"""One lock per key."""

from __future__ import annotations

import asyncio

from runtime.keyed_locks import KeyedLocks


async def test_holders_of_the_same_key_wait_for_each_other() -> None:
    locks = KeyedLocks()
    inside: list[str] = []
    most: dict[str, int] = {}

    async def work(key: str) -> None:
        async with locks.hold(key):
            inside.append(key)
            most[key] = max(most.get(key, 0), inside.count(key))
            await asyncio.sleep(0)
            inside.remove(key)

    await asyncio.gather(*(work(key) for key in "abab" * 5))
    assert most == {"a": 1, "b": 1}
    assert locks._locks == {}
