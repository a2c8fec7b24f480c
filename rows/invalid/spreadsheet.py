"""Text that a spreadsheet takes for a formula, defused and restored.

A cell that begins with = + - @ or a control character is run by the program that opens the file. So is what
follows a semicolon, tab or line break in a cell where the spreadsheet cuts lines there. An
apostrophe before it makes it text. Apostrophes that stand there already get one more, so that
`restore` takes back exactly what `defuse` put in, and leaves alone what never was defused: a -5
comes back as -5, whether the spreadsheet kept the apostrophe or dropped it.
"""

from __future__ import annotations

import re
from typing import Final

# The full-width forms are read like their plain ones.
_DANGEROUS: Final = r"[=+\-@\t\r\n＝＋－＠]"
_BEGINNING: Final = r"(?:\A|(?<=[;\t\r\n]))"
_DEFUSE: Final = re.compile(rf"{_BEGINNING}(?='*{_DANGEROUS})")
_RESTORE: Final = re.compile(rf"{_BEGINNING}'(?='*{_DANGEROUS})")


def defuse(text: str) -> str:
    """`text` as a cell that is text everywhere."""
    return _DEFUSE.sub("'", text)


def restore(cell: str) -> str:
    """What `defuse` made `cell` of."""
    return _RESTORE.sub("", cell)
