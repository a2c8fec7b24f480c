"""process: batches by reference to results. An agent on `files.batches`, on all workers."""

from __future__ import annotations

import logging
from collections import OrderedDict

from schemas import topics
from schemas.errors import BadData
from schemas.events import BatchResult, RowBatch, decode, encode
from storage.base import ObjectMissing, ObjectStore
from stream.dead_letters import DeadLetters
from stream.file_status import FileKey, GenerationStatusLookup
from stream.process.batch_processor import BatchProcessor
from stream.runtime.message import Message, Publisher
from stream.runtime.retry import Retry

_LOG = logging.getLogger(__name__)
_FAILED_KEPT = 1000


class Process:
    """Handles one message: decode, process, write, publish. The executor acknowledges."""

    def __init__(
        self,
        *,
        batches: BatchProcessor,
        store: ObjectStore,
        statuses: GenerationStatusLookup,
        publisher: Publisher,
        dead_letters: DeadLetters,
        retry: Retry,
    ) -> None:
        self._batches = batches
        self._store = store
        self._statuses = statuses
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._retry = retry
        # Generations of which a batch could not be processed, with the reason; the latest ones.
        self._failed: OrderedDict[FileKey, str] = OrderedDict()

    async def handle(self, message: Message) -> None:
        try:
            event, _ = decode(message.value)
            if not isinstance(event, RowBatch):
                raise BadData("unknown_event", f"{event.TYPE} does not belong on {message.topic}")
        except BadData as exc:
            await self._dead_letters.bad(message, exc)
            return
        key = (event.file_id, event.generation)
        status = (await self._statuses.get([key]))[key]
        if status != "waiting":
            _LOG.info(
                "batch %d is skipped: its file is %s",
                event.batch_no,
                status,
                extra={"file_id": event.file_id, "batch_no": event.batch_no},
            )
            return
        done = await self._result(message, event)
        if done is None:
            return
        await self._publish(*done)

    async def fail(self, message: Message, reason: str) -> None:
        """The result of a batch that cannot be processed: its file fails."""
        event, _ = decode(message.value)
        if isinstance(event, RowBatch):
            key = (event.file_id, event.generation)
            self._failed[key] = reason
            while len(self._failed) > _FAILED_KEPT:
                self._failed.popitem(last=False)
            await self._publish(failed(event, f"{reason} (batch {event.batch_no})"), b"")

    async def _result(self, message: Message, batch: RowBatch) -> tuple[BatchResult, bytes] | None:
        """The result of `batch`; one that says so if its bytes are gone, None if its file was
        deleted meanwhile.
        """
        known = self._failed.get((batch.file_id, batch.generation))
        if known is not None:
            # Its file fails in any case. One dead letter is enough, and its other batches are not
            # worth three attempts each.
            return failed(batch, f"{known} (an earlier batch)"), b""
        try:
            data = await self._retry(
                "read a batch",
                lambda: self._store.get_range(batch.source, batch.start, batch.end),
            )
            if len(data) != batch.end - batch.start:
                raise ObjectMissing(batch.source)
        except ObjectMissing as exc:
            if await self._statuses.is_deleted((batch.file_id, batch.generation)):
                return None
            reason = f"storage error: {exc}"
            await self._dead_letters.put(message, "object_missing", reason)
            return failed(batch, reason), b""
        return (await self._batches.results([(batch, data)]))[0]

    async def _publish(self, result: BatchResult, payload: bytes) -> None:
        await self._retry(
            "publish a batch result",
            lambda: self._publisher.publish(
                topics.PARTIALS, result.file_id.encode(), encode(result, payload)
            ),
        )


def failed(batch: RowBatch, reason: str) -> BatchResult:
    """The result of a batch that could not be processed; its file fails with `reason`."""
    return BatchResult(
        file_id=batch.file_id,
        generation=batch.generation,
        batch_no=batch.batch_no,
        row_count=0,
        invalid_count=0,
        min_value=None,
        max_value=None,
        dialect_fingerprint=batch.dialect.fingerprint(),
        error=reason,
    )
