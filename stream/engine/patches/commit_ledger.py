"""Patch: Faust commits past messages that were not processed.

Hole: `Consumer._new_offset` knows acknowledged offsets only. It commits the first run of them it
finds, past a message in flight or one that was fetched and then dropped by a cleared queue,
if nothing was committed before, or if the gap is a single message. Revoked partitions forget
their acknowledgements before the wait for messages in flight, so that every rebalance is such a
moment. Skipped messages of an earlier generation are acknowledged too (by the Python twin of the
stream iterator).
Patch: a ledger records each offset when it is fetched, and a commit never passes an offset that was
fetched and not acknowledged by a handler.
Upstream: faust-streaming #606 and related issues.
Remove when: the consumer commits only contiguous offsets of all fetched messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.types.tuples import TP
from mode.utils.futures import notify

from stream.engine.patches.replace import replace


class Ledger:
    """The offsets of one partition in the order they were fetched, and which of them are done."""

    __slots__ = ("_done", "_fetched", "_last", "position")

    def __init__(self) -> None:
        self._fetched: deque[int] = deque()
        self._done: set[int] = set()
        self._last = -1
        # The offset to commit: everything fetched below it is acknowledged.
        self.position: int | None = None

    def fetched(self, offset: int) -> None:
        if offset > self._last:
            self._fetched.append(offset)
            self._last = offset

    def acknowledged(self, offset: int) -> None:
        if self._fetched and self._fetched[0] <= offset <= self._last:
            self._done.add(offset)
        while self._fetched and self._fetched[0] in self._done:
            done = self._fetched.popleft()
            self._done.discard(done)
            self.position = done + 1


def apply() -> None:
    """Patch `Consumer` of Faust and its aiokafka driver."""

    def ledgers(consumer: Any) -> dict[TP, Ledger]:
        found: dict[TP, Ledger] = consumer.__dict__.setdefault("_ledgers", {})
        return found

    to_message = AIOKafkaConsumer._to_message

    def _to_message(self: Any, tp: TP, record: Any) -> Any:
        if self.app.topics.acks_enabled_for(record.topic):
            ledgers(self).setdefault(tp, Ledger()).fetched(record.offset)
        return to_message(self, tp, record)

    def ack(self: Any, message: Any) -> bool:
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        ledger = ledgers(self).get(message.tp)
        if ledger is not None and message.tracked:
            ledger.acknowledged(message.offset)
            self._n_acked += 1
        notify(self._waiting_for_ack)
        return True

    def _filter_tps_with_pending_acks(self: Any, topics: Any = None) -> Iterator[TP]:
        return (
            tp for tp in list(ledgers(self)) if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self: Any, tp: TP) -> int | None:
        ledger = ledgers(self).get(tp)
        return ledger.position if ledger else None

    assigned_before = Consumer.on_partitions_assigned

    async def on_partitions_assigned(self: Any, assigned: set[TP], generation_id: int = 0) -> None:
        # Every partition is fetched again from its committed offset.
        ledgers(self).clear()
        await assigned_before(self, assigned, generation_id)

    replace(AIOKafkaConsumer, _to_message)
    replace(Consumer, ack)
    replace(Consumer, _filter_tps_with_pending_acks)
    replace(Consumer, _new_offset)
    replace(Consumer, on_partitions_assigned)
