"""What keys use, counted over the end of a day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.auth.quotas import QuotaTracker
from schemas.api_keys import Scope, new_key

LATE = datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC)
NEXT = datetime(2026, 3, 2, 0, 0, 3, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = LATE

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("taken", [None, 900])
def test_an_upload_that_ends_on_the_next_day_is_never_counted_as_less_than_nothing(
    taken: int | None,
) -> None:
    clock = Clock()
    tracker = QuotaTracker(clock)
    key, _ = new_key("a", [Scope.UPLOAD], LATE)
    reservation = tracker.upload(key, 1000)
    tracker.changed()
    clock.now = NEXT
    tracker.changed()
    reservation.commit(taken)
    assert all(u.used.files >= 0 and u.used.bytes >= 0 for u in tracker.changed())


@pytest.mark.parametrize(("taken", "files", "size"), [(None, 0, 0), (900, 1, 900)])
def test_an_upload_is_corrected_when_it_ends(taken: int | None, files: int, size: int) -> None:
    tracker = QuotaTracker(Clock())
    key, _ = new_key("a", [Scope.UPLOAD], LATE)
    reservation = tracker.upload(key, 1000)
    tracker.changed()
    reservation.commit(taken)
    (usage,) = tracker.changed()
    assert (usage.used.files, usage.used.bytes) == (files, size)
