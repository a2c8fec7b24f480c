"""The HTTP API as an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from ingest import (
    access,
    describing,
    page,
    problem_answers,
    routes_docs,
    routes_events,
    routes_files,
    routes_health,
    routes_lifecycle,
    routes_readings,
    routes_resumable,
    routes_totals,
    routes_upload,
    routes_validate,
)
from ingest.answer_headers import AnswerHeaders
from ingest.inbox import make_inbox, scan_seconds
from ingest.measuring import Measured
from ingest.reconciler import make_reconciler
from ingest.services import open_services
from settings import ApiSettings

_ROUTES = (
    routes_upload,
    routes_validate,
    routes_resumable,
    routes_files,
    routes_lifecycle,
    routes_events,
    routes_totals,
    routes_readings,
    routes_health,
)


def create_app(settings: ApiSettings) -> FastAPI:
    """The application; its clients live from its start to its end (its lifespan)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = open_services(settings)
        app.state.services = services
        background = [
            asyncio.create_task(make_reconciler(services).run()),
            asyncio.create_task(services.removal.run()),
            asyncio.create_task(services.watch.run()),
            asyncio.create_task(services.keys.run()),
            asyncio.create_task(services.resumable.run()),
        ]
        if (inbox := make_inbox(services)) is not None:
            background.append(asyncio.create_task(inbox.run(scan_seconds(services))))
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            for task in background:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await services.close()

    app = FastAPI(
        title="CSV Processor",
        version=_version(),
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    problem_answers.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    access.require_scopes(app)
    describing.install(app)
    routes_docs.install(app)
    app.add_middleware(AnswerHeaders)
    app.add_middleware(Measured)
    page.install(app)
    return app


def _version() -> str:
    try:
        return version("csv-processor")
    except PackageNotFoundError:
        return "0"
