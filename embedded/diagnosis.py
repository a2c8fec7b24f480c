"""Why a stack is not ready, and whether it makes progress."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil

from embedded.discovery import runner_of
from embedded.endpoints import read_endpoints, worker_url
from embedded.state import PartState, StackState, read_state
from rows.kernels.cache import compiled

_SECONDS: Final = 2.0
_LOG_BYTES: Final = 64 << 10
# A process that waits uses less than this in a long time.
_WORK_SECONDS: Final = 0.5
_SHOWN: Final = 500
_READY: Final = "has become ready"


def reasons(data_dir: Path, state: StackState | None) -> list[str]:
    """A sentence for each part that is not ready; `state` is None if it cannot be read."""
    if state is None:
        if runner_of(data_dir) is not None:
            return ["the runner cannot write its state (is the disk full?); `down` stops the stack"]
        return [f"the runner has ended: {last_words(data_dir, 'runner') or 'it says nothing'}"]
    endpoints = read_endpoints(data_dir)
    found = []
    for name, part in state.parts.items():
        if part.ready or (name == "migrate" and state.migrated):
            continue
        found.append(f"{name} {_reason(name, part, data_dir, endpoints)}")
    return found


def answers_ready(data_dir: Path) -> bool:
    """Whether API and workers say that they are ready: for a stack that cannot write its state."""
    endpoints = read_endpoints(data_dir)
    asked = [url for name, url in endpoints.items() if name.startswith("WORKER_")]
    asked += [endpoints[name] for name in ("CSV_PROCESSOR_API",) if name in endpoints]
    return bool(asked) and all(_readiness(url) == _READY for url in asked)


class Progress:
    """Whether a stack that starts gets on: parts become ready, or the row engine is compiled."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._ready: set[str] = set()
        self._kernels = compiled().done
        self._seconds: dict[int, float] = {}

    def made(self) -> bool:
        """Whether there was any since the last call."""
        state = read_state(self._data_dir)
        ready = {name for name, part in state.parts.items() if part.ready} if state else set()
        kernels = compiled()
        made = bool(ready - self._ready) or kernels.done > self._kernels
        self._ready |= ready
        self._kernels = kernels.done
        if kernels.done < kernels.total and state is not None:
            made |= self._works(state)
        return made

    def _works(self, state: StackState) -> bool:
        """Whether a worker, which compiles what is not compiled, uses a processor.

        A worker that was started again does not count: it may end for ever.
        """
        works = False
        for name, part in state.parts.items():
            if not name.startswith("worker") or part.process is None or part.starts > 1:
                continue
            pid = part.process.pid
            try:
                used = sum(psutil.Process(pid).cpu_times()[:2])
            except psutil.Error:
                continue
            if used > self._seconds.setdefault(pid, used) + _WORK_SECONDS:
                works, self._seconds[pid] = True, used
        return works


def last_words(data_dir: Path, name: str) -> str:
    """What the log of a part says last."""
    try:
        with (data_dir / "logs" / f"{name}.log").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _LOG_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    line = next((line for line in reversed(lines) if line.strip()), "")
    try:
        message = json.loads(line)["message"]
    except (ValueError, KeyError, TypeError):
        message = line
    return str(message).strip()[:_SHOWN]


def _reason(name: str, part: PartState, data_dir: Path, endpoints: Mapping[str, str]) -> str:
    if part.process is None and part.starts == 0:
        return "waits for the parts before it"
    if part.exit is not None and (part.process is None or part.starts > 1):
        how = f"signal {-part.exit}" if part.exit < 0 else f"code {part.exit}"
        return f"ended with {how} ({part.starts} starts): {last_words(data_dir, name)}"
    if name.startswith("worker"):
        kernels = compiled()
        if kernels.done < kernels.total:
            return (
                f"is compiling the row engine ({kernels.done} of {kernels.total} kernels), which "
                "takes minutes once for each version; start it again to go on with it"
            )
    number = name.rpartition("-")[2]
    url = endpoints.get("CSV_PROCESSOR_API" if name == "api" else worker_url_of(number))
    asked = _readiness(url) if url and name.startswith(("api", "worker")) else None
    return asked or f"does not answer yet; its log ends with: {last_words(data_dir, name)}"


def worker_url_of(number: str) -> str:
    """The name of a worker's address, by the end of the worker's name."""
    return worker_url(int(number)) if number.isdecimal() else ""


def _readiness(url: str) -> str | None:
    """What a process says itself about why it is not ready; None if it does not answer."""
    try:
        with urlopen(f"{url}/health/ready", timeout=_SECONDS):
            return _READY
    except HTTPError as exc:
        try:
            parts = json.loads(exc.read())["parts"]
            away = [f"{part}: {one['reason']}" for part, one in parts.items() if not one["ready"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return f"is not ready: {'; '.join(away)}"
    except OSError:
        return None
