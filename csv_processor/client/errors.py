"""What the client raises."""

from __future__ import annotations

from typing import Any


class ClientError(Exception):
    """Any failure of a call."""


class Unavailable(ClientError):  # noqa: N818 - a state of the service
    """The service could not be reached, or said that it cannot serve now, for all of `patience`."""


class WaitTimeout(ClientError):  # noqa: N818 - as `TimeoutError`
    """A file was still being processed after the time given. It goes on being processed."""


class ApiError(ClientError):
    """The service rejects a request (RFC 9457).

    Attributes:
        status: of HTTP.
        code: stable, as in docs/errors.md; empty if something other than the service answered.
        title, detail: for people.
        retry_after: seconds after which the service wants to be asked again; None if it says none.
        problem: the whole problem document.
    """

    def __init__(
        self, status: int, problem: dict[str, Any], retry_after: float | None = None
    ) -> None:
        self.status, self.retry_after = status, retry_after
        self.code = str(problem.get("code") or "")
        self.title = str(problem.get("title") or f"HTTP {status}")
        self.detail = str(problem.get("detail") or "")
        self.problem = problem
        super().__init__(f"{self.title}: {self.detail}" if self.detail else self.title)
