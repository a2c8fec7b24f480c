"""The listening side: a thread per client connection, bounded, kept alive between requests.

The engine blocks, so a request needs a thread in any case; with the socket in it, a query ends when
its client hangs up. An ASGI server would only stand between the two.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import suppress
from typing import Final

from embedded.clickhouse.handler import KEEP_ALIVE_SECONDS, Handler
from embedded.clickhouse.wire import BadRequest, Disconnected, Request, Wire, response_head

_log: Final = logging.getLogger("embedded.clickhouse")
# A client that neither sends nor takes anything for this long in the middle of a request is gone.
_LINGER_SECONDS: Final = 2.0
_STALL_SECONDS: Final = 300.0
_MAX_CLIENTS: Final = 256
_ACCEPT_PAUSE_SECONDS: Final = 0.1


class Server:
    """Serves a handler until `stop`.

    Args:
        host, port: where to listen; port 0 takes a free one.
        max_clients: connections served at a time; more of them wait to be accepted.
    """

    def __init__(
        self, handler: Handler, host: str, port: int, max_clients: int = _MAX_CLIENTS
    ) -> None:
        self._handler = handler
        self._places = threading.BoundedSemaphore(max_clients)
        self._lock = threading.Lock()
        self._clients: dict[socket.socket, bool] = {}
        self._stopping = False
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=512)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Accept clients until `stop` is called from a signal handler or another thread."""
        while not self._stopping:
            if not self._places.acquire(blocking=False):
                self._close_idle()
                self._places.acquire()
            try:
                sock, _ = self._listener.accept()
            except OSError as exc:
                self._places.release()
                # Too many open files, or a client that left before it was accepted.
                if not self._stopping:
                    _log.warning("a client could not be accepted: %s", exc)
                    time.sleep(_ACCEPT_PAUSE_SECONDS)
                continue
            self._start(sock)

    def _start(self, sock: socket.socket) -> None:
        """Serve a client on a thread of its own."""
        with self._lock:
            self._clients[sock] = False
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._client, args=(sock,), daemon=True).start()
        except (OSError, RuntimeError) as exc:  # it left already; or no thread can be started
            _log.warning("a client could not be served: %s", exc)
            with self._lock:
                del self._clients[sock]
            sock.close()
            self._places.release()

    def stop(self, seconds: float = 5.0) -> None:
        """Stop accepting, let running requests end, up to `seconds`."""
        self._stopping = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._close_idle()
        pause = threading.Event()
        waited = 0.0
        while waited < seconds and any(self._clients.values()):
            pause.wait(0.02)
            waited += 0.02

    def _close_idle(self) -> None:
        """End every connection that waits for its next request."""
        with self._lock:
            idle = [sock for sock, busy in self._clients.items() if not busy]
        for sock in idle:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RD)

    def _client(self, sock: socket.socket) -> None:
        wire = Wire(sock)
        try:
            while not self._stopping:
                sock.settimeout(KEEP_ALIVE_SECONDS)
                request = wire.read_request()
                if request is None:
                    break
                self._clients[sock] = True
                sock.settimeout(_STALL_SECONDS)
                if not self._handle(request, wire):
                    break
                self._clients[sock] = False
        except BadRequest as exc:
            text = f"{exc}\n".encode()
            headers = [("Connection", "close"), ("Content-Length", str(len(text)))]
            with suppress(OSError):
                wire.send(response_head(exc.status, headers) + text)
                _let_it_read(sock)
        except (Disconnected, OSError):
            pass
        finally:
            with self._lock:
                del self._clients[sock]
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
            self._places.release()

    def _handle(self, request: Request, wire: Wire) -> bool:
        try:
            return self._handler.handle(request, wire)
        except (BadRequest, Disconnected, OSError):
            raise
        except Exception:  # noqa: BLE001 - one client's request must not end the others'
            # A bug: it is logged with its traceback, and the connection ends.
            _log.exception("%s %s", request.method, request.path)
            raise BadRequest(500, "internal error; the log says more") from None


def _let_it_read(sock: socket.socket) -> None:
    """Receive the rest of what a client sends, for a moment: a connection that is closed while bytes
    wait in it is reset, and the client may lose the answer (RFC 9112, 9.6)."""
    sock.shutdown(socket.SHUT_WR)
    until = time.monotonic() + _LINGER_SECONDS
    while (left := until - time.monotonic()) > 0:
        sock.settimeout(left)
        if not sock.recv(1 << 16):
            return
