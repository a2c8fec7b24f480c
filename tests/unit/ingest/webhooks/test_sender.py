"""What a delivery says if its message was not taken."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from ingest.webhooks.addresses import Allowed, networks_of
from ingest.webhooks.sender import Sender
from tests.harness.services import free_port


async def error_of(url: str) -> str:
    sender = Sender(Allowed(networks_of("127.0.0.0/8")), 20)
    try:
        return (await sender.send(url, "msg_1", "{}", [])).error
    finally:
        await sender.close()


async def test_a_receiver_that_does_not_run() -> None:
    port = free_port()
    assert await error_of(f"http://127.0.0.1:{port}/") == (
        f"no connection to 127.0.0.1:{port}: Connection refused; check that the receiver runs and can "
        "be reached from here"
    )


async def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    assert await error_of("https://no-such-name.example/") == (
        "the name no-such-name.example was not found; check the address of the webhook"
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "the receiver closed the connection without an answer"),
        (b"220 smtp.example ESMTP\r\n", "the receiver's answer is not HTTP"),
    ],
)
async def test_a_receiver_that_does_not_speak_http(answer: bytes, error: str) -> None:
    assert await _answered(answer, lambda port: f"http://127.0.0.1:{port}/") == error


async def test_a_receiver_without_tls() -> None:
    found = await _answered(b"HTTP/1.1 200 OK\r\n\r\n", lambda port: f"https://127.0.0.1:{port}/")
    assert found.startswith("no TLS connection to 127.0.0.1: ")
    assert found.endswith("; check its certificate")


async def _answered(answer: bytes, url: Callable[[int], str]) -> str:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await error_of(url(server.sockets[0].getsockname()[1]))


async def test_messages_are_sent_after_a_close() -> None:
    sender = Sender(Allowed(networks_of("127.0.0.0/8")), 20)
    for _ in range(2):
        found = await sender.send(f"http://127.0.0.1:{free_port()}/", "msg_1", "{}", [])
        assert found.error.startswith("no connection to 127.0.0.1")
        await sender.close()
