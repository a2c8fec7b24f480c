"""Ends the worker if a call never returns.

Work on the threads of the pool is bounded by the size of a batch, so a call that takes minutes will
not end. Such a call may even hold the interpreter's lock, so that no Python code runs any more: for
that case `faulthandler`'s own thread, which needs no lock, ends the process and prints where every
thread is. The message in hand becomes a suspect (see `suspects`).
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections.abc import Callable
from typing import NoReturn

from stream.runtime.exit import end_stuck

_LOOK_SECONDS = 5.0


async def watch_stalls(
    longest: Callable[[], float], seconds: float, end: Callable[[str], NoReturn] = end_stuck
) -> None:
    """Watch until cancelled.

    Args:
        longest: for how many seconds the oldest call has been running.
        seconds: a call that takes this long is stuck.
    """
    look = min(_LOOK_SECONDS, seconds / 4)
    try:
        while True:
            # Each of these starts a thread.
            faulthandler.dump_traceback_later(seconds + look, exit=True)
            running = longest()
            if running > seconds:
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                end(f"a call has not returned for {running:.0f} s")
            await asyncio.sleep(look)
    finally:
        faulthandler.cancel_dump_traceback_later()
