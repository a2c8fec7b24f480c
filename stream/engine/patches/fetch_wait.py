"""Patch: Faust lets the broker hold an empty fetch for 1.5 s, regardless of the settings.

Hole: Apache Kafka answers as soon as something arrives. Tansu sleeps half of the time it was given
before it looks again: every hop of a message took up to 750 ms.
Patch: the wait is configurable. Short fetches without end cost an idle broker a fifth of a core, so
they become longer while nothing arrives, and again after half a minute.
Upstream: no issue known; aiokafka has the option, Faust does not pass it on.
Remove when: Faust passes fetch_max_wait_ms on, and the embedded broker answers at once.
"""

from __future__ import annotations

import math
from typing import Any

from aiokafka.consumer.fetcher import Fetcher
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from stream.engine.patches.replace import replace

# From one empty fetch to the next: from 25 ms to six times as long in a second.
_LENGTHENING = 1.1
# After empty fetches of so many milliseconds together a worker is idle.
_IDLE_AFTER = 30_000


def apply(fetch_wait_ms: tuple[int, int, int]) -> None:
    """Patch the consumer and aiokafka's fetcher.

    Args:
        fetch_wait_ms: how long the broker may hold an empty fetch: after one that found something,
            at most after some empty ones, and at most after half a minute of them.
    """
    shortest, longest, idle = fetch_wait_ms
    create = AIOKafkaConsumerThread._create_worker_consumer
    fetch = Fetcher._proc_fetch_request

    def _create_worker_consumer(self: Any, transport: Any) -> Any:
        consumer = create(self, transport)
        consumer._fetch_max_wait_ms = shortest
        return consumer

    async def _proc_fetch_request(self: Any, *args: Any) -> bool:
        found: bool = await fetch(self, *args)
        held = 0 if found else getattr(self, "held_empty_ms", 0) + self._fetch_max_wait_ms
        longer = math.ceil(self._fetch_max_wait_ms * _LENGTHENING)
        limit = longest if held < _IDLE_AFTER else idle
        self.held_empty_ms, self._fetch_max_wait_ms = (
            held,
            shortest if found else min(limit, longer),
        )
        return found

    replace(AIOKafkaConsumerThread, _create_worker_consumer)
    replace(Fetcher, _proc_fetch_request)
