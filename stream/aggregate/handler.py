"""aggregate: results of batches to results of files. An agent on `files.partials`.

Two tables, partitioned like the topic: `files` (one small value per file in flight) and `sensors`
(partials by batch). A file whose events all come in one group never touches them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rows.file_aggregate import (
    FileAggregate,
    add,
    event_id,
    from_bytes,
    has_partials,
    is_read_otherwise,
    partials_key,
    state_key,
    to_bytes,
)
from schemas.errors import BadData
from schemas.events import BatchResult, FileDropped, FileSplit, ObjectRef, decode
from schemas.file_progress import FileProgress
from schemas.object_keys import PARTIALS
from sinks.base import Sink, SinkBatch
from storage.base import ObjectMissing, ObjectStore
from stream.aggregate.finalize import CompletedFile, FileFinalizer
from stream.aggregate.merge import BatchPartials, from_entry, to_entry
from stream.dead_letters import DeadLetters
from stream.file_status import FileKey, GenerationStatusLookup
from stream.runtime.message import Message, Table
from stream.runtime.retry import Retry
from stream.runtime.together import together

_LOG = logging.getLogger(__name__)
_PROGRESS_SECONDS = 0.5
_DELETES = 16
# Generations before a new one that are looked for in the table.
_EARLIER = 16
# Rows of both ways may be stored by then.
_READ_IN_TWO_WAYS = (
    "its batches were read in two ways, by workers of two versions or with different settings; "
    "read the file again"
)


@dataclass(slots=True)
class _Open:
    """A file that a group is about."""

    partition: int
    state: FileAggregate
    in_table: bool
    # Partials of this group, by batch, in the format of the table.
    entries: dict[int, bytes] = field(default_factory=dict)


class Aggregate:
    """Handles a group of messages: decode, add, finalize complete files, write the tables."""

    def __init__(
        self,
        *,
        files: Table,
        sensors: Table,
        finish: FileFinalizer,
        statuses: GenerationStatusLookup,
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
        self._statuses = statuses
        self._sink = sink
        self._store = store
        self._bucket = bucket
        self._dead_letters = dead_letters
        self._retry = retry
        self._clock = clock
        self._reported: dict[FileKey, float] = {}

    async def handle(self, messages: Sequence[Message]) -> None:
        """Returns when every effect of `messages` is durable."""
        events, dropped = await self._decode(messages)
        opened = await self._open(events)
        let_go = self._never_complete(dropped, opened)
        for _, event, payload in events:
            file = opened.get(event_id(event))
            if file is None:
                await self._clean_up(event)
                continue
            if is_read_otherwise(file.state, event):
                let_go.append(opened.pop(event_id(event)))
                await self._finish.fail(event_id(event), _READ_IN_TWO_WAYS, written=True)
                await self._clean_up(event)
                continue
            if isinstance(event, BatchResult):
                await self._take_partials(file, event, payload)
            file.state = add(file.state, event)
        complete = [file for file in opened.values() if file.state.complete]
        pending = [file for file in opened.values() if not file.state.complete]
        await self._tell_progress(pending)
        await self._keep(pending)
        whole = await self._whole(complete)
        await self._finish([self._ended(file) for file in whole])
        over = [*complete, *let_go]
        await together(*(self._delete_stored(file) for file in over))
        await self._forget(over)

    async def fail(self, message: Message, reason: str) -> None:
        """End the file of a message that cannot be handled, and forget what is kept of it."""
        event, _ = decode(message.value)
        if not isinstance(event, BatchResult | FileSplit | FileDropped):
            return
        file = event.file if isinstance(event, FileSplit) else event
        # It may have been in the midst of its results.
        await self._finish.fail((file.file_id, file.generation), reason, written=True)
        value = self._files.get(state_key(file.file_id, file.generation))
        if value is None:
            return
        state = FileAggregate(file.file_id, file.generation)
        try:
            state = from_bytes(value)
        except Exception:  # noqa: BLE001 - an unreadable entry is dropped
            _LOG.exception("the state in the table is broken", extra={"file_id": file.file_id})
        # Objects that are left over are swept with those of other files that have ended.
        await self._forget([_Open(message.partition, state, in_table=True)])

    async def _decode(
        self, messages: Sequence[Message]
    ) -> tuple[list[tuple[Message, BatchResult | FileSplit, bytes]], dict[FileKey, int]]:
        """Events about files, and the files that were deleted, with their partitions."""
        events: list[tuple[Message, BatchResult | FileSplit, bytes]] = []
        dropped: dict[FileKey, int] = {}
        for message in messages:
            try:
                event, payload = decode(message.value)
                if isinstance(event, FileDropped):
                    dropped[event.file_id, event.generation] = message.partition
                    continue
                if not isinstance(event, BatchResult | FileSplit):
                    raise BadData(
                        "unknown_event", f"{event.TYPE} does not belong on {message.topic}"
                    )
                if isinstance(event, FileSplit) and event.result is not None:
                    events.append((message, event.result, payload))
                    event, payload = event.model_copy(update={"result": None}), b""
                events.append((message, event, payload))
            except BadData as exc:
                await self._dead_letters.bad(message, exc)
        return events, dropped

    def _never_complete(
        self, dropped: Mapping[FileKey, int], opened: dict[FileKey, _Open]
    ) -> list[_Open]:
        """Files that never become complete, as the table or `opened` knows them; they are taken out
        of `opened`: deleted ones, and generations before another one, because batches of both are
        skipped."""
        partitions = {key: file.partition for key, file in opened.items()}
        over = dict(dropped)
        for (file_id, generation), partition in [*dropped.items(), *partitions.items()]:
            for earlier in range(max(1, generation - _EARLIER), generation):
                over[file_id, earlier] = partition
        found = []
        for key, partition in over.items():
            file = opened.pop(key, None)
            if file is None and (state := self._known(key, partition)) is not None:
                file = _Open(partition, state, in_table=True)
            if file is not None:
                found.append(file)
        return found

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
            state = self._known(key, message.partition)
            if state is None:
                unknown[key] = message.partition
            else:
                opened[key] = _Open(message.partition, state, in_table=True)
        statuses = await self._statuses.get(unknown) if unknown else {}
        for key, partition in unknown.items():
            if statuses[key] == "waiting":
                opened[key] = _Open(partition, FileAggregate(*key), in_table=False)
            else:
                _LOG.info(
                    "not aggregated: the file is %s", statuses[key], extra={"file_id": key[0]}
                )
        return opened

    def _known(self, key: FileKey, partition: int) -> FileAggregate | None:
        """What the table knows of a file; None if that is nothing, or cannot be read.

        A worker of another version may have written it, with options that this one does not know. It
        is dropped then, and the file starts again when the reconciler announces it.
        """
        value = self._files.get(state_key(*key))
        if value is None:
            return None
        try:
            return from_bytes(value)
        except Exception:  # noqa: BLE001 - whatever is in it, it cannot be read
            _LOG.exception(
                "the state in the table cannot be read; the file starts again",
                extra={"file_id": key[0]},
            )
            self._files.drop(partition, state_key(*key))
            return None

    async def _take_partials(self, file: _Open, event: BatchResult, payload: bytes) -> None:
        """Hold on to the partials of a batch that is new; drop what others made of one that is in."""
        if not has_partials(event):
            return
        entry = to_entry(payload, event.partials_ref)
        known = self._entry(file, event.batch_no)
        if known is None:
            file.entries[event.batch_no] = entry
        elif known != entry and event.partials_ref is not None:
            await self._delete(event.file_id, event.partials_ref)

    def _entry(self, file: _Open, batch_no: int) -> bytes | None:
        state = file.state
        return file.entries.get(batch_no) or self._sensors.get(
            partials_key(state.file_id, state.generation, batch_no)
        )

    async def _keep(self, files: Sequence[_Open]) -> None:
        """Write the tables: partials first, so that a state never knows of a batch that is not."""
        for file in files:
            state = file.state
            for batch_no, entry in file.entries.items():
                key = partials_key(state.file_id, state.generation, batch_no)
                self._sensors.put(file.partition, key, entry)
        await self._retry("write the table of sensors", self._sensors.settle)
        for file in files:
            key = state_key(file.state.file_id, file.state.generation)
            self._files.put(file.partition, key, to_bytes(file.state))
        await self._retry("write the table of files", self._files.settle)

    async def _forget(self, files: Sequence[_Open]) -> None:
        """Clear the tables: partials first, so that none is left of an unknown file."""
        for file in files:
            state = file.state
            self._reported.pop((state.file_id, state.generation), None)
            for batch_no in _bits(state.done & ~state.empty) if file.in_table else ():
                key = partials_key(state.file_id, state.generation, batch_no)
                if self._sensors.get(key) is not None:
                    self._sensors.drop(file.partition, key)
        await self._retry("write the table of sensors", self._sensors.settle)
        for file in files:
            if file.in_table:
                key = state_key(file.state.file_id, file.state.generation)
                self._files.drop(file.partition, key)
        await self._retry("write the table of files", self._files.settle)

    async def _whole(self, files: Sequence[_Open]) -> list[_Open]:
        """Those of `files` that can be ended.

        If the broker has lost a part of the changelogs, partials can be missing that the state
        refers to. Such a file starts again when the reconciler publishes it, unless it is terminal.
        """
        lost = [file for file in files if not self._has_all(file)]
        if not lost:
            return list(files)
        keys = [(file.state.file_id, file.state.generation) for file in lost]
        statuses = await self._statuses.get(keys)
        restarted = {key for key in keys if statuses[key] == "waiting"}
        for file_id, _ in restarted:
            _LOG.critical(
                "the table has lost partials; the file starts again", extra={"file_id": file_id}
            )
        return [f for f in files if (f.state.file_id, f.state.generation) not in restarted]

    def _has_all(self, file: _Open) -> bool:
        batches = _bits(file.state.done & ~file.state.empty)
        return all(self._entry(file, batch_no) is not None for batch_no in batches)

    def _ended(self, file: _Open) -> CompletedFile:
        state = file.state
        if state.split is None:
            raise AssertionError("a file without a split is not complete")
        return CompletedFile(
            state, state.split, lambda: self._parts(file), is_waiting=not file.in_table
        )

    def _parts(self, file: _Open) -> list[BatchPartials]:
        parts = []
        for batch_no in _bits(file.state.done & ~file.state.empty):
            entry = self._entry(file, batch_no)
            if entry is None:
                raise AssertionError(
                    f"the partials of batch {batch_no} of {file.state.file_id} are not in the table"
                )
            parts.append(from_entry(batch_no, entry))
        return parts

    async def _delete_stored(self, file: _Open) -> None:
        entries = {n: self._entry(file, n) for n in _bits(file.state.done & ~file.state.empty)}
        parts = [from_entry(n, entry) for n, entry in entries.items() if entry is not None]
        refs = [part.ref for part in parts if part.ref is not None]
        for start in range(0, len(refs), _DELETES):
            some = refs[start : start + _DELETES]
            await together(*(self._delete(file.state.file_id, ref) for ref in some))

    async def _delete(self, file_id: str, ref: ObjectRef) -> None:
        """Delete partials of this file only, regardless of the event."""
        if ref.bucket != self._bucket or not ref.key.startswith(f"{PARTIALS}{file_id}/"):
            _LOG.error("%s/%s holds no partials of this file", ref.bucket, ref.key)
            return
        try:
            await self._retry("delete partials", lambda: self._store.delete(ref))
        except ObjectMissing as exc:
            # The store denies it; the reconciler tries again.
            _LOG.warning("partials are not deleted: %s", exc, extra={"file_id": file_id})

    async def _clean_up(self, event: BatchResult | FileSplit) -> None:
        """Delete the partials of a late result of a file that is terminal."""
        if isinstance(event, BatchResult) and event.partials_ref is not None:
            await self._delete(event.file_id, event.partials_ref)

    async def _tell_progress(self, files: Sequence[_Open]) -> None:
        """Not before a batch is done: a file of one is over by then, and costs no row for it."""
        now = time.monotonic()
        due = [
            file
            for file in files
            if file.state.done
            and self._reported.get((file.state.file_id, file.state.generation), 0)
            + _PROGRESS_SECONDS
            < now
        ]
        if not due:
            return
        for file in due:
            self._reported[file.state.file_id, file.state.generation] = now
        records = SinkBatch.of(*(self._progress(file.state) for file in due))
        await self._retry("write progress", lambda: self._sink.write(records))

    def _progress(self, state: FileAggregate) -> FileProgress:
        return FileProgress(
            file_id=state.file_id,
            generation=state.generation,
            batches_done=state.batches_done,
            batches_total=state.split.batches if state.split is not None else None,
            rows_done=state.rows_done,
            updated_at=self._clock(),
        )


def _bits(number: int) -> list[int]:
    """The numbers of the bits of `number` that are set, ascending."""
    return [n for n, bit in enumerate(reversed(f"{number:b}")) if bit == "1"]
