"""Operations on a file that must happen once, and not beside each other: replay and resubmission.

A replay could make a row valid that a resubmission brings back, and two resubmissions could bring
back the same row: readers would count it twice. So both are decided in one order per *family*, a
file and all that bring rows of it back, across all API processes. The order is a log, not a lock:

1. Read the last operation, and write its record if its process did not.
2. Decide, from what is recorded now.
3. Append the decision with the next number. If another operation has that number, begin again.
4. Write the record.

A process that ends after 3 leaves an operation whose record the next one writes; a process that
sleeps between 2 and 3 finds its number taken. None of them waits for another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from schemas.errors import Service, Unavailable
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.read_options import ReadOptions
from sinks.operation_log import Operation

# Others that may be first, one after the other, before a caller is asked to come again.
_TRIES: Final = 20


class Log(Protocol):
    """See `sinks.operation_log.OperationLog`."""

    async def last(self, family: str) -> Operation | None: ...

    async def append(
        self, family: str, number: int, record: FileRecord, key: str = ""
    ) -> FileRecord | None: ...

    async def has(self, family: str, key: str) -> bool: ...


class CurrentRecords(Protocol):
    """What `FileOperations.change` asks (`sinks.file_repository`)."""

    async def file(self, file_id: str) -> FileRecord | None:
        """The record that holds, unless the file is deleted."""
        ...

    async def family(self, file_id: str) -> str:
        """Id of the file that the rows of a file are of in the first place."""
        ...


class Records(Protocol):
    """Records of files."""

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        """The state of each known file, deleted ones included."""
        ...

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """A record to write, or one that is there already and answers the call.

    `key`: of the request or message that the operation is begun for; empty if it has none. A decision
    that begins nothing and has a key is recorded, so that the same request begins nothing later.
    """

    record: FileRecord
    begins: bool
    key: str = ""


class FileOperations:
    """Decides and records operations, one after the other in each family."""

    def __init__(self, log: Log, records: Records) -> None:
        self._log, self._records = log, records

    async def decide(self, family: str, decide: Callable[[], Awaitable[Decision]]) -> Decision:
        """What `decide` returns, recorded.

        Args:
            family: id of the file that the rows are of in the first place.
            decide: looks at what is recorded; it may be called several times, and what it raises
                comes out here.

        Raises:
            Unavailable: the operation may be begun nevertheless; the same call finds it.
        """
        used, forgotten = 0, False
        for _ in range(_TRIES):
            last = await self._log.last(family)
            number = 2 * used if forgotten else used + 1
            if last is not None:
                await self._finish(last.record)
                if last.number >= used:
                    number = last.number + 1
            decision = await decide()
            if not decision.begins and not decision.key:
                return decision
            held = await self._log.append(family, number, decision.record, decision.key)
            # Any number of them may be used and forgotten. All callers try the same ones, so that two of
            # them take the same one.
            used, forgotten = number, held is None
            if held == decision.record:
                if decision.begins:
                    await self._records.write(decision.record)
                return decision
        raise Unavailable(Service.CLICKHOUSE, "too many calls about this file at once")

    async def change(
        self,
        files: CurrentRecords,
        record: FileRecord,
        change: Callable[[FileRecord], FileRecord],
    ) -> FileRecord | None:
        """The next record of a file, written; None if the file is not as `record` says any more.

        Raises:
            Unavailable: it may be written nevertheless; the same call finds it.
        """

        async def decide() -> Decision:
            now = await files.file(record.file_id)
            if now is None or now.version != record.version:
                return Decision(record, begins=False)
            return Decision(change(now), begins=True)

        done = await self.decide(await files.family(record.file_id), decide)
        return done.record if done.begins else None

    async def was_begun_for(self, family: str, key: str) -> bool:
        """Whether an operation of a family was begun for a request within the last day."""
        return await self._log.has(family, key)

    async def next_reading(
        self,
        family: str,
        record: FileRecord,
        options: ReadOptions,
        *,
        key: str,
        check: Callable[[], Awaitable[None]],
        now: datetime,
        profiles: int | None = None,
    ) -> Decision:
        """The generation of a known file that is read with `options`, for `decide`.

        None begins if the latest generation is read with them, or if the same request was answered
        within the last day: a request that is repeated does not undo what came after it.

        Args:
            record: the file, as it is recorded now.
            key: of the request or message; empty if it has none.
            check: raises if the file must not be read again.
            profiles: the revision of the users' profiles that it is read with.
        """
        if key and await self._log.has(family, key):
            return Decision(record, begins=False)
        if record.options == options:
            return Decision(record, begins=False, key=key)
        await check()
        begun = record.next_generation(recorded_at=now, options=options, profiles=profiles)
        return Decision(begun, begins=True, key=key)

    async def _finish(self, record: FileRecord) -> None:
        """Write the record of an operation, unless it was written."""
        state = (await self._records.states([record.file_id])).get(record.file_id)
        if state is None or state.version < record.version:
            await self._records.write(record)
