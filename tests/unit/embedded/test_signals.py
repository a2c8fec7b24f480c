"""Waiting ends with the end of a child, and at other signals that are handled."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time

from embedded.signals import waits_for_signals


def test_the_end_of_a_child_ends_the_wait() -> None:
    with waits_for_signals(otherwise=0.01) as wait:
        began = time.monotonic()
        with subprocess.Popen(["true"]) as child:
            while child.poll() is None:
                wait(30)
        assert time.monotonic() - began < 20
        # The signal is taken, and the next wait lasts.
        while time.monotonic() - began < 20:
            since = time.monotonic()
            wait(0.05)
            if time.monotonic() - since >= 0.05:
                return
        raise AssertionError("it does not wait any more")


def test_a_signal_with_a_handler_ends_the_wait() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
    try:
        with waits_for_signals(otherwise=0.01) as wait:
            os.kill(os.getpid(), signal.SIGUSR1)
            wait(30)
        assert seen == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_handlers_are_as_before_and_another_thread_waits_for_a_moment() -> None:
    before = signal.getsignal(signal.SIGCHLD)
    with waits_for_signals(otherwise=0.01):
        pass
    assert signal.getsignal(signal.SIGCHLD) is before
    waited: list[float] = []

    def work() -> None:
        with waits_for_signals(otherwise=0.01) as wait:
            began = time.monotonic()
            wait(3600)
            waited.append(time.monotonic() - began)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert waited
