"""Patch: `ProducerBuffer.flush` gives up after 100 ms.

Hole: it waits for "a message was sent" with a timeout and returns when that expires, so during a
pause of the broker offsets are committed before the changelog records of their messages are sent.
It also does not count the message between queue and producer.
Patch: flush returns when nothing is queued or being sent. The tables of this product await each
record before the acknowledgement; the flush before a commit and before a rebalance must hold too.
Upstream: no issue known.
Remove when: flush waits for all messages without a timeout.
"""

from __future__ import annotations

import asyncio
from typing import Any

from faust.transport.producer import ProducerBuffer

from stream.engine.patches.replace import replace

_SENDING = "_sending"


def apply() -> None:
    """Patch `ProducerBuffer`."""
    send_pending = ProducerBuffer._send_pending

    async def _send_pending(self: Any, message: Any) -> None:
        self.__dict__[_SENDING] = self.__dict__.get(_SENDING, 0) + 1
        try:
            await send_pending(self, message)
        finally:
            self.__dict__[_SENDING] -= 1

    async def flush(self: Any) -> None:
        while self.size or self.__dict__.get(_SENDING, 0):
            if self.state != "running":
                raise RuntimeError("Cannot flush: Producer not Running")
            await asyncio.sleep(0.002)

    replace(ProducerBuffer, _send_pending)
    replace(ProducerBuffer, flush)
