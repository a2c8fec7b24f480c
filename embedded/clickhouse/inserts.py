"""Data into the engine, as it comes in from the client."""

from __future__ import annotations

from collections.abc import Iterator

from embedded.clickhouse.engine import Link
from embedded.clickhouse.errors import ENGINE_ERRORS, from_engine
from embedded.clickhouse.summary import Summary


def run_insert(link: Link, statement: bytes, fmt: str, data: Iterator[bytes]) -> Summary:
    """Run an INSERT whose data is `data` in `fmt`; when this returns, the rows are on disk.

    Memory is that of a block, whatever the amount of data. Like with a ClickHouse server, an
    INSERT of more than a block that fails in the middle can leave the blocks before.

    Raises:
        QueryError: what the engine says of the statement or the data.
    """
    try:
        inserter = link.chdb.send_insert(statement, fmt)
        try:
            for piece in data:
                if piece:
                    inserter.append(piece)
            result = inserter.finish()
        finally:
            inserter.cancel()  # does nothing after finish
    except ENGINE_ERRORS as exc:
        raise from_engine(exc) from None
    rows, size = result.rows_written, result.bytes_written
    elapsed = int(result.elapsed * 1e9)
    return Summary(rows, size, rows, size, rows, size, elapsed)
