"""A receiver of webhooks, in the process of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from schemas.webhooks import signature


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was received."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of its signatures is of `secret`."""
        moment = int(self.headers["webhook-timestamp"])
        expected = signature(secret, self.message_id, moment, self.body)
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass(slots=True)
class Receiver:
    """What was received; `answer` is the status that a message is answered with."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    answer: Callable[[Message], int] = lambda _: 204

    def of(self, path: str) -> list[Message]:
        """What was sent to a path."""
        return [message for message in self.messages if message.path == path]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    received = Receiver()

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        message = Message(request.path, headers, await request.read())
        received.messages.append(message)
        status = received.answer(message)
        # A redirect leads back here, so that one which is followed is seen.
        return web.Response(status=status, headers={"Location": "/followed"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    received.url = f"http://127.0.0.1:{port}"
    try:
        yield received
    finally:
        await runner.cleanup()
