"""Moments in query parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

# What a timestamp of a valid row can be.
_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2300, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> datetime:
    """`moment` in UTC, which is meant if it has no offset; within the years of valid rows."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if aware.year < _EARLIEST.year:
        return _EARLIEST
    return _LATEST if aware.year >= _LATEST.year else aware.astimezone(UTC)
