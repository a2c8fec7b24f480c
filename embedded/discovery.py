"""Finds the processes of a stack without its state file, which may be broken, old or deleted.

The runner is recognised by its lock, which it keeps open as long as it lives; its parts by two
variables in their environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from embedded.processes import Identity
from embedded.state import LOCK, read_state

# What the runner adds to the environment of its parts: the data folder, and the part's name.
STACK: Final = "CSV_PROCESSOR_STACK"
PART: Final = "CSV_PROCESSOR_PART"


def runner_of(data_dir: Path) -> Identity | None:
    """The runner that has the data folder at the moment."""
    state = read_state(data_dir)
    if state is not None and state.runner.alive():
        return state.runner
    lock = str(data_dir.resolve() / LOCK)
    for process in _own_processes():
        try:
            command = process.cmdline()
            if "embedded" not in command or "run" not in command:
                continue
            if any(file.path == lock for file in process.open_files()):
                return Identity.of(process.pid)
        except psutil.Error:
            continue  # it has ended, or is another user's
    return None


def parts_of(data_dir: Path) -> dict[str, Identity]:
    """The parts of the stack that run, by name; with processes of their own left out."""
    stack = str(data_dir.resolve())
    found: dict[int, tuple[str, Identity]] = {}
    parents: dict[int, int] = {}
    for process in _own_processes():
        try:
            environment = process.environ()
            if environment.get(STACK) != stack or process.status() == psutil.STATUS_ZOMBIE:
                continue
            found[process.pid] = environment.get(PART, "unknown"), Identity.of(process.pid)
            parents[process.pid] = process.ppid()
        except psutil.Error:
            continue
    return {name: identity for pid, (name, identity) in found.items() if parents[pid] not in found}


def _own_processes() -> Iterator[psutil.Process]:
    user = os.getuid()
    for process in psutil.process_iter():
        try:
            if process.uids().real == user and process.pid != os.getpid():
                yield process
        except psutil.Error:
            continue
