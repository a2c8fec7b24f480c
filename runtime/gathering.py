"""Waiting for company: work that costs about the same whatever its size is done for many at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gathering:
    """How long what has come waits for more, in seconds.

    Args:
        quiet: it goes on once nothing has come for so long.
        longest: it goes on then, even if more comes all the time.
    """

    quiet: float
    longest: float

    async def wait(self, count: Callable[[], int], enough: float = float("inf")) -> None:
        """Return when `count` has stopped growing, is `enough`, or has grown for long."""
        until = time.monotonic() + self.longest
        seen = 0
        while seen < count() < enough and time.monotonic() < until:
            seen = count()
            await asyncio.sleep(self.quiet)
