"""Patch: recovery misses the tail of a changelog if ListOffsets(latest) is too small.

Hole: Tansu answers it with the first offset of the last batch plus one, so recovery would end with
the records of that batch unread, unless each is a batch of its own.
Patch: the end of a partition is taken from a fetch at the offset that ListOffsets gives; what a
fetch says of the end is right. Applied on Tansu only.
Upstream: a fault of the embedded broker, not of Faust.
Remove when: Tansu answers ListOffsets with the offset after the last record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import aiokafka
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types.tuples import TP

from stream.engine.patches.replace import replace


def apply() -> None:
    """Patch `AIOKafkaConsumerThread`."""

    async def _highwaters(self: Any, partitions: Iterable[TP]) -> Mapping[TP, int]:
        return await ends_by_fetch(self._ensure_consumer(), list(partitions))

    replace(AIOKafkaConsumerThread, _highwaters)


async def ends_by_fetch(consumer: Any, tps: list[TP]) -> dict[TP, int]:
    """Offset after the last record of each partition, as fetches report it.

    Uses a consumer of its own, with the connection settings of `consumer`.
    """
    if not tps:
        return {}
    probe = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=consumer._client._bootstrap_servers,
        security_protocol=consumer._client._security_protocol,
        ssl_context=consumer._client._ssl_context,
        sasl_mechanism=consumer._client._sasl_mechanism,
        sasl_plain_username=consumer._client._sasl_plain_username,
        sasl_plain_password=consumer._client._sasl_plain_password,
        fetch_max_wait_ms=1,
        enable_auto_commit=False,
    )
    await probe.start()
    try:
        listed = await probe.end_offsets(tps)
        probe.assign(tps)
        for tp, offset in listed.items():
            probe.seek(tp, offset)
        while any(probe.highwater(tp) is None for tp in tps):
            await probe.getmany(timeout_ms=20)
        # Not the greater of both: of a re-created topic, ListOffsets gives the old end.
        return {tp: probe.highwater(tp) for tp in tps}
    finally:
        await probe.stop()
