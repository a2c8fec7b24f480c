"""Patch: a member that was expelled from the group commits as if it belonged to no group.

Hole: when the broker does not know a member any more, the client forgets member id and generation,
and Faust commits what is acknowledged before it joins again. Without a generation the broker
accepts that commit if the group is empty, as it is in a broker that was restarted without its
content: the offsets are of messages that are gone, and new ones below them would never be read.
Patch: nothing is committed without a generation. What is not committed is delivered again.
Upstream: no issue known.
Remove when: Faust does not commit between leaving and joining a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import DEFAULT_GENERATION_ID, AIOKafkaConsumerThread
from faust.types.tuples import TP

from stream.engine.patches.replace import replace


def apply() -> None:
    """Patch `AIOKafkaConsumerThread`."""
    original = AIOKafkaConsumerThread._commit

    async def _commit(self: Any, offsets: Mapping[TP, int]) -> bool:
        if self._ensure_consumer()._coordinator.generation == DEFAULT_GENERATION_ID:
            return False
        committed: bool = await original(self, offsets)
        return committed

    replace(AIOKafkaConsumerThread, _commit)
