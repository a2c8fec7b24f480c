"""Processes that are started, recognised and ended by their id and start time, never by name."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_PR_SET_PDEATHSIG: Final = 1
# A process' start time is computed from the clock, which may have been set since.
_TOLERANCE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be confused with a later one that got the same id."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity:
        """The identity of a process that runs now; raises psutil.NoSuchProcess."""
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> bool:
        """Whether this very process still runs (one that only waits to be reaped does not)."""
        try:
            process = psutil.Process(self.pid)
            same: bool = abs(process.create_time() - self.started) < _TOLERANCE
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def send(self, number: int) -> None:
        """Send a signal, if this very process still runs."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def end_all(processes: Iterable[Identity], seconds: float) -> None:
    """SIGTERM to all of them, SIGKILL to those still there after `seconds`."""
    left = [p for p in processes if p.alive()]
    for process in left:
        process.send(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while (left := [p for p in left if p.alive()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in left:
        process.send(signal.SIGKILL)
    while any(p.alive() for p in left):
        time.sleep(0.02)


@contextmanager
def stopped(processes: Iterable[Identity]) -> Iterator[None]:
    """Keep processes from running for a moment (SIGSTOP, SIGCONT)."""
    held = list(processes)
    try:
        for process in held:
            process.send(signal.SIGSTOP)
        yield
    finally:
        for process in held:
            process.send(signal.SIGCONT)


def _dies_with_parent() -> Callable[[], None] | None:
    """A function for the child, between fork and exec: it gets SIGKILL when its parent ends.

    The signal comes when the *thread* that forked ends, so children are started by the main one.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent ended in between
            os._exit(1)

    return prepare


def start(
    command: tuple[str, ...],
    env: Mapping[str, str],
    log: Path,
    cwd: Path,
    *,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, which ends with us; its output goes to `log`."""
    with log.open("ab") as output:
        # The runner has one thread, so running Python between fork and exec is safe.
        return subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_dies_with_parent(),
        )
