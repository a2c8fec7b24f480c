"""Resubmission: corrected invalid rows of a file become a file of their own.

The results of the original file do not change; which of its invalid rows are corrected follows from
the results of the new file. A row is accepted once: one that is corrected already, or that waits in
another file, is rejected, so that no total counts a row twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, islice
from typing import IO, Any, Final

import orjson

from broker.producer import Publisher
from ingest.files.lifecycle import Lifecycle, still_waiting
from ingest.files.resubmission_report import Taken, no_rows_accepted
from ingest.files.row_sources import ChangedRows, FirstRows, RowSource, SentRows
from ingest.http.errors import Problem, missing_file, unavailable
from ingest.uploads.file_ids import new_file_id
from ingest.uploads.idempotency import key_reused
from ingest.uploads.identity import free_file_id
from ingest.uploads.rollback import UploadRollback
from rows.invalid.csv_export import corrected_line, correction, options_for
from rows.invalid.planned import columns_of, corrected_dialect, values_of
from rows.invalid.record import Fields
from schemas.corrections import Change
from schemas.errors import BadData, Unavailable
from schemas.events import DialectSpec, FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from schemas.invalid_codes import COLUMNS
from schemas.object_keys import RAW
from schemas.own_keys import own_key, parts_of
from schemas.read_options import ReadOptions
from schemas.tables import Table
from schemas.topics import UPLOADED
from sinks.base import Sink, SinkBatch
from sinks.clickhouse.client import Database
from sinks.file_operations import Decision, FileOperations
from sinks.file_repository import FileRepository
from sinks.queries import Root, claims_on, roots_of
from storage.base import ObjectStore

_LOG = logging.getLogger(__name__)
_KEY: Final = "resubmission"
# In the place of the hash of rows that were sent: they follow from an operation on many files.
_BULK: Final = "bulk"
# Of each of two files that are made, before they go to disk; many are made at once.
_MEMORY: Final = 1 << 20
_PIECE: Final = 1 << 20
# Entries that are written at once.
_ENTRIES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """The file of a resubmission; `taken` is None if the same was sent before."""

    record: FileRecord
    taken: Taken | None


@dataclass(frozen=True, slots=True)
class _Request:
    """Rows for a file; `identity`, with the key, says which."""

    file_id: str
    rows: RowSource
    identity: str
    filename: str | None
    # The client's own, if it sent one.
    idempotency_key: str | None
    owner: str | None

    @property
    def key(self) -> str:
        """The key that its file is recorded with: what was sent is part of it."""
        return own_key(_KEY, self.file_id, self.idempotency_key or "", self.identity)

    def shares_key(self, record: FileRecord) -> bool:
        """Whether the client sent the request of `record` with the same key."""
        given = _KEY, self.file_id, self.idempotency_key
        return parts_of(record.idempotency_key)[:3] == given


class Resubmissions:
    """Accepts corrected rows."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        database: Database,
        sink: Sink,
        corrected: Callable[[], None],
        records: FileRepository,
        publisher: Publisher,
        lifecycle: Lifecycle,
        operations: FileOperations,
        rollback: UploadRollback,
        batch_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._bucket, self._database, self._sink = store, bucket, database, sink
        self._records, self._publisher, self._lifecycle = records, publisher, lifecycle
        self._operations, self._rollback = operations, rollback
        self._batch_bytes, self._clock = batch_bytes, clock
        # Called once it is written which rows a file corrects.
        self._corrected = corrected

    async def receive(
        self,
        file_id: str,
        chunks: AsyncIterator[bytes],
        *,
        filename: str | None = None,
        idempotency_key: str | None = None,
        owner: str | None = None,
    ) -> Resubmitted:
        """Accept corrected rows of a file, the CSV in `chunks`; `owner` is the API key that sends
        them.

        Raises:
            Problem: 404 `unknown_file`; 409 if the file is waiting or is being replayed; 400
                `invalid_resubmission` or `no_rows_accepted`; 422 if the key was used for other rows. Nothing
                was taken then. 503: the same request may be repeated, and is the same file.
        """
        record = await self._lifecycle.known(file_id)
        if record.container is not None:
            raise Problem(
                "invalid_resubmission",
                f"The file {file_id} is a container. Send the corrected rows to the members that they "
                "are of: the column `file_id` of its export names them, and each member takes its own "
                "rows of it (`csv-processor resubmit` does so). POST /api/v1/corrections with "
                f'"files": {{"parent_id": "{file_id}"}} corrects rows of all members by a rule.',
            )
        with tempfile.SpooledTemporaryFile(_MEMORY) as sent:
            digest = hashlib.sha256()
            async for chunk in chunks:
                digest.update(chunk)
                await asyncio.to_thread(sent.write, chunk)
            if not sent.tell():
                raise missing_file("No rows were sent.")
            rows = SentRows(self._database, sent)
            return await self._decide(
                _Request(file_id, rows, digest.hexdigest(), filename, idempotency_key, owner)
            )

    async def change(
        self,
        file_id: str,
        rows: FirstRows,
        changes: Sequence[Change],
        *,
        operation_id: str,
        owner: str | None = None,
    ) -> Resubmitted:
        """Correct invalid rows of a file by changes of their cells; once for each operation.

        Args:
            rows: those that the operation is about, for all of its files.

        Raises:
            Problem: as `receive`; `no_rows_accepted` if no row is corrected.
        """
        source = ChangedRows(self._database, rows, changes)
        return await self._decide(
            _Request(file_id, source, _BULK, None, own_key(_BULK, operation_id), owner)
        )

    async def _decide(self, request: _Request) -> Resubmitted:
        taken: Taken | None = None
        # Objects of this call, under keys of their own; one of them is that of the file in the end.
        stored: list[ObjectRef] = []

        async def decide() -> Decision:
            nonlocal taken
            taken = None
            seen = await self._records.by_idempotency_key(request.key)
            if seen is not None:
                return Decision(seen, begins=False)
            if request.idempotency_key is not None and request.identity != _BULK:
                for record in await self._records.resubmitted(request.file_id):
                    if request.shares_key(record):
                        raise key_reused(record)
            taken = Taken()
            of = await self._ended(request.file_id)
            raw = ObjectRef(bucket=self._bucket, key=f"{RAW}{new_file_id(self._clock())}")
            stored.append(raw)
            try:
                return Decision(await self._prepare(of, request, raw, taken), begins=True)
            except Problem:
                # Another process may have taken these rows for the same request meanwhile.
                seen = await self._records.by_idempotency_key(request.key)
                if seen is None:
                    raise
                taken = None
                return Decision(seen, begins=False)

        family = await self._records.family(request.file_id)
        try:
            async with self._lifecycle.locks.hold(family):
                done = await self._operations.decide(family, decide)
        except Unavailable as exc:
            # The record may be stored although its answer was lost, so its object stays.
            raise unavailable(exc) from exc
        except Problem:
            await self._remove(stored)
            raise
        await self._remove(raw for raw in stored if raw != done.record.raw)
        if done.begins:
            await self._announce(done.record)
        return Resubmitted(done.record, taken)

    async def _remove(self, stored: Iterable[ObjectRef]) -> None:
        for raw in stored:
            await self._rollback.remove(raw)

    async def _announce(self, record: FileRecord) -> None:
        try:
            await self._publisher.publish(UPLOADED, record.file_id, record.upload())
        except Unavailable as exc:
            _LOG.warning("%s will be announced by the reconciler: %s", record.file_id, exc)

    async def _ended(self, file_id: str) -> FileRecord:
        record = await self._lifecycle.known(file_id)
        if record.replaying:
            raise Problem(
                "replay_in_progress",
                f"The file {file_id} is being replayed, and its rows may be others then. Wait until "
                "its `replay` is null, export its invalid rows and correct those.",
            )
        if record.status == "waiting":
            raise still_waiting(file_id)
        return record

    async def _prepare(
        self, of: FileRecord, request: _Request, raw: ObjectRef, taken: Taken
    ) -> FileRecord:
        """Store the file of the rows that are accepted as `raw`, and what they stand for; its record.

        The entries have an identity that follows from the rows, so they may be written again.
        Without a record they count for nothing.
        """
        options = options_for(of.options, of.dialect)
        plan = of.dialect.plan if of.dialect is not None else None
        names = ("row", *COLUMNS) if plan is None else columns_of(plan)
        header = corrected_line(names, options)
        dialect = None
        if of.dialect is not None and plan is not None:
            dialect = corrected_dialect(of.dialect, plan, options.delimiter or ",", header)
        with (
            tempfile.SpooledTemporaryFile(_MEMORY) as corrected,
            tempfile.SpooledTemporaryFile(_MEMORY) as entries,
        ):
            corrected.write(header)
            try:
                async for lines, stands_for in self._accepted(of, request.rows, taken, options):
                    await asyncio.to_thread(corrected.write, lines)
                    await asyncio.to_thread(entries.write, stands_for)
            except BadData as exc:
                raise Problem(
                    "invalid_resubmission",
                    f"What was sent cannot be read: {exc.reason}.",
                ) from exc
            if not taken.accepted:
                raise no_rows_accepted(taken)
            now = self._clock()
            upload = FileUploaded(
                file_id=new_file_id(now),
                source="upload",
                raw=raw,
                filename=request.filename or await self._own_name(of),
                size_bytes=corrected.tell(),
                sha256=await asyncio.to_thread(_sha256, corrected),
                upload_time=now,
                options=options,
                idempotency_key=request.key,
                resubmission_of=of.file_id,
                dialect=dialect,
                owner=request.owner,
                batch_bytes=self._batch_bytes,
            )
            file_id = await free_file_id(self._records.states, upload)
            upload = upload.model_copy(update={"file_id": file_id})
            await self._store.put(raw, _pieces(corrected), upload.size_bytes)
            await self._enter(file_id, entries, now)
        return FileRecord.from_upload(upload, recorded_at=self._clock())

    async def _own_name(self, of: FileRecord) -> str:
        """A name that no other file of corrected rows of this one has."""
        names = {record.filename for record in await self._records.resubmitted(of.file_id)}
        for number in count(1):
            name = (
                f"corrected-{of.filename}" if number == 1 else f"corrected-{number}-{of.filename}"
            )
            if name not in names:
                return name
        raise AssertionError("count() does not end")

    async def _enter(self, file_id: str, entries: IO[bytes], now: datetime) -> None:
        """Write which rows the file stands for."""
        await asyncio.to_thread(entries.seek, 0)
        while lines := await asyncio.to_thread(lambda: list(islice(entries, _ENTRIES))):
            rows = [orjson.loads(line) for line in lines]
            for row in rows:
                row |= {"resubmission_id": file_id, "entered_at": now}
            await self._sink.write(SinkBatch(Table.RESUBMITTED_ROWS, rows))
        self._corrected()

    async def _accepted(
        self, of: FileRecord, rows: RowSource, taken: Taken, options: ReadOptions
    ) -> AsyncIterator[tuple[bytes, bytes]]:
        """Lines of the new file, a thousand rows at a time, and what they stand for, as JSON lines."""
        line = 0
        async for candidates in rows.read(of, taken):
            found = sorted({row for row, _ in candidates})
            # Rows of a file that brings back rows of no other go back to none.
            roots: dict[int, list[Root]] = {row: [] for row in found}
            if of.resubmission_of is not None:
                roots = await roots_of(self._database, of.file_id, found)
            asked = {(root.file_id, root.row) for of_row in roots.values() for root in of_row}
            if await self._records.has_resubmissions(of.file_id):
                asked |= {(of.file_id, row) for row in found}
            claims = await claims_on(self._database, asked)
            # Of an entry with several readings one is enough; of what it goes back to, that one.
            whole = {replace(root, part=0): claim for root, claim in claims.items()}
            lines, entries = [], []
            for (row, cell), candidate in candidates.items():
                back = candidate.back
                own, back_to = Root(of.file_id, row, cell), roots[row]
                claim = whole.get(own) or next((claims[r] for r in back_to if r in claims), None)
                if claim is not None:
                    taken.refuse(back, claim)
                    continue
                corrected = correction(back.fields, candidate.rejected)
                if corrected.fields is None:
                    if corrected.changed:
                        taken.refuse(back, "still_invalid", columns=corrected.left)
                    else:
                        taken.unchanged += 1
                    continue
                records = _records(candidate.invalid, of.dialect, corrected.fields)
                if records is None:
                    taken.refuse(back, "cut_off")
                    continue
                taken.accepted += 1
                for part, record in enumerate(records):
                    line += 1
                    lines.append(corrected_line((str(row), *record), options))
                    entries += [
                        {
                            "file_id": root.file_id,
                            "row": root.row,
                            "cell": root.cell,
                            "part": root.part,
                            "resubmission_row": line,
                        }
                        for root in (replace(own, part=part), *back_to)
                    ]
            yield b"".join(lines), b"".join(orjson.dumps(entry) + b"\n" for entry in entries)


def _records(
    row: Mapping[str, Any], dialect: DialectSpec | None, corrected: Fields
) -> Sequence[tuple[str, ...]] | None:
    """The readings of a corrected row; None if the record is not known to its end."""
    if dialect is None or dialect.plan is None:
        return (corrected,)
    return values_of(row, dialect, dialect.plan, corrected)


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece
