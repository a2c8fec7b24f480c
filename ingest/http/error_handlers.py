"""Every error of the API answered by its problem document."""

from __future__ import annotations

import logging

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ingest.http.errors import Problem, invalid_parameter, unavailable
from schemas.errors import Unavailable
from storage.base import ObjectMissing, ObjectReplaced

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)
# Errors that the framework raises itself, by their status.
_HTTP_CODES = {400: "malformed_body", 404: "not_found", 405: "method_not_allowed"}


def response(problem: Problem) -> Response:
    """The document as an answer."""
    return Response(orjson.dumps(problem.document()), problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of `app` be answered by a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, exc: Problem) -> Response:
        return response(exc)

    @app.exception_handler(Unavailable)
    async def on_unavailable(_: Request, exc: Unavailable) -> Response:
        return response(unavailable(exc))

    @app.exception_handler(ObjectMissing)
    async def on_missing(_: Request, exc: ObjectMissing) -> Response:
        detail = (
            f"The object {exc}."
            if isinstance(exc, ObjectReplaced)
            else (f"The object {exc.ref.bucket}/{exc.ref.key} is not in the store any more.")
        )
        return response(Problem("raw_file_missing", detail))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, exc: RequestValidationError) -> Response:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in exc.errors()
        )
        return response(invalid_parameter(faults))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, exc: HTTPException) -> Response:
        code = _HTTP_CODES.get(exc.status_code, "internal_error")
        detail = f"{request.method} {request.url.path}: {exc.detail}"
        headers = dict(exc.headers or {})
        return response(Problem(code, detail, headers=headers))

    @app.exception_handler(Exception)
    async def on_bug(request: Request, exc: Exception) -> Response:
        if isinstance(exc, ConnectionAbortedError):
            # An answer that has begun is cut off on purpose, which its client sees.
            _LOG.warning("%s %s was broken off: %s", request.method, request.url.path, exc)
        else:
            _LOG.error("bug in %s %s", request.method, request.url.path, exc_info=exc)
        detail = "This is a fault of the service, not of the request; its log says more."
        return response(Problem("internal_error", detail))
