"""What runs: a file in the data folder, replaced in one step at every change.

It serves `status`, tests, and above all the next start: processes that an earlier runner left
are found in it. The runner keeps its state in memory and writes the file again if it is gone or was
changed; what runs is found without it, too (`embedded.discovery`). The lock beside it is held by
the runner as long as it lives.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from embedded.processes import Identity

_log: Final = logging.getLogger("embedded")
_FILE: Final = "run/stack.json"
_LOOK_SECONDS: Final = 1.0
LOCK: Final = "run/lock"


@dataclass(frozen=True, slots=True)
class PartState:
    """A part: its process, if one runs, whether it is ready, and how often it was started.

    `exit` is the exit code of the process before, negative for a signal; None if there was none.
    """

    process: Identity | None
    ready: bool
    starts: int
    exit: int | None = None


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack as its runner last saw it."""

    runner: Identity
    ready: bool
    parts: Mapping[str, PartState]

    @property
    def migrated(self) -> bool:
        """Whether topics, bucket and tables exist: the parts that need them have been started."""
        return any(
            part.starts > 0
            for name, part in self.parts.items()
            if name == "api" or name.startswith("worker")
        )


def make_private(data_dir: Path) -> None:
    """Create `data_dir` if it does not exist, and close it to other users.

    A folder that holds something else than a stack keeps its permissions, which are not ours to
    change; what a stack creates in it is closed all the same.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ours = (data_dir / "run").exists() or not any(data_dir.iterdir())
    if ours and data_dir.stat().st_uid == os.getuid():
        data_dir.chmod(0o700)


def _identity(value: Any) -> Identity | None:
    return None if value is None else Identity(int(value["pid"]), float(value["started"]))


def _as_json(identity: Identity | None) -> dict[str, float] | None:
    return None if identity is None else {"pid": identity.pid, "started": identity.started}


def write_state(data_dir: Path, state: StackState) -> os.stat_result:
    """Replace the file; what the file system says of the new one.

    Raises:
        OSError: the disk is full, or the folder cannot be written. The file is as it was.
    """
    path = data_dir / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "runner": _as_json(state.runner),
        "ready": state.ready,
        "parts": {
            name: {
                "process": _as_json(p.process),
                "ready": p.ready,
                "starts": p.starts,
                "exit": p.exit,
            }
            for name, p in state.parts.items()
        },
    }
    new = path.with_suffix(".new")
    try:
        new.write_text(json.dumps(document, indent=1))
        new.replace(path)
    except OSError:
        # A part of it takes up space that is short.
        with suppress(OSError):
            new.unlink()
        raise
    return path.stat()


class StateFile:
    """Keeps the file equal to the state that the runner has in memory.

    It is written at every change, and again a second later if it could not be (a full disk), or if
    it is not the one that was written (deleted, truncated, edited).
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._written: tuple[StackState, os.stat_result] | None = None
        self._next_look = 0.0
        self._failed = False

    def keep(self, state: StackState) -> None:
        """Bring the file up to date; called again and again."""
        now = time.monotonic()
        changed = self._written is not None and self._written[0] != state
        # A disk that was full is not tried at every change.
        if now < self._next_look and (self._failed or not changed):
            return
        self._next_look = now + _LOOK_SECONDS
        if self._written is not None and not changed and self._is_there(self._written[1]):
            return
        try:
            self._written = state, write_state(self._data_dir, state)
        except OSError as exc:
            if not self._failed:
                # What runs goes on running, and is found by its processes meanwhile.
                _log.warning("the state cannot be written: %s; it is tried again", exc)
            self._written, self._failed = None, True
            return
        if self._failed:
            _log.info("the state is written again")
        self._failed = False

    def _is_there(self, written: os.stat_result) -> bool:
        try:
            now = (self._data_dir / _FILE).stat()
        except OSError:
            return False
        return (now.st_ino, now.st_mtime_ns, now.st_size) == (
            written.st_ino,
            written.st_mtime_ns,
            written.st_size,
        )


def read_state(data_dir: Path) -> StackState | None:
    """The last state; None if there is none, or none that can be read."""
    try:
        document = json.loads((data_dir / _FILE).read_text())
        runner = _identity(document["runner"])
        parts = {
            name: PartState(
                _identity(p["process"]), bool(p["ready"]), int(p["starts"]), p.get("exit")
            )
            for name, p in document["parts"].items()
        }
        ready = bool(document["ready"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if runner is None else StackState(runner, ready, parts)


def clear_state(data_dir: Path) -> None:
    """Forget what ran; nothing does any more."""
    (data_dir / _FILE).unlink(missing_ok=True)


def take_lock(data_dir: Path) -> IO[bytes] | None:
    """The runner's lock, released when the file is closed or its process ends.

    None if another runner holds it.
    """
    path = data_dir / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    os.set_inheritable(file.fileno(), False)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
