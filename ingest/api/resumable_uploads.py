"""Resumable uploads over HTTP: tus 1.0.0 (https://tus.io/protocols/resumable-upload) with the
extensions creation, creation-with-upload, expiration and termination.

The upload that completes a file is answered with the file's address in `Content-Location`.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Any, Final, ParamSpec

from fastapi import APIRouter, HTTPException, Request, Response

from ingest.auth.scopes import UPLOAD, Caller, CallerDep
from ingest.dependencies import NEEDED, Deps
from ingest.http import examples, file_models
from ingest.http.body_limits import bounded, too_large
from ingest.http.drain import drain
from ingest.http.errors import (
    Problem,
    invalid_parameter,
    missing_file,
    unavailable,
    unknown_upload,
)
from ingest.http.openapi import answer, errors, nothing
from ingest.http.parameters import unknown_parameter
from ingest.http.responses import json_answer
from ingest.uploads.idempotency import read_idempotency_key
from ingest.uploads.options import NAMES, flag, lines_of, parse_options
from ingest.uploads.tus import Announced, Upload
from schemas.errors import Unavailable
from schemas.file_document import links, timestamp
from schemas.filenames import clean_filename

router = APIRouter(prefix="/api/v1/uploads", tags=["resumable uploads"], dependencies=[UPLOAD])
P_ = ParamSpec("P_")

_VERSION: Final = {"Tus-Resumable": "1.0.0"}
_ABILITIES: Final = {
    "Tus-Version": "1.0.0",
    "Tus-Extension": "creation,creation-with-upload,expiration,termination",
}
_METADATA_NAMES: Final = frozenset({"filename", "name", "filetype", "type", "force", *NAMES})
# What common clients always send about a file beside that, and nothing depends on.
_IGNORED: Final = frozenset({"relativePath"})
_BYTES: Final = "application/offset+octet-stream"


def _header(name: str, example: str, what: str, *, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": required, "description": what,
            "schema": schema, "example": example}  # fmt: skip


_TUS = _header("Tus-Resumable", "1.0.0", "The version of the protocol, 1.0.0.")
_OFFSET = _header("Upload-Offset", "4194304", "Offset of the upload, where the body continues.")
_LENGTH = _header("Upload-Length", "2147483648", "Bytes of the file.")
_METADATA = _header(
    "Upload-Metadata",
    "filename cGxhbnQtNy5jc3Y=,filetype dGV4dC9jc3Y=",
    "`filename`, `filetype`, `force` and the options of an upload, each with its value in base64.",
)
_KEY = _header(
    "Idempotency-Key", "plant-7 2024-05-01", "As with other uploads.", required=False
)  # fmt: skip
_BODY: dict[str, Any] = {
    "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
}
# A request that sends the last bytes takes the file in, as an upload in one request does.
_TAKING_IN = (
    "missing_file", "invalid_parameter_type", "invalid_parameter", "idempotency_key_reused",
    "not_owner", "has_resubmissions", "raw_file_missing", "raw_file_removed",
    "broker_unavailable", "store_unavailable",
)  # fmt: skip
_TAKEN_IN = errors(*_TAKING_IN, "unknown_upload", "unsupported_tus_version")
_APPENDED = errors(
    *_TAKING_IN, "unknown_upload", "wrong_offset", "client_too_slow", "body_too_large",
    "unsupported_tus_version", "upload_too_long", "unsupported_media_type",
)  # fmt: skip


def _tus(handler: Callable[P_, Awaitable[Response]]) -> Callable[P_, Awaitable[Response]]:
    """Every response has the version of the protocol, errors too."""

    @functools.wraps(handler)
    async def answering(*args: P_.args, **kwargs: P_.kwargs) -> Response:
        try:
            response = await handler(*args, **kwargs)
        except Unavailable as exc:
            problem = unavailable(exc)
            problem.headers |= _VERSION
            raise problem from exc
        except Problem as problem:
            problem.headers |= _VERSION
            raise
        response.headers.update(_VERSION)
        return response

    return answering


@router.options(
    "", summary="What resumable uploads can do", responses=nothing(204, "In headers."),
    status_code=204,
)  # fmt: skip
@_tus
async def describe_resumable_uploads(deps: Deps) -> Response:
    """Versions and extensions of tus, and how large a file may be."""
    most = {"Tus-Max-Size": str(deps.settings.max_upload_bytes)}
    return Response(status_code=204, headers={**_ABILITIES, **most})


@router.post(
    "",
    status_code=201,
    response_class=Response,
    summary="Begin a resumable upload",
    responses={
        **nothing(201, "`Location` is the URL of the upload."),
        **_APPENDED,
    },
    openapi_extra={"parameters": [_TUS, _LENGTH, _METADATA, _KEY], "requestBody": _BODY},
)
@_tus
async def create_resumable_upload(request: Request, deps: Deps, caller: CallerDep) -> Response:
    """Announce a file; its first bytes may come along."""
    _check_version(request)
    announced = _announced(request, caller)
    if announced.length > deps.settings.max_upload_bytes:
        raise too_large(deps.settings.max_upload_bytes)
    # The whole file at once: when its bytes come is the client's affair.
    reservation = None
    if caller.key is not None:
        reservation = deps.keys.usage.upload(caller.key, announced.length)
    try:
        upload = await deps.resumable.create(announced)
    except Unavailable:
        if reservation is not None:
            reservation.commit(None)
        raise
    location = f"{router.prefix}/{upload.upload_id}"
    if request.headers.get("content-type", "").split(";")[0].strip() == _BYTES:
        upload = await _append(request, deps, upload.upload_id, 0)
    return Response(status_code=201, headers={"Location": location, **_progress(upload)})


@router.head(
    "/{upload_id}",
    status_code=204,
    summary="Ask how far an upload is",
    responses={**nothing(204, "`Upload-Offset` says it."), **_TAKEN_IN},
    openapi_extra={"parameters": [_TUS]},
)
@_tus
async def find_upload_offset(
    upload_id: str, request: Request, deps: Deps, caller: CallerDep
) -> Response:
    """Where to go on. A request that still sends to the same upload is ended by this."""
    _check_version(request)
    await _check_owner(upload_id, deps, caller)
    upload = await deps.resumable.find(upload_id)
    headers = {"Cache-Control": "no-store", "Upload-Length": str(upload.announced.length)}
    return Response(status_code=204, headers={**headers, **_progress(upload)})


@router.get(
    "/{upload_id}",
    summary="Show an upload",
    responses={
        **answer(file_models.ResumableUpload, examples.UPLOAD, "How far it is."),
        **errors("unknown_upload", "store_unavailable"),
    },
)
@_tus
async def show_resumable_upload(upload_id: str, deps: Deps, caller: CallerDep) -> Response:
    """The same for people; `file_id` once the file is taken in."""
    await _check_owner(upload_id, deps, caller)
    upload = await deps.resumable.peek(upload_id)
    document = {
        "upload_id": upload.upload_id,
        "filename": upload.announced.filename,
        "length": upload.announced.length,
        "offset": upload.offset,
        "expires": timestamp(upload.expires),
        "file_id": upload.file_id,
        "known": upload.known,
        "generation": upload.generation,
    }
    return json_answer(document)


@router.patch(
    "/{upload_id}",
    status_code=204,
    summary="Go on with an upload",
    responses={**nothing(204, "`Upload-Offset` says how far it is now."), **_APPENDED},
    openapi_extra={"parameters": [_TUS, _OFFSET], "requestBody": {**_BODY, "required": True}},
)
@_tus
async def append_to_upload(
    upload_id: str, request: Request, deps: Deps, caller: CallerDep
) -> Response:
    """Send bytes from `Upload-Offset` on. Where they are the last, the file is taken in as with
    other uploads, and `Content-Location` says where it is; `Upload-Known` is `true` if the same
    name and bytes had been uploaded before, and it is that file. `Upload-Generation` is then the
    generation that reads it with the options of this upload, if they are other ones."""
    _check_version(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    offset = _number(request, "Upload-Offset")
    if kind != _BYTES:
        raise Problem(
            "unsupported_media_type",
            f"Content-Type is {kind[:60]!r}; expected {_BYTES}.",
        )
    await _check_owner(upload_id, deps, caller)
    upload = await _append(request, deps, upload_id, offset)
    return Response(status_code=204, headers=_progress(upload))


@router.post("/{upload_id}", include_in_schema=False)
@_tus
async def overridden(upload_id: str, request: Request, deps: Deps, caller: CallerDep) -> Response:
    """For clients whose surroundings let no other method through."""
    method = request.headers.get("x-http-method-override", "").upper()
    if method == "PATCH":
        return await append_to_upload(upload_id, request, deps, caller)
    if method == "DELETE":
        return await delete_resumable_upload(upload_id, request, deps, caller)
    raise HTTPException(405, headers={"Allow": "DELETE, GET, HEAD, PATCH"})


@router.delete(
    "/{upload_id}",
    status_code=204,
    summary="Forget an upload",
    responses={
        **nothing(204, "It is gone."),
        **errors("unknown_upload", "unsupported_tus_version", "store_unavailable"),
    },
    openapi_extra={"parameters": [_TUS]},
)
@_tus
async def delete_resumable_upload(
    upload_id: str, request: Request, deps: Deps, caller: CallerDep
) -> Response:
    """Remove what was received; a file that was taken in stays."""
    _check_version(request)
    await _check_owner(upload_id, deps, caller)
    await deps.resumable.delete(upload_id)
    return Response(status_code=204)


async def _check_owner(upload_id: str, deps: Deps, caller: Caller) -> None:
    """Check that the caller began an upload. Another caller's does not exist for them.

    Raises:
        Problem: 404 `unknown_upload`.
    """
    if not caller.owns(None) and not caller.owns(await deps.resumable.owner_of(upload_id)):
        raise unknown_upload(upload_id)


async def _append(request: Request, deps: Deps, upload_id: str, offset: int) -> Upload:
    settings = deps.settings
    chunks = bounded(
        request.stream(),
        most=settings.max_upload_bytes,
        idle_seconds=settings.body_idle_seconds,
        reservation=None,
    )
    try:
        # Asked before anything is received, as with other uploads.
        await deps.readiness.require(*NEEDED)
        return await deps.resumable.append(upload_id, offset, chunks)
    except Unavailable:
        deps.readiness.forget()
        await drain(request)
        raise
    except Problem as problem:
        if problem.status != 408:
            await drain(request)
        raise


def _progress(upload: Upload) -> dict[str, str]:
    headers = {
        "Upload-Offset": str(upload.offset),
        "Upload-Expires": format_datetime(upload.expires, usegmt=True),
    }
    if upload.file_id is not None:
        headers["Content-Location"] = links(upload.file_id)["self"]
        headers["Upload-Known"] = str(upload.known).lower()
        if upload.generation is not None:
            headers["Upload-Generation"] = str(upload.generation)
    return headers


def _check_version(request: Request) -> None:
    version = request.headers.get("tus-resumable")
    if version != _VERSION["Tus-Resumable"]:
        said = "missing" if version is None else repr(version[:40])
        raise Problem(
            "unsupported_tus_version",
            f"Tus-Resumable is {said}; expected 1.0.0.",
            headers={"Tus-Version": "1.0.0"},
        )


def _announced(request: Request, caller: Caller) -> Announced:
    length = _number(request, "Upload-Length")
    if length == 0:
        raise missing_file("The file is empty.")
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    filename = clean_filename(metadata.get("filename") or metadata.get("name") or "")
    if not filename:
        raise missing_file("Upload-Metadata has no filename.")
    for name in metadata:
        if name not in _METADATA_NAMES and name not in _IGNORED:
            raise unknown_parameter("name in Upload-Metadata", name, _METADATA_NAMES)
    parameters = lines_of(metadata)
    parse_options(parameters)
    return Announced(
        length=length,
        filename=filename,
        content_type=metadata.get("filetype") or metadata.get("type"),
        idempotency_key=read_idempotency_key(request.headers.get("idempotency-key"), caller.holder),
        force=flag("force", metadata.get("force")) or False,
        parameters=parameters,
        owner=caller.holder,
        of_admin=caller.is_admin,
    )


def _number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        raise invalid_parameter(f"{name} is {value[:40]!r}; expected a number of bytes.")
    return int(value)


def _metadata(header: str) -> dict[str, str]:
    """Pairs of a name and a value in base64, separated by commas."""
    found = {}
    for pair in filter(None, (pair.strip() for pair in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError:  # not ASCII, not base64, not UTF-8
            raise invalid_parameter(
                f"Upload-Metadata: the value of {name[:40]!r} is no base64 of UTF-8."
            ) from None
    return found
