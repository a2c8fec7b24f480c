"""Inserts: data is received as a whole, then inserted by one statement that reports its errors.

chDB's streaming insert (`send_insert`) ends without an error when its rows could not be written: a
constraint, too many partitions or parts, no space on the disk. A plain query reports all of them,
so the data is put into a file in memory (a large body: on disk) and read by
`INSERT ... FROM INFILE`, which parses it as the streaming insert does. The data is not part of the
query's text, where chDB would take what follows a blank line for a statement of its own, and a
comment such as `{ serverError 252 }` for permission to hide that error.

A body that ends early is never inserted, and no connection to the engine waits for a slow client.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from embedded.clickhouse.engine import Link
from embedded.clickhouse.errors import ENGINE_ERRORS, QueryError, from_engine
from embedded.clickhouse.statement import Statement
from embedded.clickhouse.summary import Summary

# Bodies up to this size are held in memory, larger ones on disk.
_IN_MEMORY: Final = 32 << 20
# One thread: the data is one stream, and threads that wait for each other cost a third more.
_SETTINGS: Final = b"max_threads = 1, max_parsing_threads = 1"


@contextmanager
def received(data: Iterator[bytes], scratch: Path) -> Iterator[int]:
    """Descriptor of a file with all of `data`, read from its start; removed at the end.

    Args:
        scratch: folder for what is too large for memory.

    Raises:
        QueryError: no space for the data.
    """
    held: deque[bytes] = deque()
    size = 0
    for piece in data:
        held.append(piece)
        size += len(piece)
        if size > _IN_MEMORY:
            break
    try:
        descriptor = _on_disk(scratch) if size > _IN_MEMORY else _in_memory(scratch)
        try:
            while held:
                _write(descriptor, held.popleft())
            for piece in data:
                _write(descriptor, piece)
            # If a path does not reopen the file, it is read on from here.
            os.lseek(descriptor, 0, os.SEEK_SET)
            yield descriptor
        finally:
            os.close(descriptor)
    except _NoSpace as exc:
        raise QueryError(
            243, f"Cannot hold the data of an INSERT: {exc}", "NOT_ENOUGH_SPACE"
        ) from None


class _NoSpace(Exception):  # noqa: N818
    """The data cannot be held."""


def _in_memory(scratch: Path) -> int:
    return os.memfd_create("insert") if hasattr(os, "memfd_create") else _on_disk(scratch)


def _on_disk(scratch: Path) -> int:
    try:
        descriptor, path = tempfile.mkstemp(dir=scratch)
        Path(path).unlink()
    except OSError as exc:
        raise _NoSpace(exc.strerror) from None
    return descriptor


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as exc:
        raise _NoSpace(exc.strerror) from None


def run_insert(link: Link, statement: Statement, fmt: str, descriptor: int) -> Summary:
    """Insert what the file `descriptor` holds in `fmt`; when this returns, the rows are on disk.

    As with a ClickHouse server, an INSERT of several blocks that fails in the middle can leave
    the blocks before.

    Returns:
        The rows and bytes that were written.

    Raises:
        QueryError: what the engine reports about the statement, the data or writing it.
    """
    settings = statement.settings.strip()
    text = b"%b\nFROM INFILE '/dev/fd/%d' COMPRESSION 'none' SETTINGS %b FORMAT %b" % (
        statement.head,
        descriptor,
        b"%b, %b" % (settings, _SETTINGS) if settings else _SETTINGS,
        fmt.encode(),
    )
    try:
        result = link.chdb.query(text, "Null")
    except ENGINE_ERRORS as exc:
        raise from_engine(exc) from None
    rows, size = result.rows_written(), result.bytes_written()
    return Summary(rows, size, rows, size, rows, size, int(result.elapsed() * 1e9))
