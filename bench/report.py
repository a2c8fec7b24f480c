"""Tables for people and one JSON file for programs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Times:
    """Repetitions of one measurement, in seconds."""

    seconds: tuple[float, ...]

    @property
    def minimum(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def figures(self) -> dict[str, object]:
        """As JSON: every repetition, with minimum and median."""
        return {
            "seconds": [round(s, 4) for s in self.seconds],
            "minimum": round(self.minimum, 4),
            "median": round(self.median, 4),
        }


def ratio(peer: Times, product: Times) -> float:
    """How many times as long the peer takes: the median over the turns.

    Both of a turn run one after the other, so that what else the machine does weighs on both. A
    peer that was measured once is held against the median.
    """
    if len(peer.seconds) != len(product.seconds):
        return peer.median / product.median
    pairs = zip(peer.seconds, product.seconds, strict=True)
    return statistics.median(theirs / ours for theirs, ours in pairs)


_ABOUT = """# Performance

What `{command}` printed. Figures are of the machine that is named; ratios were taken side by side, \
in the same turn.
"""


class Report:
    """Prints tables one by one and collects their figures."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.figures: dict[str, object] = {}
        self.missed: list[str] = []
        self._markdown: list[str] = []

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)
        self._markdown.append(f"{text.strip()}\n")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table: the first column to the left, all others to the right."""
        table = Table(title=title, title_justify="left")
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if number else "left", no_wrap=not number)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
        ruler = ["---", *["---:"] * (len(columns) - 1)]
        lines = [f"| {' | '.join(cells)} |" for cells in (columns, ruler, *rows)]
        self._markdown.append(f"## {title}\n\n" + "\n".join(lines) + "\n")

    def target(self, what: str, met: bool) -> str:
        """`yes` or `NO`, remembering what was missed."""
        if not met:
            self.missed.append(what)
        return "yes" if met else "NO"

    def write(self, path: Path) -> None:
        """Write the figures of this run to `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.figures, indent=2) + "\n")
        self.console.print(f"figures: {path}", highlight=False)

    def document(self, path: Path, command: str) -> None:
        """Write what was printed to `path`, in Markdown."""
        path.write_text("\n".join([_ABOUT.format(command=command), *self._markdown]))
