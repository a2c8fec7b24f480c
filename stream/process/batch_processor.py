"""One batch of records to its result: parse, store rows, shape the partials.

Used by process for batches of large files, and by split for files that are one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import pyarrow as pa

from rows.order import Order
from rows.outcome import BatchOutcome
from rows.split.encoded_splitter import parse_source
from rows.split.splitter import BatchSpan
from runtime.metrics import BATCHES, ROWS
from schemas.arrow import invalid_row_table, reading_table
from schemas.events import BatchResult, DialectSpec, FileUploaded, RowBatch
from schemas.instants import micros_of
from schemas.limits import Limits
from schemas.tables import Table
from sinks.base import Sink, SinkBatch
from storage.base import ObjectStore
from stream.aggregate import partials
from stream.runtime.cpu_pool import CpuPool
from stream.runtime.retry import Retry

# Rows of one insert: bounds what it takes to write a batch in which every row is invalid, and one
# that is much larger than batches are by default.
_INSERT_ROWS = 50_000
_INSERT_READINGS = 1_000_000
# Partials of the batches from here on lie in the store whatever their size, so that what a file
# has in the tables does not grow with the file.
_INLINE_BATCHES = 64
_SMALL_BYTES = 2 << 10
# Files with too many invalid rows that are remembered.
_FULL_FILES = 1000


class InvalidRowCounts(Protocol):
    """The question that keeps the details of a hopeless file within bounds."""

    async def count_invalid_rows(self, file_id: str, generation: int, *, below_row: int) -> int: ...


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Limits that come from the settings."""

    records: Limits
    max_stored_invalid_rows: int = 1_000_000
    partials_inline_bytes: int = 128 << 10
    readings: bool = False  # whether valid rows are stored too


def row_batch(file: FileUploaded, dialect: DialectSpec, span: BatchSpan) -> RowBatch:
    """The event of one batch of `file`."""
    return RowBatch(
        file_id=file.file_id,
        generation=file.generation,
        batch_no=span.batch_no,
        source=file.raw,
        start=span.start,
        end=span.end,
        rows=span.rows,
        first_row=span.first_row,
        first_line=span.first_line,
        order=span.order.to_text(),
        upload_time=file.upload_time,
        dialect=dialect,
    )


class BatchProcessor:
    """Turns batches with their bytes into results whose effects are durable."""

    def __init__(
        self,
        *,
        cpu_pool: CpuPool,
        sink: Sink,
        counts: InvalidRowCounts,
        store: ObjectStore,
        bucket: str,
        retry: Retry,
        limits: BatchLimits,
    ) -> None:
        self._kernels = cpu_pool
        self._sink = sink
        self._counts = counts
        self._store = store
        self._bucket = bucket
        self._retry = retry
        self._limits = limits
        # The row from which on invalid rows get no reports, by file and generation; the latest last.
        self._full_from: dict[tuple[str, int], int] = {}

    async def results(
        self, batches: Sequence[tuple[RowBatch, bytes | memoryview]]
    ) -> list[tuple[BatchResult, bytes]]:
        """Result and inline partials of each batch, whose bytes are given as they are in the file;
        its rows are stored by then.

        Raises:
            Draining: a service was unavailable until a drain began.
        """
        kept = [self._kept_reports(batch) for batch, _ in batches]
        parsed = await self._kernels.run(self._parse, batches, kept)
        parsed = [
            (await self._within_limit(batch, outcome), inline)
            for (batch, _), (outcome, inline) in zip(batches, parsed, strict=True)
        ]
        await self._land([batch for batch, _ in batches], [outcome for outcome, _ in parsed])
        # Nothing else holds on to partials, which are large for very many sensors.
        parsed.reverse()
        return [await self._shape(batch, *parsed.pop()) for batch, _ in batches]

    def _kept_reports(self, batch: RowBatch) -> int:
        """How many invalid rows of `batch` get a report, as far as it is known without a question."""
        full_from = self._full_from.get((batch.file_id, batch.generation))
        is_full = full_from is not None and batch.first_row >= full_from
        return 0 if is_full else self._limits.max_stored_invalid_rows

    async def _within_limit(self, batch: RowBatch, outcome: BatchOutcome) -> BatchOutcome:
        """`outcome` without reports if there are enough from the rows before."""
        cap = self._limits.max_stored_invalid_rows
        # Each cell of the records before it may be an entry.
        before = (batch.first_row - 1) * _readings_of_record(batch.dialect)
        if not outcome.invalid_rows.num_rows or before < cap:
            return outcome
        stored = await self._retry(
            "count invalid rows",
            lambda: self._counts.count_invalid_rows(
                batch.file_id, batch.generation, below_row=batch.first_row
            ),
        )
        if stored < cap:
            return outcome
        key = batch.file_id, batch.generation
        self._full_from[key] = min(batch.first_row, self._full_from.pop(key, batch.first_row))
        while len(self._full_from) > _FULL_FILES:
            del self._full_from[next(iter(self._full_from))]
        return replace(outcome, invalid_rows=outcome.invalid_rows.slice(0, 0))

    def _parse(
        self, batches: Sequence[tuple[RowBatch, bytes | memoryview]], kept: Sequence[int]
    ) -> list[tuple[BatchOutcome, bytes]]:
        """What each batch gives, with its partials as they are sent if they may be small enough."""
        outcomes = []
        for (batch, data), max_invalid in zip(batches, kept, strict=True):
            outcome = parse_source(
                data,
                batch.dialect,
                self._limits.records,
                first_row=batch.first_row,
                first_line=batch.first_line,
                first_byte=batch.start,
                max_invalid=max_invalid,
                readings=self._limits.readings,
                order=Order.from_text(batch.order),
                latest=None if batch.upload_time is None else micros_of(batch.upload_time),
            )
            if outcome.record_count != batch.rows:
                raise AssertionError(
                    f"batch {batch.batch_no} of {batch.file_id}: split counted {batch.rows} rows, "
                    f"process {outcome.record_count}"
                )
            check_conservation(batch, outcome)
            # Compression hardly ever does better than this; it saves making a stream in vain.
            small = outcome.partials.nbytes <= 8 * self._inline_limit(batch)
            inline = partials.to_stream(outcome.partials) if small else b""
            outcomes.append((outcome, inline))
        return outcomes

    def _inline_limit(self, batch: RowBatch) -> int:
        """Bytes of partials that are sent with the result."""
        limit = self._limits.partials_inline_bytes
        return min(limit, _SMALL_BYTES) if batch.batch_no >= _INLINE_BATCHES else limit

    async def _land(self, batches: Sequence[RowBatch], outcomes: Sequence[BatchOutcome]) -> None:
        """Store the invalid rows, and the readings if configured."""
        found = list(zip(batches, outcomes, strict=True))
        invalid = [
            invalid_row_table(outcome.invalid_rows, batch.file_id, batch.generation)
            for batch, outcome in found
            if outcome.invalid_rows.num_rows
        ]
        readings = [
            reading_table(outcome.readings, batch.file_id, batch.generation)
            for batch, outcome in found
            if outcome.readings is not None and outcome.readings.num_rows
        ]
        await self._insert(Table.INVALID_ROWS, invalid, _INSERT_ROWS, "write invalid rows")
        await self._insert(Table.READINGS, readings, _INSERT_READINGS, "write readings")

    async def _insert(self, table: Table, parts: Sequence[pa.Table], most: int, what: str) -> None:
        """All rows of `parts`, at most so many at a time."""
        if not parts:
            return
        rows = pa.concat_tables(parts)
        for start in range(0, rows.num_rows, most):
            insert = SinkBatch(table, rows.slice(start, most))
            await self._retry(what, lambda: self._sink.write(insert))  # noqa: B023

    async def _shape(
        self, batch: RowBatch, outcome: BatchOutcome, inline: bytes
    ) -> tuple[BatchResult, bytes]:
        ref, data = None, b""
        if outcome.partials.num_rows and not 0 < len(inline) <= self._inline_limit(batch):
            inline = b""
            data = await self._kernels.run(partials.to_object, outcome.partials)
            ref = partials.partials_ref(
                self._bucket, batch.file_id, batch.generation, batch.batch_no, data
            )
        result = BatchResult(
            file_id=batch.file_id,
            generation=batch.generation,
            batch_no=batch.batch_no,
            row_count=outcome.row_count,
            invalid_count=outcome.invalid_count,
            record_count=outcome.record_count,
            missing_count=outcome.missing_count,
            excluded_count=outcome.excluded_count,
            min_value=outcome.min_value,
            max_value=outcome.max_value,
            codes=outcome.codes,
            notices=outcome.notices,
            partials_ref=ref,
            dialect_fingerprint=batch.dialect.fingerprint(),
        )
        BATCHES.inc()
        ROWS.labels("valid").inc(outcome.row_count)
        ROWS.labels("invalid").inc(outcome.invalid_count)
        del outcome  # its partials are those in `data`
        if ref is not None:
            await self._retry("store partials", lambda: self._store.put_bytes(ref, data))
        return result, inline


def check_conservation(batch: RowBatch, outcome: BatchOutcome) -> None:
    """Every record of a long file, and every cell of a wide one, is in one of the counts.

    Raises:
        AssertionError: one is not, which is a bug of the engine.
    """
    width = _readings_of_record(batch.dialect)
    counted = (
        outcome.row_count + outcome.invalid_cells + outcome.missing_count + outcome.excluded_count
    )
    if counted != width * outcome.record_count:
        raise AssertionError(
            f"batch {batch.batch_no} of {batch.file_id}: {outcome.record_count} records of {width} "
            f"readings, and {counted} are accounted for"
        )


def _readings_of_record(dialect: DialectSpec) -> int:
    """How many readings a record has, valid or not."""
    plan = dialect.plan
    return len(plan.values) if plan is not None and plan.layout == "wide" else 1
