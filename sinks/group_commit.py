"""Many small writes, few inserts.

An insert into ClickHouse costs milliseconds and a part on disk regardless of its size. Writes that
arrive while one is in progress, or within a few milliseconds of each other, share the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from runtime.gathering import Gathering
from schemas.errors import Unavailable
from schemas.tables import Row, Table
from sinks.base import Sink, SinkBatch

if TYPE_CHECKING:
    import pyarrow as pa

# Writes of one insert after which the next ones are waited for.
_MANY: Final = 4


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: SinkBatch
    done: asyncio.Future[None]


# Arrow and plain rows of one table do not mix in an insert.
_Lane: TypeAlias = tuple[Table, bool]


class GroupCommit:
    """A sink that puts writes to one table together before it hands them to another sink.

    Each caller of `write` goes on when the insert with its rows is in. If the database is unavailable,
    every caller that shared the insert gets the same exception; if it refuses the rows, each caller
    gets the answer to its own rows.

    Args:
        sink: what writes.
        wait: seconds that the first write waits for company.
        gathering: how writes wait after an insert that many shared: more will come.
        max_rows: rows at which an insert is full; a single larger write goes by itself.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        wait: float = 0.003,
        gathering: Gathering = Gathering(quiet=0.012, longest=0.1),  # noqa: B008 - frozen
        max_rows: int = 50_000,
    ) -> None:
        self._sink: Final = sink
        self._wait: Final = wait
        self._gathering: Final = gathering
        self._max_rows: Final = max_rows
        self._waiting: dict[_Lane, list[_Waiting]] = {}
        self._lanes: dict[_Lane, asyncio.Task[None]] = {}

    async def write(self, batch: SinkBatch) -> None:
        """See `sinks.base.Sink`."""
        if len(batch) == 0:
            return
        lane = batch.table, isinstance(batch.rows, Sequence)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(lane, []).append(_Waiting(batch, done))
        if lane not in self._lanes:
            self._lanes[lane] = asyncio.create_task(self._drain(lane))
        await done

    async def _drain(self, lane: _Lane) -> None:
        """Insert until no write waits in `lane`. One task per lane: one insert at a time."""
        try:
            await asyncio.sleep(self._wait)
            while group := self._take(lane):
                await self._insert(lane[0], group)
                if len(group) >= _MANY:
                    await asyncio.sleep(self._gathering.quiet)
                    await self._gathering.wait(lambda: len(self._waiting.get(lane, ())))
        finally:
            # No await between the last check of the lane and this: no write can have joined since.
            del self._lanes[lane]
            for left in self._waiting.pop(lane, ()):
                left.done.cancel()

    def _take(self, lane: _Lane) -> list[_Waiting]:
        """As many waiting writes as fit into one insert, in order of arrival."""
        waiting = [w for w in self._waiting.get(lane, []) if not w.done.done()]
        count = rows = 0
        while count < len(waiting) and (
            count == 0 or rows + len(waiting[count].batch) <= self._max_rows
        ):
            rows += len(waiting[count].batch)
            count += 1
        self._waiting[lane] = waiting[count:]
        return waiting[:count]

    async def _insert(self, table: Table, group: list[_Waiting]) -> None:
        try:
            await self._sink.write(SinkBatch(table, _together([w.batch for w in group])))
        except Exception as exc:  # noqa: BLE001 - it is raised in the writers
            if len(group) == 1 or isinstance(exc, Unavailable):
                self._fail(group, exc)
                return
            # The rows of one of them are at fault: the others must not pay for it.
            for waiting in group:
                await self._insert(table, [waiting])
        except BaseException as exc:
            self._fail(group, exc)
            raise
        else:
            for waiting in group:
                if not waiting.done.done():
                    waiting.done.set_result(None)

    @staticmethod
    def _fail(group: list[_Waiting], exc: BaseException) -> None:
        for waiting in group:
            if waiting.done.done():
                continue
            if isinstance(exc, Exception):
                waiting.done.set_exception(exc)
            else:
                waiting.done.cancel()


def _together(batches: list[SinkBatch]) -> pa.Table | Sequence[Row]:
    if len(batches) == 1:
        return batches[0].rows
    rows: list[Row] = []
    tables: list[pa.Table] = []
    for batch in batches:
        if isinstance(batch.rows, Sequence):
            rows.extend(batch.rows)
        else:
            tables.append(batch.rows)
    if rows:
        return rows
    import pyarrow as pa

    return pa.concat_tables(tables)
