"""Progress on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from cli.format import many, size
from cli.terminal import coloured, note, progress_console, shorten

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_EVERY_SECONDS = 5.0


class Bar(Protocol):
    """The progress of one file: bytes sent, then what the API says of it."""

    def sent(self, count: int) -> None:
        """`count` more bytes are on their way."""
        ...

    def seen(self, document: dict[str, Any]) -> None:
        """The file document as it is now."""
        ...


def bars(quiet: bool = False) -> LiveBars | LineBars:
    """What shows progress here; with `quiet` nothing does. Use it as a context manager."""
    if coloured(sys.stderr) and not quiet:
        return LiveBars()
    return LineBars(quiet)


def processing_text(document: dict[str, Any]) -> str:
    """What a file's document says of its progress, in a few words."""
    progress = document.get("progress") or {}
    rows = progress.get("rows_done") or 0
    status = str(document.get("status"))
    if status == "waiting":
        members = document.get("members")
        if members and members.get("total"):
            return f"{members['total'] - members['waiting']} of {many(members['total'], 'member')}"
        return many(rows, "row") if rows else "waiting"
    return status


class LiveBars:
    """Bars that move."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}", markup=False),
            TimeElapsedColumn(),
            console=progress_console(),
        )

    def __enter__(self) -> LiveBars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._progress.stop()

    def file(self, name: str, total: int | None) -> Bar:
        """A bar for the file `name` of `total` bytes."""
        # Pulses if the size is not known; otherwise it fills up, once for sending and once for rows.
        task = self._progress.add_task(shorten(name, 26), total=1 if total else None, text="")
        return _LiveBar(self._progress, task, total)


class _LiveBar:
    def __init__(self, progress: Progress, task: TaskID, total: int | None) -> None:
        self._progress, self._task, self._total, self._bytes = progress, task, total, 0

    def sent(self, count: int) -> None:
        self._bytes += count
        self._fill(self._bytes / self._total if self._total else 0, f"sent {size(self._bytes)}")

    def seen(self, document: dict[str, Any]) -> None:
        progress = document.get("progress") or {}
        text = processing_text(document)
        if document.get("status") != "waiting":
            self._progress.update(self._task, total=1, completed=1, text=text)
        else:
            total = progress.get("batches_total")
            self._fill((progress.get("batches_done") or 0) / total if total else 0, text)

    def _fill(self, fraction: float, text: str) -> None:
        # A full bar's clock stops, so it must not be full before the file is terminal.
        self._progress.update(self._task, completed=min(fraction, 0.99), text=text)


class LineBars:
    """Plain lines, and only where something takes its time."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def __enter__(self) -> LineBars:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        return

    def file(self, name: str, total: int | None) -> Bar:
        """Lines for the file `name` of `total` bytes."""
        return _LineBar(name, total, self._quiet)


class _LineBar:
    def __init__(self, name: str, total: int | None, quiet: bool) -> None:
        self._name, self._total, self._quiet, self._bytes = name, total, quiet, 0
        self._said = time.monotonic()

    def sent(self, count: int) -> None:
        self._bytes += count
        of = f" of {size(self._total)}" if self._total is not None else ""
        self._line(f"sent {size(self._bytes)}{of}")

    def seen(self, document: dict[str, Any]) -> None:
        self._line(processing_text(document))

    def _line(self, text: str) -> None:
        now = time.monotonic()
        if not self._quiet and now - self._said >= _LINE_EVERY_SECONDS:
            self._said = now
            note(f"{self._name}: {text}")
