"""Publishes events and returns when the broker has them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownError

from broker.admin import ensure_topics
from broker.bell import Bell
from broker.connect import connect
from schemas.errors import Service, Unavailable
from schemas.events import Event, encode
from schemas.topics import ALL, Topic

_LOG = logging.getLogger(__name__)
# How long the broker may take for one message, and all tries for it together.
_REQUEST_MS = 3_000
_SEND_SECONDS = 5.0
_START_SECONDS = 5.0
_CONNECT_SECONDS = 2.0
# Stopping ends when what waits to be sent has expired, one request timeout after it was given.
_STOP_SECONDS = 30.0


class Publisher(Protocol):
    """Where events go."""

    async def publish(self, topic: Topic, key: str, event: Event) -> None:
        """Return when the broker holds `event`.

        Raises:
            Unavailable: within a few seconds if the broker is unavailable. The event may be
                published nevertheless: its answer can have been what was lost.
        """
        ...

    async def ping(self) -> None:
        """Raise `Unavailable` unless the broker answers."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the broker is and what it can do."""

    bootstrap_servers: Sequence[str]
    idempotent: bool
    replication_factor: int = 1
    topics: Sequence[Topic] = ALL
    # TLS and password, as aiokafka takes them.
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    # Where consumers hear of new messages; see `broker.bell`.
    bell: Path | None = None


class _BrokerError(Unavailable):
    """The broker answered, with trouble of its own, and not what it is; Tansu does so once in a
    while. The client does not try again, for it cannot know whether the event is there; twice does
    no harm.
    """


class KafkaPublisher:
    """A producer that starts at its first use, and again after a failure.

    A producer that saw its broker go away keeps asking old addresses with its old view of the
    topics; a new one starts from what is there now, topics included.
    """

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access
        self._bell = Bell(access.bell)
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def publish(self, topic: Topic, key: str, event: Event) -> None:
        """Return when the broker holds `event`; see `Publisher.publish`."""
        await self.publish_bytes(topic, key.encode(), encode(event))

    async def publish_bytes(
        self,
        topic: Topic,
        key: bytes | None,
        value: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Return when the broker holds a message as another producer wrote it.

        Raises:
            Unavailable: as `publish`.
        """
        try:
            await self._send(topic, key, value, headers)
        except _BrokerError as exc:
            _LOG.warning("published again: %s", exc)
            await self._send(topic, key, value, headers)
        self._bell.ring()

    async def _send(
        self, topic: Topic, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        producer = await self._started()
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await producer.send_and_wait(topic.name, value, key=key, headers=list(headers))
        except MessageSizeTooLargeError:
            raise  # a bug: events are bounded
        except TimeoutError as exc:
            await self._drop(producer)
            raise Unavailable(
                Service.KAFKA, f"no answer within {_SEND_SECONDS:.0f} seconds"
            ) from exc
        except (KafkaError, OSError) as exc:
            await self._drop(producer)
            kind = _BrokerError if isinstance(exc, UnknownError) else Unavailable
            raise kind(Service.KAFKA, f"{exc!r} while publishing to {topic.name}") from exc

    async def ping(self) -> None:
        """Raise `Unavailable` unless the broker answers and has the topics."""
        await self._reachable()
        producer = await self._started()
        try:
            async with asyncio.timeout(_REQUEST_MS / 1000):
                # Fresh metadata from any broker, of the topics this producer has written to.
                if not await producer.client.force_metadata_update():
                    raise Unavailable(Service.KAFKA, "the broker does not answer")
        except TimeoutError as exc:
            await self._drop(producer)
            raise Unavailable(Service.KAFKA, "the broker does not answer") from exc
        except Unavailable:
            await self._drop(producer)
            raise

    async def _reachable(self) -> None:
        """Raise `Unavailable` at once if no server listens; the client would try for seconds."""
        ends = await asyncio.gather(
            *(_connect(server) for server in self._access.bootstrap_servers)
        )
        if all(ends):
            raise Unavailable(Service.KAFKA, f"no connection to {' or '.join(filter(None, ends))}")

    async def close(self) -> None:
        """Flush what is in flight and stop."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                await ensure_topics(
                    self._access.bootstrap_servers,
                    self._access.replication_factor,
                    self._access.topics,
                    security=self._access.security,
                )
                self._producer = await self._start()
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=list(self._access.bootstrap_servers),
            client_id="csv-processor-api",
            acks="all",
            enable_idempotence=self._access.idempotent,
            request_timeout_ms=_REQUEST_MS,
            max_request_size=2 << 20,
            **self._access.security,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as exc:
            await _stop(producer)
            raise Unavailable(Service.KAFKA, f"{exc!r} while connecting") from exc
        return producer

    async def _drop(self, producer: AIOKafkaProducer) -> None:
        """Start again at the next use. Other callers may be in the middle of a send with `producer`."""
        if self._producer is producer:
            self._producer = None
            # It waits for what others send; that ends by itself within the request timeout.
            task = asyncio.create_task(_stop(producer))
            _STOPPING.add(task)
            task.add_done_callback(_STOPPING.discard)


_STOPPING: set[asyncio.Task[None]] = set()


async def _stop(producer: AIOKafkaProducer) -> None:
    with contextlib.suppress(TimeoutError, KafkaError, OSError):
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()


async def _connect(server: str) -> str | None:
    """None if `server` (host:port) accepts a connection, else the reason why not."""
    try:
        _, writer = await connect(server, _CONNECT_SECONDS)
    except (OSError, TimeoutError) as exc:
        return f"{server} ({exc or 'no answer'})"
    writer.transport.abort()
    return None
