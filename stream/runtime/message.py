"""A message as the handlers see it: raw bytes, origin, and two ways to end it, `ack` and `nack`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from schemas.topics import Topic


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One Kafka message in flight.

    Exactly one of `ack` and `release` ends it. Both may be called from the event loop only.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    # A header may have no value.
    headers: tuple[tuple[str, bytes | None], ...] = ()
    # All effects are durable: the offset may be committed.
    ack: Callable[[], object] = field(default=lambda: None, repr=False)
    # Nothing was acknowledged: the next owner of the partition gets the message again.
    nack: Callable[[], object] = field(default=lambda: None, repr=False)

    @property
    def origin(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    def content_id(self) -> str:
        """The same for messages of equal content: an event that is announced again keeps it."""
        digest = hashlib.blake2b(self.topic.encode(), digest_size=16)
        for part in (self.key, self.value):
            digest.update(b"%d:" % (-1 if part is None else len(part)))
            digest.update(part or b"")
        return digest.hexdigest()

    @property
    def size(self) -> int:
        """Bytes of key and value."""
        return len(self.key or b"") + len(self.value or b"")


class Publisher(Protocol):
    """Where handlers publish."""

    async def publish(
        self,
        topic: Topic,
        key: bytes | None,
        value: bytes,
        *,
        spread: int | None = None,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """Returns when the broker has the message.

        Args:
            key: messages with one key go to one partition,
            spread: unless it is given: numbers in a row go to partitions in a row.

        Raises:
            Unavailable: the broker did not take it in time (it may have it all the same).
        """
        ...


class Table(Protocol):
    """A table of the worker: bytes by key, partitioned like the topic its writer reads."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, partition: int, key: bytes, value: bytes) -> None:
        """Seen by `get` at once, durable when `settle` returns."""
        ...

    def drop(self, partition: int, key: bytes) -> None: ...

    async def settle(self) -> None:
        """Returns when every put and drop before it is in the changelog.

        Raises:
            Unavailable: the broker did not take one in time.
        """
        ...
