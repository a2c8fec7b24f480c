"""From a request to its response, on one connection of a client."""

from __future__ import annotations

import hmac
import secrets
import tempfile
import uuid
from collections.abc import Iterator
from email.utils import formatdate
from typing import IO, Final

from embedded.clickhouse import compression
from embedded.clickhouse.call import Call, read_call
from embedded.clickhouse.engine import Engine
from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.execute import Summary, connection, prepare, run_insert, run_query
from embedded.clickhouse.formats import content_type
from embedded.clickhouse.statement import Kind
from embedded.clickhouse.wire import LAST_CHUNK, Request, Wire, chunk, response_head

# A result up to this size is sent whole, with its length, and an error in it with its own status.
_WHOLE: Final = 1 << 20
# Results that were asked for in one piece (wait_end_of_query) are held in memory up to this size,
# on disk beyond.
_SPOOL: Final = 8 << 20
_SMALL: Final = 512
KEEP_ALIVE_SECONDS: Final = 300

Headers = list[tuple[str, str]]


class Handler:
    """Answers requests.

    Args:
        engine: the database.
        password: what a client must give; none is asked for where it is None.
        display_name: what the server calls itself.
    """

    def __init__(self, engine: Engine, password: str | None, display_name: str) -> None:
        self._engine = engine
        self._password = password
        self._name = display_name

    def handle(self, request: Request, wire: Wire) -> bool:
        """Answer one request; False where the connection cannot be used any further.

        Raises:
            OSError, Disconnected: the client went away.
        """
        if request.method not in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            self._plain(request, wire, 501, f"{request.method} is not answered here\n")
        elif request.path in ("/ping", "/replicas_status") or (
            request.path == "/" and request.method in ("GET", "HEAD") and not request.params
        ):
            self._plain(request, wire, 200, "Ok.\n")
        elif request.method == "OPTIONS":
            wire.send(response_head(204, [("Access-Control-Allow-Methods", "POST, GET, OPTIONS")]))
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
        query_id = str(uuid.uuid4())
        response = _Response(request, wire, self._base(request), self._engine.timezone)
        try:
            call = read_call(request, query_id, self._engine.http_compression)
            query_id = call.query_id
            response.headers.append(("X-ClickHouse-Query-Id", query_id))
            self._check(call)
            body = compression.decode(request.headers.get("content-encoding", ""), wire.body())
            self._run(call, body, response)
        except QueryError as exc:
            if response.started:
                response.fail(exc.text(self._engine.version))
                return False
            readable = wire.finish_body()
            response.error(exc, exc.text(self._engine.version), last=not readable)
            return readable and request.keep_alive
        return wire.finish_body() and request.keep_alive

    def _check(self, call: Call) -> None:
        if self._password is not None and not hmac.compare_digest(
            call.password.encode("utf-8", "replace"), self._password.encode()
        ):
            raise QueryError(
                516,
                f"{call.user}: Authentication failed: password is incorrect, or there is no user "
                "with such name.",
                "AUTHENTICATION_FAILED",
            )

    def _run(self, call: Call, body: Iterator[bytes], response: _Response) -> None:
        prepared = prepare(call, body)
        summary = Summary()
        encoding = compression.choose(response.accept_encoding) if call.compress else None
        with connection(self._engine, call, prepared.statement) as link:
            if prepared.statement.kind is Kind.INSERT:
                summary = run_insert(link, prepared)
                pieces: Iterator[bytes] = iter(())
            else:
                response.format(prepared.format)
                pieces = run_query(link, prepared, call, summary)
            if not call.wait:
                response.stream(pieces, summary, encoding)
                return
            spool = _spool(pieces)
        with spool:
            response.whole(spool, summary, encoding)


def _spool(pieces: Iterator[bytes]) -> IO[bytes]:
    spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - closed by the caller
    try:
        for piece in pieces:
            spool.write(piece)
    except BaseException:
        spool.close()
        raise
    return spool


class _Response:
    """One response: whole where it is small, in chunks otherwise."""

    def __init__(self, request: Request, wire: Wire, headers: Headers, timezone: str) -> None:
        self.headers = headers
        self.started = False
        self.accept_encoding = request.headers.get("accept-encoding", "")
        self._timezone = timezone
        self._wire = wire
        self._chunked = not request.http_10
        self._no_body = request.method == "HEAD"
        self._encoder: compression.Encoder | None = None
        self._tag = ""

    def format(self, fmt: str) -> None:
        """Say which format the result has."""
        self.headers += [
            ("Content-Type", content_type(fmt)),
            ("X-ClickHouse-Format", fmt),
            ("X-ClickHouse-Timezone", self._timezone),
        ]

    def stream(self, pieces: Iterator[bytes], summary: Summary, encoding: str | None) -> None:
        """Send pieces as they come; whole, with the final figures, where they end soon."""
        held: list[bytes] = []
        size = 0
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size > _WHOLE:
                break
        else:
            self._send_whole(b"".join(held), summary, encoding)
            return
        self._start(summary, encoding)
        for piece in held:
            self._piece(piece)
        held.clear()
        for piece in pieces:
            self._piece(piece)
        self._end()

    def whole(self, spool: IO[bytes], summary: Summary, encoding: str | None) -> None:
        """Send a finished result."""
        size = spool.tell()
        spool.seek(0)
        if size <= _WHOLE:
            self._send_whole(spool.read(), summary, encoding)
            return
        self._start(summary, encoding)
        while piece := spool.read(_WHOLE):
            self._piece(piece)
        self._end()

    def error(self, error: QueryError, text: str, *, last: bool) -> None:
        """Send an error instead of a result."""
        data = text.encode("utf-8", "replace")
        dropped = ("Content-Type", "X-ClickHouse-Format", "X-ClickHouse-Timezone")
        headers = [(k, v) for k, v in self.headers if k not in dropped]
        if last:
            headers = [(k, v) for k, v in headers if k not in ("Connection", "Keep-Alive")]
            headers.append(("Connection", "close"))
        headers += [
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("X-ClickHouse-Exception-Code", str(error.code)),
            ("Content-Length", str(len(data))),
        ]
        if error.status == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="ClickHouse server HTTP API"'))
        self._wire.send(response_head(error.status, headers) + (b"" if self._no_body else data))

    def fail(self, text: str) -> None:
        """End a response that began well, so that no client takes it for complete.

        The body ends with the error between two marks that carry the tag from the headers, and
        the connection is closed without the last chunk.
        """
        message = text.rstrip("\n")
        length = len(message.encode()) + 1
        marked = f"\r\n__exception__\r\n{self._tag}\r\n{message}\n{length} {self._tag}\r\n__exception__\r\n"
        self._piece(marked.encode())
        if self._encoder is not None:
            self._raw(self._encoder.flush())

    def _send_whole(self, data: bytes, summary: Summary, encoding: str | None) -> None:
        summary.result_bytes = summary.result_bytes or len(data)
        headers = [*self.headers, ("X-ClickHouse-Summary", summary.header())]
        if encoding is not None and len(data) > _SMALL:
            encoder = compression.encoder(encoding)
            data = encoder.compress(data) + encoder.flush()
            headers.append(("Content-Encoding", encoding))
        headers.append(("Content-Length", str(len(data))))
        self.started = True
        self._wire.send(response_head(200, headers) + (b"" if self._no_body else data))

    def _start(self, summary: Summary, encoding: str | None) -> None:
        self._tag = secrets.token_hex(8)
        headers = [
            *self.headers,
            ("X-ClickHouse-Summary", summary.header()),
            ("X-ClickHouse-Exception-Tag", self._tag),
        ]
        if encoding is not None:
            self._encoder = compression.encoder(encoding)
            headers.append(("Content-Encoding", encoding))
        if self._chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        self.started = True
        self._wire.send(response_head(200, headers))

    def _piece(self, data: bytes) -> None:
        self._raw(data if self._encoder is None else self._encoder.compress(data))

    def _raw(self, data: bytes) -> None:
        if data and not self._no_body:
            self._wire.send(chunk(data) if self._chunked else data)

    def _end(self) -> None:
        if self._encoder is not None:
            self._raw(self._encoder.flush())
        if self._chunked and not self._no_body:
            self._wire.send(LAST_CHUNK)
