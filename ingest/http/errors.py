"""Errors as RFC 9457 problem documents: each with a stable `code` and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from rows.sniff.file_types import seems
from schemas.errors import Service, Unavailable

_SERVICE_CODES: Final[Mapping[Service, str]] = {
    Service.KAFKA: "broker_unavailable",
    Service.STORE: "store_unavailable",
    Service.CLICKHOUSE: "database_unavailable",
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

    def document(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }


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
    wait = max(1, math.ceil(error.retry_after))
    return Problem(
        503,
        _SERVICE_CODES[error.service],
        "Service Unavailable",
        f"The {error.service.noun} is not available: {error.reason}. Try again in {wait} s.",
        headers={"Retry-After": str(wait)},
        **more,
    )
