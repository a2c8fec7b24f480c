"""What a message of `files.uploaded` asks for, and which way the file goes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from rows.decode.compression import compression_said
from schemas.errors import BadData
from schemas.events import PACKED, FileSplit, FileUploaded, SplitContinued, decode
from stream.dead_letters import DeadLetters
from stream.file_status import GenerationStatusLookup
from stream.runtime.message import Message
from stream.split.large import SplitLarge
from stream.split.publish import SplitPublisher, failed
from stream.split.small import EXPANDS, SplitSmall

_LOG = logging.getLogger(__name__)
# One of these is in every message about a compressed file.
_COMPRESSED = (b"gz", b"zst", PACKED.encode())


def is_large(message: Message) -> bool:
    """Whether a message is about a file that has to be read as a stream."""
    try:
        event, _ = decode(message.value)
    except BadData:
        return False
    if isinstance(event, FileUploaded):
        return event.size_bytes > event.batch_bytes
    return isinstance(event, SplitContinued)


def is_compressed(message: Message) -> bool:
    """Whether a message is about a file that is said to be compressed and will be large."""
    value = message.value or b""
    if not any(mark in value for mark in _COMPRESSED):
        return False
    try:
        event, _ = decode(value)
    except BadData:
        return False
    if isinstance(event, FileUploaded):
        said = compression_said(event.own_name, event.content_encoding)
        return said is not None and event.size_bytes > event.batch_bytes // EXPANDS
    return isinstance(event, SplitContinued) and event.dialect.compression is not None


class Duplicates(Protocol):
    """See `stream.split.duplicates.DuplicateFiles`."""

    async def end(self, file: FileUploaded) -> bool: ...


class SplitRouter:
    """Handles messages of `files.uploaded`: `handle_small` many at a time, `handle_large` one."""

    def __init__(
        self,
        *,
        small: SplitSmall,
        large: SplitLarge,
        statuses: GenerationStatusLookup,
        split_publisher: SplitPublisher,
        duplicates: Duplicates,
        dead_letters: DeadLetters,
    ) -> None:
        self._duplicates = duplicates
        self._small = small
        self._large = large
        self._outcomes = split_publisher
        self._statuses = statuses
        self._dead_letters = dead_letters

    async def handle_small(self, messages: Sequence[Message]) -> None:
        """Files of one batch: read, process, publish the results."""
        # The same file may be announced twice in one group.
        files = {
            (event.file_id, event.generation): (message, event)
            for message, event in await self._wanted(messages)
            if isinstance(event, FileUploaded)
        }
        await self._small(list(files.values()))

    async def handle_large(self, message: Message) -> None:
        """A large file, or the rest of one: publish its batches, then its end or a continuation."""
        for _, event in await self._wanted([message]):
            await self._large(message, event)

    async def fail(self, message: Message, reason: str) -> None:
        """End the file of a message that cannot be handled."""
        event, _ = decode(message.value)
        if isinstance(event, FileUploaded):
            await self._outcomes.split(failed(event, reason))
        elif isinstance(event, SplitContinued):
            # The batches before it were published, and are waited for.
            await self._outcomes.split(
                FileSplit(
                    file=event.file,
                    batches=event.next_batch,
                    rows=event.next_row - 1,
                    dialect=event.dialect,
                    error=reason,
                )
            )

    async def _wanted(
        self, messages: Sequence[Message]
    ) -> list[tuple[Message, FileUploaded | SplitContinued]]:
        """Decoded messages of files that are still to be worked on."""
        decoded: list[tuple[Message, FileUploaded | SplitContinued]] = []
        for message in messages:
            try:
                event, _ = decode(message.value)
                if not isinstance(event, FileUploaded | SplitContinued):
                    raise BadData(
                        "unknown_event", f"{event.TYPE} does not belong on {message.topic}"
                    )
                decoded.append((message, event))
            except BadData as exc:
                await self._dead_letters.bad(message, exc)
        keys = [_key(event) for _, event in decoded]
        statuses = await self._statuses.get(keys) if keys else {}
        wanted = []
        for (message, event), key in zip(decoded, keys, strict=True):
            status = statuses[key]
            if isinstance(event, FileUploaded) and event.same_bytes:
                # If it has ended, its document may not have been published.
                if status in ("waiting", "terminal") and await self._duplicates.end(event):
                    continue
                event = event.model_copy(update={"same_bytes": ()})
            if status == "waiting":
                wanted.append((message, event))
            else:
                _LOG.info("not split: the file is %s", statuses[key], extra={"file_id": key[0]})
        return wanted


def _key(event: FileUploaded | SplitContinued) -> tuple[str, int]:
    file = event.file if isinstance(event, SplitContinued) else event
    return file.file_id, file.generation
