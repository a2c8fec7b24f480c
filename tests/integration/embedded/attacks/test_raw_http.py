"""Requests are read in one way only."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.integration.embedded.attacks.sql_port import Port


def head(port: Port, method: str = "POST", path: str = "/", *lines: str) -> bytes:
    user, password = port.reader
    fixed = ("Host: localhost", f"X-ClickHouse-User: {user}", f"X-ClickHouse-Key: {password}")
    return "\r\n".join((f"{method} {path} HTTP/1.1", *fixed, *lines, "", "")).encode("latin-1")


HIDDEN = b"POST /?query=SELECT+%27smuggled%27 HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 8", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 8"),
        ("Content-Length: 8", "Content-Length: 9"),
        ("Content-Length: 8, 9",),
        ("Content-Length: +8",),
        ("Content-Length: -1",),
        ("Content-Length: 0x8",),
        ("Content-Length: 8 8",),
        ("Content-Length: 99999999999999999999999",),
        ("Content-Length : 8",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity", "Content-Length: 8"),
        ("Transfer-Encoding:\x0bchunked",),
        ("X: y\r\n Content-Length: 8",),
        ("X: a\x00b",),
        ("X\r\nContent-Length: 8",),
        ("Upgrade: h2c", "Connection: Upgrade"),
    ],
)
def test_requests_that_can_be_read_in_two_ways_are_refused(
    port: Port, lines: tuple[str, ...]
) -> None:
    answer = port.raw(head(port, "POST", "/", *lines) + b"SELECT 1" + HIDDEN)
    assert b"smuggled" not in answer.replace(HIDDEN, b"")
    first, _, rest = answer.partition(b"\r\n")
    assert first.split(b" ")[1] in (b"400", b"403", b"500"), answer
    assert b" 200 " not in rest


def test_every_request_of_a_connection_is_authenticated_itself(port: Port) -> None:
    answer = port.raw(head(port, "POST", "/", "Content-Length: 8") + b"SELECT 1" + HIDDEN)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 403 " in answer
    assert b"516" in answer


def test_headers_cannot_be_added_to_an_answer(port: Port) -> None:
    injected = quote("x\r\nSet-Cookie: a=b\r\n\r\n<script>")
    for name in ("query_id", "default_format", "database", "session_id"):
        answer = port.raw(head(port, "GET", f"/?query=SELECT+1&{name}={injected}"))
        assert b"\r\nSet-Cookie" not in answer.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("name", ["dataframe", "DataStore", "arrowtable", "Debug", "Nothing", "\0"])
def test_a_format_that_is_none_is_an_error_and_no_crash(port: Port, name: str) -> None:
    for how in (
        {"params": {"default_format": name}},
        {"headers": {"X-ClickHouse-Format": "DataFrame"}},
    ):
        answer = port.ask("SELECT 1", **how)  # type: ignore[arg-type]
        assert answer.headers["X-ClickHouse-Exception-Code"] == "73"


def test_a_head_without_end_is_given_up(port: Port) -> None:
    answer = port.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * (2 << 20))
    assert answer.split(b" ")[1] in (b"431", b"400")
