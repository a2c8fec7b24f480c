"""Profiles in the bodies of requests."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request

from ingest.http import profile_examples
from ingest.http.json_body import read_json
from ingest.profiles.service import invalid_profile
from schemas.profiles import BadProfile, ProfileContent, profile_content

REQUEST_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": ProfileContent.model_json_schema(ref_template="#/components/schemas/{model}"),
            "example": profile_examples.CONTENT,
        }
    },
}


async def content_of(request: Request) -> ProfileContent:
    """The profile in the body of a request.

    Raises:
        Problem: 400 if it is no JSON or no profile, 413 if it is too large.
    """
    return content_from(await json_of(request))


async def json_of(request: Request, *, optional: bool = False) -> Any:
    """The JSON in the body of a request; None without a body, if it is optional.

    Raises:
        Problem: 400 `malformed_body`, 413.
    """
    return await read_json(request, "This body", optional=optional)


def content_from(data: Any) -> ProfileContent:
    """A profile from JSON values.

    Raises:
        Problem: 400 `invalid_profile`.
    """
    try:
        return profile_content(data)
    except BadProfile as exc:
        raise invalid_profile(exc) from None
