"""Other ways to write the same file: its readings stay, or it has to be asked about."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Mutated:
    """A file that means what another one means.

    Attributes:
        how: what was changed.
        more_rows: whether a line was added that is no record; it may be an invalid row.
    """

    how: str
    data: bytes
    more_rows: bool = False


def mutations(text: str, header: str, first: int, random: Random) -> Iterator[Mutated]:
    """All mutations of a file with this header, whose records begin at line `first`.

    Those of its columns only if each line has all of them, and the header is the first one.
    """
    lines = text.splitlines()
    yield Mutated("CR LF", ("\r\n".join(lines) + "\r\n").encode())
    yield Mutated("byte order mark", text.encode("utf-8-sig"))
    yield Mutated("UTF-16", text.encode("utf-16"))
    yield Mutated("blank lines at the end", (text.rstrip("\n") + "\n\n\n").encode())
    yield Mutated("a blank line after each line", ("\n\n".join(lines) + "\n").encode())
    yield Mutated("no line end at the end", text.rstrip("\r\n").encode())
    yield Mutated("blanks around lines", "".join(f" {line} \n" for line in lines).encode())
    delimiter = max(DELIMITERS, key=text.count)
    rows = list(csv.reader(lines, delimiter=delimiter))
    widths = {len(row) for row in rows}
    if max(widths, default=1) == 1:  # separated by blanks
        return
    yield Mutated("all in quotes", _written(rows, delimiter, quoting=csv.QUOTE_ALL))
    yield Mutated(
        "a delimiter at the end", "".join(f"{row}{delimiter}\n" for row in lines).encode()
    )
    for other in DELIMITERS:
        if other != delimiter and not any(other in cell for row in rows for cell in row):
            yield Mutated(f"separated by {other!r}", _written(rows, other))
    if len(widths) > 1 or lines[0].strip() != header.strip():
        return
    width = widths.pop()
    for _ in range(3):
        order = random.sample(range(width), width)
        shuffled = [[row[k] for k in order] for row in rows]
        yield Mutated(f"columns in the order {order}", _written(shuffled, delimiter))
    yield Mutated("an empty column first", _written([["", *row] for row in rows], delimiter))
    counted = [["No.", *rows[0]]]
    counted += [[str(k) if k > 0 else "", *row] for k, row in enumerate(rows[1:], 3 - first)]
    yield Mutated("a count of records first", _written(counted, delimiter))
    titled = [["Device", "XK-12"], ["Exported", "2024-05-14 10:00"], *rows]
    yield Mutated("lines before the header", _written(titled, delimiter))
    at = random.randrange(2, max(3, len(rows)))
    again = [*rows[:at], rows[0], *rows[at:]]
    yield Mutated(f"the header again at {at}", _written(again, delimiter), more_rows=True)
    ended = _written([*rows, ["End of report"]], delimiter)
    yield Mutated("a line at the end", ended, more_rows=True)
    total = [*rows, ["Total", *[""] * (width - 2), "99.5"]]
    yield Mutated("a sum at the end", _written(total, delimiter), more_rows=True)


def _written(rows: list[list[str]], delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerows(rows)
    return text.getvalue().encode()
