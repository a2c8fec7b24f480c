"""An object that is denied counts as missing only once the store has denied it for a while."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.readiness import CheckFailed
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage.base import AccessDenied, ObjectForbidden
from stream.runtime import retry as retrying
from stream.runtime.drain import DrainSignal
from stream.runtime.retry import Retry

REF = ObjectRef(bucket="theirs", key="a.csv")
DOWN = Unavailable(Service.STORE, "connection refused")
DENIED = AccessDenied(REF)


class Clock(DrainSignal):
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


async def is_open() -> bool:
    return True


async def read(monkeypatch: pytest.MonkeyPatch, *failures: Exception) -> int:
    """Read an object after failures; after how many seconds it is read."""
    clock = Clock()
    monkeypatch.setattr(retrying, "time", clock)
    left = list(failures)

    async def get_range() -> None:
        if left:
            raise left.pop(0)

    retry: Any = Retry(clock, first=5.0, denied=15.0, is_open=is_open)
    await retry("read", get_range)
    return round(clock.now)


async def test_a_call_that_fails_for_a_minute_is_reported_until_it_succeeds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    monkeypatch.setattr(retrying, "time", clock)
    retry = Retry(clock, first=5.0, longest=5.0)
    reason = "Code: 241. DB::Exception: (for query) memory limit exceeded"
    reported: list[str] = []

    async def query() -> None:
        try:
            await retry.check()
        except CheckFailed as exc:
            reported.append(exc.reason)
        if clock.now < 80:
            raise Unavailable(Service.CLICKHOUSE, reason)

    await retry("sum up a container", query)
    # From 60 s after the first failure on.
    assert len(reported) == 5
    assert reported[0] == f"sum up a container has been failing for 60 s: clickhouse: {reason}"
    assert [r.levelname for r in caplog.records] == ["WARNING"] * 12 + ["ERROR"] * 4
    await retry.check()


async def test_a_store_that_was_unavailable_may_deny_an_object_at_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await read(monkeypatch, *[DOWN] * 10, DENIED, DENIED) == 60


async def test_an_object_that_stays_denied_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await read(monkeypatch, *[DENIED] * 3) == 15
    with pytest.raises(ObjectForbidden):
        await read(monkeypatch, *[DENIED] * 4)


async def test_many_denied_objects_of_a_bucket_hold_up_others_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(retrying, "time", clock)
    retry = Retry(clock, first=5.0, longest=5.0, denied=15.0, is_open=is_open)

    async def given_up(bucket: str = REF.bucket) -> float:
        """How long an object is tried that is denied."""
        begun = clock.now

        async def get_range() -> None:
            raise AccessDenied(ObjectRef(bucket=bucket, key="b.csv"))

        with pytest.raises(ObjectForbidden):
            await retry("read", get_range)
        return clock.now - begun

    assert [await given_up() for _ in range(50)] == [15.0] + [0.0] * 49
    assert await given_up("another") == 15.0
    # A minute later it is tried for as long as the first one.
    await clock.sleep(60)
    assert [await given_up() for _ in range(3)] == [15.0, 0.0, 0.0]
    # So it is if the store was unavailable, which may deny objects while it starts.
    failures: list[Exception] = [DOWN]

    async def stat() -> None:
        if failures:
            raise failures.pop()

    await retry("stat", stat)
    assert await given_up() == 15.0
