"""Faults of the drill beside kills: a second API process that loses answers, and pauses."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Protocol

from tests.harness.proxied_api import SERVICES, ProxiedApi

SECOND_API: Final = "api-2"
# How many calls a fault waits for at the most, and for how many seconds.
_CALLS: Final = 12
_LOSE_SECONDS: Final = 5.0
_REFUSES: Final = (0.0, 0.3, 1.5)


class Killable(Protocol):
    """What the drill needs of a running stack."""

    def kill(self, part: str) -> int:
        """End the part's process with SIGKILL; the id it had."""
        ...

    def pid(self, part: str) -> int | None:
        """The part's process; None while it is not running."""
        ...

    @property
    def parts(self) -> list[str]: ...


class WithSecondApi:
    """A stack with a second API process, which reaches its services through proxies."""

    def __init__(self, stack: Killable, env: Mapping[str, str], log: Path) -> None:
        self._stack = stack
        self._started = ExitStack()
        self.api = self._started.enter_context(ProxiedApi(env, log))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api.port}"

    @property
    def parts(self) -> list[str]:
        return [*self._stack.parts, SECOND_API]

    def pid(self, part: str) -> int | None:
        return self.api.pid if part == SECOND_API else self._stack.pid(part)

    def kill(self, part: str) -> int:
        return self.api.restart() if part == SECOND_API else self._stack.kill(part)

    def close(self) -> None:
        self._started.close()


async def lose_answers(
    api: ProxiedApi, seed: int, count: int, lost: list[str], over: asyncio.Event
) -> None:
    """Lose `count` answers of the services to `api`, whatever calls they belong to; fewer if
    everything is over before."""
    random_ = random.Random(f"lost {seed}")
    while len(lost) < count and not over.is_set():
        proxy = api.proxy(random_.choice(SERVICES))
        nth, refuse = random_.randint(1, _CALLS), random_.choice(_REFUSES)
        await asyncio.to_thread(proxy.lose, nth, refuse_seconds=refuse)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOSE_SECONDS):
                while proxy.lost is None and not over.is_set():  # noqa: ASYNC110 - of a thread
                    await asyncio.sleep(0.02)
                # The caller notices, and tries again.
                await asyncio.sleep(refuse)
        if proxy.lost is not None:
            lost.append(proxy.lost)
        await asyncio.to_thread(proxy.behave)


async def pause_parts(
    stack: Killable, seed: int, count: int, longest: float, paused: list[str], over: asyncio.Event
) -> None:
    """Stop `count` processes for up to `longest` seconds each, one at a time."""
    random_ = random.Random(f"pauses {seed}")
    for _ in range(count):
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), random_.uniform(0.5, 4.0))
        if over.is_set():
            return
        part = random_.choice(sorted(stack.parts))
        seconds = random_.uniform(0.5, longest)
        pid = stack.pid(part)
        if pid is None:
            continue
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)
            paused.append(part)
