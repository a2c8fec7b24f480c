"""When the embedded broker must be restarted."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import chain, repeat

import psutil
import pytest

from embedded.broker_restart import InvalidLimit, Renewal, limit, waiting_at


def test_the_share_of_the_limit_that_is_in_memory() -> None:
    used = psutil.Process().memory_info().rss / 1e6
    assert Renewal(2 * used, lambda: 0).share(os.getpid()) == pytest.approx(0.5, rel=0.1)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert Renewal(1.0, lambda: 0).share(child.pid) == 0.0


@pytest.mark.parametrize(
    ("waiting", "idle"),
    [
        ([0, 0], True),
        ([5, 0, 0], True),
        # A message that had not been fetched at the first look.
        ([0, 2, 0, 0], True),
        ([5], False),
        ([None], False),
    ],
)
def test_workers_are_idle_if_nothing_waits_twice(waiting: list[int | None], idle: bool) -> None:
    said = chain(waiting, repeat(waiting[-1]))
    assert Renewal(1.0, lambda: next(said)).is_idle(30.0 if idle else 0.2) is idle


def test_the_limit_is_a_number() -> None:
    assert limit({}) == 512
    assert limit({"BROKER_MEMORY_MB": "900"}) == 900
    for wrong in ("much", "-1", "0", "nan", "inf"):
        with pytest.raises(InvalidLimit, match="BROKER_MEMORY_MB"):
            limit({"BROKER_MEMORY_MB": wrong})


def test_workers_that_do_not_answer_are_not_taken_for_idle() -> None:
    assert waiting_at([1]) is None
