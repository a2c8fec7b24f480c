"""`/api/v1/profiles`: saved read options, and the files that they are for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from ingest.api.files import Cursor, Limit
from ingest.auth.scopes import ADMIN, READ, CallerDep
from ingest.dependencies import Deps
from ingest.files.documents import has_etag
from ingest.http import examples, models, profile_examples, profile_models
from ingest.http.errors import invalid_parameter
from ingest.http.openapi import answer, errors, nothing
from ingest.http.pagination import decode, encode
from ingest.http.responses import json_answer, page_answer
from ingest.profiles.body import REQUEST_BODY, content_of
from ingest.profiles.documents import (
    ROOT,
    built_in_by_name,
    built_in_document,
    etag_of,
    saved_document,
)
from ingest.profiles.service import Condition, unknown_profile

router = APIRouter(prefix=ROOT, tags=["profiles"])

IfMatch = Annotated[
    str | None, Header(description="`ETag` of the version that was seen; another is not replaced.")
]
IfNoneMatch = Annotated[
    str | None, Header(description="`*`: a profile that exists is not replaced.")
]


@router.get(
    "",
    dependencies=[READ],
    summary="List profiles",
    responses=answer(
        models.Page[profile_models.Profile], examples.page(profile_examples.PROFILE), "A page."
    ),
)
async def list_profiles(
    deps: Deps,
    q: Annotated[
        str | None, Query(max_length=300, description="Part of the name or title.")
    ] = None,
    built_in: Annotated[
        bool | None, Query(description="Only built-in ones, or only those of users.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Profiles of users by name, then the built-in ones."""
    after = _after(cursor)
    found: list[tuple[tuple[int, str], dict[str, Any]]] = []
    own: set[str] = set()
    if built_in is not True or after is None or after[0] == 0:
        saved = await deps.own_profiles.all()
        own = {one.name for one in saved}
        if built_in is not True:
            found += [((0, one.name), saved_document(one)) for one in saved]
    if built_in is not False:
        # One of a user that was saved before a built-in one of its name counts.
        found += [
            ((1, name), built_in_document(profile))
            for name, profile in built_in_by_name().items()
            if name not in own
        ]
    wanted = (q or "").lower()
    page = [
        (key, document)
        for key, document in found
        if (after is None or key > after)
        and wanted in f"{document['name']}\n{document['title']}".lower()
    ]
    more = encode(list(page[limit - 1][0])) if len(page) > limit else None
    return page_answer([document for _, document in page[:limit]], more)


@router.get(
    "/{name}",
    dependencies=[READ],
    summary="Show a profile",
    responses={
        **answer(
            profile_models.Profile, profile_examples.PROFILE, "The profile.", headers=["ETag"]
        ),
        **nothing(304, "It is the one that `If-None-Match` names."),
        **errors("unknown_profile"),
    },
)
async def show_profile(
    name: str,
    deps: Deps,
    version: Annotated[
        int | None, Query(ge=1, le=1 << 62, description="An earlier version.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A profile in its latest version, or an earlier one."""
    if version is None:
        saved = await deps.own_profiles.latest(name)
    else:
        versions = await deps.own_profiles.versions(name, before=version + 1, limit=1)
        saved = versions[0] if versions and versions[0].version == version else None
    if saved is None:
        profile = built_in_by_name().get(name)
        if profile is None or version not in (None, profile.version):
            raise unknown_profile(name)
        return json_answer(built_in_document(profile))
    etag = etag_of(saved)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if has_etag(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    found = json_answer(saved_document(saved))
    found.headers.update(headers)
    return found


@router.put(
    "/{name}",
    dependencies=[ADMIN],
    status_code=200,
    summary="Save a profile",
    responses={
        **answer(
            profile_models.Profile,
            profile_examples.PROFILE,
            "The new version, or the one that says the same already.",
            headers=["ETag"],
        ),
        **answer(
            profile_models.Profile,
            {**profile_examples.PROFILE, "version": 1},
            "It is new.",
            status=201,
            headers=["ETag", "Location"],
        ),
        **errors(
            "invalid_profile",
            "malformed_body",
            "body_too_large",
            "built_in_profile",
            "too_many_profiles",
            "profile_changed",
        ),
    },
    openapi_extra={"requestBody": REQUEST_BODY},
)
async def put_profile(
    name: str,
    request: Request,
    deps: Deps,
    caller: CallerDep,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Save a new version of a profile; files that were read before stay as they are.

    Files that are sent after the answer are read with it, through every entry point. Of two calls at
    once each saves a version, one after the other; with `If-Match` the second one is rejected.
    """
    content = await content_of(request)
    saved, new = await deps.own_profiles.put(
        name, content, by=caller.holder, condition=Condition(if_match, if_none_match)
    )
    found = json_answer(saved_document(saved), 201 if new else 200)
    found.headers["ETag"] = etag_of(saved)
    if new:
        found.headers["Location"] = f"{ROOT}/{name}"
    return found


@router.delete(
    "/{name}",
    dependencies=[ADMIN],
    status_code=204,
    summary="Delete a profile",
    responses={
        **nothing(204, "It is gone, by now or by an earlier call."),
        **errors("unknown_profile", "built_in_profile", "invalid_profile", "profile_changed"),
    },
)
async def delete_profile(
    name: str, deps: Deps, caller: CallerDep, if_match: IfMatch = None
) -> Response:
    """No file is read with it from now on. Its versions stay, and files show what they were read
    with."""
    await deps.own_profiles.delete(name, by=caller.holder, condition=Condition(if_match))
    return Response(status_code=204)


@router.get(
    "/{name}/versions",
    dependencies=[READ],
    summary="Versions of a profile",
    responses={
        **answer(
            models.Page[profile_models.Profile], examples.page(profile_examples.PROFILE), "A page."
        ),
        **errors("unknown_profile"),
    },
)
async def list_versions(
    name: str, deps: Deps, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """The latest first. A deletion is a version, too."""
    before = _before(cursor)
    found = await deps.own_profiles.versions(name, before=before, limit=limit + 1)
    if not found and before is None:
        profile = built_in_by_name().get(name)
        if profile is None:
            raise unknown_profile(name)
        return page_answer([built_in_document(profile)], None)
    more = encode(found[limit - 1].version) if len(found) > limit else None
    return page_answer([saved_document(saved) for saved in found[:limit]], more)


def _after(cursor: str | None) -> tuple[int, str] | None:
    match decode(cursor) if cursor else None:
        case None:
            return None
        case [0 | 1 as section, str() as name]:
            return section, name
    raise invalid_parameter("cursor is not one that this list gave; begin again without it.")


def _before(cursor: str | None) -> int | None:
    match decode(cursor) if cursor else None:
        case None:
            return None
        case int() as version if 0 < version < 1 << 62:
            return version
    raise invalid_parameter("cursor is not one that this list gave; begin again without it.")
