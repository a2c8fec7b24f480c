"""A worker's own small HTTP server: whether it lives, whether it takes work, what it has done."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from monitoring.readiness import Readiness

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def health_server(host: str, port: int, readiness: Readiness) -> AsyncIterator[int]:
    """Answer on `host`:`port` (0: a free one) as long as the context lasts; gives the port.

    It runs on the worker's own loop on purpose: where that stands still, the worker is not alive.

    Raises:
        OSError: the port is taken.
    """

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    async def ready(_: web.Request) -> web.Response:
        all_ready, document = await readiness.document()
        return web.json_response(document, status=200 if all_ready else 503)

    app = web.Application()
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken: int = runner.addresses[0][1]
        _LOG.info("health and metrics on http://%s:%d", host, taken)
        yield taken
    finally:
        await runner.cleanup()
