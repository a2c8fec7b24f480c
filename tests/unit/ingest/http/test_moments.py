"""Moments in query parameters are within the years of valid rows, whatever their offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ingest.http.moments import instant
from sinks.queries.readings import Grid

_FIRST, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)
_EAST, _WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 3, 1, 6), datetime(2026, 3, 1, 6, tzinfo=UTC)),
        (datetime(2026, 3, 1, 6, tzinfo=_EAST), datetime(2026, 2, 28, 16, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=_EAST), _FIRST),
        (datetime(9999, 12, 31, 23, tzinfo=_WEST), _END),
        (datetime(1900, 1, 1, tzinfo=_EAST), _FIRST),
        (datetime(2299, 12, 31, 23, tzinfo=_WEST), _END),
        (datetime(2300, 1, 1, tzinfo=_EAST), datetime(2299, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_is_within_the_years_of_valid_rows(moment: datetime, expected: datetime) -> None:
    found = instant(moment)
    assert found == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize("points", [1, 2, 300])
def test_intervals_cover_what_begins_at_the_first_moment_in_the_east(points: int) -> None:
    begin = instant(datetime(1900, 1, 1, tzinfo=_EAST))
    # Checked first: before 1900 there is no end of looking for the length of one interval.
    assert begin >= _FIRST
    grid = Grid.over(begin, instant(datetime(9999, 12, 31)), points)
    assert 1 <= grid.count <= points
