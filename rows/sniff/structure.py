"""Where a file's header and its first data record are, and what comes before, between and after."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final

from rows.sniff.cells import NUMBERS, Column, Kind, column_of, kind_of
from rows.sniff.table import PADDING, Line, Marks, split_fields
from rows.sniff.words import TIME_ROLES, roles_of

# Lines between header and data that say units, types or rules, and lines before the data in which
# a header is looked for.
MOST_UNIT_LINES: Final = 4
_HEADER_WITHIN: Final = 8
# Records in which a header is looked for that has the columns that options name.
_NAMED_WITHIN: Final = 300
# Lines before the data in which a zone is looked for.
_PREAMBLE: Final = 60
# Records by which the usual kinds of the columns are found.
_LINE_ENDS: Final = re.compile(r"\s*[\r\n]+\s*")
_TYPICAL: Final = 80


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
    data: tuple[Line, ...]
    start: int
    line: int
    usual: int
    preamble: tuple[Line, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)

    @cached_property
    def _fields(self) -> list[tuple[bytes, ...]]:
        most = max(self.usual, self.width)
        return [line.fields for line in self.data if line.fields and 2 <= len(line.fields) <= most]

    @cached_property
    def _texts(self) -> list[list[str]] | None:
        """The cells of the data records by column, if all have the same number of fields."""
        if len(set(map(len, self._fields))) != 1:
            return None
        return [decoded(cells) for cells in zip(*self._fields, strict=True)]

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells of the data records; those of records of another form are left out."""
        if self._texts is not None:
            return list(zip(*self._texts, strict=True))
        return [tuple([cell.decode("utf-8", "replace") for cell in row]) for row in self._fields]

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
                cells = texts[place] if place < len(texts) else [""] * len(self._fields)
            self._columns[place] = column_of(cells)
        return self._columns[place]

    def keys(self, places: Sequence[int]) -> list[tuple[str, ...]]:
        """Some cells of each data record; empty ones for those that it does not have."""
        if not places:
            return [()] * len(self._fields)
        return list(zip(*[self.column(place).cells for place in places], strict=True))

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


class _Typical:
    """What kinds of cells data records have, by those that have the usual number of fields."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.width = usual_width(lines)
        width = self.width
        rows = [line.fields for line in lines if line.fields and len(line.fields) == width]
        step = max(1, len(rows) // _TYPICAL)
        rows = _most_like_data(rows[::step][:_TYPICAL])
        self.times: list[int] = []
        self.numbers: list[int] = []
        last = 0
        for place in range(self.width):
            kinds = Counter(kind_of_field(row[place]) for row in rows)
            if kinds[Kind.EMPTY] < len(rows):
                last = place + 1
            filled = len(rows) - kinds[Kind.EMPTY] - kinds[Kind.MISSING]
            if 2 * kinds[Kind.TIME] > filled > 0:
                self.times.append(place)
            elif 2 * (kinds[Kind.NUMBER] + kinds[Kind.SIGNED]) > filled > 0:
                self.numbers.append(place)
        self.filled_width = last  # without columns at the end that are always empty

    def is_data(self, line: Line) -> bool:
        """Whether times and numbers are in their places."""
        if not line.fields or line.width != self.width or not (self.times or self.numbers):
            return False
        kinds = [kind_of_field(field) for field in line.fields]
        if any(kinds[k] is not Kind.TIME for k in self.times):
            return False
        if not self.times and any(kinds[k] is Kind.TEXT for k in self.numbers):
            return False
        numbers = sum(kinds[k] in NUMBERS for k in self.numbers)
        gaps = sum(kinds[k] in (Kind.EMPTY, Kind.MISSING) for k in self.numbers)
        if not numbers and any(kinds[k] is Kind.TEXT for k in self.numbers):
            return False  # a line before the data that says a time: `Started,14.03.2024 09:00,`
        return (bool(self.times) or numbers > 0) and 2 * (numbers + gaps) >= len(self.numbers)

    def is_units(self, line: Line) -> bool:
        """Whether a record after the header says units, types or the like: words and no numbers."""
        if not line.fields or self.is_data(line):
            return False
        kinds = {kind_of_field(field) for field in line.fields}
        if kinds & {Kind.NUMBER, Kind.SIGNED, Kind.TIME}:
            return False
        return Kind.TEXT in kinds or any(
            set(field) <= set(b"-=_") for field in line.fields if field
        )


@lru_cache(1 << 14)
def kind_of_field(field: bytes) -> Kind:
    """What a field is."""
    return kind_of(field.decode("utf-8", "replace"))


def _weight(fields: Sequence[bytes]) -> int:
    """How much a record looks like data: it has a time and numbers, several numbers, or one."""
    kinds = [kind_of_field(field) for field in fields]
    numbers, times = sum(k in NUMBERS for k in kinds), Kind.TIME in kinds
    return 8 if times and numbers else 4 if numbers > 1 else 2 if times or numbers else 0


def _most_like_data(rows: list[tuple[bytes, ...]]) -> list[tuple[bytes, ...]]:
    """The records that look most like data, lines of a preamble left out."""
    weights = [_weight(row) for row in rows]
    best = max(weights, default=0)
    return [row for row, weight in zip(rows, weights, strict=True) if weight == best]


def usual_width(lines: Sequence[Line]) -> int:
    """The number of fields of the data: the one that most records with numbers and times have."""
    weights: Counter[int] = Counter()
    step = max(1, len(lines) // _TYPICAL)
    for line in lines[::step]:
        if line.fields and line.width > 1:
            weights[line.width] += _weight(line.fields)
    return max(weights, key=lambda width: (weights[width], width), default=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What read options say about the structure."""

    header: bool | None = None
    column_names: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()  # names in small letters; the header has them
    comment: str | None = None
    no_comment: bool = False
    skip_after_header: int | None = None
    units: bool | None = None


def find_structure(lines: Sequence[Line], marks: Marks, asked: Asked) -> Structure | None:
    """The structure of a head by its records; None if none of them has numbers or times in it."""
    comment = asked.comment
    if comment is None and not asked.no_comment and any(line.text[:1] == b"#" for line in lines):
        comment = "#"
    mark = (comment or "\0").encode()
    plain = [line for line in lines if line.text.strip(PADDING) and not line.text.startswith(mark)]
    typical = _Typical(plain)
    first = next((line for line in plain if typical.is_data(line)), None)
    header = None
    if asked.header is not False:
        header, recognised = _header(lines, plain, first, typical, marks, asked)
    if header is None:
        names = unique_names(asked.column_names)
        if first is None and not names and asked.header is not False:
            return None
        begin = plain[0] if plain else None
        width = typical.width or (begin.width if begin else len(names))
        names += tuple(f"#{place}" for place in range(len(names) + 1, width + 1))
        start, number = (begin.start, begin.number) if begin else (0, 1)
        before = lines[: _first_at(lines, first.start)] if first is not None else []
        return Structure(
            marks, comment, None, False, names, (), tuple(plain), start, number, typical.width,
            tuple(before[:_PREAMBLE]),
        )  # fmt: skip
    typical = _Typical(plain[_first_at(plain, header.end) :])
    units, start, number = _after_header(lines, header, typical, mark, asked)
    names = unique_names(asked.column_names) or column_names(header.fields or ())
    data = tuple(plain[_first_at(plain, start) :])
    return Structure(
        marks, comment, header, recognised, names, units, data, start, number,
        (usual_width(data) if units else typical.width) or typical.width,
        tuple(
            [line for line in lines[: _first_at(lines, start)] if line is not header][:_PREAMBLE]
        ),
    )  # fmt: skip


def _first_at(lines: Sequence[Line], offset: int) -> int:
    """Which of the lines, which are in order, is the first that begins there or later."""
    return bisect_left(lines, offset, key=lambda line: line.start)


def _header(
    lines: Sequence[Line],
    plain: Sequence[Line],
    first: Line | None,
    typical: _Typical,
    marks: Marks,
    asked: Asked,
) -> tuple[Line | None, bool]:
    """The header, and whether it is known by its words or by the options."""
    stop = len(lines) if first is None else _first_at(lines, first.start)
    before = [line for line in lines[:stop] if not line.is_blank]
    if asked.columns:
        for line in islice((line for line in lines if not line.is_blank), _NAMED_WITHIN):
            for version in _versions(line, marks):
                if asked.columns <= {name.lower() for name in column_names(version.fields or ())}:
                    return version, True
    best: tuple[tuple[int, bool, int], Line] | None = None
    for line in before[-_HEADER_WITHIN:] if first is not None else before:
        for version in _versions(line, marks):
            roles = roles_of(column_names(version.fields or ()))
            if not any(role is not None and role.role in TIME_ROLES for role in roles):
                continue
            if any(kind_of_field(field) is Kind.TIME for field in version.fields or ()):
                continue
            known = sum(role is not None for role in roles)
            score = (_fit(version, typical), not _repeats_names(version), known)
            if best is None or score > best[0]:
                best = score, version
    if best is not None:
        return best[1], True
    if asked.header:
        return (plain[0], True) if plain else (None, False)
    begins = {line.start for line in plain}
    unmarked = [line for line in before if line.start in begins]
    if first is not None and unmarked and typical.width > 1:
        nearest = unmarked[-1]
        for line in reversed(unmarked[-MOST_UNIT_LINES:]):
            names = line.width == typical.width and typical.is_units(line)
            if names and _filled(line) >= _filled(nearest):
                nearest = line  # of several the topmost one that names most columns
        if nearest.width == typical.width and typical.is_units(nearest):
            return nearest, False
    return None, False


def _versions(line: Line, marks: Marks) -> list[Line]:
    """A record as it is, and without the `#` that makes it a comment."""
    if not line.is_known:
        return [line]
    bare = line.text.lstrip(b"# \t")
    return [line._replace(fields=split_fields(bare, marks)), line]


def _filled(line: Line) -> int:
    """How many fields of a record have something in them."""
    return sum(1 for field in line.fields or () if field)


def _repeats_names(line: Line) -> bool:
    """Whether more than a quarter of a record's texts are there twice, as units and types are."""
    texts = [field for field in line.fields or () if field]
    return (len(texts) - len(set(texts))) * 4 > len(texts)


def _fit(line: Line, typical: _Typical) -> int:
    """How well a header's number of fields fits that of the data."""
    fields = list(line.fields or ())
    while fields and not fields[-1]:
        fields.pop()
    if len(fields) in (typical.filled_width, typical.width) or line.width == typical.width:
        return 2
    return 1 if len(fields) > typical.filled_width else 0


def _after_header(
    lines: Sequence[Line], header: Line, typical: _Typical, mark: bytes, asked: Asked
) -> tuple[tuple[Line, ...], int, int]:
    """The records between header and data, and offset and number of the line the data begin at."""
    after = lines[_first_at(lines, header.end) :]
    start, number = header.end, header.next_number
    units: list[Line] = []
    if asked.skip_after_header is not None:
        number += asked.skip_after_header
        skipped = [line for line in after if line.number < number]
        if skipped:
            start, number = skipped[-1].end, skipped[-1].next_number
        return tuple(line for line in skipped if not line.is_blank), start, number
    if asked.units is False:
        return (), start, number
    for line in after:
        if line.is_blank or line.text.startswith(mark):
            continue
        wanted = asked.units and not units
        if len(units) == MOST_UNIT_LINES or not (wanted or typical.is_units(line)):
            break
        units.append(line)
        start, number = line.end, line.next_number
        if asked.units:
            break
    return tuple(units), start, number
