"""`POST /api/v1/validate`: the dry run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from dryrun.pool import Busy
from dryrun.request import DryRunRequest, EngineSettings
from ingest.api.uploads import BODY, body_of, parse_request, query_parameters
from ingest.auth.scopes import UPLOAD, CallerDep
from ingest.dependencies import Dependencies, Deps
from ingest.http import examples, file_models
from ingest.http.drain import drain
from ingest.http.error_handlers import response
from ingest.http.errors import Problem, busy, invalid_parameter, missing_file, wrong_type
from ingest.http.openapi import answer, errors
from ingest.http.request_body import Body
from ingest.uploads.hashed_stream import HashedStream
from ingest.uploads.options import parse_options
from ingest.uploads.ports import UploadRequest
from ingest.uploads.service import UNNAMED
from rows.sniff.file_types import HEAD_BYTES, looks_like_columns
from rows.sniff.profile import NO_PROFILE
from schemas.profiles import NamedProfile, Origin
from schemas.read_options import ReadOptions

router = APIRouter(prefix="/api/v1", tags=["files"])
Preview = Annotated[
    int,
    Query(
        ge=0,
        le=100,
        description="How many of the first records and readings the document has in `preview`. To see "
        "only these, send the first 256 KiB of the file.",
    ),
]
_OPENAPI: dict[str, Any] = {
    "parameters": query_parameters(without=("force",)),
    "requestBody": BODY,
}


@router.post(
    "/validate",
    dependencies=[UPLOAD],
    summary="The result a file would have",
    responses={
        **answer(
            file_models.DryRunDocument,
            examples.FILE | {"file_id": None, "upload_time": None, "links": {}},
            "The document the file would have. Nothing of it is stored.",
        ),
        **errors(
            "missing_file",
            "invalid_parameter_type",
            "invalid_parameter",
            "malformed_body",
            "unsupported_encoding",
            "client_too_slow",
            "body_too_large",
            "overloaded",
        ),
    },
    openapi_extra=_OPENAPI,
)
async def validate_file(
    request: Request, deps: Deps, caller: CallerDep, preview: Preview = 0
) -> Response:
    """Read a file as workers would, and answer its document without storing anything."""
    try:
        asked = parse_request(request, caller)
        document = await _document(deps, body_of(request, deps, None), asked, preview)
    except Problem as problem:
        if problem.status != 408:
            await drain(request)
        return response(problem)
    return Response(document, media_type="application/json")


async def _profiles(deps: Dependencies, options: ReadOptions) -> tuple[NamedProfile, ...]:
    """The profiles of users that the file can have."""
    if options.profile == NO_PROFILE:
        return ()
    saved = await deps.profiles.at(await deps.profiles.current())
    return tuple(one.named for one in saved)


async def _document(deps: Dependencies, body: Body, asked: UploadRequest, preview: int) -> bytes:
    parse_options(asked.parameters)
    part = await body.find_file()
    if part is None:
        raise missing_file()
    counted = HashedStream(body.chunks())
    head = await counted.peek(HEAD_BYTES)
    if not head:
        raise missing_file("The file is empty.")
    filename = part.filename or UNNAMED
    if not looks_like_columns(part.filename, part.content_type, head):
        raise wrong_type(filename, part.content_type, head)
    options = parse_options(asked.parameters, body.fields_before())
    dry = DryRunRequest(
        filename=filename,
        options=options,
        content_encoding=asked.content_encoding,
        origin=Origin(filename=filename, api_key=asked.owner),
        profiles=await _profiles(deps, options),
        engine=EngineSettings.model_validate(deps.settings),
        max_stored_invalid_rows=deps.settings.max_stored_invalid_rows,
        preview=preview,
    )

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in counted:
            yield chunk
        if parse_options(asked.parameters, await body.fields()) != options:
            raise invalid_parameter(
                "The options of a dry run must precede the file in the form, or be in the query."
            )

    try:
        return await deps.dry_runs.document(chunks(), dry)
    except Busy:
        raise busy("dry runs") from None
