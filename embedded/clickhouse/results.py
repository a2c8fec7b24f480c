"""Results in pieces, in memory that does not grow with them.

chDB streams a result block by block, each block a document of its own. For formats of plain rows
the concatenated documents are the result. An ArrowStream is put together of the streams of
its blocks. Results in formats with a head or foot (JSON, Arrow, Parquet, XML, …WithNames) are
written to a file first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from embedded.clickhouse.disk import Disk
from embedded.clickhouse.engine import Link, quote
from embedded.clickhouse.errors import ENGINE_ERRORS, from_engine
from embedded.clickhouse.formats import is_streamed
from embedded.clickhouse.prepare import Prepared
from embedded.clickhouse.statement import Kind
from embedded.clickhouse.summary import Summary

_READ: Final = 1 << 20
_ARROW_END: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def run_query(
    link: Link,
    prepared: Prepared,
    params: Mapping[str, str],
    mark: str,
    summary: Summary,
    disk: Disk,
) -> Generator[bytes, None, None]:
    """The result of a statement, in pieces; figures are added to `summary` with each piece.

    Args:
        params: values for {name:Type} in the statement, escaped as in TabSeparated.
        mark: a comment to find the query by, for as long as it runs. It comes first: chDB would
            take a text such as `\\i FILE` for an instruction to itself.
        disk: what the statement writes to.

    Raises:
        QueryError: at any piece.
    """
    bound = dict(params)
    fmt = prepared.format
    try:
        if link.reads_only or prepared.statement.kind is not Kind.SELECT:
            link.check(prepared.text)
        if prepared.statement.kind is not Kind.SELECT:
            with nullcontext() if link.reads_only else disk.writing():
                result = link.chdb.query(mark.encode() + prepared.text, fmt, params=bound)
            summary.add(result)
            yield result.bytes()
        elif is_streamed(fmt):
            yield from _blocks(link, prepared, bound, mark, summary)
        elif fmt.lower() == "arrowstream":
            pieces = _blocks(link, prepared, bound, mark, summary)
            first = next(pieces, None)
            if first is None:  # a stream without rows still has its schema
                yield from _by_file(link, prepared, bound, mark, summary, disk)
            else:
                yield from _one_arrow_stream(first, pieces)
        else:
            yield from _by_file(link, prepared, bound, mark, summary, disk)
    except ENGINE_ERRORS as exc:
        raise from_engine(exc) from None


def _blocks(
    link: Link, prepared: Prepared, params: dict[str, str], mark: str, summary: Summary
) -> Iterator[bytes]:
    text = mark.encode() + prepared.text
    with link.chdb.send_query(text, prepared.format, params=params) as stream:
        for block in stream:
            summary.add(block)
            yield block.bytes()


def _one_arrow_stream(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """One stream out of the streams of the blocks: one schema, one end.

    A stream is a schema message (four bytes FF, its length in four bytes, and that many bytes),
    messages with the rows, and eight bytes at the end. See Apache Arrow, "IPC Streaming Format".
    """
    yield first.removesuffix(_ARROW_END)
    for block in rest:
        schema = 8 + int.from_bytes(block[4:8], "little")
        yield block[schema:].removesuffix(_ARROW_END)
    yield _ARROW_END


def _by_file(
    link: Link,
    prepared: Prepared,
    params: dict[str, str],
    mark: str,
    summary: Summary,
    disk: Disk,
) -> Iterator[bytes]:
    statement = prepared.statement
    head, tail = prepared.text[: statement.tail_at], prepared.text[statement.tail_at :]
    with tempfile.TemporaryDirectory(dir=link.scratch) as folder:
        path = Path(folder) / "result"
        into = f"\nINTO OUTFILE {quote(str(path))}"
        if statement.format is None:
            into += f" FORMAT {prepared.format}"
        text = b"%b%b%b %b" % (mark.encode(), head, into.encode(), tail)
        link.classified(text)
        with disk.writing():
            summary.add(link.chdb.query(text, "Null", params=params))
        with path.open("rb") as file:
            while piece := file.read(_READ):
                yield piece
