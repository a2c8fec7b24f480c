"""A broker that was restarted is noticed by its connection, and looked at again after a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from broker.watch import BrokerWatch
from schemas.errors import Unavailable
from tests.harness.waiting import eventually


class Server:
    """Accepts connections on a free port until it is closed."""

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.address = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    async def _accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)

    def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    await found.start()
    yield found
    found.close()


async def test_a_broker_is_the_same_while_its_connection_is_open(server: Server) -> None:
    watch = BrokerWatch([server.address])
    assert not watch.is_same()
    await watch.connect()
    # Connected is not yet looked at.
    assert not watch.is_same()
    watch.known()
    assert watch.is_same()
    server.close()

    async def noticed() -> bool:
        return not watch.is_same()

    await eventually(noticed, "the end of the broker is noticed")
    with pytest.raises(Unavailable, match="no connection to"):
        await watch.connect()
    assert not watch.is_same()


async def test_it_is_looked_at_again_after_a_while(server: Server) -> None:
    now = 0.0
    watch = BrokerWatch([server.address], trusted=60, clock=lambda: now)
    await watch.connect()
    watch.known()
    now = 59.0
    assert watch.is_same()
    now = 61.0
    assert not watch.is_same()
    watch.close()


async def test_the_next_server_is_asked_if_one_is_not_there(server: Server) -> None:
    gone = Server()
    await gone.start()
    gone.close()
    watch = BrokerWatch([gone.address, server.address])
    await watch.connect()
    watch.known()
    assert watch.is_same()
    watch.close()
