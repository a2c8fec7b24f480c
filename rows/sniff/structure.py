"""The parts of a file's head: header, data, and what comes before and between; names of columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress
from typing import Final

from rows.sniff.cells import Column, column_of
from rows.sniff.lines import Line, Lines
from rows.sniff.table import Marks

_LINE_ENDS: Final = re.compile(r"(?<!\s)\s*[\r\n]\s*")


@dataclass(frozen=True)
class Structure:
    """The parts of a head.

    Attributes:
        marks: with which it was read.
        comment: what comment lines begin with.
        header: the record with the names; None without one.
        recognised: whether the header is known by its words or by options, not by its place alone.
        names: of the columns, as options name them; `#3` for what has no name.
        units: records between header and data that are no data.
        data: records from the first data record on, blank lines and comments left out.
        start, line: offset and number of the line that the data begin at.
        usual: the number of fields that most data records have.
        preamble: lines before the data that are neither header nor units.
    """

    marks: Marks
    comment: str | None
    header: Line | None
    recognised: bool
    names: tuple[str, ...]
    units: tuple[Line, ...]
    data: Lines
    start: int
    line: int
    usual: int
    preamble: tuple[Line, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)

    @cached_property
    def is_even(self) -> bool:
        """Whether all data records have as many fields as there are columns."""
        return len(self.data) > 0 and bool((self.data.widths == self.width).all())

    @cached_property
    def ends_with_numbers(self) -> bool:
        """Whether the last cell of each data record is digits with a sign and a point at most."""
        return self.column(self.width - 1).has_plain_numbers

    @cached_property
    def _fields(self) -> list[tuple[bytes, ...]]:
        """Those of the data records; the header that is repeated between them is none."""
        most = max(self.usual, self.width)
        header = self.header.fields if self.header is not None else None
        return [
            fields for fields in self.data.fields
            if fields and 2 <= len(fields) <= most and fields != header
        ]  # fmt: skip

    @cached_property
    def _are_all_rows(self) -> bool:
        """Whether all data records have the same number of fields, and none is the header again."""
        header = self.header.fields if self.header is not None else None
        return self.is_even and self.width > 1 and not (header and self.data.has(header))

    @cached_property
    def _texts(self) -> list[list[str]] | None:
        """The cells of the data records by column, if all have the same number of fields."""
        if self._are_all_rows and self.data.unquoted:
            text = b"\n".join(self.data.texts).decode("utf-8", "replace")
            cells = text.replace(self.marks.delimiter, "\n").split("\n")
            return [cells[place :: self.width] for place in range(self.width)]
        if len(set(map(len, self._fields))) != 1:
            return None
        width = len(self._fields[0])
        cells = decoded(list(chain.from_iterable(self._fields)))
        return [cells[place::width] for place in range(width)]

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells of the data records; those of records of another form are left out."""
        if self._texts is not None:
            return list(zip(*self._texts, strict=True))
        return [tuple([cell.decode("utf-8", "replace") for cell in row]) for row in self._fields]

    def some_rows(self, chosen: Sequence[bool]) -> list[tuple[str, ...]]:
        """Those of `rows` that are chosen."""
        if self._texts is not None:
            return list(zip(*[compress(cells, chosen) for cells in self._texts], strict=True))
        return list(compress(self.rows, chosen))

    @cached_property
    def _columns(self) -> dict[int, Column]:
        return {}

    def column(self, place: int) -> Column:
        """The cells of a column in the head."""
        if place not in self._columns:
            texts = self._texts
            if texts is None:
                cells = [row[place] if place < len(row) else "" for row in self.rows]
            else:
                cells = texts[place] if place < len(texts) else [""] * len(texts[0])
            self._columns[place] = column_of(cells)
        return self._columns[place]

    def keys(self, places: Sequence[int]) -> list[tuple[str, ...]]:
        """Some cells of each data record; empty ones for those that it does not have."""
        if not places:
            return [()] * len(self._texts[0] if self._texts is not None else self._fields)
        return list(zip(*[self.column(place).cells for place in places], strict=True))

    def has(self, text: bytes) -> bool:
        """Whether a text without line ends is in a data record."""
        return text in b"\n".join(self.data.texts)

    def units_of(self, place: int) -> list[str]:
        """What the lines between header and data have for a column."""
        return [
            line.fields[place].decode("utf-8", "replace")
            for line in self.units
            if line.fields and place < len(line.fields)
        ]


def decoded(cells: Sequence[bytes]) -> list[str]:
    """Cells as text; bytes that are not UTF-8 are replaced."""
    texts = b"\n".join(cells).decode("utf-8", "replace").split("\n")
    if len(texts) == len(cells):
        return texts
    return [cell.decode("utf-8", "replace") for cell in cells]  # there are line ends in cells


def column_names(fields: Sequence[bytes]) -> tuple[str, ...]:
    """Names of columns by a header's fields, each of several lines as one line."""
    return unique_names([_LINE_ENDS.sub(" ", f.decode("utf-8", "replace")) for f in fields])


def unique_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Names of columns: `#3` without a text, `name#2` for the second of a name."""
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    names = []
    for place, text in enumerate(texts, 1):
        name = text.strip()
        if not name:
            names.append(f"#{place}")
            continue
        seen[name.lower()] += 1
        count = seen[name.lower()]
        found = name if count == 1 else f"{name}#{count}"
        while found.lower() in taken:
            count += 1
            found = f"{name}#{count}"
        taken.add(found.lower())
        names.append(found)
    return tuple(names)
