"""Clients that disconnect before they have their response: not an error of the service."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)


class HangUps:
    """ASGI middleware that ends a request whose client has disconnected.

    The answer, 400, reaches no client; but measurements see it, and do not count an error of the service.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            _LOG.debug("the client of %s %s hung up", scope["method"], scope["path"])
            if not started:
                await Response(status_code=400)(scope, receive, send)
