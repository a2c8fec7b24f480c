"""What is written where: answers to stdout, everything else to stderr, colour only on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    "processed": "32",
    "partial": "33",
    "failed": "31",
    "waiting": "36",
    "dim": "2",
    "bold": "1",
    "error": "1;31",
}


def coloured(stream: TextIO) -> bool:
    """Whether escape codes may be written to `stream` (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, stream: TextIO | None = None) -> str:
    """`text` in the colour of `style` (a status, or one of dim, bold, error), if the terminal shows colours."""
    code = _STYLES.get(style)
    stream = sys.stdout if stream is None else stream
    return f"\x1b[{code}m{text}\x1b[0m" if code and coloured(stream) else text


def width() -> int:
    """Columns to write in: the terminal's, or 80."""
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def printable(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def shorten(text: str, room: int) -> str:
    """`text` in at most `room` characters."""
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"


def wrapped(text: str, indent: str = "") -> str:
    """`text` in lines of the terminal's width, each begun by `indent`."""
    return textwrap.fill(
        text, width(), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def say(text: str = "") -> None:
    """A line of the answer."""
    print(text)


def note(text: str = "") -> None:
    """A line beside the answer: progress, hints, warnings."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def complain(what: str, do: str | None = None) -> None:
    """An error: what was wrong, and what to do."""
    note(f"{styled('error:', 'error', sys.stderr)} {what}")
    if do:
        note(f"       {do}")


def progress_console() -> Console:
    """Where progress bars are drawn; a Console that is no terminal draws none."""
    from rich.console import Console

    return Console(stderr=True, force_terminal=True if coloured(sys.stderr) else None)


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = (), indent: int = 0
) -> list[str]:
    """Lines of a table. The last column takes the width that is left, and on a terminal is cut there.

    Not by rich: its import takes half as long as a small command.

    `right` names the columns that are set to the right. A cell that equals a status is coloured.
    """
    widths = [
        max(len(name), *(len(r[i]) for r in rows)) if rows else len(name)
        for i, name in enumerate(head)
    ]
    if sys.stdout.isatty():
        widths[-1] = min(widths[-1], max(8, width() - indent - sum(widths[:-1]) - 2 * len(widths)))
    lines = []
    for row in (head, *rows):
        cells = []
        for i, (cell, room) in enumerate(zip(row, widths, strict=True)):
            cell = shorten(cell, room)
            last = i == len(widths) - 1
            text = cell.rjust(room) if head[i] in right else cell if last else cell.ljust(room)
            styles = "dim" if row is head else cell
            cells.append(styled(text, styles) if styles in _STYLES else text)
        lines.append((" " * indent + "  ".join(cells)).rstrip())
    return lines
