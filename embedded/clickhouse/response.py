"""One response: whole if it is small, in chunks otherwise, and honest about an error in the middle."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import IO, Final

from embedded.clickhouse import compression
from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.formats import content_type
from embedded.clickhouse.summary import Summary
from embedded.clickhouse.wire import LAST_CHUNK, Request, Wire, chunk, response_head

# A result up to this size is sent whole, with its length, and an error in it with its own status.
_WHOLE: Final = 1 << 20

Headers = list[tuple[str, str]]


def _content_encoding(encoding: str) -> Headers:
    return [] if encoding == compression.BLOCKS else [("Content-Encoding", encoding)]


class Response:
    """One response: whole if it is small, in chunks otherwise."""

    def __init__(self, request: Request, wire: Wire, headers: Headers, timezone: str) -> None:
        self.headers = headers
        self.started = False
        # How bodies are compressed, errors too; None if they are not.
        self.encoding: str | None = None
        self._timezone = timezone
        self._wire = wire
        self._chunked = not request.http_10
        self._no_body = request.method == "HEAD"
        self._encoder: compression.Encoder | None = None
        self._tag = ""
        self._last = b""

    def format(self, fmt: str) -> None:
        """Say which format the result has."""
        self.headers += [
            ("Content-Type", content_type(fmt)),
            ("X-ClickHouse-Format", fmt),
            ("X-ClickHouse-Timezone", self._timezone),
        ]

    def stream(self, pieces: Iterator[bytes], summary: Summary) -> None:
        """Send pieces as they are produced, but for the end (`end`); as one body, with the final
        figures, if they end soon."""
        held: list[bytes] = []
        size = 0
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size > _WHOLE:
                break
        else:
            self._keep_whole(b"".join(held), summary)
            return
        self._start(summary)
        for piece in held:
            self._piece(piece)
        held.clear()
        for piece in pieces:
            self._piece(piece)
        self._keep_end()

    def whole(self, spool: IO[bytes], summary: Summary) -> None:
        """Send a finished result, but for the end."""
        size = spool.tell()
        spool.seek(0)
        if size <= _WHOLE:
            self._keep_whole(spool.read(), summary)
            return
        self._start(summary)
        while piece := spool.read(_WHOLE):
            self._piece(piece)
        self._keep_end()

    def end(self) -> None:
        """Send what was kept back: before it no client knows that its query has ended.

        It is sent once the connection of the query is free, because a client may send the next query of
        its session at once.
        """
        self.started = True
        self._wire.send(self._last)

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
        ]
        data = self._compressed(data, headers)
        headers.append(("Content-Length", str(len(data))))
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

    def _keep_whole(self, data: bytes, summary: Summary) -> None:
        summary.result_bytes = summary.result_bytes or len(data)
        headers = [*self.headers, ("X-ClickHouse-Summary", summary.header())]
        data = self._compressed(data, headers)
        headers.append(("Content-Length", str(len(data))))
        self._last = response_head(200, headers) + (b"" if self._no_body else data)

    def _compressed(self, data: bytes, headers: Headers) -> bytes:
        """A whole body as it is sent; its encoding is added to `headers`."""
        if self.encoding is None or not data:
            return data
        encoder = compression.encoder(self.encoding)
        headers += _content_encoding(self.encoding)
        return encoder.compress(data) + encoder.flush()

    def _start(self, summary: Summary) -> None:
        self._tag = secrets.token_hex(8)
        headers = [
            *self.headers,
            ("X-ClickHouse-Summary", summary.header()),
            ("X-ClickHouse-Exception-Tag", self._tag),
        ]
        if self.encoding is not None:
            self._encoder = compression.encoder(self.encoding)
            headers += _content_encoding(self.encoding)
        if self._chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        self.started = True
        self._wire.send(response_head(200, headers))

    def _piece(self, data: bytes) -> None:
        self._raw(data if self._encoder is None else self._encoder.compress(data))

    def _raw(self, data: bytes) -> None:
        if sent := self._framed(data):
            self._wire.send(sent)

    def _framed(self, data: bytes) -> bytes:
        if not data or self._no_body:
            return b""
        return chunk(data) if self._chunked else data

    def _keep_end(self) -> None:
        if self._encoder is not None:
            self._last = self._framed(self._encoder.flush())
        if self._chunked and not self._no_body:
            self._last += LAST_CHUNK
