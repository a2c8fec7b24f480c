"""Profiles in the bodies of requests."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import Request

from ingest.http import profile_examples
from ingest.http.errors import Problem, malformed_body
from ingest.profiles.service import invalid_profile
from schemas.profiles import BadProfile, ProfileContent, profile_content

_MAX_BYTES: Final = 256 << 10
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
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise Problem("body_too_large", f"This body may have up to {_MAX_BYTES:,} bytes.")
    if not body and optional:
        return None
    try:
        return orjson.loads(body)
    except ValueError as exc:
        raise malformed_body(f"The body is no JSON: {exc}.") from None


def content_from(data: Any) -> ProfileContent:
    """A profile from JSON values.

    Raises:
        Problem: 400 `invalid_profile`.
    """
    try:
        return profile_content(data)
    except BadProfile as exc:
        raise invalid_profile(exc) from None
