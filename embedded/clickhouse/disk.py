"""The disk under the database: no write begins without room, and no failed write is acknowledged.

The engine in chDB does not report a `write` that failed: chdb-core's copy of
`WriteBufferFromFileDescriptor::nextImpl` leaves its loop and goes on, so that on a full disk an
insert or a merge ends well and leaves a broken part. It does count such writes. Therefore:

* The engine is configured to keep `KEEP_FREE` bytes free: inserts and merges that need them end
  with NOT_ENOUGH_SPACE before they begin.
* If other programs use up the disk meanwhile, the count is read before a statement is
  acknowledged. If it has grown, the process ends at once, as after a power failure: what was
  acknowledged is complete on disk, and at the next start the engine finds broken parts by the
  sizes in their checksums, sets them aside and restores what a broken merge had replaced.
* Failures that are not for lack of space, and those of merges, are found within seconds.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from embedded.clickhouse.errors import ENGINE_ERRORS, QueryError, from_engine
from embedded.clickhouse.supervised import supervised

KEEP_FREE: Final = 32 << 20
# The exit code of a process that gave up because of a failed write (EX_IOERR of sysexits.h).
FAILED_WRITE: Final = 74
# How often free space is looked at while something is written, and for how long a disk counts as
# full after it was.
_LOOK_SECONDS: Final = 0.1
_FULL_SECONDS: Final = 10.0
# How often failed writes are counted while something is written, and otherwise.
_COUNT_SECONDS: Final = 2.0
_IDLE_SECONDS: Final = 30.0

_log: Final = logging.getLogger("embedded.clickhouse")


def _give_up() -> None:
    _log.critical(
        "a write to the disk failed and the engine did not report it; ending now, so that the next "
        "start finds the broken parts"
    )
    logging.shutdown()
    os._exit(FAILED_WRITE)


class Disk:
    """Free space and failed writes.

    Args:
        path: a folder on the disk.
        failed_writes: how many writes of the engine failed since it started.
        give_up: ends the process.
    """

    def __init__(
        self, path: Path, failed_writes: Callable[[], int], give_up: Callable[[], None] = _give_up
    ) -> None:
        self._path = path
        self._failed_writes = failed_writes
        self._give_up = give_up
        self._failed = failed_writes()
        self._counting = threading.Lock()
        self._begun = threading.Event()
        self._full_until = float("-inf")
        self._counted = time.monotonic()
        supervised("disk", self._watch)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around a statement that writes: left without an error only if its writes succeeded.

        Raises:
            QueryError: 243 if there is no room, to begin or in the middle.
        """
        if self._is_full():
            raise QueryError(
                243,
                f"Not enough space: less than {KEEP_FREE >> 20} MiB are free on the disk of "
                f"{self._path}",
                "NOT_ENOUGH_SPACE",
            )
        self._begun.set()
        try:
            yield
        except (QueryError, *ENGINE_ERRORS) as exc:
            error = exc if isinstance(exc, QueryError) else from_engine(exc)
            if error.status < 500 or not self._was_full():
                raise
            # Whatever the engine makes of files that it could not write.
            self.count()
            raise QueryError(243, f"The disk is full: {error.message}", "NOT_ENOUGH_SPACE") from exc
        if self._was_full():
            self.count()

    def count(self) -> None:
        """Give up if writes failed since the last time."""
        with self._counting:
            before, self._failed = self._failed, max(self._failed, self._failed_writes())
            failed = self._failed > before
        if failed:
            self._give_up()

    def _is_full(self) -> bool:
        disk = os.statvfs(self._path)
        if disk.f_bavail * disk.f_frsize >= KEEP_FREE:
            return False
        self._full_until = time.monotonic() + _FULL_SECONDS
        return True

    def _was_full(self) -> bool:
        return self._is_full() or time.monotonic() < self._full_until

    def _watch(self) -> None:
        busy = self._begun.wait(_IDLE_SECONDS)
        self._begun.clear()
        while busy and time.monotonic() < self._counted + _COUNT_SECONDS:
            time.sleep(_LOOK_SECONDS)
            self._is_full()
        try:
            self.count()
        except QueryError as exc:
            _log.warning("failed writes could not be counted: %s", exc)
        self._counted = time.monotonic()
