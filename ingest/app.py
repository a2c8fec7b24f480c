"""The HTTP API as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ingest.api import (
    bulk,
    docs,
    events,
    export,
    file_actions,
    files,
    health,
    profile_preview,
    profiles,
    readings,
    resumable_uploads,
    retention,
    sensors,
    sql,
    status,
    ui,
    uploads,
    validate,
    webhooks,
)
from ingest.auth import scopes
from ingest.dependencies import open_dependencies
from ingest.http import error_handlers, openapi
from ingest.http.hang_ups import HangUps
from ingest.http.request_metrics import RequestMetricsMiddleware
from ingest.http.security_headers import SecurityHeadersMiddleware
from ingest.tasks import background_tasks
from runtime.settings import ApiSettings
from runtime.version import VERSION

_ROUTES = (
    uploads,
    validate,
    resumable_uploads,
    files,
    file_actions,
    bulk,
    profiles,
    profile_preview,
    events,
    sensors,
    readings,
    export,
    webhooks,
    retention,
    sql,
    status,
    health,
)


def create_app(settings: ApiSettings) -> FastAPI:
    """The application; its clients live from its start to its end (its lifespan)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        deps = open_dependencies(settings)
        app.state.deps = deps
        for name, run in background_tasks(deps).items():
            deps.tasks.start(name, run)
        try:
            yield
        finally:
            await deps.tasks.close()
            await deps.close()

    app = FastAPI(
        title="CSV Processor",
        version=VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
    )
    error_handlers.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    scopes.require_scopes(app)
    openapi.install(app)
    docs.install(app)
    app.add_middleware(HangUps)
    app.add_middleware(SecurityHeadersMiddleware)
    app.add_middleware(RequestMetricsMiddleware)
    ui.install(app, opened=lambda: app.state.deps.forks.start_soon())
    return app
