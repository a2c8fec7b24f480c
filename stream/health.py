"""A worker's own small HTTP server: whether it lives, whether it takes work, what it has done."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from runtime import metrics
from runtime.readiness import Readiness
from runtime.version import VERSION

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def health_server(
    host: str, port: int, readiness: Readiness, lag: Callable[[], Mapping[str, int]] = dict
) -> AsyncIterator[int]:
    """Answer on `host`:`port` (0: a free one) as long as the context lasts; gives the port.

    `lag` gives the number of waiting messages per topic.

    It runs on the worker's own loop on purpose: if the loop is blocked, the worker is not alive.

    Raises:
        OSError: the port is taken.
    """

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live", "version": VERSION})

    async def ready(_: web.Request) -> web.Response:
        all_ready, document = await readiness.document()
        return web.json_response(document, status=200 if all_ready else 503)

    async def show_metrics(_: web.Request) -> web.Response:
        failures = await readiness.failures()
        for part, failure in failures.items():
            metrics.PART_READY.labels(part).set(failure is None)
        metrics.WORKER_READY.set(all(failure is None for failure in failures.values()))
        metrics.LAG.clear()
        for topic, messages in lag().items():
            metrics.LAG.labels(topic).set(messages)
        return web.Response(
            body=metrics.text(metrics.WORKER), headers={"Content-Type": metrics.CONTENT_TYPE}
        )

    app = web.Application()
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    app.router.add_get("/metrics", show_metrics)
    # A client that still reads metrics does not delay the end of the worker.
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken: int = runner.addresses[0][1]
        _LOG.info("health and metrics on http://%s:%d", host, taken)
        yield taken
    finally:
        await runner.cleanup()
