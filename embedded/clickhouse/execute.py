"""Running a call: what it is decides whether rows are streamed out, data is streamed in, or neither."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Final

import chdb

from embedded.clickhouse.call import Call
from embedded.clickhouse.engine import Engine, Link
from embedded.clickhouse.errors import QueryError, from_engine
from embedded.clickhouse.formats import is_streamed
from embedded.clickhouse.statement import Kind, Statement, read_statement

# A query's text (without the data of an INSERT); ClickHouse itself parses 256 KiB unless told.
MAX_QUERY_BYTES: Final = 64 << 20
_WRITES: Final = frozenset(
    {"INSERT", "CREATE", "DROP", "ALTER", "TRUNCATE", "RENAME", "OPTIMIZE", "DELETE", "UPDATE"}
)
_DEFAULT_FORMAT: Final = "TabSeparated"


@dataclass(slots=True)
class Summary:
    """The figures of X-ClickHouse-Summary."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0

    def header(self) -> str:
        """As ClickHouse writes it: every figure is a string."""
        figures = {**asdict(self), "total_rows_to_read": self.read_rows}
        return json.dumps({name: str(value) for name, value in figures.items()})

    def add(self, result: Any) -> None:
        """Count in what the engine says of a result, or of one chunk of it."""
        self.read_rows = max(self.read_rows, result.storage_rows_read())
        self.read_bytes = max(self.read_bytes, result.storage_bytes_read())
        self.written_rows += result.rows_written()
        self.written_bytes += result.bytes_written()
        self.result_rows += result.rows_read()
        self.elapsed_ns = max(self.elapsed_ns, int(result.elapsed() * 1e9))


@dataclass(slots=True)
class Prepared:
    """A statement with everything it needs to run. `data` is the rest of the body of an INSERT."""

    statement: Statement
    text: bytes
    data: Iterator[bytes]
    format: str


def prepare(call: Call, body: Iterator[bytes]) -> Prepared:
    """Read as much of the body as makes up the statement.

    The query is the parameter `query` and the body, with a line feed between where both are there.

    Raises:
        QueryError: no query, or one that is too long.
    """
    first = next(body, b"")
    text = call.query + b"\n" + first if call.query else first
    statement = read_statement(text)
    while statement.kind is not Kind.INSERT or statement.format is None:
        more = next(body, None)
        if more is None:
            break
        # Read on in growing steps, so that a long text is not scanned once for every piece.
        pieces, size = [text, more], len(more)
        while size < len(text) and (more := next(body, None)) is not None:
            pieces.append(more)
            size += len(more)
        text = b"".join(pieces)
        if len(text) > MAX_QUERY_BYTES:
            raise QueryError(
                452, f"The query is longer than {MAX_QUERY_BYTES} bytes", "QUERY_IS_TOO_LARGE"
            )
        statement = read_statement(text)
    if not statement.verb:
        raise QueryError(62, "Syntax error: Empty query", "SYNTAX_ERROR")
    fmt = statement.format or call.default_format or _DEFAULT_FORMAT
    if statement.kind is Kind.INSERT:
        fmt = statement.format or "Values"
        body = chain((text[statement.data_at :],), body)
        text = statement.head
    return Prepared(statement, text, body, fmt)


def connection(engine: Engine, call: Call, statement: Statement) -> AbstractContextManager[Link]:
    """The connection a call runs on: that of its session, or any one."""
    settings: Mapping[str, str] = call.settings
    if call.read_only and statement.verb in _WRITES:
        raise QueryError(
            164,
            "Cannot execute query in readonly mode. For queries over HTTP, method GET implies "
            "readonly. You should use method POST for modifying queries",
            "READONLY",
        )
    if call.session_id is not None:
        return engine.session(call.session_id, call.session_seconds, call.database, settings)
    return engine.link(call.database or "default", settings, keeps_state=statement.keeps_state)


def run_insert(link: Link, prepared: Prepared) -> Summary:
    """Stream data into the engine; when this returns, the rows are written to disk.

    Memory is that of a block, whatever the amount of data. Like ClickHouse itself, an INSERT of
    more than a block that fails in the middle can leave the blocks before.
    """
    try:
        inserter = link.chdb.send_insert(prepared.text, prepared.format)
    except (chdb.ChdbError, RuntimeError) as exc:
        raise from_engine(str(exc)) from None
    done = False
    try:
        for piece in prepared.data:
            if piece:
                inserter.append(piece)
        done = True
        result = inserter.finish()
    except (chdb.ChdbError, RuntimeError) as exc:
        raise from_engine(str(exc)) from None
    finally:
        if not done:
            inserter.cancel()
    return Summary(
        read_rows=result.rows_written,
        read_bytes=result.bytes_written,
        written_rows=result.rows_written,
        written_bytes=result.bytes_written,
        result_rows=result.rows_written,
        result_bytes=result.bytes_written,
        elapsed_ns=int(result.elapsed * 1e9),
    )


def run_query(link: Link, prepared: Prepared, call: Call, summary: Summary) -> Iterator[bytes]:
    """The result of a statement, in pieces; figures are counted into `summary` as they come.

    Raises:
        QueryError: at any piece.
    """
    arguments = {"params": dict(call.params)}
    try:
        if prepared.statement.kind is Kind.SELECT and is_streamed(prepared.format):
            stream = link.chdb.send_query(prepared.text, prepared.format, **arguments)
            try:
                for piece in stream:
                    summary.add(piece)
                    yield piece.bytes()
            finally:
                stream.close()
        else:
            result = link.chdb.query(prepared.text, prepared.format, **arguments)
            summary.add(result)
            yield result.bytes()
    except (chdb.ChdbError, RuntimeError) as exc:
        raise from_engine(str(exc)) from None
