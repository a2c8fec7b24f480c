"""aggregate: results of batches to results of files. An agent on `files.partials`.

Two tables, partitioned like the topic: `files` (one small value per file in flight) and `sensors`
(partials by batch). A file whose events all come in one group never touches them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas.errors import BadData
from schemas.events import BatchResult, FileSplit, ObjectRef, decode
from schemas.records import FileProgress
from sinks.base import Sink, SinkBatch
from storage.base import ObjectStore
from stream.dead_letters import DeadLetters
from stream.finish import Ended, Finish
from stream.in_flight import (
    FileInFlight,
    event_id,
    fold,
    from_bytes,
    partials_key,
    state_key,
    to_bytes,
)
from stream.merge import Part
from stream.message import Message, Table
from stream.partials import partials_ref
from stream.retry import Retry
from stream.verdicts import FileKey, Verdicts

_LOG = logging.getLogger(__name__)
_PROGRESS_SECONDS = 0.5
_DELETES = 16


@dataclass(slots=True)
class _Open:
    """A file that a group is about."""

    partition: int
    state: FileInFlight
    in_table: bool
    # Partials that came with this group, by batch.
    payloads: dict[int, bytes] = field(default_factory=dict)


class Aggregate:
    """Handles a group of messages: decode, fold, end what is complete, write the tables."""

    def __init__(
        self,
        *,
        files: Table,
        sensors: Table,
        finish: Finish,
        verdicts: Verdicts,
        sink: Sink,
        store: ObjectStore,
        bucket: str,
        dead_letters: DeadLetters,
        retry: Retry,
        clock: Callable[[], datetime],
    ) -> None:
        self._files = files
        self._sensors = sensors
        self._finish = finish
        self._verdicts = verdicts
        self._sink = sink
        self._store = store
        self._bucket = bucket
        self._dead_letters = dead_letters
        self._retry = retry
        self._clock = clock
        self._told: dict[FileKey, float] = {}

    async def handle(self, messages: Sequence[Message]) -> None:
        """Returns when every effect of `messages` is durable."""
        events = await self._decode(messages)
        opened = await self._open(events)
        for _, event, payload in events:
            file = opened.get(event_id(event))
            if file is None:
                await self._clean_up(event)
                continue
            if isinstance(event, BatchResult) and payload and not file.state.has(event.batch_no):
                file.payloads[event.batch_no] = payload
            file.state = fold(file.state, event)
        complete = [file for file in opened.values() if file.state.complete]
        pending = [file for file in opened.values() if not file.state.complete]
        await self._tell_progress(pending)
        for file in pending:
            self._keep(file)
        await self._retry("write the tables", self._settle)
        await self._finish([self._ended(file) for file in complete])
        await asyncio.gather(*(self._delete_stored(file.state) for file in complete))
        for file in complete:
            self._forget(file)
        await self._retry("write the tables", self._settle)

    async def _decode(
        self, messages: Sequence[Message]
    ) -> list[tuple[Message, BatchResult | FileSplit, bytes]]:
        events: list[tuple[Message, BatchResult | FileSplit, bytes]] = []
        for message in messages:
            try:
                event, payload = decode(message.value)
                if not isinstance(event, BatchResult | FileSplit):
                    raise BadData(
                        "unknown_event", f"{event.TYPE} does not belong on {message.topic}"
                    )
                events.append((message, event, payload))
            except BadData as exc:
                await self._dead_letters.bad(message, exc)
        return events

    async def _open(
        self, events: Sequence[tuple[Message, BatchResult | FileSplit, bytes]]
    ) -> dict[FileKey, _Open]:
        """The files of `events` as the table knows them; new ones only if they are to be ended.

        Events of a file that has ended come again after a crash, or from a worker that was taken
        for dead; the table has forgotten the file by then, the database has not.
        """
        opened: dict[FileKey, _Open] = {}
        unknown: dict[FileKey, int] = {}
        for message, event, _ in events:
            key = event_id(event)
            if key in opened or key in unknown:
                continue
            value = self._files.get(state_key(*key))
            if value is None:
                unknown[key] = message.partition
            else:
                opened[key] = _Open(message.partition, from_bytes(value), in_table=True)
        verdicts = await self._verdicts.of(unknown) if unknown else {}
        for key, partition in unknown.items():
            if verdicts[key] == "waiting":
                opened[key] = _Open(partition, FileInFlight(*key), in_table=False)
            else:
                _LOG.info(
                    "not aggregated: the file is %s", verdicts[key], extra={"file_id": key[0]}
                )
        return opened

    def _keep(self, file: _Open) -> None:
        state = file.state
        for batch_no, payload in file.payloads.items():
            key = partials_key(state.file_id, state.generation, batch_no)
            self._sensors.put(file.partition, key, payload)
        self._files.put(file.partition, state_key(state.file_id, state.generation), to_bytes(state))

    def _forget(self, file: _Open) -> None:
        state = file.state
        self._told.pop((state.file_id, state.generation), None)
        if not file.in_table:
            return
        for batch_no in _bits(state.done & ~state.stored & ~state.empty):
            key = partials_key(state.file_id, state.generation, batch_no)
            if self._sensors.get(key) is not None:
                self._sensors.drop(file.partition, key)
        self._files.drop(file.partition, state_key(state.file_id, state.generation))

    async def _settle(self) -> None:
        # Partials first: a state never says that a batch is in whose partials are not.
        await self._sensors.settle()
        await self._files.settle()

    def _ended(self, file: _Open) -> Ended:
        state = file.state
        if state.split is None:
            raise AssertionError("a file without a split is not complete")
        return Ended(state, state.split, lambda: self._parts(file), known_to_wait=not file.in_table)

    def _parts(self, file: _Open) -> list[Part]:
        state = file.state
        parts = []
        for batch_no in _bits(state.done & ~state.empty):
            if state.stored >> batch_no & 1:
                ref = partials_ref(self._bucket, state.file_id, state.generation, batch_no)
                parts.append(Part(batch_no, ref=ref))
                continue
            inline = file.payloads.get(batch_no) or self._sensors.get(
                partials_key(state.file_id, state.generation, batch_no)
            )
            if inline is None:
                raise AssertionError(
                    f"the partials of batch {batch_no} of {state.file_id} are not in the table"
                )
            parts.append(Part(batch_no, inline=inline))
        return parts

    async def _delete_stored(self, state: FileInFlight) -> None:
        refs = [
            partials_ref(self._bucket, state.file_id, state.generation, batch_no)
            for batch_no in _bits(state.stored)
        ]
        for start in range(0, len(refs), _DELETES):
            await asyncio.gather(*(self._delete(ref) for ref in refs[start : start + _DELETES]))

    async def _delete(self, ref: ObjectRef) -> None:
        await self._retry("delete partials", lambda: self._store.delete(ref))

    async def _clean_up(self, event: BatchResult | FileSplit) -> None:
        """A late result of a file that has ended leaves no partials behind."""
        if isinstance(event, BatchResult) and event.partials_ref is not None:
            await self._delete(event.partials_ref)

    async def _tell_progress(self, files: Sequence[_Open]) -> None:
        now = time.monotonic()
        due = [
            file
            for file in files
            if self._told.get((file.state.file_id, file.state.generation), 0) + _PROGRESS_SECONDS
            < now
        ]
        if not due:
            return
        for file in due:
            self._told[file.state.file_id, file.state.generation] = now
        records = SinkBatch.of(*(self._progress(file.state) for file in due))
        await self._retry("write progress", lambda: self._sink.write(records))

    def _progress(self, state: FileInFlight) -> FileProgress:
        return FileProgress(
            file_id=state.file_id,
            generation=state.generation,
            batches_done=state.batches_done,
            batches_total=state.split.batches if state.split is not None else None,
            rows_done=state.rows_done,
            updated_at=self._clock(),
        )


def _bits(number: int) -> list[int]:
    return [n for n in range(number.bit_length()) if number >> n & 1]
