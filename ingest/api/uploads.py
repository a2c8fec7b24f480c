"""`POST /api/v1/files`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from ingest.auth.quotas import Reservation
from ingest.auth.scopes import UPLOAD, Caller, CallerDep
from ingest.dependencies import NEEDED, Dependencies, Deps
from ingest.files.documents import whole_document
from ingest.http import examples, file_models
from ingest.http.body_limits import bounded, too_large
from ingest.http.drain import drain
from ingest.http.error_handlers import response
from ingest.http.errors import Problem, missing_file, unavailable
from ingest.http.openapi import OCTETS, answer, errors
from ingest.http.parameters import declared_by
from ingest.http.request_body import Body, FilePart, FormBody, RawBody
from ingest.uploads import options
from ingest.uploads.idempotency import read_idempotency_key
from ingest.uploads.options import flag, form_fields, texts_of
from ingest.uploads.ports import UploadRequest
from runtime.metrics import UPLOAD_BYTES, UPLOADS
from schemas.errors import Unavailable
from schemas.file_document import begun_document, encode, file_document, reprocessing
from schemas.filenames import clean_filename

_LOG = logging.getLogger(__name__)
router = APIRouter(prefix="/api/v1", tags=["files"])

_ENCODINGS = ("gzip", "zstd")
_PARAMETERS = [
    ("filename", "Name of the file, if the body is the file itself."),
    (
        "force",
        "`true` uploads a file again that was uploaded before. Send an `Idempotency-Key` with it: "
        "without one a request that is repeated is one more file.",
    ),
]
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    **form_fields(),
                },
            }
        },
        OCTETS: {"schema": {"type": "string", "format": "binary"}},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string"},
    "description": "A repeated request with the same key is the same upload; with other bytes it is "
    "rejected. One API key's idempotency keys are not another's.",
}


def query_parameters(*, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The parameters of an upload, for the description of the API."""
    own = [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": text}
        for name, text in _PARAMETERS
        if name not in without
    ]
    return [*own, *options.query_parameters()]


@router.post(
    "/files",
    dependencies=[UPLOAD],
    status_code=202,
    summary="Upload a file",
    responses={
        **answer(
            file_models.UploadedFile,
            examples.WAITING,
            "It is stored and will be processed; with `reprocessing` it was uploaded before and is "
            "read again, with the options of this upload.",
            status=202,
            headers=["Location"],
        ),
        **answer(
            file_models.FileDocument,
            examples.FILE,
            "It was uploaded before; this is the first one's document.",
            headers=["Location"],
        ),
        **errors(
            "missing_file",
            "invalid_parameter_type",
            "invalid_parameter",
            "malformed_body",
            "unsupported_encoding",
            "client_too_slow",
            "body_too_large",
            "idempotency_key_reused",
            "not_owner",
            "has_resubmissions",
            "raw_file_missing",
            "raw_file_removed",
            "broker_unavailable",
            "store_unavailable",
        ),
    },
    openapi_extra={"parameters": [*query_parameters(), _KEY], "requestBody": BODY},
)
async def upload_file(request: Request, deps: Deps, caller: CallerDep) -> Response:
    """Store a file and announce it for processing; its results come later."""
    reservation: Reservation | None = None
    taken: int | None = None
    try:
        asked = parse_request(request, caller)
        if caller.key is not None:
            reservation = deps.keys.usage.upload(caller.key, length_of(request) or 0)
        # Asked before anything is received, so that a large body is not sent in vain.
        await deps.readiness.require(*NEEDED)
        uploaded = await deps.uploads.receive(body_of(request, deps, reservation), asked)
        if uploaded.new:
            taken = uploaded.record.size_bytes
    except ClientDisconnect:
        UPLOADS.labels("gone").inc()
        return Response(status_code=400)  # the client has disconnected
    except Unavailable as exc:
        return await refuse(request, deps, unavailable(exc))
    except Problem as problem:
        return await refuse(request, deps, problem)
    finally:
        if reservation is not None:
            reservation.commit(taken)
    record = uploaded.record
    if uploaded.new:
        UPLOADS.labels("accepted").inc()
        UPLOAD_BYTES.inc(record.size_bytes)
        document = file_document(record)
    elif uploaded.begun:
        UPLOADS.labels("replayed").inc()
        document = begun_document(record) | {"reprocessing": reprocessing(record)}
    else:
        UPLOADS.labels("seen").inc()
        document = await whole_document(deps.additions, deps.results, record)
    return Response(
        encode(document),
        202 if uploaded.new or uploaded.begun else 200,
        {"Location": document["links"]["self"]},
        "application/json",
    )


async def refuse(request: Request, deps: Dependencies, problem: Problem) -> Response:
    """Answer an upload with a problem, once the client has sent what it is sending."""
    if problem.status < 500:
        UPLOADS.labels("refused").inc()
    else:
        UPLOADS.labels("failed").inc()
        deps.readiness.forget()
        _LOG.warning("upload answered %d: %s", problem.status, problem.detail)
    if problem.status != 408:
        await drain(request)
    return response(problem)


def parse_request(request: Request, caller: Caller) -> UploadRequest:
    """The parameters of an upload; wrong values are 400, unknown encodings 415."""
    parameters = texts_of(parse_qsl(request.url.query, keep_blank_values=True))
    key = read_idempotency_key(request.headers.get("idempotency-key"), caller.holder)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in (*_ENCODINGS, "identity"):
        raise Problem(
            "unsupported_encoding",
            f"Content-Encoding is {encoding[:40]!r}; expected gzip, zstd or none.",
        )
    if encoding != "identity" and is_form(request):
        raise Problem(
            "unsupported_encoding",
            "A multipart form cannot be encoded as a whole; send the file itself as the body.",
        )
    return UploadRequest(
        parameters=parameters,
        idempotency_key=key,
        content_encoding=None if encoding == "identity" else encoding,
        force=flag("force", request.query_params.get("force")) or False,
        owner=caller.holder,
        of_admin=caller.is_admin,
    )


def body_of(
    request: Request,
    deps: Dependencies,
    reservation: Reservation | None,
    *,
    unnamed: str | None = None,
) -> Body:
    """The body of a request, bounded; a raw one is called `unnamed` if the query has no name."""
    most, size = deps.settings.max_upload_bytes, length_of(request)
    if size is not None and size > most:
        raise too_large(most)
    idle = deps.settings.body_idle_seconds
    stream = bounded(request.stream(), most=most, idle_seconds=idle, reservation=reservation)
    content_type = request.headers.get("content-type")
    if is_form(request):
        return FormBody(stream, content_type or "", declared_by(request).fields)
    filename = clean_filename(request.query_params.get("filename", "")) or unnamed
    if filename is None:
        raise missing_file()
    return RawBody(stream, FilePart(filename, content_type, size))


def length_of(request: Request) -> int | None:
    """Bytes of the body, where the client says how many they are."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def is_form(request: Request) -> bool:
    """Whether the body is a form with the file in it."""
    kind = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    return kind == "multipart/form-data"
