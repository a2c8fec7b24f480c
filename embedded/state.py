"""What runs: a file in the data folder, replaced in one step at every change.

It serves `status`, tests, and above all the next start: processes that an earlier runner left
behind are found in it. The lock beside it is held by the runner as long as it lives.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from embedded.processes import Identity

_FILE: Final = "run/stack.json"
_LOCK: Final = "run/lock"


@dataclass(frozen=True, slots=True)
class PartState:
    """A part: its process, if one runs, whether it is ready, and how often it was started."""

    process: Identity | None
    ready: bool
    starts: int


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack as its runner last saw it."""

    runner: Identity
    ready: bool
    parts: Mapping[str, PartState]


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


def write_state(data_dir: Path, state: StackState) -> None:
    """Replace the file."""
    path = data_dir / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "runner": _as_json(state.runner),
        "ready": state.ready,
        "parts": {
            name: {"process": _as_json(p.process), "ready": p.ready, "starts": p.starts}
            for name, p in state.parts.items()
        },
    }
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, indent=1))
    new.replace(path)


def read_state(data_dir: Path) -> StackState | None:
    """The last state; None where there is none, or none that can be read."""
    try:
        document = json.loads((data_dir / _FILE).read_text())
        runner = _identity(document["runner"])
        parts = {
            name: PartState(_identity(p["process"]), bool(p["ready"]), int(p["starts"]))
            for name, p in document["parts"].items()
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if runner is None else StackState(runner, bool(document["ready"]), parts)


def clear_state(data_dir: Path) -> None:
    """Forget what ran; nothing does any more."""
    (data_dir / _FILE).unlink(missing_ok=True)


def take_lock(data_dir: Path) -> IO[bytes] | None:
    """The runner's lock, free again when the file is closed or its process ends in whatever way.

    None where another runner holds it.
    """
    path = data_dir / _LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    os.set_inheritable(file.fileno(), False)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
