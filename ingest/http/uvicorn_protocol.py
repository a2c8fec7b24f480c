"""uvicorn's HTTP protocol with bounds on the head of a request: its size, and its time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedHeads(HttpToolsProtocol):
    """Closes connections that send too long a head, or take too long for it.

    uvicorn bounds neither. A body is another matter: `ingest.http.body_limits` sees to it.
    """

    max_head_bytes: int
    head_seconds: float
    _in_head = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._timer is None:
                self._timer = self.loop.call_later(self.head_seconds, self._too_slow)
        super().data_received(data)
        # What came with the end of a head in one piece is not looked at: a piece is small.
        if self._in_head and self._head_bytes > self.max_head_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _too_slow(self) -> None:
        self._timer = None
        self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status
            )
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def bounded_heads(max_bytes: int, seconds: float) -> type[asyncio.Protocol]:
    """The protocol with its bounds, as uvicorn takes it."""
    bounds: dict[str, Any] = {"max_head_bytes": max_bytes, "head_seconds": seconds}
    return type("BoundedHeads", (BoundedHeads,), bounds)
