"""JSON in the bodies of requests."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import Request

from ingest.http.errors import Problem, malformed_body

_MAX_BYTES: Final = 256 << 10


async def read_json(request: Request, what: str, *, optional: bool = False) -> Any:
    """The JSON in the body of a request; None without a body, if it is optional.

    Args:
        what: it is, for messages: `A profile`.

    Raises:
        Problem: 400 `malformed_body`, 413.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise Problem("body_too_large", f"{what} may have up to {_MAX_BYTES:,} bytes.")
    if not body and optional:
        return None
    try:
        return orjson.loads(body)
    except ValueError as exc:
        raise malformed_body(f"The body is no JSON: {exc}.") from None
