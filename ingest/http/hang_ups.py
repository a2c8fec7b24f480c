"""Clients that disconnect before they have their response: not an error of the service."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

_LOG = logging.getLogger(__name__)


class HangUps:
    """ASGI middleware that ends a request whose client has gone, without an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            _LOG.debug("the client of %s %s hung up", scope["method"], scope["path"])
