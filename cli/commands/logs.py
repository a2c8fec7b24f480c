"""The command `logs`: what the parts of the embedded stack have written."""

from __future__ import annotations

import io
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

from cli.exit_codes import WRONG_USE, CommandError
from cli.terminal import say

_PAUSE_SECONDS: Final = 0.2


def print_logs(data_dir: Path, part: str | None, lines: int, *, follow: bool) -> None:
    """Print the last `lines` of each log, or of that of `part`; with `follow` what is added too.

    Raises:
        CommandError: there is no such log.
    """
    logs = {path.stem: path for path in sorted((data_dir / "logs").glob("*.log"))}
    if not logs:
        raise CommandError(
            f"{data_dir} has no logs", "`csv-processor up` starts the embedded stack", WRONG_USE
        )
    if part is not None and part not in logs:
        raise CommandError(f"{part} is no part", f"there are {', '.join(logs)}", WRONG_USE)
    shown = logs if part is None else {part: logs[part]}
    width = max(map(len, shown)) if len(shown) > 1 else 0
    opened = {name: path.open("rb") for name, path in shown.items()}
    try:
        for name, log in opened.items():
            _say(name, width, deque(log, maxlen=lines))
        while follow:
            for name, log in opened.items():
                _say(name, width, _added(log))
            time.sleep(_PAUSE_SECONDS)
    finally:
        for log in opened.values():
            log.close()


def _added(log: BinaryIO) -> list[bytes]:
    """Whole lines that were added; a line that is still being written comes later."""
    lines = []
    while line := log.readline():
        if not line.endswith(b"\n"):
            log.seek(-len(line), io.SEEK_CUR)
            break
        lines.append(line)
    return lines


def _say(name: str, width: int, lines: Iterable[bytes]) -> None:
    for line in lines:
        text = line.decode(errors="replace").rstrip()
        say(f"{name:<{width}}  {text}" if width else text)
