"""uvicorn's HTTP protocol with bounds, and robust against clients that do not keep to HTTP.

What uvicorn leaves open, and this closes:

* neither the size nor the time of a request's head is bounded;
* a client that reads nothing of its answer keeps it, and what makes it, for ever;
* header fields after a chunked body (trailers) become header fields of the request, without bound;
* a client that hangs up while several requests of it are queued is noticed by the last one only;
* uvloop raises if something is written to a connection that was closed a moment ago;
* a connection that a client wants to be a tunnel or a WebSocket is kept, and never read again;
* an error of the protocol is written into the middle of an answer that has begun;
* what it answers itself is no problem document, and its 503 has no `Retry-After`.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Final

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ingest.http.error_handlers import response
from ingest.http.errors import Problem

_MALFORMED: Final = Problem("malformed_request", "What was sent is not a request of HTTP/1.1.")
_TOO_LARGE: Final = Problem(
    "headers_too_large",
    "The head of the request is larger than MAX_HEADER_BYTES.",
)
_TOO_SLOW: Final = Problem(
    "headers_too_slow",
    "The head of the request did not arrive within HEADER_SECONDS.",
)
_OVERLOADED: Final = Problem(
    "overloaded",
    "There are more connections than MAX_CONNECTIONS. Try again in 1 s.",
    headers={"Retry-After": "1"},
)


class BoundedHeads(HttpToolsProtocol):
    """One connection. See the module; a body is bounded by `ingest.http.body_limits`."""

    max_head_bytes: int
    head_seconds: float
    idle_seconds: float
    max_connections: int
    _in_head = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_QuietTransport(transport))  # type: ignore[arg-type]
        self._timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._timer is None:
                self._timer = self.loop.call_later(self.head_seconds, self._too_slow)
        super().data_received(data)
        # A head that ends within this chunk is not measured: chunks are small.
        if self._in_head and self._head_bytes > self.max_head_bytes:
            self._refuse(_TOO_LARGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # else it is a trailer
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._stop_timer()
        busy = max(len(self.connections), len(self.tasks)) > self.max_connections
        self.app = _overloaded if busy else self.config.loaded_app
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_waiting_for_reader()
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._stop_waiting_for_reader()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its own words are not sent
        self._refuse(_MALFORMED)

    def _unsupported_upgrade_warning(self) -> None:
        # After a CONNECT or an upgrade follows no HTTP, and it is not read: close the connection.
        self.cycle.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _wait_for_reader(self, unread: int) -> None:
        self._unread = self.loop.call_later(self.idle_seconds, self._check_reader, unread)

    def _check_reader(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._wait_for_reader(left)
        else:
            self._unread = None
            self.transport.abort()

    def _stop_waiting_for_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _too_slow(self) -> None:
        self._timer = None
        self._refuse(_TOO_SLOW)

    def _refuse(self, problem: Problem) -> None:
        """Answer with `problem`, unless an answer has begun, and close the connection."""
        self._stop_timer()
        running = self._running
        if running is None or running.response_complete or not running.response_started:
            self.transport.write(_written(problem))
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _QuietTransport:
    """A transport that can be used after its connection was closed: nothing happens then."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()


async def _overloaded(scope: Scope, receive: Receive, send: Send) -> None:
    await response(_OVERLOADED)(scope, receive, send)


def _written(problem: Problem) -> bytes:
    """An answer as it is sent."""
    answer = response(problem)
    head = [
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode(),
        *(b"%s: %s" % header for header in answer.raw_headers),
        b"connection: close",
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + bytes(answer.body)


def bounded_heads(
    max_bytes: int, seconds: float, idle_seconds: float, connections: int
) -> type[asyncio.Protocol]:
    """The protocol with its bounds, as uvicorn takes it.

    Args:
        max_bytes: largest head of a request.
        seconds: how long it may take.
        idle_seconds: how long a client may read nothing of its answer.
        connections: how many there may be at once; the others are answered with 503.
    """
    bounds: dict[str, Any] = {
        "max_head_bytes": max_bytes,
        "head_seconds": seconds,
        "idle_seconds": idle_seconds,
        "max_connections": connections,
    }
    return type("BoundedHeads", (BoundedHeads,), bounds)
