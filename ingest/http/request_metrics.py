"""Measures every answer of the API, and asks the database for the figures that are its own."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.metrics import FILES, HTTP_IN_PROGRESS, HTTP_SECONDS, OLDEST_WAITING
from schemas.errors import Unavailable
from sinks.clickhouse.client import Database

_FRESH_SECONDS = 5.0
_STATUSES = ("waiting", "processed", "partial", "failed")
_COUNTS = """
SELECT status, count() AS files
FROM file_records FINAL WHERE deleted = 0 GROUP BY status
"""
_AGE = """
SELECT greatest(0, dateDiff('millisecond', min(upload_time), now64(6))) / 1000 AS seconds
FROM file_records FINAL WHERE deleted = 0 AND status = 'waiting'
"""


class RequestMetricsMiddleware:
    """ASGI middleware: how long answers took, to their last byte."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, method = time.perf_counter(), 500, _method(scope["method"])
        in_progress = HTTP_IN_PROGRESS.labels(method)
        in_progress.inc()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            in_progress.dec()
            # The path as it is declared: a label for every file would be one time series each.
            route = getattr(scope.get("route"), "path", "none")
            labels = HTTP_SECONDS.labels(method, route, f"{status // 100}xx")
            labels.observe(time.perf_counter() - began)


class FileFigures:
    """Files by status and the age of the oldest waiting one, asked for every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at = float("-inf")

    async def refresh(self) -> None:
        """Update the gauges; they have no value while the database is unavailable."""
        if time.monotonic() - self._asked_at < _FRESH_SECONDS:
            return
        self._asked_at = time.monotonic()
        try:
            counts = {row["status"]: row["files"] for row in await self._database.query(_COUNTS)}
            (age,) = await self._database.query(_AGE)
        except Unavailable:
            FILES.clear()
            OLDEST_WAITING.set(float("nan"))
            return
        for status in _STATUSES:
            FILES.labels(status).set(counts.get(status, 0))
        OLDEST_WAITING.set(age["seconds"] if counts.get("waiting") else 0)


def _method(method: str) -> str:
    # A client may call its method what it likes.
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
