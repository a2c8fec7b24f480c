"""The head as records and fields, for detection: the records that `rows.kernels` would cut.

Records over several lines (line ends in quotes) are joined as the kernels join them; a damaged
record has no fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np

from rows.sniff.lines import Fields, Line, Lines, PhysicalLines, PlainRecords, QuotedRecords
from schemas.events import DialectSpec

_BLANK: Final = b" \t"
_LF, _CR = b"\n\r"
_WORD: Final = rb"\d{4}-\d\d-\d\d \d\d:[^ \t]*|[^ \t]+"
_BY_BLANKS: Final = re.compile(_WORD)
# Lines that one record with quotes may have; what is longer is damage and says nothing here.
_MOST_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Marks:
    """What separates and quotes fields."""

    delimiter: str
    quote: str = '"'
    escape: str | None = None

    @classmethod
    def of(cls, dialect: DialectSpec) -> Marks:
        """Those of a dialect."""
        return cls(dialect.delimiter, dialect.quote, dialect.escape)


def physical_lines(head: bytes, start: int, *, complete: bool, most: int) -> PhysicalLines:
    """The first `most` lines from `start` on.

    If the head is not the whole file, the line that it breaks off in is left out.
    """
    signs = np.frombuffer(head, np.uint8)[start:]
    feeds, returns = signs == _LF, signs == _CR
    returns[:-1] &= ~feeds[1:]  # a line may end with both
    starts = start + np.append(0, np.flatnonzero(feeds | returns) + 1)
    if complete and starts[-1] < len(head):
        starts = np.append(starts, len(head))
    starts = starts[: most + 1]
    return PhysicalLines(head, starts, head[start : starts[-1]].splitlines())


def read_lines(head: bytes, lines: PhysicalLines, marks: Marks, *, first_number: int = 1) -> Lines:
    """The records of some lines of the head."""
    begin, stop = lines.starts[[0, -1]].tolist()
    if head.find(marks.quote.encode(), begin, stop) >= 0:
        quoted = list(_read_quoted(head, lines.starts.tolist(), marks, first_number))
        return Lines(QuotedRecords(quoted), range(len(quoted)))
    separator = None if marks.delimiter == " " else marks.delimiter.encode()
    padded = separator is None or _has_blanks(head[begin:stop], marks.delimiter)
    if padded or separator is None:
        split = partial(_plain, delimiter=marks.delimiter)
    else:
        split = partial(_exact, separator=separator)
    plain = PlainRecords(lines, first_number, split, separator, padded=padded)
    return Lines(plain, range(len(lines.texts)))


def _read_quoted(
    head: bytes, starts: Sequence[int], marks: Marks, first_number: int
) -> Iterator[Line]:
    """The records of lines some of which have quotes."""
    quote = marks.quote.encode()
    at = 0
    while at < len(starts) - 1:
        start, end = starts[at : at + 2]
        text = _bare(head[start:end])
        if quote not in text:
            fields: Fields | None = _plain(text, marks.delimiter)
            count = 1
        else:
            fields, count = _quoted(head, starts, at, marks)
            end = starts[at + count]
            text = _bare(head[start:end])
        if fields is not None and b"=" + quote in text:
            fields = tuple(_without_formula(field, quote) for field in fields)
        number = first_number + at
        yield Line(start, end, number, number + count, text, fields)
        at += count


def _without_formula(field: bytes, quote: bytes) -> bytes:
    """The text of a field that is written as a formula: `="007"`."""
    is_one = len(field) > 2 and field.startswith(b"=" + quote) and field.endswith(quote)
    return field[2:-1] if is_one else field


def _bare(text: bytes) -> bytes:
    text = text.removesuffix(b"\n")
    return text.removesuffix(b"\r")


def _has_blanks(text: bytes, delimiter: str) -> bool:
    """Whether there can be blanks around fields."""
    separator = delimiter.encode()
    blanks = [blank for blank in _BLANK if blank != separator[0] and blank in text]
    signs = np.frombuffer(text, np.uint8)
    for blank in blanks:
        places = np.flatnonzero(signs == blank)
        if places[0] == 0 or places[-1] == len(text) - 1:
            return True
        before, after = signs[places - 1], signs[places + 1]
        if np.isin(before, (_LF, _CR, separator[-1])).any():
            return True
        if np.isin(after, (_LF, _CR, separator[0])).any():
            return True
    return False


def _exact(text: bytes, separator: bytes) -> Fields:
    return tuple(text.split(separator))


def _plain(text: bytes, delimiter: str) -> Fields:
    if delimiter == " ":
        return tuple(_BY_BLANKS.findall(text))
    return tuple([field.strip(_BLANK) for field in text.split(delimiter.encode())])


def _quoted(head: bytes, starts: Sequence[int], at: int, marks: Marks) -> tuple[Fields | None, int]:
    """The fields of a record with quotes, and how many lines it has."""
    for count in range(1, min(_MOST_LINES, len(starts) - 1 - at) + 1):
        text = _bare(head[starts[at] : starts[at + count]])
        fields = split_fields(text, marks)
        if fields is not None:
            return fields, count
        if text.count(marks.quote.encode()) % 2 == 0:
            break  # something after a closing quote: more lines do not mend it
    return None, 1


def split_fields(record: bytes, marks: Marks) -> Fields | None:
    """The fields of one record, quotes undone, plain ones trimmed; None if it is damaged."""
    quote = marks.quote.encode()
    if marks.delimiter == " ":
        return _by_blanks(record, marks)
    if quote not in record:
        return _plain(record, marks.delimiter)
    if not marks.escape:
        simple = _all_quoted(record, quote, marks.delimiter) or _simply_quoted(
            record, quote, marks.delimiter
        )
        if simple:
            return simple
    pattern = _field_pattern(marks)
    fields, at = [], 0
    while True:
        found = pattern.match(record, at)
        if found is None:
            return None
        fields.append(
            _unquoted(found[1], quote, marks.escape) if found[2] is None else found[2].strip(_BLANK)
        )
        at = found.end()
        if at == len(record) and not found[3]:
            return tuple(fields)


def _all_quoted(record: bytes, quote: bytes, delimiter: str) -> Fields | None:
    """The fields of a record if all of them are in quotes, and no other quotes are in it."""
    if record[:1] != quote or record[-1:] != quote or len(record) == 1:
        return None
    fields = record[1:-1].split(quote + delimiter.encode() + quote)
    return tuple(fields) if record.count(quote) == 2 * len(fields) else None


def _simply_quoted(record: bytes, quote: bytes, delimiter: str) -> Fields | None:
    """The fields of a record if its quotes are around whole fields, with nothing special between."""
    fields = []
    for field in record.split(delimiter.encode()):
        if quote not in field:
            fields.append(field.strip(_BLANK))
        elif len(field) > 1 and field[:1] == field[-1:] == quote and field.count(quote) == 2:
            fields.append(field[1:-1])
        else:
            return None
    return tuple(fields)


def _by_blanks(record: bytes, marks: Marks) -> Fields | None:
    quote = marks.quote.encode()
    if quote not in record:
        # A date and the time of day one space after it are one field.
        return tuple(_BY_BLANKS.findall(record))
    fields, at = [], 0
    pattern = _word_pattern(marks)
    while at < len(record):
        found = pattern.match(record, at)
        if found is None:
            return None
        if found[1] is not None:
            fields.append(_unquoted(found[1], quote, marks.escape))
        elif found[2] is not None:
            fields.append(found[2])
        at = found.end()
    return tuple(fields)


def _unquoted(text: bytes, quote: bytes, escape: str | None) -> bytes:
    if escape and b"\\" in text:
        return re.sub(rb"\\([\\" + quote + rb"])|" + quote * 2, lambda m: m[1] or quote, text)
    return text.replace(quote * 2, quote)


def _inside(marks: Marks) -> bytes:
    quote = re.escape(marks.quote.encode())
    if marks.escape:
        return rb"(?:[^\\" + quote + rb"]|\\.|" + quote + quote + rb")*"
    return rb"(?:[^" + quote + rb"]|" + quote + quote + rb")*"


@lru_cache(64)
def _word_pattern(marks: Marks) -> re.Pattern[bytes]:
    quote = re.escape(marks.quote.encode())
    quoted = quote + rb"(" + _inside(marks) + rb")" + quote + rb"(?=[ \t]|\Z)"
    return re.compile(
        rb"[ \t]*(?:" + quoted + rb"|((?!" + quote + rb")(?:" + _WORD + rb"))|\Z)", re.DOTALL
    )


@lru_cache(64)
def _field_pattern(marks: Marks) -> re.Pattern[bytes]:
    quote, delimiter = re.escape(marks.quote.encode()), re.escape(marks.delimiter.encode())
    blank = rb" " if marks.delimiter == "\t" else rb"[ \t]"
    inside = _inside(marks)
    quoted = blank + rb"*" + quote + rb"(" + inside + rb")" + quote + blank + rb"*"
    plain = rb"((?!" + blank + rb"*" + quote + rb")[^" + delimiter + rb"]*)"
    return re.compile(rb"(?:" + quoted + rb"|" + plain + rb")(" + delimiter + rb"|\Z)", re.DOTALL)
