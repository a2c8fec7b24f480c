"""Resubmission: invalid rows of a file come back, mended, as a file of their own.

The file that they are of keeps telling what it came to; which of its invalid rows are valid rows
elsewhere now follows from what the new file comes to. A row is taken once: one that is mended, or
waits in another file that is to mend it, is refused, so that no total counts a row twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO, Any, Final

from broker.producer import Publisher
from ingest.files.lifecycle import Lifecycle, still_waiting
from ingest.http.errors import Problem, missing_file, unavailable
from ingest.uploads.file_ids import new_file_id
from ingest.uploads.rollback import TakingBack
from rows.invalid.csv_export import Returned, corrected_line, correction, options_for, read_returned
from rows.invalid.fields import rejected_row
from schemas.errors import BadData, Unavailable
from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord, Table
from schemas.invalid_codes import COLUMNS
from schemas.object_keys import RAW
from schemas.read_options import ReadOptions
from schemas.topics import UPLOADED
from sinks.base import Sink, SinkBatch
from sinks.clickhouse.client import Database
from sinks.file_repository import FileRepository
from sinks.queries import claims_on, invalid_rows_of, roots_of
from storage.base import ObjectStore

_MEMORY: Final = 4 << 20
_PIECE: Final = 1 << 20
_ROWS: Final = 1000
# Refused rows that an answer lists; all are counted.
_LISTED: Final = 100
_REASONS: Final = {
    "no_number": "`row` is not the number of a row",
    "twice": "this row came before in what was sent",
    "not_invalid": "this is no invalid row of the file",
    "mended": "this row is mended already",
    "waiting": "this row came back in another file that is not processed yet",
    "still_invalid": "the cell that was rejected is as it was exported",
}


@dataclass(slots=True)
class Taken:
    """What became of the rows that were sent."""

    accepted: int = 0
    # Sent as they were exported: they stay invalid rows of the file.
    unchanged: int = 0
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, sent: Returned, code: str, columns: Sequence[str] = ()) -> None:
        """Count a row that is not taken, and say why; `columns` are those that are at fault."""
        self.refused += 1
        if len(self.refusals) < _LISTED:
            reason = _REASONS[code] + (f": {', '.join(columns)}" if columns else "")
            self.refusals.append(
                {"line": sent.line, "row": sent.row[:100], "code": code, "reason": reason}
            )

    def document(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "refusals": self.refusals,
        }


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """The file of a resubmission; `taken` is None where the same was sent before."""

    record: FileRecord
    taken: Taken | None


class Resubmissions:
    """Takes mended rows in."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        database: Database,
        sink: Sink,
        records: FileRepository,
        publisher: Publisher,
        lifecycle: Lifecycle,
        taking_back: TakingBack,
        batch_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._bucket, self._database, self._sink = store, bucket, database, sink
        self._records, self._publisher, self._lifecycle = records, publisher, lifecycle
        self._taking_back, self._batch_bytes, self._clock = taking_back, batch_bytes, clock

    async def receive(
        self,
        file_id: str,
        chunks: AsyncIterator[bytes],
        *,
        filename: str | None = None,
        idempotency_key: str | None = None,
        owner: str | None = None,
    ) -> Resubmitted:
        """Take in the mended rows of a file that `chunks` are the CSV of; `owner` is the API key
        that they are sent with.

        Raises:
            Problem: 404 `unknown_file`; 409 where the file is waiting or is being replayed; 400
                `invalid_resubmission` or `no_rows_accepted`; 503. Nothing was taken then.
        """
        await self._lifecycle.known(file_id)
        with tempfile.SpooledTemporaryFile(_MEMORY) as sent:
            digest = hashlib.sha256()
            async for chunk in chunks:
                digest.update(chunk)
                await asyncio.to_thread(sent.write, chunk)
            if not sent.tell():
                raise missing_file("No rows were sent.")
            key = idempotency_key or f"resubmit:{file_id}:{digest.hexdigest()}"
            async with AsyncExitStack() as locks:
                for one in await self._chain(file_id):
                    await locks.enter_async_context(self._lifecycle.locks.hold(one))
                seen = await self._records.by_idempotency_key(key)
                if seen is not None:
                    return Resubmitted(seen, None)
                return await self._take(await self._ended(file_id), sent, filename, key, owner)

    async def _chain(self, file_id: str) -> list[str]:
        """The file and those whose rows it brings back, the first one first."""
        chain = [file_id]
        while (record := await self._records.file(chain[-1])) and record.resubmission_of:
            chain.append(record.resubmission_of)
        return chain[::-1]

    async def _ended(self, file_id: str) -> FileRecord:
        record = await self._lifecycle.known(file_id)
        if record.replaying:
            raise Problem(
                "replay_in_progress",
                f"The file {file_id} is being replayed, and its rows may be others then. Wait until "
                "its `replay` is null, export its invalid rows and mend those.",
            )
        if record.status == "waiting":
            raise still_waiting(file_id)
        return record

    async def _take(
        self, of: FileRecord, sent: IO[bytes], filename: str | None, key: str, owner: str | None
    ) -> Resubmitted:
        now = self._clock()
        new_id = new_file_id(now)
        raw = ObjectRef(bucket=self._bucket, key=f"{RAW}{new_id}")
        options = options_for(of.options, of.dialect)
        taken = Taken()
        record: FileRecord | None = None
        with tempfile.SpooledTemporaryFile(_MEMORY) as mended:
            mended.write(corrected_line(("row", *COLUMNS), options))
            try:
                async for lines in self._accepted(of, new_id, sent, taken, options):
                    await asyncio.to_thread(mended.write, lines)
                if not taken.accepted:
                    raise no_rows_accepted(taken)
                size = mended.tell()
                sha256 = await asyncio.to_thread(_sha256, mended)
                await self._store.put(raw, _pieces(mended), size)
                upload = FileUploaded(
                    file_id=new_id,
                    source="upload",
                    raw=raw,
                    filename=filename or f"mended-{of.filename}",
                    size_bytes=size,
                    sha256=sha256,
                    upload_time=now,
                    options=options,
                    idempotency_key=key,
                    resubmission_of=of.file_id,
                    owner=owner,
                    batch_bytes=self._batch_bytes,
                )
                record = FileRecord.from_upload(upload, recorded_at=self._clock())
                await self._records.write(record)
                await self._publisher.publish(UPLOADED, new_id, upload)
            except BadData as exc:
                raise Problem(
                    "invalid_resubmission",
                    f"What was sent cannot be read: {exc.reason}.",
                ) from exc
            except Unavailable as exc:
                # What failed may have happened although its answer did not come. The entries of its
                # rows speak of a file that there is not, and count for nothing.
                await self._taking_back.take_back(raw, record)
                raise unavailable(exc) from exc
        return Resubmitted(record, taken)

    async def _accepted(
        self, of: FileRecord, new_id: str, sent: IO[bytes], taken: Taken, options: ReadOptions
    ) -> AsyncIterator[bytes]:
        """Lines of the new file, a thousand rows at a time; each is entered for what it mends."""
        came: set[int] = set()
        returned = read_returned(sent)
        while some := await asyncio.to_thread(_next, returned):
            numbered = _numbered(some, came, taken)
            invalid = await invalid_rows_of(self._database, of, list(numbered))
            roots = await roots_of(self._database, of.file_id, list(invalid))
            claims = await claims_on(
                self._database,
                {(of.file_id, row) for row in invalid}
                | {(root.file_id, root.row) for found in roots.values() for root in found},
            )
            lines, entries = [], []
            for row, back in numbered.items():
                if row not in invalid:
                    taken.refuse(back, "not_invalid")
                    continue
                stands_for = [(of.file_id, row), *((r.file_id, r.row) for r in roots[row])]
                claim = next((claims[one] for one in stands_for if one in claims), None)
                if claim is not None:
                    taken.refuse(back, claim)
                    continue
                corrected = correction(back.fields, rejected_row(invalid[row], of.dialect))
                if corrected.fields is None:
                    if corrected.changed:
                        taken.refuse(back, "still_invalid", columns=corrected.left)
                    else:
                        taken.unchanged += 1
                    continue
                taken.accepted += 1
                lines.append(corrected_line((str(row), *corrected.fields), options))
                entries += [
                    {
                        "file_id": file_id,
                        "row": number,
                        "resubmission_id": new_id,
                        "resubmission_row": taken.accepted,
                    }
                    for file_id, number in stands_for
                ]
            if entries:
                await self._sink.write(SinkBatch(Table.RESUBMITTED_ROWS, entries))
            yield b"".join(lines)


def no_rows_accepted(taken: Taken) -> Problem:
    """None of the rows that were sent mends one."""
    said = [f"{taken.unchanged} were left as they were"] if taken.unchanged else []
    said += [f"row {one['row']}: {one['reason']}" for one in taken.refusals[:5]]
    if taken.refused > 5:
        said.append(f"and {taken.refused - 5} more")
    return Problem(
        "no_rows_accepted",
        f"None of the rows that were sent mends one: {'; '.join(said) or 'there are none'}.",
        **taken.document(),
    )


def _next(returned: Iterator[Returned]) -> list[Returned]:
    return list(islice(returned, _ROWS))


def _numbered(some: Sequence[Returned], came: set[int], taken: Taken) -> dict[int, Returned]:
    """Rows by their number; those without one, or whose number came before, are refused."""
    numbered: dict[int, Returned] = {}
    for back in some:
        if not (back.row.isascii() and back.row.isdecimal() and len(back.row) < 19):
            taken.refuse(back, "no_number")
        elif int(back.row) in came:
            taken.refuse(back, "twice")
        else:
            came.add(int(back.row))
            numbered[int(back.row)] = back
    return numbered


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
