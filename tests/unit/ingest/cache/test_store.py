"""The cache of results: what it keeps, what it gives up, and whom it asks."""

from __future__ import annotations

from ingest.cache.store import Cache, SharedCache


class Source:
    """Makes values and counts how often."""

    def __init__(self, size: int) -> None:
        self.size, self.made = size, 0

    async def __call__(self) -> bytes:
        self.made += 1
        return bytes([self.made % 256]) * self.size


class InMemory(SharedCache):
    """A shared cache that never fails."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        self.values[key] = value

    async def close(self) -> None: ...


async def test_a_value_is_made_once() -> None:
    cache, source = Cache(10_000), Source(10)
    first = await cache.get("a", source)
    assert await cache.get("a", source) == first
    assert source.made == 1
    assert await cache.get("b", source) != first


async def test_it_holds_no_more_than_it_may_and_gives_up_what_is_longest_unused() -> None:
    cache, source = Cache(1_000), Source(99)
    for name in "abcdefghij":
        await cache.get(name, source)
    assert cache.bytes == 1_000
    await cache.get("a", source)
    await cache.get("k", source)
    assert cache.bytes == 1_000
    made = source.made
    await cache.get("a", source)
    assert source.made == made
    await cache.get("b", source)
    assert source.made == made + 1


async def test_what_is_large_is_not_kept() -> None:
    cache, source = Cache(1_000), Source(500)
    await cache.get("a", source)
    await cache.get("a", source)
    assert (source.made, cache.bytes) == (2, 0)


async def test_processes_share_what_one_of_them_made() -> None:
    shared, source = InMemory(), Source(10)
    one, other = Cache(1_000, shared), Cache(0, shared)
    value = await one.get("a", source)
    assert await other.get("a", source) == value
    assert source.made == 1
