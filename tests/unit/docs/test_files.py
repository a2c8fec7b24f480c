"""docs/files.md has a section for every code of a damaged file, and tables that follow from data."""

from __future__ import annotations

import re
from pathlib import Path

from rows import reader
from rows.sniff.document import with_tables
from rows.sniff.doubt import CODES

DOCUMENT = Path(__file__).parents[3] / "docs" / "files.md"


def test_every_code_has_its_section() -> None:
    sections = re.findall(r"^### (\w+)$", DOCUMENT.read_text(), re.MULTILINE)
    assert sections == list(reader.ADVICE)


def test_words_and_profiles_are_those_of_the_data() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run python -m rows.sniff.document"
    assert text.count("<!-- words -->") == text.count("<!-- profiles -->") == 1


def test_every_code_of_doubt_is_in_its_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \| (.+) \|$", text.partition("\n## Doubt\n")[2], re.MULTILINE)
    assert dict(table) == CODES
