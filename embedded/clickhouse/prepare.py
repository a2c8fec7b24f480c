"""From a call and its body to a statement that can be run, and the connection it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import Final

from embedded.clickhouse.access import Role
from embedded.clickhouse.call import Call
from embedded.clickhouse.engine import Engine, Link
from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.statement import Kind, Statement, read_statement, without_hints

# A query's text, without the data of an INSERT.
MAX_QUERY_BYTES: Final = 64 << 20
_DEFAULT_FORMAT: Final = "TabSeparated"


@dataclass(slots=True)
class Prepared:
    """A statement with everything it needs to run. `data` is the data of an INSERT."""

    statement: Statement
    text: bytes
    data: Iterator[bytes]
    format: str


def prepare(call: Call, body: Iterator[bytes]) -> Prepared:
    """Read as much of the body as makes up the statement.

    The query is the parameter `query` and the body, with a line feed between if both are given.

    Raises:
        QueryError: no query, one that is too long, or one that may not come this way.
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
                229, f"The query is longer than {MAX_QUERY_BYTES} bytes", "QUERY_IS_TOO_LARGE"
            )
        statement = read_statement(text)
    if statement.kind is not Kind.INSERT and (plain := without_hints(text)) != text:
        text, statement = plain, read_statement(plain)
    _check(statement)
    fmt = statement.format or call.default_format or _DEFAULT_FORMAT
    if statement.kind is Kind.INSERT:
        fmt = statement.format or "Values"
        body = chain((text[statement.data_at :],), body)
    return Prepared(statement, text, body, fmt)


def _check(statement: Statement) -> None:
    if not statement.verb:
        raise QueryError(62, "Syntax error: Empty query", "SYNTAX_ERROR")
    if statement.into_outfile:
        raise QueryError(358, "INTO OUTFILE is not allowed", "INTO_OUTFILE_NOT_ALLOWED")
    if statement.from_infile:
        raise QueryError(78, "FROM INFILE is not allowed", "UNKNOWN_TYPE_OF_QUERY")


def connection(
    engine: Engine, call: Call, role: Role, keeps_state: bool
) -> AbstractContextManager[Link]:
    """The connection a call runs on: one that only reads, that of its session, or any one.

    Readers have no sessions: a connection of theirs ends with its query.
    """
    if role is Role.READER or call.read_only:
        return engine.reading_link(role, call.database, call.settings)
    if call.session_id is None:
        return engine.link(call.database, call.settings, keeps_state=keeps_state)
    return engine.session(
        call.session_id,
        call.session_seconds,
        call.database,
        call.settings,
        keeps_state=keeps_state,
    )
