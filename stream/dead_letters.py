"""Messages that cannot be understood, or refer to nothing: kept with reason, origin and bytes."""

from __future__ import annotations

import logging

from runtime.metrics import DEAD_LETTERS
from schemas import topics
from schemas.arrow import dead_letter_table
from schemas.dead_letter import DeadLetter
from schemas.errors import BadData
from schemas.instants import utc_now
from schemas.tables import Table
from sinks.base import Sink, SinkBatch
from stream.runtime.message import Message, Publisher
from stream.runtime.retry import Retry

_LOG = logging.getLogger(__name__)
# What a key, headers and the broker's own fields may take beside the bytes.
_ROOM = 32 << 10
_KEY_BYTES = 64 << 10
# Sentences of validation may list every field of a message.
_REASON_LENGTH = 20_000


class DeadLetters:
    """Puts a message onto the dead letter topic and into the table; the stream goes on."""

    def __init__(self, sink: Sink, publisher: Publisher, retry: Retry) -> None:
        self._sink = sink
        self._publisher = publisher
        self._retry = retry

    async def put(self, message: Message, code: str, reason: str) -> None:
        """Returns when both have it. A redelivery writes the same row again."""
        reason = _utf8(reason)[:_REASON_LENGTH]
        _LOG.error(
            "dead letter %s: %s: %s",
            message.origin,
            code,
            reason,
            extra={"origin": message.origin, "code": code},
        )
        letter = DeadLetter(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            code=code,
            reason=reason,
            key=message.key,
            value=message.value or b"",
            headers={_utf8(k): text_of(v) for k, v in message.headers},
            received_at=utc_now(),
        )
        batch = SinkBatch(Table.DEAD_LETTERS, dead_letter_table([letter]))
        await self._retry("write a dead letter", lambda: self._sink.write(batch))
        # The row has all of them; what is published always fits a message.
        key = None if message.key is None else message.key[:_KEY_BYTES]
        room = topics.DEAD_LETTERS.max_message_bytes - _ROOM - len(key or b"")
        headers = (
            ("code", code.encode()),
            ("reason", reason.encode()[: _ROOM // 4]),
            ("origin", message.origin.encode()),
        )
        await self._retry(
            "publish a dead letter",
            lambda: self._publisher.publish(
                topics.DEAD_LETTERS, key, (message.value or b"")[:room], headers=headers
            ),
        )
        DEAD_LETTERS.labels(message.topic, code).inc()

    async def bad(self, message: Message, failure: BadData) -> None:
        await self.put(message, failure.code, failure.reason)


def text_of(value: bytes | None) -> str:
    """A header's value as text; headers may have none."""
    return (value or b"").decode("utf-8", "replace")


def _utf8(text: str) -> str:
    """`text` without what UTF-8 cannot say (lone surrogates, which JSON may hold)."""
    return text.encode("utf-8", "replace").decode()
