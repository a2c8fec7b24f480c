"""Detects a broker that lost its content.

A broker that keeps everything in memory restarts empty, and a real one can be recreated. Then
waiting files are no longer announced, although their records exist. A committed offset of a group
of its own is the mark: if it is gone, everything is gone. Topics alone do not
show it, because clients that reconnect earlier may have created them again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import Service, Unavailable
from schemas.topics import UPLOADED

_GROUP = "csv-processor-mark"
_SECONDS = 8.0
_REQUEST_MS = 3_000


class BrokerIdentity(Protocol):
    """The mark that a broker keeps as long as it keeps anything."""

    async def is_known(self) -> bool:
        """Whether the mark is there; raises `Unavailable`."""
        ...

    async def mark(self) -> None:
        """Set the mark; raises `Unavailable`."""
        ...


class KafkaIdentity:
    """The mark on a Kafka broker."""

    def __init__(
        self, bootstrap_servers: Sequence[str], security: Mapping[str, Any] | None = None
    ) -> None:
        self._servers = list(bootstrap_servers)
        self._security = security or {}
        self._partition = TopicPartition(UPLOADED.name, 0)

    async def is_known(self) -> bool:
        """Whether the mark is there."""
        async with self._consumer() as consumer:
            return await consumer.committed(self._partition) is not None

    async def mark(self) -> None:
        """Set the mark."""
        async with self._consumer() as consumer:
            await consumer.commit({self._partition: 1})

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[Any]:
        """A consumer made for one question: an old one may not see that its broker is another."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            group_id=_GROUP,
            enable_auto_commit=False,
            request_timeout_ms=_REQUEST_MS,
            **self._security,
        )
        try:
            async with asyncio.timeout(_SECONDS):
                try:
                    await consumer.start()
                    consumer.assign([self._partition])
                    yield consumer
                finally:
                    with contextlib.suppress(KafkaError, OSError):
                        await consumer.stop()
        except TimeoutError as exc:
            raise Unavailable(Service.KAFKA, f"no answer within {_SECONDS:.0f} seconds") from exc
        except (KafkaError, OSError) as exc:
            raise Unavailable(Service.KAFKA, f"{exc!r} while asking for the mark") from exc
