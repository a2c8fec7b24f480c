"""How long to wait between tries."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator


def growing(first: float, longest: float, factor: float = 2.0) -> Iterator[float]:
    """Seconds, without end: `first`, `factor` times that, and so on up to `longest`."""
    pause = min(first, longest)
    while True:
        yield pause
        pause = min(pause * factor, longest)


def until(deadline: float, pauses: Iterable[float]) -> Iterator[float]:
    """The pauses that end before `deadline`, a time of the monotonic clock."""
    for pause in pauses:
        if time.monotonic() + pause >= deadline:
            return
        yield pause
