"""When a file that stays waiting is due to be announced again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.file_record import FileRecord

_LONGEST = 3600.0


@dataclass(slots=True)
class _Announced:
    at: float
    times: int


class Backoff:
    """Each file is announced again after `after` seconds, then after twice that, and so on.

    Forgets a file that is no longer among the waiting; a process that restarts begins with
    `after`, so it may announce a file earlier than the one before it would have.
    """

    def __init__(self, after: float) -> None:
        self._after = after
        self._announced: dict[tuple[str, int], _Announced] = {}

    def due(self, waiting: Iterable[FileRecord], now: float) -> list[FileRecord]:
        """Those of `waiting` whose time has come; `now` is monotonic, in seconds."""
        records = {record.key: record for record in waiting}
        self._announced = {k: v for k, v in self._announced.items() if k in records}
        return [record for key, record in records.items() if self._is_due(key, now)]

    def announced(self, record: FileRecord, now: float) -> None:
        """`record` was announced again at `now`."""
        known = self._announced.get(record.key)
        self._announced[record.key] = _Announced(now, known.times + 1 if known else 1)

    def forget(self) -> None:
        """Reset every file."""
        self._announced.clear()

    def _is_due(self, key: tuple[str, int], now: float) -> bool:
        known = self._announced.get(key)
        if known is None:
            return True
        pause: float = min(self._after * 2.0 ** min(known.times, 16), _LONGEST)
        return now - known.at >= pause
