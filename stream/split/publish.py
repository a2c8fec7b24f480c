"""The results of splitting a file, and their publication."""

from __future__ import annotations

import zlib

from rows.sniff.describe import detected_in, suggestions_in
from rows.split.encoded_splitter import Position
from schemas import topics
from schemas.errors import BadData
from schemas.events import (
    BatchResult,
    DialectSpec,
    FileSplit,
    FileUploaded,
    RowBatch,
    SplitContinued,
    encode,
)
from storage.base import ObjectMissing
from stream.dead_letters import DeadLetters
from stream.file_status import GenerationStatusLookup
from stream.runtime.message import Message, Publisher
from stream.runtime.retry import Retry

Outcome = FileSplit | SplitContinued
BEGINNING = Position(0, 1, 1, 0)


def failed(file: FileUploaded, why: BadData | str) -> FileSplit:
    """The end of a file of which nothing could be read; if it is in doubt with suggestions, and with
    what is settled."""
    if isinstance(why, str):
        return FileSplit(file=file, batches=0, rows=0, error=why)
    return FileSplit(
        file=file,
        batches=0,
        rows=0,
        error=why.reason,
        suggestions=suggestions_in(why),
        detected=detected_in(why),
    )


def continued(file: FileUploaded, dialect: DialectSpec, at: Position) -> SplitContinued:
    """The event that continues the split of `file`."""
    return SplitContinued(
        file=file,
        dialect=dialect,
        next_byte=at.byte,
        next_row=at.row,
        next_line=at.line,
        next_batch=at.batch,
        next_order=at.order.to_text(),
    )


class SplitPublisher:
    """Publishes batches, their results and the ends of splits."""

    def __init__(
        self,
        *,
        publisher: Publisher,
        statuses: GenerationStatusLookup,
        dead_letters: DeadLetters,
        retry: Retry,
    ) -> None:
        self._publisher = publisher
        self._statuses = statuses
        self._dead_letters = dead_letters
        self._retry = retry

    async def batch(self, batch: RowBatch) -> None:
        """Publish a batch to be processed."""
        # Batches of one file are spread evenly over partitions.
        spread = zlib.crc32(batch.file_id.encode()) + batch.batch_no
        await self._publish(topics.BATCHES, batch.file_id, encode(batch), spread)

    async def result(self, result: BatchResult, payload: bytes) -> None:
        """Publish the result of a batch that was processed at once."""
        await self._publish(topics.PARTIALS, result.file_id, encode(result, payload))

    async def split(self, outcome: Outcome | None, payload: bytes = b"") -> None:
        """Publish the end of a split, or its continuation; nothing if the file needs no result.

        `payload`: of the result in it.
        """
        if isinstance(outcome, FileSplit):
            await self._publish(topics.PARTIALS, outcome.file.file_id, encode(outcome, payload))
        elif outcome is not None:
            await self._publish(topics.UPLOADED, outcome.file.file_id, encode(outcome))

    async def missing(
        self,
        message: Message,
        file: FileUploaded,
        missing: ObjectMissing,
        dialect: DialectSpec | None = None,
        at: Position = BEGINNING,
    ) -> FileSplit | None:
        """The end of the split of a file without its object: the batches before `at` were
        published, and are waited for. None if the file was deleted.
        """
        if await self._statuses.is_deleted((file.file_id, file.generation)):
            return None
        reason = f"storage error: {missing}"
        await self._dead_letters.put(message, "object_missing", reason)
        return FileSplit(
            file=file, batches=at.batch, rows=at.row - 1, dialect=dialect, error=reason
        )

    async def _publish(
        self, topic: topics.Topic, file_id: str, value: bytes, spread: int | None = None
    ) -> None:
        await self._retry(
            f"publish to {topic.name}",
            lambda: self._publisher.publish(topic, file_id.encode(), value, spread=spread),
        )
