"""Waiting that ends with a signal: the end of a child, or the wish to stop."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def waits_for_signals(otherwise: float) -> Iterator[Callable[[float], None]]:
    """Gives a function that waits for some seconds, or until a child ends or a signal is handled.

    Args:
        otherwise: seconds that it waits at most outside of the main thread, which gets no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda seconds: time.sleep(min(seconds, otherwise))
        return
    reads, writes = os.pipe()
    for descriptor in (reads, writes):
        os.set_blocking(descriptor, False)
    # Only signals with a handler are written to the pipe.
    handler = signal.signal(signal.SIGCHLD, lambda *_: None)
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)

    def wait(seconds: float) -> None:
        if select.select([reads], [], [], seconds)[0]:
            os.read(reads, 4096)

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGCHLD, handler)
        os.close(reads)
        os.close(writes)
