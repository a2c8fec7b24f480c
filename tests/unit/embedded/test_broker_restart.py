"""When the embedded broker must be restarted."""

from __future__ import annotations

import os

import psutil
import pytest

from embedded.broker_restart import InvalidLimit, Renewal, limit, waiting_at


@pytest.mark.parametrize(
    ("share", "waiting", "due"),
    [
        (2.0, 0, False),
        (0.7, 0, True),
        (0.7, 3, False),
        (0.7, None, False),
        (0.3, 3, True),
        (0.3, None, True),
    ],
)
def test_beyond_the_limit_when_idle_and_beyond_twice_the_limit_in_any_case(
    share: float, waiting: int | None, due: bool
) -> None:
    used = psutil.Process().memory_info().rss / 1e6
    assert Renewal(used * share, lambda: waiting).is_due(os.getpid()) is due


def test_the_limit_is_a_number() -> None:
    assert limit({}) == 512
    assert limit({"BROKER_MEMORY_MB": "900"}) == 900
    for wrong in ("much", "-1", "0", "nan", "inf"):
        with pytest.raises(InvalidLimit, match="BROKER_MEMORY_MB"):
            limit({"BROKER_MEMORY_MB": wrong})


def test_workers_that_do_not_answer_are_not_taken_for_idle() -> None:
    assert waiting_at([1]) is None
