"""The numbers of a worker that depend on each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.tuning import TUNING, Batching, Concurrent


def test_a_batch_has_to_fit_into_what_an_executor_holds() -> None:
    assert Batching(16, 16).max_batch == 16
    with pytest.raises(ValueError, match="fit into capacity"):
        Batching(64, 16)
    with pytest.raises(ValueError, match="fit into capacity"):
        Concurrent(3, 2)


def test_the_executor_of_batches_holds_more_than_a_file_may_cut_ahead() -> None:
    """Else a single large file would fill it, and the batches of other files would wait."""
    assert TUNING.backlog < TUNING.batches.capacity
    with pytest.raises(ValueError, match="has to hold more"):
        replace(TUNING, batches=Concurrent(3, TUNING.backlog))
