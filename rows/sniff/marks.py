"""Which signs separate and quote fields, by what the lines become with each of them.

For files without the header `sensor_id,timestamp,value`; that one settles them by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rows.sniff.cells import NUMBERS, Kind, kind_of
from rows.sniff.table import Marks, split_fields

DELIMITERS: Final = (",", ";", "\t", "|", " ")

_SAMPLE: Final = 48
# Cells of a line that are looked at.
_MOST_CELLS: Final = 2000
_SEPARATOR_LINE: Final = re.compile(rb'"?sep=(.)"?[ \t;,]*')
_SINGLE_QUOTED: Final = re.compile(rb"(?:\A|(?<=[\r\n,;\t| ]))'[^'\r\n]*'(?=[\r\n,;\t| ]|\Z)")


def find_marks(
    lines: Sequence[bytes],
    *,
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    no_escape: bool = False,
) -> Marks | None:
    """The delimiter, quote and escape with which most lines are data; None if no line ever is.

    Args:
        lines: of the head, without their line ends.
        delimiter, quote, escape: as the options say.
        no_escape: the option `escape` says that there is none.
    """
    filled = [line for line in lines if line.strip() and not line.startswith(b"#")]
    if lines and delimiter is None and (declared := _SEPARATOR_LINE.fullmatch(lines[0].strip())):
        delimiter = declared[1].decode("latin-1")
    step = max(1, len(filled) // _SAMPLE)
    sample = filled[:4] + filled[4::step][:_SAMPLE]
    text = b"\n".join(sample)
    quotes = [quote] if quote else ['"']
    if not quote and b"'" in text and _SINGLE_QUOTED.search(text):
        quotes.insert(1 if b'"' in text else 0, "'")
    tried = []
    for mark in quotes:
        escapes = [escape]
        if escape is None and not no_escape and b"\\" + mark.encode() in text:
            escapes.append("\\")
        for sign in [delimiter] if delimiter else DELIMITERS:
            if delimiter or sum(sign.encode() in line for line in sample) * 10 >= len(sample):
                tried += [Marks(sign, mark, e) for e in escapes]
    if delimiter is not None and len(tried) == 1:
        return tried[0]
    best, most = None, (0, 0, 0)
    for marks in tried:
        score = _score(sample, marks)
        if score > most and (marks.delimiter != " " or best is None or 2 * most[0] < score[0]):
            best, most = marks, score
    return best or (tried[0] if delimiter else None)


def _score(lines: Sequence[bytes], marks: Marks) -> tuple[int, int, int]:
    """How many lines are data, how many have the same number of fields, and cells that say so."""
    others = b"".join(mark for mark in (b";", b"\t", b"|") if mark != marks.delimiter.encode())
    rows = [split_fields(line, marks) for line in lines]
    widths = Counter(len(row) for row in rows if row and len(row) > 1)
    if not widths:
        return 0, 0, 0
    width = max(widths, key=lambda w: (widths[w], w))
    total = cells = 0
    for row in rows:
        if row is None or len(row) != width:
            continue
        row = row[:_MOST_CELLS]
        kinds = [kind_of(cell.decode("utf-8", "replace")) for cell in row]
        numbers = sum(kind in NUMBERS for kind in kinds)
        times = sum(kind is Kind.TIME for kind in kinds)
        weight = 4 if times and numbers else 2 if numbers > 1 else 1 if times or numbers else 0
        # Text with another delimiter in it is likely to be several fields.
        broken = any(
            kind is Kind.TEXT and cell.translate(None, others) != cell
            for kind, cell in zip(kinds, row, strict=True)
        )
        total += weight if broken else 2 * weight
        cells += numbers + 2 * times
    return total, widths[width], cells
