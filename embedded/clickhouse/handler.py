"""From a request to its response, on one connection of a client."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from email.utils import formatdate
from typing import IO, Final

from embedded.clickhouse import compression
from embedded.clickhouse.access import Role, Users
from embedded.clickhouse.blocks import decompress_blocks
from embedded.clickhouse.call import Call, read_call
from embedded.clickhouse.engine import Engine, read_only
from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.forms import Form, external_tables, read_form
from embedded.clickhouse.inserts import received, run_insert
from embedded.clickhouse.origin import Origins
from embedded.clickhouse.prepare import connection, prepare
from embedded.clickhouse.response import Headers, Response
from embedded.clickhouse.results import run_query
from embedded.clickhouse.statement import Kind
from embedded.clickhouse.summary import Summary
from embedded.clickhouse.watch import Watch
from embedded.clickhouse.wire import Request, Wire, response_head

# Results that were asked for in one piece (wait_end_of_query) are held in memory up to this size,
# on disk beyond.
_SPOOL: Final = 8 << 20
KEEP_ALIVE_SECONDS: Final = 300


class Handler:
    """Answers requests.

    Args:
        engine: the database.
        users: who may use it.
        origins: which requests a browser may have sent.
        display_name: what the server calls itself.
    """

    def __init__(self, engine: Engine, users: Users, origins: Origins, display_name: str) -> None:
        self._engine = engine
        self._users = users
        self._origins = origins
        self._name = display_name
        self._watch = Watch(engine.kill)

    def handle(self, request: Request, wire: Wire) -> bool:
        """Answer one request; False if the connection cannot be used any further.

        Raises:
            OSError, Disconnected: the client went away.
        """
        refusal = self._origins.refusal(request.headers)
        if refusal is not None:
            self._plain(request, wire, 403, f"{refusal}\n")
        elif request.method not in ("GET", "HEAD", "POST", "PUT"):
            self._plain(request, wire, 501, f"{request.method} is not answered here\n")
        elif request.path in ("/ping", "/replicas_status") or (
            request.path == "/" and request.method in ("GET", "HEAD") and not request.params
        ):
            self._plain(request, wire, 200, "Ok.\n")
        elif request.path not in ("/", "/query"):
            self._plain(request, wire, 404, f"There is no handle {request.path}\n")
        else:
            return self._query(request, wire)
        return wire.finish_body() and request.keep_alive

    def _plain(self, request: Request, wire: Wire, status: int, text: str) -> None:
        data = text.encode()
        headers = [*self._base(request), ("Content-Type", "text/html; charset=UTF-8")]
        headers.append(("Content-Length", str(len(data))))
        wire.send(response_head(status, headers) + (b"" if request.method == "HEAD" else data))

    def _base(self, request: Request) -> Headers:
        headers = [("Date", formatdate(usegmt=True))]
        if request.keep_alive:
            headers += [
                ("Connection", "Keep-Alive"),
                ("Keep-Alive", f"timeout={KEEP_ALIVE_SECONDS}"),
            ]
        else:
            headers.append(("Connection", "close"))
        headers.append(("X-ClickHouse-Server-Display-Name", self._name))
        return headers

    def _query(self, request: Request, wire: Wire) -> bool:
        response = Response(request, wire, self._base(request), self._engine.timezone)
        try:
            body = compression.decode(request.headers.get("content-encoding", ""), wire.body())
            kind = request.headers.get("content-type", "")
            form = None
            if kind.lower().startswith("multipart/form-data"):
                form = read_form(kind, body)
                body = iter(())
            call = read_call(request, form, self._engine.http_compression)
            response.headers.append(("X-ClickHouse-Query-Id", call.query_id))
            if call.blocks_out:
                response.encoding = compression.BLOCKS
            elif call.compress:
                accepted = request.headers.get("accept-encoding", "")
                response.encoding = compression.choose(accepted)
            role = self._users.authenticate(call.user, call.password)
            if call.blocks_in:
                body = decompress_blocks(body)
            self._run(call, role, form, body, response, wire)
        except QueryError as exc:
            if response.started:
                response.fail(exc.text(self._engine.version))
                return False
            readable = wire.finish_body()
            response.error(exc, exc.text(self._engine.version), last=not readable)
            return readable and request.keep_alive
        return wire.finish_body() and request.keep_alive

    def _run(
        self,
        call: Call,
        role: Role,
        form: Form | None,
        body: Iterator[bytes],
        response: Response,
        wire: Wire,
    ) -> None:
        prepared = prepare(call, body)
        tables = external_tables(form, call.tables)
        keeps_state = prepared.statement.keeps_state or bool(tables)
        spool: IO[bytes] | None = None
        with ExitStack() as cleanup:
            inserted = None
            if prepared.statement.kind is Kind.INSERT:
                if role is Role.READER or call.read_only:
                    raise read_only()
                inserted = cleanup.enter_context(received(prepared.data, self._engine.scratch))
            link = cleanup.enter_context(connection(self._engine, call, role, keeps_state))
            for table in tables:
                cleanup.callback(table.drop, link)
                table.create(link)
            if inserted is not None:
                with self._engine.disk.writing():
                    summary = run_insert(link, prepared.statement, prepared.format, inserted)
                response.stream(iter(()), summary)
            else:
                if prepared.format.lower() not in self._engine.formats:
                    raise QueryError(73, f"Unknown format {prepared.format}", "UNKNOWN_FORMAT")
                response.format(prepared.format)
                summary = Summary()
                mark = cleanup.enter_context(self._watch.over(wire.gone))
                run = run_query(link, prepared, call.params, mark, summary, self._engine.disk)
                pieces = cleanup.enter_context(closing(run))
                if call.wait:
                    spool = _spool(pieces)
                else:
                    response.stream(pieces, summary)
        if spool is not None:
            with spool:
                response.whole(spool, summary)
        response.end()


def _spool(pieces: Iterator[bytes]) -> IO[bytes]:
    spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - closed by the caller
    try:
        for piece in pieces:
            spool.write(piece)
    except BaseException:
        spool.close()
        raise
    return spool
