"""A client that disconnects is not an error of the service."""

from __future__ import annotations

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from ingest.http.hang_ups import HangUps

_SCOPE: Scope = {"type": "http", "method": "POST", "path": "/api/v1/sql", "headers": []}
_START: Message = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.mark.parametrize(("began", "statuses"), [(False, [400]), (True, [200])])
async def test_a_request_whose_client_disconnects_is_no_error_of_the_service(
    began: bool, statuses: list[int]
) -> None:
    sent: list[Message] = []

    async def app(_: Scope, __: Receive, send: Send) -> None:
        if began:
            await send(_START)
        raise ClientDisconnect

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await HangUps(app)(_SCOPE, receive, send)
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == statuses
