"""Merges of parts give way to inserts and queries, which somebody waits for.

ClickHouse has a setting for it (`os_threads_nice_value_merge_mutate`), which takes a privilege;
to lower the priority of a thread of one's own takes none.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# What the engine calls the threads of its pool for merges and mutations.
_NAME: Final = "MergeMutate"
# A tenth of the weight of others: where every core is busy merges go on, slowly, so that parts do
# not gather without end.
NICE: Final = 10


def give_way() -> bool:
    """Lower the priority of this process's threads for merges; False where there are none yet.

    The engine makes them with the first table that needs merges. Linux only; elsewhere it does
    nothing.
    """
    found = False
    for task in Path("/proc/self/task").glob("*"):
        try:
            if (task / "comm").read_text().strip() == _NAME:
                os.setpriority(os.PRIO_PROCESS, int(task.name), NICE)
                found = True
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that ended
    return found or not Path("/proc/self/task").is_dir()
