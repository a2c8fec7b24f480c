"""HTTP/1.1 on a socket: requests with bodies of any length, responses whole or in chunks.

Requests are parsed by httptools (llhttp, the parser of Node.js), which refuses what two parsers
could read in two ways: both Content-Length and Transfer-Encoding, lengths that differ, spaces in
names. Bodies are streamed, never buffered as a whole.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_plus

import httptools

_MAX_HEAD: Final = 1 << 20
# A head that has begun has to be complete by then.
_HEAD_SECONDS: Final = 30.0
_READ: Final = 256 << 10
# The rest of an unneeded body is read up to this size; beyond, the connection is closed.
_DRAIN: Final = 4 << 20


class BadRequest(Exception):  # noqa: N818
    """Bytes that are no HTTP request; the connection cannot go on."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Disconnected(Exception):  # noqa: N818
    """The client went away in the middle of its request."""


@dataclass(slots=True)
class Request:
    """A request without its body. Header names are in lower case; of equal ones the values are
    joined by a comma."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    http_10: bool = False
    keep_alive: bool = True


def parse_params(query: str) -> dict[str, str]:
    """URL parameters; of equal names the last one. Bytes that are no UTF-8 survive as surrogates."""
    params = {}
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            params[unquote_plus(name)] = unquote_plus(value, errors="surrogateescape")
    return params


class _Incoming:
    """What the parser found of one request so far."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: dict[str, str] = {}
        self.request: Request | None = None
        self.pieces: deque[bytes] = deque()
        self.complete = False


class _Parser:
    """Feeds bytes to the parser and collects what it finds; requests may follow each other."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._incoming: deque[_Incoming] = deque()

    @property
    def current(self) -> _Incoming | None:
        """The first request that was not taken; None before the first byte of one."""
        return self._incoming[0] if self._incoming else None

    def done(self) -> None:
        """Forget the current request."""
        self._incoming.popleft()

    def feed(self, data: bytes) -> None:
        """Parse on.

        Raises:
            BadRequest: bytes that are no request.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise BadRequest(400, "no other protocol is spoken here") from None
        except httptools.HttpParserError as exc:
            raise BadRequest(400, f"not an HTTP request: {exc}") from None

    def on_message_begin(self) -> None:
        self._incoming.append(_Incoming())

    def on_url(self, url: bytes) -> None:
        self._incoming[-1].url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        headers, key = self._incoming[-1].headers, name.decode("latin-1").lower()
        text = value.decode("latin-1").strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        incoming = self._incoming[-1]
        path, _, query = incoming.url.decode("latin-1").partition("?")
        incoming.request = Request(
            self._parser.get_method().decode("ascii"),
            path,
            parse_params(query),
            incoming.headers,
            http_10=self._parser.get_http_version() == "1.0",
            keep_alive=self._parser.should_keep_alive(),
        )

    def on_body(self, body: bytes) -> None:
        self._incoming[-1].pieces.append(body)

    def on_message_complete(self) -> None:
        self._incoming[-1].complete = True


class Wire:
    """One client's connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._parser = _Parser()
        self._incoming: _Incoming | None = None
        self._expects_continue = False

    def read_request(self) -> Request | None:
        """The next request; None if the client closed the connection before one began.

        Raises:
            BadRequest: bytes that are no request.
            Disconnected: a request that ends early.
        """
        if self._incoming is not None:
            self._parser.done()
            self._incoming = None
        size, deadline = 0, float("inf")
        while (incoming := self._parser.current) is None or incoming.request is None:
            if size > _MAX_HEAD or time.monotonic() > deadline:
                raise BadRequest(431, "the head of the request is too long")
            data = self._sock.recv(65536)
            if not data:
                if size:
                    raise Disconnected
                return None
            if not size:
                deadline = time.monotonic() + _HEAD_SECONDS
                self._sock.settimeout(_HEAD_SECONDS)
            size += len(data)
            self._parser.feed(data)
        self._incoming = incoming
        expect = incoming.headers.get("expect", "")
        self._expects_continue = expect.lower() == "100-continue"
        return incoming.request

    def body(self) -> Iterator[bytes]:
        """The body of the request in pieces, as received.

        Raises:
            Disconnected: from the iteration, if the client goes away before the end.
            BadRequest: from the iteration, if the rest is no body.
        """
        assert self._incoming is not None
        if self._expects_continue:
            self._expects_continue = False
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._pieces(self._incoming)

    def _pieces(self, incoming: _Incoming) -> Iterator[bytes]:
        while True:
            while incoming.pieces:
                yield incoming.pieces.popleft()
            if incoming.complete:
                return
            data = self._sock.recv(_READ)
            if not data:
                raise Disconnected
            self._parser.feed(data)

    def finish_body(self) -> bool:
        """Read over what is left of the body; False if that is too much to go on."""
        if self._expects_continue:
            return False
        left = _DRAIN
        for piece in self.body():
            left -= len(piece)
            if left < 0:
                return False
        return True

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._sock.sendall(data)

    def gone(self) -> bool:
        """Whether the client closed the connection; may be asked by any thread."""
        poll = select.poll()
        try:
            poll.register(self._sock, select.POLLRDHUP)
            return bool(poll.poll(0))
        except (OSError, ValueError):  # closed on this side
            return False


def response_head(status: int, headers: list[tuple[str, str]]) -> bytes:
    """Status line and headers, up to and with the empty line."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    # A line break in a value would inject a header.
    lines += [f"{name}: {' '.join(value.split())}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK: Final = b"0\r\n\r\n"
