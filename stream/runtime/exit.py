"""How a worker ends at once: loudly with code 70 where going on would be wrong, with 0 where it was
asked to stop and cannot in time.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn

EXIT_CODE = 70
# Called before the process ends by `abort` or `exit_after_timeout`.
_BEFORE: list[Callable[[], object]] = []
_LOG = logging.getLogger("stream.runtime.exit")


class WorkerFault(Exception):  # noqa: N818
    """The process itself cannot continue with any message. A new one can."""


def before_exit(call: Callable[[], object]) -> None:
    """Have `call` called when the process ends by `abort` or `exit_after_timeout`; not if it is stuck."""
    _BEFORE.append(call)


def abort(where: str, reason: BaseException) -> NoReturn:
    """Log why and end the process; nothing is acknowledged any more.

    Stopping gracefully would wait for messages that no handler has. Ending is safe at any
    moment, because an offset is committed only after all effects of its message.
    """
    _LOG.critical("the worker ends: %s: %s", where, reason, exc_info=reason)
    _call_before()
    _exit(EXIT_CODE)


def end_stuck(reason: str) -> NoReturn:
    """End a process in which a call does not return: as if it had died of what it is handling."""
    _LOG.critical("the worker ends: %s", reason)
    _exit(EXIT_CODE)


def exit_after_timeout(seconds: float) -> NoReturn:
    """End the process though it has not stopped in time; as safe as a crash."""
    _LOG.warning("not stopped after %g s; what is in hand will be delivered again", seconds)
    _call_before()
    _exit(0)


def _call_before() -> None:
    for call in _BEFORE:
        try:
            call()
        except Exception:  # noqa: BLE001 - the process ends in any case
            _LOG.exception("a step before the end failed")


def _exit(code: int) -> NoReturn:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
