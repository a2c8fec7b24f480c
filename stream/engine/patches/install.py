"""Applies the patches, once per process and before the app starts.

The version of faust-streaming is checked, because every patch is written against its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version

from stream.engine.patches import (
    commit_fence,
    commit_ledger,
    contiguous_fetch,
    fetch_wait,
    follower_sync,
    highwaters,
    idempotent_producer,
    idle_timers,
    producer_flush,
    recovery_flow,
    seek_uncommitted,
    wait_empty,
)

FAUST_VERSION = "0.15.3"
ALL = (
    "recovery_flow",
    "seek_uncommitted",
    "commit_ledger",
    "producer_flush",
    "wait_empty",
    "commit_fence",
    "idle_timers",
    "fetch_wait",
    "highwaters",
    "contiguous_fetch",
    "idempotent_producer",
    "follower_sync",
)
_installed: set[str] = set()


def install(
    *,
    names: Iterable[str] = ALL,
    interrupt: Callable[[], None] = lambda: None,
    fetch: fetch_wait.FetchWait = fetch_wait.FetchWait(),  # noqa: B008 - frozen
    highwaters_by_fetch: bool = False,
    contiguous: bool = False,
    idempotent: bool = False,
    leader_first: bool = False,
) -> None:
    """Patch Faust and aiokafka in this process.

    Args:
        names: the patches to apply; all of them, except in a test that shows what one is for.
        interrupt: called when Faust begins to wait until no message is in flight.
        fetch: how long an empty fetch takes.
        highwaters_by_fetch: if the broker's ListOffsets is wrong.
        contiguous: if records have all offsets, and the broker shows some of them late.
        idempotent: whether the broker has the idempotent producer.
        leader_first: if members of a group that sync before its leader wait for a second.

    Raises:
        RuntimeError: another version of faust-streaming is installed.
    """
    found = version("faust-streaming")
    if found != FAUST_VERSION:
        raise RuntimeError(f"the patches are for faust-streaming {FAUST_VERSION}, not {found}")
    patches: dict[str, Callable[[], None]] = {
        "recovery_flow": recovery_flow.apply,
        "seek_uncommitted": seek_uncommitted.apply,
        "commit_ledger": commit_ledger.apply,
        "producer_flush": producer_flush.apply,
        "wait_empty": lambda: wait_empty.apply(interrupt),
        "commit_fence": commit_fence.apply,
        "idle_timers": idle_timers.apply,
        "fetch_wait": lambda: fetch_wait.apply(fetch),
        "highwaters": highwaters.apply if highwaters_by_fetch else lambda: None,
        "contiguous_fetch": contiguous_fetch.apply if contiguous else lambda: None,
        "idempotent_producer": idempotent_producer.apply if idempotent else lambda: None,
        "follower_sync": follower_sync.apply if leader_first else lambda: None,
    }
    for name in names:
        if name not in _installed:
            patches[name]()
            _installed.add(name)
