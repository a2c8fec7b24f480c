"""Patch: a consumer skips records that Tansu shows after others with larger offsets.

Hole: if several producers write to a partition at the same time, a fetch can find a later batch
when the one before it is not visible yet (about 2 of 10,000 records, with three producers that do
nothing else). On Kafka such gaps are what compaction and transactions leave, so the client skips
them. Tansu has neither.
Patch: a fetch is taken up to the gap only, and the next one begins there. Records that stay missing
are given up after `GAP_SECONDS`. Applied on Tansu only.
Upstream: a fault of the embedded broker, not of aiokafka.
Remove when: Tansu makes the batches of a partition visible in the order of their offsets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer.fetcher import PartitionRecords
from faust.types.tuples import TP

from stream.engine.patches.replace import replace

_LOG = logging.getLogger(__name__)
# How long records that are missing between others are waited for.
GAP_SECONDS = 3.0


def apply() -> None:
    """Patch `PartitionRecords` of aiokafka."""
    unpack = PartitionRecords._unpack_records
    waits: dict[TP, tuple[int, float]] = {}

    def _unpack_records(self: Any) -> Iterator[Any]:
        expected: int = self.next_fetch_offset
        for record in unpack(self):
            if record.offset != expected:
                offset, since = waits.get(self._tp, (-1, 0.0))
                if offset != expected:
                    offset, since = waits[self._tp] = (expected, time.monotonic())
                if time.monotonic() - since < GAP_SECONDS:
                    self.next_fetch_offset = expected
                    return
                _LOG.error("%s: no record at %d to %d", self._tp, expected, record.offset - 1)
            expected = record.offset + 1
            yield record

    replace(PartitionRecords, _unpack_records)
