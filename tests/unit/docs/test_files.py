"""docs/files.md has a section for every code of a damaged file."""

from __future__ import annotations

import re
from pathlib import Path

from rows import reader

DOCUMENT = Path(__file__).parents[3] / "docs" / "files.md"


def test_every_code_has_its_section() -> None:
    sections = re.findall(r"^### (\w+)$", DOCUMENT.read_text(), re.MULTILINE)
    assert sections == list(reader.ADVICE)
