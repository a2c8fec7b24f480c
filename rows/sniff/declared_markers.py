"""Markers of missing readings that lines before the data declare: `# Missing values: -9999`."""

from __future__ import annotations

import re
from typing import Final

from rows.sniff.structure import Structure

# `Number of missing values: 12` is a count; a marker is far below all readings, or nines alone.
_DECLARED: Final = re.compile(
    r"(?<!\w)(?:missing|no[ _-]?data|null|fill[ _-]?value|fehl(?:wert|end)\w*|manquant\w*|faltante\w*"
    r"|mancant\w*|ontbrekend\w*|brakując\w*)[^0-9\n]*?(?<![\d.])(-\d{2,}(?:\.\d+)?|9{3,}(?:\.9+)?)"
    r"(?!\d|[.,:/-]\d)",
    re.IGNORECASE,
)
_LOWEST: Final = -90.0


def declared_markers(structure: Structure) -> set[str]:
    """The markers that lines before the data, or between header and data, say."""
    found = set()
    for line in (*structure.preamble, *structure.units):
        for text in _DECLARED.findall(line.text.decode("utf-8", "replace")):
            if not _LOWEST < float(text) < 0:
                found.add(text)
    return found
