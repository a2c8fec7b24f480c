"""The end of files: merge, results, terminal record, document, in this order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from rows.file_aggregate import (
    FileAggregate,
    apply_max_invalid,
    final_status,
    notices_of,
    without_readings,
)
from rows.turns import Counted, turns
from rows.turns import together as together_of
from runtime.metrics import FILES_FINISHED
from schemas import topics
from schemas.events import FileSplit
from schemas.file_document import encode_bounded, file_document
from schemas.file_record import FileRecord
from schemas.file_state import Terminal
from schemas.tables import Table
from sinks.base import Sink, SinkBatch
from storage.base import ObjectMissing
from stream.aggregate.merge import (
    BatchPartials,
    Merger,
    SensorCounts,
    is_small,
    merge_small,
    results_of,
)
from stream.file_status import FileKey, FileStates, GenerationStatusLookup
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.message import Publisher
from stream.runtime.retry import Retry
from stream.runtime.together import together

_LOG = logging.getLogger(__name__)
# Files that are merged or asked about at the same time.
_WIDTH = 8


class FinalizeQueries(FileStates, Protocol):
    """What is asked of the database at the end of a file."""

    async def file(self, file_id: str) -> FileRecord | None: ...
    async def per_sensor_count(self, file_id: str) -> dict[str, int]: ...
    async def with_results(self, keys: Collection[FileKey]) -> Collection[FileKey]: ...
    async def first_invalid_rows(self, file_id: str) -> list[dict[str, Any]]: ...
    async def invalid_row_number(
        self, file_id: str, generation: int, *, nth: int
    ) -> int | None: ...


@dataclass(frozen=True, slots=True)
class CompletedFile:
    """A file whose batches are all in, with where their partials are."""

    state: FileAggregate
    split: FileSplit
    # Not looked at where the file turns out to have ended before: its partials may be gone.
    parts: Callable[[], Sequence[BatchPartials]]
    # The database was asked in this group already, and said that the file waits.
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of a file: its record, and the counts its document shows."""

    record: FileRecord
    per_sensor: Mapping[str, int]
    # Results of a file that failed were written, or may still be.
    written: bool = False


class FileFinalizer:
    """Ends files. Doing it again finds the terminal record and only publishes the document."""

    def __init__(
        self,
        *,
        merger: Merger,
        cpu_pool: CpuPool,
        sink: Sink,
        queries: FinalizeQueries,
        publisher: Publisher,
        retry: Retry,
        clock: Callable[[], datetime],
        max_stored_invalid_rows: int,
        containers: Callable[[Collection[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._merger = merger
        # Sums up the containers of files that have ended.
        self._containers = containers
        self._kernels = cpu_pool
        self._sink = sink
        self._questions = queries
        self._statuses = GenerationStatusLookup(queries, retry)
        self._publisher = publisher
        self._retry = retry
        self._clock = clock
        self._cap = max_stored_invalid_rows
        self._width = asyncio.Semaphore(_WIDTH)

    async def __call__(self, files: Sequence[CompletedFile]) -> None:
        """Returns when each of `files` is terminal for every reader and its document published.

        Raises:
            Draining: a service was unavailable, or a merge was long, until a drain began.
        """
        if not files:
            return
        statuses = await self._statuses.get([_key(f) for f in files if not f.is_waiting])
        fresh, again = [], []
        for file in files:
            status = statuses.get(_key(file), "waiting")
            if status == "waiting":
                fresh.append(file)
            elif status == "terminal" or (
                status == "superseded" and await self._failed_next(_key(file)) is not None
            ):
                again.append(file)
            else:
                _LOG.info(
                    "not finished: the file is %s",
                    status,
                    extra={"file_id": file.state.file_id, "generation": file.state.generation},
                )
        outcomes = await self._settle(fresh)
        outcomes += await together(*(self._known(f) for f in again))
        await together(*(self._publish(outcome) for outcome in outcomes))
        await self._sum_up([outcome.record for outcome in outcomes])

    async def _sum_up(self, ended: Sequence[FileRecord]) -> None:
        parents = {record.parent_id for record in ended if record.parent_id is not None}
        if parents and self._containers is not None:
            await self._containers(parents)

    async def fail(self, key: FileKey, reason: str, *, written: bool = False) -> None:
        """End a generation of a file that cannot be ended by its results.

        Args:
            written: whether results of it may be written, or may still be.
        """
        await self._end(key, "failed", error=reason, written=written)

    async def end_duplicate(self, key: FileKey, original: str) -> None:
        """End a generation of a file whose readings are those of another file; called again, only
        its document is published again."""
        await self._end(key, "processed", duplicate_of=original)

    async def _end(
        self,
        key: FileKey,
        status: Terminal,
        *,
        error: str | None = None,
        duplicate_of: str | None = None,
        written: bool = False,
    ) -> None:
        file_id, generation = key
        record = await self._retry("read a record", lambda: self._questions.file(file_id))
        if record is None or record.generation != generation:
            if (following := await self._failed_next(key)) is not None:
                await self._publish(_Outcome(following, {}))
                await self._sum_up([following])
            return
        if record.status != "waiting":
            if record.duplicate_of is not None:
                await self._publish(_Outcome(record, {}))
                await self._sum_up([record])
            return
        now, begun = self._clock(), record.requested_at or record.upload_time
        ended = record.terminal(
            status,
            finished_at=now,
            processing_ms=max(0, round((now - begun).total_seconds() * 1000)),
            error=error,
            duplicate_of=duplicate_of,
        )
        (outcome,) = await self._without_results([_Outcome(ended, {}, written)])
        ended = outcome.record
        insert = SinkBatch.of(ended)
        await self._retry("write a terminal record", lambda: self._sink.write(insert))
        FILES_FINISHED.labels(ended.status).inc()
        await self._publish(outcome)
        await self._sum_up([ended])

    async def _settle(self, files: Sequence[CompletedFile]) -> list[_Outcome]:
        """Results, then terminal records: one insert each for all small files together."""
        with_parts = [
            (file, () if file.state.withheld or file.state.error else file.parts())
            for file in map(_settled, files)
        ]
        small = [(file, parts) for file, parts in with_parts if is_small(parts)]
        merged = await self._kernels.run(merge_small, [parts for _, parts in small])
        results = [
            (file.state.file_id, file.state.generation, one.merged)
            for (file, _), one in zip(small, merged, strict=True)
            if one.merged.num_rows
        ]
        if results:
            await self._write(await self._kernels.run(results_of, results))
        outcomes = await together(
            *(
                self._outcome(
                    file, one.merged.num_rows, _rows(one.merged), one.first, noted=turns(one.merged)
                )
                for (file, _), one in zip(small, merged, strict=True)
            ),
            *(self._merge_large(file, parts) for file, parts in with_parts if not is_small(parts)),
        )
        outcomes, ended = await self._still_waiting(outcomes)
        outcomes = await self._without_results(outcomes)
        if outcomes:
            records = SinkBatch.of(*(outcome.record for outcome in outcomes))
            await self._retry("write terminal records", lambda: self._sink.write(records))
        for outcome in outcomes:
            record = outcome.record
            FILES_FINISHED.labels(record.status).inc()
            _LOG.info(
                "file %s: %d valid, %d invalid rows, %d sensors in %d ms",
                record.status,
                record.row_count,
                record.invalid_count,
                record.sensor_count,
                record.processing_ms,
                extra={"file_id": record.file_id, "generation": record.generation},
            )
        return outcomes + await together(*(self._known(f) for f in files if _key(f) in ended))

    async def _still_waiting(
        self, outcomes: Sequence[_Outcome]
    ) -> tuple[list[_Outcome], set[FileKey]]:
        """The outcomes to record, and the files that another worker has ended.

        Partials that are missing may be those of a file that was deleted or replayed meanwhile, or of
        one that another worker has ended: one that was taken for dead goes on where it was.
        """
        doubtful = [o.record.key for o in outcomes if o.record.error is not None]
        statuses = await self._statuses.get(doubtful) if doubtful else {}
        over = {key for key, status in statuses.items() if status != "waiting"}
        ended = {key for key in over if statuses[key] == "terminal"}
        return [outcome for outcome in outcomes if outcome.record.key not in over], ended

    async def _without_results(self, outcomes: Sequence[_Outcome]) -> list[_Outcome]:
        """The outcomes, with a next generation for files that failed although results of this one are
        written: by a merge that lost its partials, or one before the file was read again.

        Results become visible by their generation. None of another one are there, and those that are
        still on their way to the database stay hidden too.
        """
        failed = [o.record.key for o in outcomes if o.record.status == "failed" and not o.written]
        found: Collection[FileKey] = ()
        if failed:
            found = await self._retry(
                "ask for results", lambda: self._questions.with_results(failed)
            )
        return [
            _Outcome(_as_next(o.record), {}) if o.written or o.record.key in found else o
            for o in outcomes
        ]

    async def _failed_next(self, key: FileKey) -> FileRecord | None:
        """The record of a file that failed as the generation after this one; see `_without_results`."""
        file_id, generation = key
        record = await self._retry("read a record", lambda: self._questions.file(file_id))
        if record is None or record.status != "failed" or record.generation != generation + 1:
            return None
        return record

    async def _merge_large(self, file: CompletedFile, parts: Sequence[BatchPartials]) -> _Outcome:
        """Results range by range, each written while the next one is merged."""
        state = file.state
        sensors, counted, first = 0, 0, SensorCounts()
        noted: Counted = {}
        async with self._width:
            writing: asyncio.Task[None] | None = None
            try:
                async for merged in self._merger.merge(parts):
                    await self._kernels.run(first.add, merged)
                    sensors += merged.num_rows
                    counted += _rows(merged)
                    noted = together_of((noted, turns(merged)))
                    result = [(state.file_id, state.generation, merged)]
                    rows = await self._kernels.run(results_of, result)
                    if writing is not None:
                        await writing
                    writing = asyncio.create_task(self._write(rows))
                if writing is not None:
                    await writing
            except ObjectMissing as exc:
                # What was written of it are not all results, so none of them is to count.
                lost = replace(file, state=without_readings(state))
                outcome = await self._outcome(lost, 0, 0, {}, f"storage error: {exc}")
                return replace(outcome, written=writing is not None)
            finally:
                # Not after what comes of the failure: the rows may be written or not.
                if writing is not None:
                    writing.cancel()
                    await asyncio.wait([writing])
        return await self._outcome(file, sensors, counted, first.counts(), noted=noted)

    async def _outcome(
        self,
        file: CompletedFile,
        sensors: int,
        counted: int,
        first: Mapping[str, int],
        problem: str | None = None,
        *,
        noted: Counted | None = None,
    ) -> _Outcome:
        problem = problem or _disagreement(file, counted)
        record = await self._record(file, sensors=sensors, problem=problem, noted=noted or {})
        written = record.status == "failed" and sensors > 0
        return _Outcome(record, first, written)

    async def _write(self, results: pa.Table) -> None:
        insert = SinkBatch(Table.SENSOR_RESULTS, results)
        await self._retry("write sensor results", lambda: self._sink.write(insert))

    async def _record(
        self, file: CompletedFile, *, sensors: int, problem: str | None, noted: Counted
    ) -> FileRecord:
        state, upload = file.state, file.split.file
        if problem is not None:
            _LOG.critical(problem, extra={"file_id": state.file_id})
        status, error = final_status(state, problem)
        kept_through = await self._kept_through(state)
        now, begun = self._clock(), upload.requested_at or upload.upload_time
        return FileRecord.from_upload(upload, recorded_at=now).terminal(
            status,
            finished_at=now,
            processing_ms=max(0, round((now - begun).total_seconds() * 1000)),
            row_count=state.row_count,
            invalid_count=state.invalid_count,
            record_count=state.record_count,
            missing_count=state.missing_count,
            excluded_count=state.excluded_count,
            sensor_count=sensors,
            min_value=state.smallest.value if state.smallest else None,
            max_value=state.greatest.value if state.greatest else None,
            batches=file.split.batches,
            error=error,
            dialect=file.split.dialect,
            codes=state.codes,
            notices=notices_of(state, noted),
            suggestions=file.split.suggestions,
            detected=file.split.detected,
            invalid_kept_through=kept_through,
        )

    async def _kept_through(self, state: FileAggregate) -> int:
        """Row number up to which the details of invalid rows are shown; 0 for all of them.

        Batches run side by side, so a few more than the cap can have been stored.
        """
        if not state.invalid_count > self._cap > 0:
            return 0
        number = await self._retry(
            "ask for an invalid row",
            lambda: self._questions.invalid_row_number(
                state.file_id, state.generation, nth=self._cap
            ),
        )
        return number or 0

    async def _known(self, file: CompletedFile) -> _Outcome:
        """What was recorded of a file that had ended before."""
        file_id = file.state.file_id
        async with self._width:
            record = await self._retry("read a record", lambda: self._questions.file(file_id))
            counts = await self._retry(
                "read results", lambda: self._questions.per_sensor_count(file_id)
            )
        if record is None:  # deleted since it was asked for
            record = await self._record(file, sensors=0, problem=None, noted={})
        return _Outcome(record, counts)

    async def _publish(self, outcome: _Outcome) -> None:
        record = outcome.record
        rows: list[dict[str, Any]] = []
        if record.invalid_count:
            async with self._width:
                rows = await self._retry(
                    "read invalid rows",
                    lambda: self._questions.first_invalid_rows(record.file_id),
                )
        document = file_document(record, per_sensor_count=outcome.per_sensor, invalid_rows=rows)
        value = encode_bounded(document)
        await self._retry(
            "publish a result",
            lambda: self._publisher.publish(topics.RESULTS, record.file_id.encode(), value),
        )


def _rows(merged: pa.RecordBatch) -> int:
    return int(merged.column("row_count").to_numpy().sum())


def _settled(file: CompletedFile) -> CompletedFile:
    """The file without its readings if they are withheld, or not all of them are known: no result of it
    is ever written."""
    state = apply_max_invalid(file.state)
    return replace(file, state=state if state.error is None else without_readings(state))


def _as_next(record: FileRecord) -> FileRecord:
    """The terminal record of the generation after one that failed."""
    following = record.next_generation(recorded_at=record.recorded_at, profiles=record.profiles)
    return following.terminal(
        "failed",
        finished_at=record.recorded_at,
        processing_ms=record.processing_ms or 0,
        error=record.error,
        dialect=record.dialect,
    )


def _key(file: CompletedFile) -> FileKey:
    return file.state.file_id, file.state.generation


def _disagreement(file: CompletedFile, counted: int) -> str | None:
    """What does not add up in a file, which can only be a fault of ours."""
    state = file.state
    if counted != state.row_count:
        return (
            f"worker error: {counted} rows in the results per sensor, {state.row_count} in the "
            "results of the batches"
        )
    if state.error is None and state.rows_done != file.split.rows:
        return f"worker error: split counted {file.split.rows} rows, process {state.rows_done}"
    return None
