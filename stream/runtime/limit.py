"""A limit on how many files may fail by the worker's own fault.

A file that the worker cannot handle for a reason of its own is made a dead letter, so that it does
not stop the others. If a version of the worker cannot handle any file at all, the same policy would
fail every file there is. So there is a limit, as Arroyo's `DlqLimit`: once it is reached the worker
ends instead, with a message that says why, and the files stay where they are, waiting.

The count is taken from the database. It therefore holds for all workers together, and for one that
is started again and again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sinks.queries.dead_letters import RecentEnds
from stream.runtime.exit import WorkerFault
from stream.runtime.retry import Retry

# The code of the dead letter, and what the error of the file begins with.
CODE: Final = "worker_error"
PREFIX: Final = "worker error"
WINDOW_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class FailedFilesLimit:
    """See the module.

    Args:
        ends: how files ended in the last hour.
        most: this many may fail in an hour; 0 for no limit. More may if other files end well: the
            limit is reached only if failed files are the majority.
    """

    ends: Callable[[], Awaitable[RecentEnds]]
    retry: Retry
    most: int

    async def check(self, reason: str) -> None:
        """Return if one more file may fail, with `reason`.

        Raises:
            WorkerFault: the limit is reached.
        """
        if self.most == 0:
            return
        ends = await self.retry("count failed files", self.ends)
        if ends.failed >= self.most and ends.failed > ends.others:
            raise WorkerFault(
                f"{ends.failed} files failed in the last hour by faults of the worker, and "
                f"{ends.others} ended otherwise. That is no longer the fault of single files, so no "
                "more are failed: they stay waiting until a worker can handle them. Deploy a version "
                "that can, or raise WORKER_ERROR_LIMIT (0: no limit) to let them fail. The last: "
                f"{reason}"
            )
