"""What faust-streaming 0.15.3 loses as shipped, and what closes it.

`install()` replaces methods of Faust's classes, once per process and before the app starts. Each
repair says which hole it closes; for each there is a test that fails without it. The version is
pinned by a check, because every repair is written against the source of that version.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

import aiokafka
from aiokafka.consumer.fetcher import Fetcher, PartitionRecords
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import DEFAULT_GENERATION_ID, AIOKafkaConsumerThread, Producer
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.transport.producer import ProducerBuffer
from faust.types.tuples import TP
from mode.utils.futures import notify

_LOG = logging.getLogger(__name__)
FAUST_VERSION = "0.15.3"
ALL = (
    "recovery_flow",
    "seek_uncommitted",
    "commit_ledger",
    "producer_flush",
    "wait_empty",
    "commit_fence",
    "fetch_wait",
    "highwaters",
    "contiguous_fetch",
    "idempotent_producer",
)
# From one fetch that finds nothing to the next: from 25 ms to six times as long in a second.
_LENGTHENING = 1.1
# So long it is waited for records that are missing between others.
_GAP_SECONDS = 3.0
# Where a consumer keeps the answer of `lost_content`.
_LOST = "_lost_content"
_installed: set[str] = set()


def install(
    *,
    names: Iterable[str] = ALL,
    interrupt: Callable[[], None] = lambda: None,
    fetch_wait_ms: tuple[int, int] = (500, 500),
    highwaters_by_fetch: bool = False,
    contiguous: bool = False,
    idempotent: bool = False,
) -> None:
    """Repair Faust in this process.

    Args:
        names: the repairs to make; all of them, but for a test that shows what one is for.
        interrupt: called when Faust begins to wait until no message is in hand.
        fetch_wait_ms: how long the broker may hold a fetch that finds nothing, when the one before
            found something and, in the end, when nothing has come for a while.
        highwaters_by_fetch: where the broker's ListOffsets cannot be believed.
        contiguous: where records have all offsets, and the broker gives some of them late.
        idempotent: whether the broker has the idempotent producer.
    """
    found = version("faust-streaming")
    if found != FAUST_VERSION:
        raise RuntimeError(
            f"the repairs of Faust are for faust-streaming {FAUST_VERSION}, not {found}"
        )
    makers: dict[str, Callable[[], None]] = {
        "recovery_flow": _repair_recovery_flow,
        "seek_uncommitted": _repair_seek_uncommitted,
        "commit_ledger": _repair_commits,
        "producer_flush": _repair_flush,
        "wait_empty": lambda: _repair_wait_empty(interrupt),
        "commit_fence": _repair_commit_fence,
        "fetch_wait": lambda: _repair_fetch_wait(fetch_wait_ms),
        "highwaters": _repair_highwaters if highwaters_by_fetch else lambda: None,
        "contiguous_fetch": _repair_gaps if contiguous else lambda: None,
        "idempotent_producer": _repair_producer if idempotent else lambda: None,
    }
    for name in names:
        if name not in _installed:
            makers[name]()
            _installed.add(name)


def _replace(cls: Any, method: Any) -> None:
    setattr(cls, method.__name__, method)


def _repair_recovery_flow() -> None:
    """A rebalance of an app with tables drops messages (faust-streaming #596).

    `Recovery.on_recovery_completed` makes the streams' partitions active and seeks them while the
    fetch loop still drains; messages that come in between are put into queues which
    `flow_control.resume()` then clears. They were fetched and are never seen. With the flow
    stopped first, nothing is fetched until the seek is done.
    """
    original = Recovery.on_recovery_completed

    async def on_recovery_completed(self: Any, generation_id: int = 0) -> None:
        self.app.consumer.stop_flow()
        await original(self, generation_id)

    _replace(Recovery, on_recovery_completed)


def _repair_seek_uncommitted() -> None:
    """What is fetched while the flow stops is lost where nothing was committed before.

    The fetch loop drops what it fetched when the flow has stopped or the generation has changed
    meanwhile, and counts on the seek back to the committed offsets. That seek passes over a
    partition without one: its position stays behind the messages that were dropped, and the next
    commit is beyond them. Such a partition is read from its beginning. Changelogs never have a
    committed offset, and recovery keeps their positions itself.

    A broker that knows of less than this process has committed came back without its content. Then
    nothing that is here belongs to what is there (Faust would not even commit again below the old
    offsets); `lost_content` tells it to whoever watches.
    """

    async def seek_to_committed(self: Any) -> Mapping[TP, int | None]:
        committed: Mapping[TP, int | None] = await self.call_thread(_seek_to_committed, self)
        return committed

    async def _seek_to_committed(self: Any) -> Mapping[TP, int | None]:
        consumer = self._ensure_consumer()
        # Before the question: a commit may be under way, and be in the answer or not.
        known = dict(self.consumer._committed_offset)
        committed: Mapping[TP, int | None] = await consumer.seek_to_committed()
        acks_enabled = self.app.topics.acks_enabled_for
        tracked = {tp: offset or 0 for tp, offset in committed.items() if acks_enabled(tp.topic)}
        for tp, offset in tracked.items():
            before = known.get(tp) or 0
            if offset < before:
                self.consumer.__dict__[_LOST] = (
                    f"{tp.topic}/{tp.partition} was committed up to {before}, the broker says "
                    f"{offset}"
                )
        fresh = [tp for tp, offset in tracked.items() if not offset]
        if fresh:
            await consumer.seek_to_beginning(*fresh)
        return committed

    _replace(AIOKafkaConsumerThread, seek_to_committed)


def lost_content(consumer: Any) -> str | None:
    """How it was noticed that the broker has lost its content; None where it was not."""
    reason: str | None = consumer.__dict__.get(_LOST)
    return reason


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


def _repair_commits() -> None:
    """Faust commits past messages that nobody has processed (#606 and relatives).

    `Consumer._new_offset` knows acknowledged offsets only. It commits the first run of them it
    finds, past a message in flight or one that was fetched and then dropped by a cleared queue,
    whenever nothing was committed before, or the gap is a single message; and what is revoked
    forgets its acknowledgements before the wait for messages in flight, so that every rebalance
    is such a moment. Skipped messages of an earlier generation are acknowledged too (by the
    Python twin of the stream iterator). Here a ledger records each offset when it is fetched, and
    a commit never passes one that was fetched and not acknowledged by a handler.
    """

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
        # Every partition is fetched anew from what is committed.
        ledgers(self).clear()
        await assigned_before(self, assigned, generation_id)

    _replace(AIOKafkaConsumer, _to_message)
    _replace(Consumer, ack)
    _replace(Consumer, _filter_tps_with_pending_acks)
    _replace(Consumer, _new_offset)
    _replace(Consumer, on_partitions_assigned)


def _repair_flush() -> None:
    """`ProducerBuffer.flush` gives up after 100 ms.

    It waits for "a message was sent" with a timeout and returns when that expires, so during a
    pause of the broker offsets are committed before the changelog records of their messages are
    sent. It also knows nothing of the message between queue and producer. The tables here await
    each record before the acknowledgement; the flush before a commit and before a rebalance must
    hold too.
    """
    send_pending = ProducerBuffer._send_pending

    async def _send_pending(self: Any, message: Any) -> None:
        self.__dict__["_under_way"] = self.__dict__.get("_under_way", 0) + 1
        try:
            await send_pending(self, message)
        finally:
            self.__dict__["_under_way"] -= 1

    async def flush(self: Any) -> None:
        while self.size or self.__dict__.get("_under_way", 0):
            if self.state != "running":
                raise RuntimeError("Cannot flush: Producer not Running")
            await asyncio.sleep(0.002)

    _replace(ProducerBuffer, _send_pending)
    _replace(ProducerBuffer, flush)


def _repair_wait_empty(interrupt: Callable[[], None]) -> None:
    """Rebalance and shutdown wait for ever where a handler waits for a service that is away.

    `Consumer.wait_empty` returns when no message is in hand. A handler that retries in place
    holds its messages for as long as the service stays away; meanwhile the group waits out the
    rebalance timeout, or the process never ends. `interrupt` tells the handlers to give back.
    """
    original = Consumer.wait_empty

    async def wait_empty(self: Any) -> None:
        interrupt()
        await original(self)

    _replace(Consumer, wait_empty)


def _repair_commit_fence() -> None:
    """A member that was expelled commits as if it were no member of any group.

    When the broker does not know it any more, the client forgets member id and generation, and
    then Faust commits what is acknowledged before it joins again. Without a generation the broker
    takes that commit if the group is empty, as it is in a broker that came back without its
    content: the offsets are of messages that are gone, and the new ones below them would never be
    read. What is not committed is merely delivered again.
    """
    original = AIOKafkaConsumerThread._commit

    async def _commit(self: Any, offsets: Mapping[TP, int]) -> bool:
        if self._ensure_consumer()._coordinator.generation == DEFAULT_GENERATION_ID:
            return False
        committed: bool = await original(self, offsets)
        return committed

    _replace(AIOKafkaConsumerThread, _commit)


def _repair_fetch_wait(fetch_wait_ms: tuple[int, int]) -> None:
    """Faust lets the broker hold an empty fetch for 1.5 s, whatever the settings say.

    Apache Kafka answers as soon as something arrives. Tansu sleeps half of the time it was given
    before it looks again: every hop of a message took up to 750 ms. Short fetches without end cost
    a broker with nothing to do a fifth of a core, so they become longer while nothing comes.
    """
    shortest, longest = fetch_wait_ms
    create = AIOKafkaConsumerThread._create_worker_consumer
    fetch = Fetcher._proc_fetch_request

    def _create_worker_consumer(self: Any, transport: Any) -> Any:
        consumer = create(self, transport)
        consumer._fetch_max_wait_ms = shortest
        return consumer

    async def _proc_fetch_request(self: Any, *args: Any) -> bool:
        found: bool = await fetch(self, *args)
        longer = min(longest, math.ceil(self._fetch_max_wait_ms * _LENGTHENING))
        self._fetch_max_wait_ms = shortest if found else longer
        return found

    _replace(AIOKafkaConsumerThread, _create_worker_consumer)
    _replace(Fetcher, _proc_fetch_request)


def _repair_highwaters() -> None:
    """Recovery misses the tail of a changelog where ListOffsets(latest) is short.

    Tansu answers it with the first offset of the last batch plus one, so recovery would end with
    the records of that batch unread, unless each is a batch of its own. What a fetch says of the
    end of the partition is right; so it is asked by a fetch at the place ListOffsets named.
    """

    async def _highwaters(self: Any, partitions: Iterable[TP]) -> Mapping[TP, int]:
        return await ends_by_fetch(self._ensure_consumer(), list(partitions))

    _replace(AIOKafkaConsumerThread, _highwaters)


def _repair_gaps() -> None:
    """Tansu shows records before others with smaller offsets, and a consumer goes on behind them.

    Where several producers write to a partition at the same time, a fetch can find a later batch
    when the one before it is not to be seen yet (about 2 of 10,000 records, with three producers
    that do nothing else). On Kafka such gaps are what compaction and transactions leave, so the
    client passes over them. Tansu has neither: a fetch is taken up to the gap only, and the next
    one begins there. What stays missing is given up after `_GAP_SECONDS`.
    """
    unpack = PartitionRecords._unpack_records
    waits: dict[TP, tuple[int, float]] = {}

    def _unpack_records(self: Any) -> Iterator[Any]:
        expected: int = self.next_fetch_offset
        for record in unpack(self):
            if record.offset != expected:
                offset, since = waits.get(self._tp, (-1, 0.0))
                if offset != expected:
                    offset, since = waits[self._tp] = (expected, time.monotonic())
                if time.monotonic() - since < _GAP_SECONDS:
                    self.next_fetch_offset = expected
                    return
                _LOG.error("%s: no record at %d to %d", self._tp, expected, record.offset - 1)
            expected = record.offset + 1
            yield record

    _replace(PartitionRecords, _unpack_records)


def _repair_producer() -> None:
    """Faust uses the idempotent producer within transactions only.

    Without it, a repetition of a request whose answer was lost is a second record, and one that
    overtakes another changes the order of the changelog.
    """

    def _settings_extra(self: Any) -> Mapping[str, Any]:
        del self
        return {"acks": "all", "enable_idempotence": True}

    _replace(Producer, _settings_extra)


async def ends_by_fetch(consumer: Any, tps: list[TP]) -> dict[TP, int]:
    """Offset behind the last record of each partition, as fetches tell it.

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
        named = await probe.end_offsets(tps)
        probe.assign(tps)
        for tp, offset in named.items():
            probe.seek(tp, offset)
        while any(probe.highwater(tp) is None for tp in tps):
            await probe.getmany(timeout_ms=20)
        # Not the greater of both: of a topic that was made anew, ListOffsets tells the old end.
        return {tp: probe.highwater(tp) for tp in tps}
    finally:
        await probe.stop()
