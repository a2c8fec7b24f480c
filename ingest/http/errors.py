"""Errors as RFC 9457 problem documents: each with a stable `code` and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from ingest.http.error_codes import CODES
from rows.sniff.file_types import seems
from schemas.errors import Service, Unavailable

_SERVICE_CODES: Final[Mapping[Service, str]] = {
    Service.KAFKA: "broker_unavailable",
    Service.STORE: "store_unavailable",
    Service.CLICKHOUSE: "database_unavailable",
}


class Problem(Exception):  # noqa: N818 - the name of the thing in RFC 9457
    """An error response.

    Args:
        code: one of `ingest.http.error_codes`, which has the status and the title.
        detail: what was wrong, where, and what to do next; one or two sentences.
        headers: of the response.
        more: further members of the document.
    """

    def __init__(
        self, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        kind = CODES[code]
        super().__init__(f"{kind.status} {code}: {detail}")
        self.status, self.code, self.title, self.detail = kind.status, code, kind.title, detail
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
    return Problem("missing_file", f"{detail} {how}".strip())


def wrong_type(filename: str, content_type: str | None, head: bytes) -> Problem:
    """What was sent, and begins with `head`, is no text in columns."""
    said = f" ({content_type})" if content_type else ""
    kind = seems(head)
    return Problem(
        "invalid_parameter_type",
        f"{filename}{said} does not look like text in columns: neither its name, nor its content "
        f"type, nor its first bytes do. Its first bytes look like {kind.name}: {kind.send}.",
    )


def invalid_parameter(detail: str) -> Problem:
    """A parameter, header or form field with a value that cannot be."""
    return Problem("invalid_parameter", detail)


def malformed_body(detail: str) -> Problem:
    """A body that is not what its content type says."""
    return Problem("malformed_body", detail)


def unknown_file(file_id: str) -> Problem:
    """No such file, or it was deleted."""
    return Problem("unknown_file", f"There is no file {file_id[:100]!r}, or it was deleted.")


def not_owner(file_id: str) -> Problem:
    """The caller may not change the file."""
    return Problem(
        "not_owner",
        f"The file {file_id} was not uploaded with this key. Use the key that it was "
        "uploaded with, or one with the scope admin.",
    )


def unknown_upload(upload_id: str) -> Problem:
    """No such upload, or it has ended."""
    return Problem(
        "unknown_upload",
        f"There is no upload {upload_id[:100]!r}, or it has ended. Begin a new one.",
    )


def busy(what: str) -> Problem:
    """As many dry runs or exports run as may."""
    return Problem(
        "overloaded",
        f"Other {what} are running and did not end in time. Try again in 10 s.",
        headers={"Retry-After": "10"},
    )


def wrong_offset(given: int, offset: int) -> Problem:
    """A PATCH that does not begin at the upload's offset."""
    return Problem(
        "wrong_offset",
        f"Upload-Offset is {given}, but the upload is at {offset}. Go on from there.",
        headers={"Upload-Offset": str(offset)},
    )


def upload_too_long(length: int) -> Problem:
    """More bytes than were declared."""
    return Problem(
        "upload_too_long",
        f"More bytes were sent than the {length} that Upload-Length declares.",
    )


def unavailable(error: Unavailable, **more: Any) -> Problem:
    """A service that is unavailable: the same request may be made again."""
    wait = max(1, math.ceil(error.retry_after))
    return Problem(
        _SERVICE_CODES[error.service],
        f"The {error.service.noun} is not available: {error.reason}. Try again in {wait} s.",
        headers={"Retry-After": str(wait)},
        **more,
    )
