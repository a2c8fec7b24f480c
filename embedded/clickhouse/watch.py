"""Cancels the queries of clients that disconnected, so that they do not keep the cores busy."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from embedded.clickhouse.errors import QueryError
from embedded.clickhouse.supervised import supervised

_log: Final = logging.getLogger("embedded.clickhouse")
_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Running:
    since: float
    gone: Callable[[], bool]


class Watch:
    """Looks after running queries, once a second.

    Args:
        kill: cancels the query that carries a mark.
    """

    def __init__(self, kill: Callable[[str], None]) -> None:
        self._kill = kill
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        supervised("watch", self._look)

    @contextmanager
    def over(self, gone: Callable[[], bool]) -> Iterator[str]:
        """A mark for a query, which is cancelled when `gone` says that its client went away."""
        mark = f"/*{uuid.uuid4().hex}*/"
        with self._lock:
            self._running[mark] = _Running(time.monotonic(), gone)
        try:
            yield mark
        finally:
            with self._lock:
                del self._running[mark]

    def _look(self) -> None:
        time.sleep(_SECONDS)
        before = time.monotonic() - _SECONDS
        with self._lock:
            old = [(mark, r) for mark, r in self._running.items() if r.since < before]
        for mark, running in old:
            try:
                if running.gone():
                    self._kill(mark)
            except QueryError as exc:
                _log.warning("a query without a client could not be ended: %s", exc)
            except Exception:  # noqa: BLE001 - one query must not keep the others from being looked at
                _log.exception("a query could not be looked at")
