"""The records of a head, for detection: each is made when it is looked at, as most never are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Final, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

PADDING: Final = b" \t\x1a\0"

Fields = tuple[bytes, ...]


class Line(NamedTuple):
    """One record of the head: bytes [start, end) with its line end.

    Attributes:
        number: of its first line, from 1.
        next_number: of the line after it.
        fields: trimmed, without quotes; None if it is damaged.
    """

    start: int
    end: int
    number: int
    next_number: int
    text: bytes
    fields: Fields | None

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return not self.text.strip(PADDING)

    @property
    def is_known(self) -> bool:
        """Whether it begins as a comment would."""
        return self.text.startswith(b"#")

    @property
    def width(self) -> int:
        """Its number of fields; 0 if it is damaged."""
        return len(self.fields) if self.fields is not None else 0


@dataclass(frozen=True, slots=True)
class PhysicalLines:
    """Lines of a head, one after the other.

    Attributes:
        starts: their offsets in the head, and where the last one ends: int64 (lines + 1,).
        texts: without their line ends.
    """

    head: bytes
    starts: NDArray[np.int64]
    texts: list[bytes]

    def counts(self, sign: bytes) -> NDArray[np.int64]:
        """How often each line has a text: int64 (lines,)."""
        if len(sign) > 1:
            return np.array([text.count(sign) for text in self.texts], np.int64)
        places = np.flatnonzero(np.frombuffer(self.head, np.uint8) == ord(sign))
        return np.diff(np.searchsorted(places, self.starts))


class PlainRecords:
    """Records without quotes: a line each.

    Args:
        split: the fields of a text.
        separator: what is between fields; None if that can be one text or another.
        padded: whether there can be blanks around fields.
    """

    def __init__(
        self,
        lines: PhysicalLines,
        first_number: int,
        split: Callable[[bytes], Fields],
        separator: bytes | None,
        *,
        padded: bool,
    ) -> None:
        self.texts = lines.texts
        self.unquoted = separator is not None and not padded
        self.separator, self._split = separator, split
        self._lines, self._first_number = lines, first_number
        self._starts = lines.starts.tolist()
        self._made: dict[int, Line] = {}

    def line(self, place: int) -> Line:
        """The record at a place, the same one each time."""
        found = self._made.get(place)
        if found is None:
            text, number = self.texts[place], self._first_number + place
            start, end = self._starts[place : place + 2]
            found = Line(start, end, number, number + 1, text, self._split(text))
            self._made[place] = found
        return found

    def fields(self, places: Sequence[int]) -> list[Fields | None]:
        """The fields of some records."""
        return [self._split(self.texts[place]) for place in places]

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        """The number of fields of each record."""
        if self.separator is None:
            return np.array([len(self._split(text)) for text in self.texts], np.int64)
        return self._lines.counts(self.separator) + 1


class QuotedRecords:
    """Records some of which have quotes, and may have several lines."""

    separator = None
    unquoted = False

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self.texts = [line.text for line in lines]

    def line(self, place: int) -> Line:
        """The record at a place."""
        return self._lines[place]

    def fields(self, places: Sequence[int]) -> list[Fields | None]:
        """The fields of some records; None for those that are damaged."""
        return [self._lines[place].fields for place in places]

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        """The number of fields of each record; 0 if it is damaged."""
        return np.array([line.width for line in self._lines], np.int64)


class Lines(Sequence[Line]):
    """Records of a head in their order, or some of them.

    Args:
        records: all of the head.
        places: of these among them, in their order.
    """

    def __init__(self, records: PlainRecords | QuotedRecords, places: Sequence[int]) -> None:
        self._records, self._places = records, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Lines: ...
    def __getitem__(self, at: int | slice) -> Line | Lines:
        if isinstance(at, slice):
            return Lines(self._records, self._places[at])
        return self._records.line(self._places[at])

    def __iter__(self) -> Iterator[Line]:
        return map(self._records.line, self._places)

    def where(self, kept: Iterable[object]) -> Lines:
        """Those of them for which `kept`, which has one of them for each, is true."""
        return Lines(self._records, list(compress(self._places, kept)))

    def with_width(self, width: int) -> Lines:
        """Those of them that have so many fields."""
        have = self.widths == width
        return self if have.all() else self.where(have.tolist())

    def first_at(self, offset: int) -> int:
        """Which of them is the first that begins at an offset or later; their number if none does."""
        return bisect_left(self, offset, key=lambda line: line.start)

    @property
    def unquoted(self) -> bool:
        """Whether fields are what is between delimiters, without quotes or blanks around it."""
        return self._records.unquoted

    @cached_property
    def texts(self) -> list[bytes]:
        """Without their line ends."""
        every, places = self._records.texts, self._places
        if isinstance(places, range):
            return every[places.start : places.stop : places.step]
        return [every[place] for place in places]

    @cached_property
    def fields(self) -> list[Fields | None]:
        """Their fields; None for those that are damaged."""
        return self._records.fields(self._places)

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        """How many fields they have, int64 (records,); 0 for those that are damaged."""
        every, places = self._records.widths, self._places
        if isinstance(places, range):
            return every[places.start : places.stop : places.step]
        return every[np.array(places, np.int64)]

    def has(self, fields: Fields) -> bool:
        """Whether one of them has these fields."""
        separator = self._records.separator
        if separator is None or not self.unquoted:
            return fields in self.fields
        text = separator.join(fields)
        return text in self.texts and tuple(text.split(separator)) == fields


NO_LINES: Final = Lines(QuotedRecords([]), ())
