"""The Faust app: topics into executors, a publisher, tables. The one module that knows Faust's API.

Every agent is `stream.noack()`, `concurrency=1`, raw bytes; an executor acknowledges when its handler
has returned. What Faust loses as shipped is patched by `stream.engine.patches`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import faust
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)
from faust.exceptions import ProducerSendError
from faust.tables.manager import TableManager
from mode import CrashingSupervisor

from broker.bell import Bell
from runtime.supervise import Supervisor
from schemas.errors import Service, Unavailable
from schemas.topics import Topic
from stream.engine.patches.fetch_wait import FetchWait
from stream.engine.patches.install import ALL, install
from stream.engine.watchdogs import coordinated, lag, watch_broker, watch_faust, watch_recovery
from stream.runtime.drain import DrainSignal
from stream.runtime.executors import Abort, Admits
from stream.runtime.exit import WorkerFault, exit_after_timeout
from stream.runtime.message import Message

# A producer that has lost its place in the sequence of its records (aiokafka leaves a gap if a
# record expires without a leader). A worker that is started again has a new one.
_PRODUCER_LOST = (OutOfOrderSequenceNumber, ProducerFenced)
# The idempotent producer itself tries until the broker is back.
_DELIVERY_SECONDS = 12.0
# A member that stops heartbeating for this long is dead; its partitions are not read meanwhile. Kafka
# accepts no less by default. Tansu delays members that join for half of it.
_SESSION_SECONDS: Mapping[str, float] = {"kafka": 6.0, "tansu": 4.0}


@dataclass(frozen=True, slots=True)
class AppOptions:
    """Options of the app; durations in seconds."""

    app_id: str
    bootstrap_servers: list[str]
    flavour: Literal["kafka", "tansu"] = "kafka"
    # TLS and password, as aiokafka takes them.
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    replication_factor: int = 1
    partitions: int = 8
    heartbeat: float = 1.0
    # Where consumers hear of messages that the embedded broker has; see `broker.bell`.
    bell: Path | None = None
    # Longer than the slowest handler takes to finish or to give back.
    rebalance: float = 30.0
    commit_every: float = 0.5
    # A rebalance with its recovery that makes no progress for longer than this is taken for hung.
    longest_recovery: float = 120.0
    # A stop that takes longer than this is broken off: the broker is unavailable, perhaps.
    longest_stop: float = 8.0
    patches: tuple[str, ...] = ALL


class DurableTable(faust.Table[bytes, bytes]):
    """A table whose writes can be waited for.

    Faust's own assignment sends the changelog record in the background, to the partition
    of the event "in hand"; here the partition is given, and `settle` returns when the records
    are in the changelog.
    """

    def put(self, partition: int, key: bytes, value: bytes) -> None:
        self._record(partition, key, value)
        self.data[key] = value
        # The memory store forgets by this map what belongs to partitions that have left.
        self._partition_of()[key] = partition

    def drop(self, partition: int, key: bytes) -> None:
        self._record(partition, key, None)
        self.data.pop(key, None)
        self._partition_of().pop(key, None)

    def get(self, key: bytes) -> bytes | None:  # type: ignore[override]
        found: bytes | None = self.data.get(key)
        return found

    def _partition_of(self) -> dict[bytes, int]:
        store: Any = self.data
        partitions: dict[bytes, int] = store._key_partition
        return partitions

    def _record(self, partition: int, key: bytes, value: bytes | None) -> None:
        future = self.send_changelog(
            partition, key, value, key_serializer="raw", value_serializer="raw"
        )
        self.__dict__.setdefault("_unsettled", []).append((partition, key, value, future))

    async def settle(self) -> None:
        unsettled = self.__dict__.get("_unsettled", [])
        self.__dict__["_unsettled"] = []
        answers = await asyncio.gather(
            *(_delivered(u[3]) for u in unsettled), return_exceptions=True
        )
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        for (partition, key, value, _), answer in zip(unsettled, answers, strict=True):
            # What the broker refuses for good is not sent again: it would fail every later call.
            if isinstance(answer, Unavailable):
                self._record(partition, key, value)
        for failure in sorted(failures, key=lambda f: isinstance(f, Unavailable)):
            raise failure

    def apply_changelog_batch(self, batch: Any) -> None:
        """Drops records of revoked partitions, which Faust applies to the previous table."""
        own = self.changelog_topic_name
        super().apply_changelog_batch([e for e in batch if e.message.topic == own])


class PromptTableManager(TableManager):
    """Skips the second that Faust waits for tables that are declared late; ours never are."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class _MemoryApp(faust.App):
    """An app that keeps nothing on disk: tables are recovered from their changelogs at a start."""

    def _create_directories(self) -> None:
        """Faust makes folders for tables of other kinds, in the working directory."""


@dataclass(slots=True)
class StreamApp:
    """A Faust app with its executors; `run` drives it until it is stopped."""

    app: Any
    options: AppOptions
    drain: DrainSignal
    abort: Abort
    # What must run as long as the process works: the executors.
    tasks: Supervisor
    bell: Bell
    executors: list[Admits] = field(default_factory=list)
    _topics: dict[str, Any] = field(default_factory=dict)

    def read(self, topic: Topic, executor: Admits, *, buffer: int) -> None:
        """Pass the messages of `topic` to `executor`; at most about `buffer` wait in memory."""
        source = self.app.topic(
            topic.name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            partitions=topic.partitions,
            maxsize=buffer,
        )
        self.executors.append(executor)

        async def agent(stream: Any) -> None:
            executor.start()
            async for event in stream.noack().events():
                await executor.admit(self._message(event))

        name = topic.name.replace(".", "_")
        agent.__name__ = agent.__qualname__ = name
        self.app.agent(source, name=name, concurrency=1, supervisor_strategy=CrashingSupervisor)(
            agent
        )

    def table(self, name: str, partitions: int) -> DurableTable:
        """A table of bytes by key, co-partitioned with the topic its writer reads."""
        table: DurableTable = self.app.Table(
            name, key_type=bytes, value_type=bytes, partitions=partitions
        )
        return table

    async def publish(
        self,
        topic: Topic,
        key: bytes | None,
        value: bytes,
        *,
        spread: int | None = None,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """See `stream.runtime.message.Publisher`."""
        target = self._topics.get(topic.name)
        if target is None:
            target = self._topics[topic.name] = self.app.topic(
                topic.name,
                key_type=bytes,
                value_type=bytes,
                key_serializer="raw",
                value_serializer="raw",
            )
        try:
            partition = None if spread is None else await self._spread(topic, spread)
            sent = await target.send(
                key=key, value=value, partition=partition, headers=list(headers) or None
            )
        except (KafkaError, ProducerSendError) as exc:
            raise _translated(exc) from exc
        await _delivered(sent)
        self.bell.ring()

    async def _spread(self, topic: Topic, number: int) -> int:
        """A partition of `topic`, which may have got more of them meanwhile."""
        partitions: set[int] = await self.app.producer._producer.partitions_for(topic.name)
        return sorted(partitions)[number % len(partitions)]

    async def ping(self) -> None:
        """Raises `Unavailable` unless this worker has its partitions and reads from them."""
        if self.drain.active or self.app.rebalancing:
            raise Unavailable(Service.KAFKA, "partitions are being handed out")
        if not self.app.rebalancing_count:
            raise Unavailable(Service.KAFKA, "the group is not joined yet")
        if not coordinated(self.app.consumer):
            raise Unavailable(Service.KAFKA, "the broker does not answer")

    def lag(self) -> dict[str, int]:
        """Messages by topic that are not processed yet; empty before partitions are assigned."""
        return lag(self.app.consumer) if self.app.rebalancing_count else {}

    def _message(self, event: Any) -> Message:
        message = event.message
        consumer = self.app.consumer

        def nack() -> None:
            consumer._unacked_messages.discard(message)
            waiting = consumer._waiting_for_ack
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

        return Message(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            timestamp_ms=int((message.timestamp or 0) * 1000),
            key=message.key,
            value=message.value,
            headers=tuple(message.headers or ()),
            ack=event.ack,
            nack=nack,
        )

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; then finish what is in hand and leave the group."""
        worker = faust.Worker(
            self.app,
            loop=asyncio.get_running_loop(),
            quiet=True,
            override_logging=False,
            redirect_stdouts=False,
            loglevel=logging.getLogger().level,
        )
        worker.spinner = None
        watchers = Supervisor(abort=self.abort)
        watchers.start("watcher of faust", lambda: watch_faust(worker, self.abort))
        watchers.start(
            "watcher of recovery",
            lambda: watch_recovery(self.app, self.options.longest_recovery, self.abort),
        )
        watchers.start("watcher of the broker", lambda: watch_broker(self.app, self.abort))
        try:
            # Returns when the stop begins, not when it is done.
            await worker.start()
        finally:
            await watchers.close()
        self.drain.begin()
        stopping = worker._signal_stop_future or asyncio.ensure_future(worker.stop())
        # Not cancelled if it takes too long: Faust would go on regardless, and wait for ever.
        done, _ = await asyncio.wait([stopping], timeout=self.options.longest_stop)
        if not done:
            exit_after_timeout(self.options.longest_stop)
        await stopping
        await self.tasks.close()


async def _delivered(sent: Awaitable[Any]) -> None:
    """Return when the broker has the record.

    Raises:
        Unavailable: it is not confirmed in time. The record may be stored later nevertheless.
    """
    try:
        async with asyncio.timeout(_DELIVERY_SECONDS):
            await asyncio.shield(sent)
    except TimeoutError as exc:
        raise Unavailable(Service.KAFKA, f"no answer in {_DELIVERY_SECONDS:g} s") from exc
    except (KafkaError, ProducerSendError) as exc:
        raise _translated(exc) from exc


def _translated(exc: BaseException) -> BaseException:
    """What a failed send means to us; a record that is too large is a fault of its file alone."""
    cause = exc.__cause__ if isinstance(exc, ProducerSendError) else exc
    if isinstance(cause, _PRODUCER_LOST):
        return WorkerFault(f"the producer cannot go on: {type(cause).__name__}: {cause}")
    if isinstance(cause, MessageSizeTooLargeError):
        return exc
    return Unavailable(Service.KAFKA, f"{type(cause).__name__}: {cause}")


def _credentials(security: Mapping[str, Any]) -> Any:
    """As Faust expects them; None if the broker requires neither TLS nor a password."""
    context = security.get("ssl_context")
    if security.get("sasl_mechanism"):
        return faust.SASLCredentials(
            username=security["sasl_plain_username"],
            password=security["sasl_plain_password"],
            mechanism=security["sasl_mechanism"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None


def new_app(options: AppOptions, drain: DrainSignal, abort: Abort) -> StreamApp:
    """An app without agents yet. Call it once per process, in a running event loop."""
    install(
        names=options.patches,
        interrupt=drain.begin,
        # Kafka answers a fetch as soon as something is there. Tansu is asked again and again.
        fetch=FetchWait(1, polls=True, bell=options.bell)
        if options.flavour == "tansu"
        else FetchWait(),
        highwaters_by_fetch=options.flavour == "tansu",
        contiguous=options.flavour == "tansu",
        idempotent=options.flavour == "kafka",
        leader_first=options.flavour == "tansu",
    )
    app = _MemoryApp(
        options.app_id,
        broker=[f"kafka://{server}" for server in options.bootstrap_servers],
        broker_credentials=_credentials(options.security),
        store="memory://",
        Table=DurableTable,
        TableManager=PromptTableManager,
        autodiscover=False,
        topic_disable_leader=True,
        topic_partitions=options.partitions,
        topic_replication_factor=options.replication_factor,
        table_standby_replicas=0,
        broker_session_timeout=_SESSION_SECONDS[options.flavour],
        broker_heartbeat_interval=options.heartbeat,
        broker_rebalance_timeout=options.rebalance,
        # JoinGroup is held by the broker until the rebalance is through.
        broker_request_timeout=options.rebalance + 15.0,
        broker_commit_interval=options.commit_every,
        # Idle members must not leave the group.
        broker_max_poll_interval=1e8,
        # Few at a time, so that a topic whose buffer is full cannot hold up the others.
        broker_max_poll_records=48,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=1200 * 1024,
        producer_linger=0.0,
        producer_max_batch_size=256 * 1024,
        producer_max_request_size=2 * 1024 * 1024,
        producer_request_timeout=10.0,
        producer_acks=-1,
        stream_wait_empty=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )

    async def on_assigned(*_: Any, **__: Any) -> None:
        drain.end()

    app.on_partitions_assigned.connect(on_assigned, weak=False)
    return StreamApp(app, options, drain, abort, Supervisor(abort=abort), Bell(options.bell))
