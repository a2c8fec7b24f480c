"""When a client of the embedded database learns that its query has ended."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from embedded.clickhouse import compression, handler
from embedded.clickhouse.access import Role, User, Users
from embedded.clickhouse.engine import Engine
from embedded.clickhouse.handler import Handler
from embedded.clickhouse.origin import Origins
from embedded.clickhouse.response import Response
from embedded.clickhouse.summary import Summary
from embedded.clickhouse.wire import LAST_CHUNK, Request, Wire

LARGE = [b"a" * (1 << 20), b"b" * 10]


class FakeWire:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data


def response_to(wire: FakeWire) -> Response:
    return Response(Request("POST", "/", {}), cast(Wire, wire), [], "UTC")


def test_nothing_of_a_small_result_is_sent_before_the_end() -> None:
    wire = FakeWire()
    response = response_to(wire)
    response.stream(iter([b"1\n"]), Summary())
    assert (wire.sent, response.started) == (b"", False)
    response.end()
    assert wire.sent.startswith(b"HTTP/1.1 200")
    assert wire.sent.endswith(b"\r\n\r\n1\n")


@pytest.mark.parametrize("encoding", [None, compression.BLOCKS, "gzip"])
def test_a_large_result_lacks_its_last_chunk_before_the_end(encoding: str | None) -> None:
    wire = FakeWire()
    response = response_to(wire)
    response.encoding = encoding
    response.stream(iter(LARGE), Summary())
    assert response.started
    assert not wire.sent.endswith(LAST_CHUNK)
    response.end()
    assert wire.sent.endswith(LAST_CHUNK)


def test_a_result_in_one_piece_is_complete_at_the_end() -> None:
    wire = FakeWire()
    response = response_to(wire)
    with io.BytesIO() as spool:
        for piece in LARGE:
            spool.write(piece)
        response.whole(spool, Summary())
    assert not wire.sent.endswith(LAST_CHUNK)
    response.end()
    assert LARGE[-1] in wire.sent
    assert wire.sent.endswith(LAST_CHUNK)


class FakeEngine:
    """Has sessions and no data."""

    formats = frozenset({"tabseparated"})
    timezone, version = "UTC", "26.9"
    http_compression = "0"
    disk = None

    def __init__(self) -> None:
        self.in_use = False

    def kill(self, mark: str) -> None: ...

    @contextmanager
    def session(self, *_args: object, **_options: object) -> Iterator[None]:
        assert not self.in_use
        self.in_use = True
        try:
            yield
        finally:
            self.in_use = False


class NextQueryWire(FakeWire):
    """A client that sends its next query as soon as it has the result."""

    def __init__(self, engine: FakeEngine) -> None:
        super().__init__()
        self._engine = engine

    def body(self) -> Iterator[bytes]:
        return iter((b"SELECT 1",))

    def finish_body(self) -> bool:
        return True

    def gone(self) -> bool:
        return False

    def send(self, data: bytes) -> None:
        super().send(data)
        complete = self.sent.endswith(LAST_CHUNK) or b"Content-Length" in self.sent
        assert not (complete and self._engine.in_use)


@pytest.mark.parametrize("result", [[b"1\n"], LARGE])
@pytest.mark.parametrize("wait", ["0", "1"])
def test_a_session_is_free_when_its_client_has_the_result(
    result: list[bytes], wait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_query(*_args: object) -> Iterator[bytes]:
        yield from result

    monkeypatch.setattr(handler, "run_query", run_query)
    engine = FakeEngine()
    wire = NextQueryWire(engine)
    users, origins = Users([User("owner", "secret", Role.OWNER)]), Origins("127.0.0.1")
    answers = Handler(cast(Engine, engine), users, origins, "test")
    params = {"session_id": "s", "wait_end_of_query": wait, "user": "owner", "password": "secret"}
    request = Request("POST", "/", params, {"host": "localhost"})
    assert answers.handle(request, cast(Wire, wire))
    assert wire.sent.startswith(b"HTTP/1.1 200"), wire.sent
    assert not engine.in_use
