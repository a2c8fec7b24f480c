"""A client of the SQL port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from embedded.stack import Stack

SECRET = "content of a file that is secret"


@dataclass(frozen=True)
class Port:
    """The SQL port of a stack, and who may use it."""

    stack: Stack
    url: str
    owner: tuple[str, str]
    reader: tuple[str, str]

    def ask(
        self, sql: str | bytes, *, user: tuple[str, str] | None = None, **arguments: Any
    ) -> httpx.Response:
        """POST `sql`, as the reader unless `user` is given."""
        return httpx.post(self.url, content=sql, auth=user or self.reader, timeout=60, **arguments)

    def own(self, sql: str) -> str:
        """The answer to the owner."""
        answer = self.ask(sql, user=self.owner)
        assert answer.status_code == 200, answer.text
        return answer.text

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for bytes of our own."""
        at = urlsplit(self.url)
        with socket.create_connection((at.hostname or "", at.port or 0), timeout=20) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return client.makefile("rb").read()

    def fingerprint(self) -> str:
        """What an attack must not change."""
        return self.own(
            "SELECT database, name, uuid, engine, create_table_query, total_rows FROM system.tables"
            " WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')"
            " ORDER BY ALL"
        )


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code >= 400, answer.text
    assert "X-ClickHouse-Exception-Code" in answer.headers
    assert SECRET not in answer.text


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port that notes who calls."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    client, where = server.accept()
                except OSError:
                    return
                calls.append(f"{where}")
                client.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)
