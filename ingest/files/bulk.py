"""Operations on many files: invalid rows are corrected by a rule, or files are read again.

An operation has the id of its request, so a request that is repeated is the same operation. Its files
are entered first, and its row commits it. A background task of the API works on them: what is done to
one file is done once (see `sinks.file_operations`), and is recorded when it is done. If the process ends
in between, another one goes on; then a file may be looked at twice, and nothing happens twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from ingest.files.lifecycle import Lifecycle
from ingest.files.resubmission import Resubmissions
from ingest.files.row_sources import FirstRows
from ingest.http.errors import Problem, not_owner
from runtime.periodic import run_every
from runtime.supervise import for_each
from schemas.api_keys import is_own
from schemas.bulk import BulkOperation, BulkOutcome, Kind, Result
from schemas.corrections import Correction, Reprocessing, RowFilter
from schemas.errors import Service, Unavailable
from schemas.own_keys import own_key
from sinks.base import Sink, SinkBatch
from sinks.clickhouse.client import Database
from sinks.queries.bulk import (
    enter_files,
    files_to_do,
    operation,
    resting_operations,
    selected,
    to_reprocess,
    with_invalid_rows,
)
from sinks.queries.resubmissions import corrected_entries
from storage.base import ObjectMissing

_LOG = logging.getLogger(__name__)
# Its name among the background tasks.
TASK: Final = "operations on many files"
# Files that are worked on at once: their questions to the database share queries.
_AT_ONCE: Final = 64
_FILES: Final = 500
_ATTEMPTS: Final = 3
_DETAIL: Final = 1_000
# Seconds between looks at what others left, and after which nothing having been done means that.
_PAUSE: Final = 0.02
_LOOK_EVERY: Final = 15.0
_RESTING: Final = 20.0


class BulkOperations:
    """Begins operations, and carries them out.

    Args:
        sink: shares inserts.
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        database: Database,
        sink: Sink,
        lifecycle: Lifecycle,
        resubmissions: Resubmissions,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._sink = database, sink
        self._lifecycle, self._resubmissions = lifecycle, resubmissions
        self._clock = clock
        self._begun: asyncio.Queue[BulkOperation] = asyncio.Queue()

    async def begin(
        self,
        request: Correction | Reprocessing,
        *,
        key: str | None,
        owner: str | None,
        of_admin: bool,
    ) -> BulkOperation:
        """Begin an operation; the one that was begun if the same was asked before.

        Args:
            key: idempotency key of the request. Without one the same request for the same
                generations of the same files is the same operation.
            owner: id of the API key.

        Raises:
            Unavailable: it may be begun; the same request finds it.
        """
        kind: Kind = "correction" if isinstance(request, Correction) else "reprocessing"
        condition = with_invalid_rows if isinstance(request, Correction) else to_reprocess
        where, params = condition(request.files)
        text = request.model_dump_json()
        if key is None:
            found = await selected(self._database, where, params)
            operation_id = _id(kind, owner or "", text, found.fingerprint)
        else:
            operation_id = _id(kind, owner or "", "key", key)
        known = await operation(self._database, operation_id)
        if known is not None:
            if known.request != text:
                raise Problem(
                    "idempotency_key_reused",
                    f"This Idempotency-Key was used for the operation {known.id}, which asks for "
                    "something else. Send another key for another request.",
                )
            return known
        begun = BulkOperation(
            id=operation_id,
            kind=kind,
            request=text,
            owner=owner,
            of_admin=of_admin,
            files=await enter_files(self._database, operation_id, where, params),
            requested_at=self._clock(),
        )
        if begun.files == 0:
            begun = _ended(begun, begun.requested_at)
        await self._sink.write(SinkBatch.of(begun))
        if begun.ended_at is None:
            self._begun.put_nowait(begun)
        return begun

    async def run(self) -> None:
        """Carry out what is begun here, and what other processes left."""
        await run_every(TASK, self.round, _PAUSE)

    async def round(self) -> None:
        """Carry out what is begun next, or what others left.

        Raises:
            Unavailable: what is left is done later.
        """
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                next_one = await self._begun.get()
        except TimeoutError:
            left = await resting_operations(self._database, seconds=_RESTING)
            await for_each(TASK, left, self.carry_out)
            return
        try:
            await for_each(TASK, [next_one], self.carry_out)
        except Unavailable:
            self._begun.put_nowait(next_one)
            raise

    async def carry_out(self, begun: BulkOperation) -> None:
        """Do what is not done of an operation.

        Raises:
            Unavailable: the same call goes on later.
        """
        request: Correction | Reprocessing = (
            Correction.model_validate_json(begun.request)
            if begun.kind == "correction"
            else Reprocessing.model_validate_json(begun.request)
        )
        free = asyncio.Semaphore(_AT_ONCE)
        rows = FirstRows(
            self._database, request.rows if isinstance(request, Correction) else RowFilter()
        )

        async def one(file_id: str) -> None:
            async with free:
                outcome = await self._outcome_guarded(begun, request, file_id, rows)
                await self._sink.write(SinkBatch.of(outcome))

        while files := await files_to_do(self._database, begun.id, limit=_FILES):
            done = await asyncio.gather(*map(one, files), return_exceptions=True)
            for failure in done:
                if failure is not None:
                    raise failure
        await self._sink.write(SinkBatch.of(_ended(begun, self._clock())))
        _LOG.info("the %s %s of %d files is done", begun.kind, begun.id, begun.files)

    async def _outcome_guarded(
        self,
        begun: BulkOperation,
        request: Correction | Reprocessing,
        file_id: str,
        rows: FirstRows,
    ) -> BulkOutcome:
        """What became of a file; a bug costs that file only.

        Raises:
            Unavailable: a service is.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._outcome(begun, request, file_id, rows)
            except Unavailable:
                raise
            except Exception as exc:  # noqa: BLE001 - it costs this file only
                _LOG.exception("%s of %s failed, attempt %d", begun.kind, file_id, attempt)
                reason = f"{type(exc).__name__}: {exc}"
        return BulkOutcome(
            operation_id=begun.id,
            file_id=file_id,
            result="rejected",
            detail=f"internal_error: {reason}"[:_DETAIL],
            done_at=self._clock(),
        )

    async def _outcome(
        self,
        begun: BulkOperation,
        request: Correction | Reprocessing,
        file_id: str,
        rows: FirstRows,
    ) -> BulkOutcome:
        def outcome(result: Result, **more: Any) -> BulkOutcome:
            return BulkOutcome(
                operation_id=begun.id,
                file_id=file_id,
                result=result,
                done_at=self._clock(),
                **more,
            )

        try:
            record = await self._lifecycle.known(file_id)
            if not (begun.of_admin or is_own(record.owner, begun.owner)):
                raise not_owner(file_id)
            if isinstance(request, Reprocessing):
                # Files that correct rows of one file have one log, so the key says which of them.
                key = own_key("bulk", begun.id, file_id)
                is_begun = await self._lifecycle.reprocess(file_id, request.texts(), key)
                return outcome("reprocessing" if is_begun else "nothing_to_do")
            done = await self._resubmissions.change(
                file_id, rows, request.changes, operation_id=begun.id, owner=begun.owner
            )
        except Problem as problem:
            if problem.code == "no_rows_accepted":
                more = problem.more
                return outcome(
                    "nothing_to_do", unchanged=more["unchanged"], rejected=more["refused"]
                )
            if problem.status >= 500:
                raise Unavailable(Service.CLICKHOUSE, problem.detail) from problem
            return outcome("rejected", detail=f"{problem.code}: {problem.detail}")
        except ObjectMissing as exc:
            return outcome("rejected", detail=f"raw_file_missing: {exc}")
        new_id = done.record.file_id
        if done.taken is None:
            corrected = await corrected_entries(self._database, file_id, new_id)
            return outcome("corrected", new_file_id=new_id, corrected=corrected)
        return outcome(
            "corrected",
            new_file_id=new_id,
            corrected=done.taken.accepted,
            unchanged=done.taken.unchanged,
            rejected=done.taken.refused,
        )


def _ended(begun: BulkOperation, at: datetime) -> BulkOperation:
    values = {**begun.row(), "ended_at": at}
    return BulkOperation.from_row(values)


def _id(*parts: str) -> str:
    digest = hashlib.sha256(own_key("bulk", *parts).encode()).hexdigest()
    return digest[:32]
