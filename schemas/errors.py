"""The three kinds of failure, as types.

* `BadData`: what came in is wrong. It becomes an invalid row or a dead letter with its reason.
* `Unavailable`: a service is away. The caller retries in place with backoff, or answers 503.
* Anything else is a bug and stops the process loudly.
"""

from __future__ import annotations


class BadData(Exception):  # noqa: N818 - the name says what it is, not that it was raised
    """Input that can never be processed, however often it is tried."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Unavailable(Exception):  # noqa: N818
    """A service that is away or overloaded; trying again later can succeed."""

    def __init__(self, service: str, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.retry_after = retry_after
