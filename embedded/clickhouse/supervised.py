"""Threads that run as long as the process, and are restarted after an exception."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

_log: Final = logging.getLogger("embedded.clickhouse")
_PAUSE_SECONDS: Final = 1.0


def supervised(name: str, look: Callable[[], object], pause: float = _PAUSE_SECONDS) -> None:
    """Call `look` again and again on a thread of its own. It waits by itself for what there is to
    do; an exception is logged with its traceback, and after `pause` seconds it is called again."""

    def run() -> None:
        while True:
            try:
                look()
            except Exception:  # noqa: BLE001 - that is what it is for
                _log.exception("the thread %s failed; it starts again in %g s", name, pause)
                time.sleep(pause)

    threading.Thread(target=run, name=name, daemon=True).start()
