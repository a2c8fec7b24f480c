"""`POST /api/v1/profiles/{name}/preview`: what a change of a profile does to earlier files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dryrun.pool import Busy
from ingest.api.files import Cursor
from ingest.auth.scopes import ADMIN
from ingest.dependencies import Deps
from ingest.http import profile_examples, profile_models
from ingest.http.errors import busy
from ingest.http.openapi import answer, errors
from ingest.http.pagination import read_order
from ingest.http.responses import json_answer
from ingest.profiles.body import REQUEST_BODY, content_from, json_of
from ingest.profiles.documents import ROOT
from ingest.profiles.preview import compare, fitting, preview_document, with_draft
from ingest.profiles.service import check_own, unknown_profile
from schemas.instants import micros_of
from sinks.queries import FILE_SORTS
from sinks.queries.profiles import files_of_profile

router = APIRouter(prefix=ROOT, tags=["profiles"])


@router.post(
    "/{name}/preview",
    dependencies=[ADMIN],
    summary="Preview a change",
    responses={
        **answer(profile_models.Preview, profile_examples.PREVIEW, "A page."),
        **errors("invalid_profile", "malformed_body", "body_too_large", "unknown_profile"),
    },
    openapi_extra={"requestBody": {**REQUEST_BODY, "required": False}},
)
async def preview_profile(
    name: str,
    request: Request,
    deps: Deps,
    limit: Annotated[int, Query(ge=1, le=200, description="Files that are checked.")] = 50,
    cursor: Cursor = None,
) -> Response:
    """Which earlier files a profile would read differently; nothing is stored.

    The body is the profile as it would be; without one it is the profile as it is saved, which
    shows what a replay would change. Looked at are files that were read with it, and those that
    have all that it asks for besides the bytes; the latest first. `POST /files/{id}/replay` reads one
    again.
    """
    check_own(name)
    data = await json_of(request, optional=True)
    latest = await deps.own_profiles.latest(name)
    if data is not None:
        content = content_from(data)
    elif latest is not None:
        content = latest.content
    else:
        raise unknown_profile(name)
    order = read_order({"upload_time": FILE_SORTS["upload_time"]}, "-upload_time", cursor)
    page = await files_of_profile(
        deps.database, name, content.match, limit=limit, after=order.after
    )
    records, following = page.items, page.next
    if (fits := fitting(records)) < len(records):
        records = records[:fits]
        last = records[-1]
        following = micros_of(last.upload_time), last.file_id
    version = 1 if latest is None else latest.version + (content != latest.content)
    saved = [one.named for one in await deps.own_profiles.all()]
    profiles = with_draft(saved, name, content, version)
    try:
        compared = await compare(deps.comparisons, deps.store, deps.settings, records, profiles)
    except Busy:
        raise busy("previews") from None
    return json_answer(preview_document(compared, order.cursor(following)))
