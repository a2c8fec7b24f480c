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
    # Those of the first and the last year that there are have no moment in UTC with every offset.
    if aware.year < _EARLIEST.year:
        return _EARLIEST
    if aware.year > _LATEST.year:
        return _LATEST
    return min(max(aware.astimezone(UTC), _EARLIEST), _LATEST)
