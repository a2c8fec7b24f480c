"""The three kinds of failure, as types, and the names of the services.

** `BadData`: the input is wrong. It becomes an invalid row or a dead letter with its reason.
* `Unavailable`: a service is unavailable. The caller retries in place with backoff, or answers 503.
* Anything else is a bug. It costs the one file or request it concerns, and is never silent.
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Service(StrEnum):
    """The services that processes talk to. The values are public: readiness and metrics use them."""

    KAFKA = "kafka"
    STORE = "store"
    CLICKHOUSE = "clickhouse"

    @property
    def noun(self) -> str:
        """What a sentence calls it."""
        return {"kafka": "broker", "store": "object store", "clickhouse": "database"}[self.value]


class BadData(Exception):  # noqa: N818 - the name says what it is, not that it was raised
    """Input that can never be processed, however often it is tried."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Unavailable(Exception):  # noqa: N818
    """A service that is unavailable or overloaded; trying again later can succeed."""

    def __init__(self, service: Service, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.retry_after = retry_after
