"""Processes held to a share of a core each, by the control groups of Linux.

So a machine of few cores shows what another worker brings where cores are free: those that a
worker may not use are left to broker, store and database. See "CFS Bandwidth Control" and
"Control Group v2" in the kernel's documentation; it takes the right to make groups, as root has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

# Short, so that a process is held up often and briefly, not seldom and for long.
_PERIOD_US: Final = 20_000
_ROOT: Final = Path("/sys/fs/cgroup")
_OLD: Final = (_ROOT / "cpu", _ROOT / "cpu,cpuacct")  # version 1: a tree for this controller


class NotHeldError(Exception):
    """The machine does not let processes be held; its text says why."""


@contextmanager
def held(pids: Sequence[int], share: float) -> Iterator[None]:
    """Each process of `pids`, all its threads together, has at most `share` of one core.

    Raises:
        NotHeldError: there are no control groups for processors, or none may be made.
    """
    with ExitStack() as groups:
        try:
            for pid in pids:
                groups.enter_context(_group(pid, share))
        except OSError as exc:
            raise NotHeldError(f"{exc.filename}: {exc.strerror}") from exc
        yield


@contextmanager
def _group(pid: int, share: float) -> Iterator[None]:
    root = next((path for path in _OLD if path.is_dir()), _ROOT)
    quota = round(share * _PERIOD_US)
    group = root / f"csv-processor-bench-{os.getpid()}-{pid}"
    group.mkdir()
    try:
        if root == _ROOT:
            (group / "cpu.max").write_text(f"{quota} {_PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        before = root / _of(pid, root).lstrip("/")
        (group / "cgroup.procs").write_text(str(pid))
        try:
            yield
        finally:
            (before / "cgroup.procs").write_text(str(pid))
    finally:
        group.rmdir()


def _of(pid: int, root: Path) -> str:
    """The group that a process is in, as its path below `root`."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "" if root == _ROOT else "cpu" in controllers.split(","):
            return path
    return "/"
