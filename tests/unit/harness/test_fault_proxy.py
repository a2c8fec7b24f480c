"""The proxy that loses answers: what it is asked to lose is done all the same, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.harness.fault_proxy import FaultProxy


class Counter(BaseHTTPRequestHandler):
    """Writes down what it is asked, and answers its number."""

    protocol_version = "HTTP/1.1"
    done: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.done.append(body.decode())
        answer = str(len(self.done)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def done() -> list[str]:
    """What the service was asked."""
    Counter.done = []
    return Counter.done


@pytest.fixture
def proxy(done: list[str]) -> Iterator[FaultProxy]:
    assert done == []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = FaultProxy(server.server_port, "http")
    proxy.start()
    yield proxy
    proxy.close()
    server.shutdown()
    server.server_close()


def ask(proxy: FaultProxy, text: str) -> str:
    return httpx.post(f"http://127.0.0.1:{proxy.port}/path?query=q", content=text).text


def test_the_nth_call_is_done_and_its_answer_lost(proxy: FaultProxy, done: list[str]) -> None:
    assert ask(proxy, "before") == "1"
    proxy.lose(2)
    assert ask(proxy, "a") == "2"
    with pytest.raises(httpx.TransportError):
        ask(proxy, "b")
    assert ask(proxy, "c") == "4"
    assert done == ["before", "a", "b", "c"]
    assert proxy.lost == "POST /path q b"
    assert [call[-1] for call in proxy.calls] == ["a", "b", "c"]


def test_calls_that_do_not_match_are_not_counted(proxy: FaultProxy) -> None:
    proxy.lose(1, match=lambda label: label.endswith("x"))
    assert ask(proxy, "a") == "1"
    with pytest.raises(httpx.TransportError):
        ask(proxy, "x")


def test_connections_are_refused_for_a_while(proxy: FaultProxy, done: list[str]) -> None:
    kept = httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}")
    assert kept.post("/", content="a").text == "1"
    proxy.lose(1, refuse_seconds=600)
    with pytest.raises(httpx.TransportError):
        ask(proxy, "b")
    deadline = time.monotonic() + 30
    while True:  # it stops listening a moment after the connection broke
        try:
            ask(proxy, "c")
        except httpx.ConnectError:
            break
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
    with pytest.raises(httpx.TransportError):
        kept.post("/", content="d")
    kept.close()
    proxy.behave()
    assert ask(proxy, "e") == str(len(done))


def test_calls_are_held_until_they_are_released(proxy: FaultProxy, done: list[str]) -> None:
    hold = proxy.hold(lambda label: label.endswith("held"))
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(ask(proxy, "held")))
    caller.start()
    deadline = time.monotonic() + 30
    while not hold.waiting:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ask(proxy, "other") == "1"
    assert done == ["other"]
    hold.release()
    caller.join(30)
    assert (answers, done) == (["2"], ["other", "held"])


def test_large_bodies_pass_whole(proxy: FaultProxy, done: list[str]) -> None:
    text = "x" * (3 << 20)
    assert ask(proxy, text) == "1"
    assert done == [text]
