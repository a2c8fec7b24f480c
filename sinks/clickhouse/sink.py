"""The sink that writes to ClickHouse over HTTP."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import orjson
from clickhouse_connect.driver.client import Client

from runtime.metrics import DATABASE_SECONDS, timed
from schemas.tables import Row, Table
from sinks.base import SinkBatch
from sinks.clickhouse.connection import DURABLE, JSON_LINES, Connection
from sinks.insert_time import INSERT_TAKES

if TYPE_CHECKING:
    import pyarrow as pa

_LOG = logging.getLogger(__name__)
# Records of files carry the moment at which their insert began, and those who follow them (totals,
# webhooks, exports since a cursor) wait `INSERT_TAKES` for it. One that took about that long may have
# been passed, so it is inserted again, with a moment of its own; if the database stays as slow, that
# ends after a few times, and the audit of totals finds what was passed.
_SLOW_SECONDS: Final = INSERT_TAKES.total_seconds() * 2 / 3
_TIMES: Final = 5
# The rows of an insert differ in their keys: looking for equal ones before they are written would
# take twice as long for nothing. What was inserted before is replaced as ever.
_MANY: Final = DURABLE | {"optimize_on_insert": 0}


class ClickHouseSink:
    """One insert per batch: Native or Arrow for tables, JSON lines for the few rows of a record.

    Args:
        url: http://user:password@host:port/database.
        threads: concurrent inserts.
        timeout: seconds that an insert may take to be answered.
        clock: seconds that only increase.
    """

    def __init__(
        self,
        url: str,
        *,
        threads: int = 4,
        timeout: int = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = Connection(url, threads=threads, timeout=timeout)
        self._clock = clock

    @timed(DATABASE_SECONDS, "write")
    async def write(self, batch: SinkBatch) -> None:
        """See `sinks.base.Sink`."""
        rows = batch.rows
        if len(rows) == 0:
            return
        if isinstance(rows, Sequence):
            for _ in range(_TIMES if batch.table is Table.FILE_RECORDS else 1):
                began = self._clock()
                await self._connection.run(lambda client: _insert_rows(client, batch.table, rows))
                if self._clock() - began < _SLOW_SECONDS:
                    break
                _LOG.warning("The database took %.0f s to insert records", self._clock() - began)
        else:
            await self._connection.run(lambda client: _insert_table(client, batch.table, rows))

    async def close(self) -> None:
        """Wait for inserts in progress, then close threads and connections."""
        await self._connection.close()


def _insert_rows(client: Client, table: Table, rows: Sequence[Row]) -> None:
    lines = b"\n".join(orjson.dumps(row) for row in rows)
    client.raw_insert(table.value, list(rows[0]), lines, settings=JSON_LINES, fmt="JSONEachRow")


def _insert_table(client: Client, table: Table, rows: pa.Table) -> None:
    from sinks.clickhouse import native
    from sinks.clickhouse.ordered import by_sensor_and_time

    if table is Table.READINGS:
        rows = by_sensor_and_time(rows)
    names = rows.schema.names
    if native.fits(rows.schema):
        client.raw_insert(table.value, names, native.native_block(rows), _MANY, "Native")
    else:
        client.raw_insert(table.value, names, _arrow_stream(rows), _MANY, "ArrowStream")


def _arrow_stream(rows: pa.Table) -> bytes:
    import pyarrow as pa

    # A stream rather than the file of `insert_arrow`, which is read from its end and so has to be
    # in memory as a whole. One dictionary per column: not every reader takes another one halfway.
    whole = rows.unify_dictionaries().combine_chunks()
    body = pa.BufferOutputStream()
    with pa.ipc.new_stream(body, whole.schema) as stream:
        stream.write_table(whole)
    data: bytes = body.getvalue().to_pybytes()
    return data
