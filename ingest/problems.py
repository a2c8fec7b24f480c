"""Errors as RFC 9457 problem documents: each with a stable `code` and what to do about it."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from rows.signatures import seems
from schemas.errors import Unavailable
from storage.base import ObjectMissing

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)
# The codes of services that are away, by the name their clients give them.
_SERVICE_CODES = {
    "Kafka": "broker_unavailable",
    "clickhouse": "database_unavailable",
    "object store": "store_unavailable",
}


class Problem(Exception):  # noqa: N818 - the name of the thing in RFC 9457
    """An answer that is an error. `more` are further members of the document."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.headers = headers or {}
        self.more = more

    def response(self) -> Response:
        """The document."""
        body = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        return Response(orjson.dumps(body), self.status, self.headers, MEDIA_TYPE)


def missing_file(detail: str = "") -> Problem:
    """Nothing was sent that could be a file."""
    how = "Send it as the multipart field `file`, or as the body itself with ?filename=NAME."
    return Problem(400, "missing_file", "Missing file", f"{detail} {how}".strip())


def wrong_type(filename: str, content_type: str | None, head: bytes) -> Problem:
    """What was sent, and begins with `head`, is no text in columns."""
    said = f" ({content_type})" if content_type else ""
    kind = seems(head)
    return Problem(
        400,
        "invalid_parameter_type",
        "Invalid Parameter Type",
        f"{filename}{said} does not look like text in columns: neither its name, nor its content "
        f"type, nor its first bytes do. Its first bytes look like {kind.name}: {kind.send}.",
    )


def invalid_parameter(detail: str) -> Problem:
    """A parameter, header or form field with a value that cannot be."""
    return Problem(400, "invalid_parameter", "Invalid Parameter", detail)


def malformed_body(detail: str) -> Problem:
    """A body that is not what its content type says."""
    return Problem(400, "malformed_body", "Malformed Body", detail)


def unknown_file(file_id: str) -> Problem:
    """No such file, or not any more."""
    return Problem(
        404, "unknown_file", "Unknown File", f"There is no file {file_id[:100]!r}, or not any more."
    )


def unknown_upload(upload_id: str) -> Problem:
    """No such upload, or not any more."""
    return Problem(
        404,
        "unknown_upload",
        "Unknown Upload",
        f"There is no upload {upload_id[:100]!r}, or not any more. Begin a new one.",
    )


def wrong_offset(given: int, offset: int) -> Problem:
    """A piece that does not begin where the upload is."""
    return Problem(
        409,
        "wrong_offset",
        "Wrong Offset",
        f"Upload-Offset is {given}, but the upload is at {offset}. Go on from there.",
        headers={"Upload-Offset": str(offset)},
    )


def upload_too_long(length: int) -> Problem:
    """More bytes than were announced."""
    return Problem(
        413,
        "upload_too_long",
        "Upload Too Long",
        f"More came than the {length} bytes that Upload-Length announced.",
    )


def unavailable(error: Unavailable, **more: Any) -> Problem:
    """A service that is away: the same request may be made again."""
    code = _SERVICE_CODES.get(error.service, "service_unavailable")
    wait = max(1, math.ceil(error.retry_after))
    return Problem(
        503,
        code,
        "Service Unavailable",
        f"The {error.service} is not available: {error.reason}. Try again in {wait} s.",
        headers={"Retry-After": str(wait)},
        **more,
    )


def install(app: FastAPI) -> None:
    """Let every error of `app` be answered by a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, exc: Problem) -> Response:
        return exc.response()

    @app.exception_handler(Unavailable)
    async def on_unavailable(_: Request, exc: Unavailable) -> Response:
        return unavailable(exc).response()

    @app.exception_handler(ObjectMissing)
    async def on_missing(_: Request, exc: ObjectMissing) -> Response:
        detail = f"The object {exc.ref.bucket}/{exc.ref.key} is not in the store any more."
        return Problem(404, "raw_missing", "Raw File Missing", detail).response()

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, exc: RequestValidationError) -> Response:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in exc.errors()
        )
        return invalid_parameter(faults).response()

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, exc: HTTPException) -> Response:
        phrase = HTTPStatus(exc.status_code).phrase
        code = phrase.lower().replace(" ", "_")
        detail = f"{request.method} {request.url.path}: {exc.detail}"
        headers = dict(exc.headers or {})
        return Problem(exc.status_code, code, phrase, detail, headers=headers).response()

    @app.exception_handler(Exception)
    async def on_bug(request: Request, exc: Exception) -> Response:
        _LOG.error("bug in %s %s", request.method, request.url.path, exc_info=exc)
        detail = "This is a fault of the service, not of the request; its log says more."
        return Problem(500, "internal_error", "Internal Server Error", detail).response()
