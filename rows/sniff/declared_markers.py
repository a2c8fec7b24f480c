"""Markers of missing readings that lines before the data declare: `# Missing values: -9999`."""

from __future__ import annotations

import re
from typing import Final

from rows.sniff.structure import Structure

_WORD: Final = re.compile(
    r"(?<!\w)(?:missing|no[ _-]?data|null|fill[ _-]?value|fehl(?:wert|end)\w*|manquant\w*|faltante\w*"
    r"|mancant\w*|ontbrekend\w*|brakując\w*)(?![^\W_])",
    re.IGNORECASE,
)
# `Number of missing values: 12` is a count, `no data before -200 m` a depth: between the word and the
# marker, which ends the line, are words for it only. It is far below all readings, or nines alone.
_BETWEEN: Final = frozenset(
    [
        "value",
        "values",
        "data",
        "code",
        "codes",
        "coded",
        "marker",
        "markers",
        "flag",
        "flags",
        "indicator",
        "indicators",
        "indicated",
        "represented",
        "denoted",
        "marked",
        "set",
        "given",
        "is",
        "are",
        "by",
        "as",
        "to",
        "with",
        "wert",
        "werte",
        "daten",
        "valeur",
        "valeurs",
        "valor",
        "valores",
        "valore",
        "valori",
        "dati",
        "ist",
        "sind",
    ]
)
_SIGNS: Final = re.compile(r"[\s_:=;,\"'()\[\]]+")
_MARKER: Final = re.compile(r"-\d{2,15}(?:\.\d{1,15})?|9{3,15}(?:\.9{1,15})?")
_LOWEST: Final = -90.0
_LONGEST: Final = 200  # bytes of a line that are looked at


def declared_markers(structure: Structure) -> set[str]:
    """The markers that lines before the data, or between header and data, say."""
    found = set()
    for line in (*structure.preamble, *structure.units):
        text = line.text[:_LONGEST].decode("utf-8", "replace")
        word = _WORD.search(text)
        if word is None:
            continue
        *between, last = [part for part in _SIGNS.split(text[word.end() :]) if part] or [""]
        marker = last.rstrip(".")
        if _MARKER.fullmatch(marker) and {part.lower() for part in between} <= _BETWEEN:
            found |= set() if _LOWEST < float(marker) < 0 else {marker}
    return found
