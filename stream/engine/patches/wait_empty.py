"""Patch: rebalance and shutdown wait without end for a handler that waits for a service.

Hole: `Consumer.wait_empty` returns when no message is in flight. A handler that retries in place
holds its messages for as long as the service is unavailable; meanwhile the group waits out the
rebalance timeout, or the process never ends.
Patch: `interrupt` is called first; it makes the handlers return their messages.
Upstream: no issue known.
Remove when: Faust has a hook that runs before it waits for messages in flight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faust.transport.consumer import Consumer

from stream.engine.patches.replace import replace


def apply(interrupt: Callable[[], None]) -> None:
    """Patch `Consumer`; `interrupt` is called each time Faust begins to wait."""
    original = Consumer.wait_empty

    async def wait_empty(self: Any) -> None:
        interrupt()
        await original(self)

    replace(Consumer, wait_empty)
