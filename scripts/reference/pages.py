"""Finds the generated parts of documents and renews them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scripts.reference import codes, command_line, http_api, metrics, options, settings

ROOT: Final = Path(__file__).resolve().parents[2]
_PART: Final = re.compile(
    r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end of generated -->)", re.DOTALL
)
PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings.table,
    "read options": options.table,
    "calls": http_api.table,
    "call details": http_api.details,
    "commands": command_line.overview,
    "command details": command_line.details,
    "problem codes": codes.problems,
    "invalid row codes": codes.invalid_rows,
    "doubt codes": codes.doubts,
    "notice codes": codes.notices,
    "damage codes": codes.damages,
    "metrics": metrics.table,
}
"""Generated parts by name: Markdown that ends with a line end."""


def documents() -> list[Path]:
    """All documents of the project that can have generated parts."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def parts_of(text: str) -> list[str]:
    """Names of the generated parts of a document."""
    return [match.group(2) for match in _PART.finditer(text)]


def renewed(text: str) -> str:
    """A document with its generated parts renewed.

    Raises:
        KeyError: it has a part that nothing generates.
    """
    return _PART.sub(lambda m: f"{m.group(1)}{PARTS[m.group(2)]()}{m.group(3)}", text)
