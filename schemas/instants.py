"""Instants as whole microseconds since 1970 in UTC, the form in which they are stored and sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def micros_of(moment: datetime) -> int:
    """An instant in microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(micros: int) -> datetime:
    """The instant, in UTC, of microseconds since 1970."""
    return EPOCH + micros * MICROSECOND


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
