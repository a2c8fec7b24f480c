"""Many small lookups, few queries: the reading side of a group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from runtime.gathering import Gathering

# Lookups of one query after which the next ones wait for more, as long as more come.
_MANY: Final = 4
_GATHERING: Final = Gathering(quiet=0.01, longest=0.06)
K_ = TypeVar("K_", bound=Hashable)
V_ = TypeVar("V_")


class DataLoader(Generic[K_, V_]):
    """Looks up single keys for its callers, in one query for simultaneous lookups.

    A lookup that arrives while a query is in progress joins the next one, so its result was
    true at some moment after the call.

    Args:
        find: values of the given keys (at least one, all different).
        most: keys of one query.
    """

    def __init__(
        self, find: Callable[[Sequence[K_]], Awaitable[Mapping[K_, V_]]], most: int = 200
    ) -> None:
        self._find, self._most = find, most
        self._waiting: dict[K_, list[asyncio.Future[V_ | None]]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def get(self, key: K_) -> V_ | None:
        """What is known of `key`, or None; what `find` raises comes out here."""
        future: asyncio.Future[V_ | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await future

    async def _ask(self) -> None:
        try:
            # Lookups of this turn of the event loop join the first query.
            await asyncio.sleep(0)
            while self._waiting:
                keys = list(self._waiting)[: self._most]
                asked = {key: self._waiting.pop(key) for key in keys}
                await self._answer(asked)
                if len(asked) >= _MANY:
                    await asyncio.sleep(_GATHERING.quiet)
                    await _GATHERING.wait(lambda: len(self._waiting), self._most)
        finally:
            self._asking = None
            for futures in self._waiting.values():
                for future in futures:
                    future.cancel()
            self._waiting.clear()

    async def _answer(self, asked: dict[K_, list[asyncio.Future[V_ | None]]]) -> None:
        found: Mapping[K_, V_] = {}
        failure: Exception | None = None
        try:
            found = await self._find(list(asked))
        except Exception as exc:  # noqa: BLE001 - it is raised in the callers
            failure = exc
        for key, futures in asked.items():
            for future in futures:
                if future.done():
                    continue
                if failure is not None:
                    future.set_exception(failure)
                else:
                    future.set_result(found.get(key))
