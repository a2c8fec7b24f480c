"""Merges of parts give way to inserts and queries, which clients wait for.

ClickHouse has a setting for it (`os_threads_nice_value_merge_mutate`), which takes a privilege;
to lower the priority of a thread of one's own takes none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

# What the engine calls the threads of its pool for merges and mutations.
_NAME: Final = "MergeMutate"
# A tenth of the weight of others: where every core is busy merges go on, slowly, so that parts do
# not gather without end.
NICE: Final = 10


def merge_threads(process: int | str = "self") -> Iterator[int]:
    """The ids of a process's threads for merges. Linux only; elsewhere there are none."""
    for task in Path(f"/proc/{process}/task").glob("*"):
        try:
            if (task / "comm").read_text().strip() == _NAME:
                yield int(task.name)
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that ended


def give_way() -> frozenset[int]:
    """Lower the priority of this process's threads for merges, and return their ids.

    The engine makes them one after another with the first table that needs merges: all of them
    are there when a later call finds the same. Linux only; elsewhere it does nothing.
    """
    found = set()
    for thread in merge_threads():
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, thread, NICE)
            found.add(thread)
    return frozenset(found)
