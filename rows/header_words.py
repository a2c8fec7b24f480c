"""The list of header words, `header_words.csv`: words, languages and roles of columns.

What follows from them is `rows.sniff.words`; that a line in the middle of a file is a header is
`rows.split.other_part`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Word:
    """One line of the list."""

    text: str
    language: str
    role: str


@cache
def word_list() -> tuple[Word, ...]:
    """The list, in its order."""
    text = (files("rows") / "header_words.csv").read_text(encoding="utf-8")
    return tuple(Word(*row) for row in list(csv.reader(text.splitlines()))[1:])
