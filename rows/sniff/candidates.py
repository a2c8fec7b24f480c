"""The sample: a file's first records, read with a combination of quote, escape and delimiter on trial."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from rows.grammar import UNKNOWN_WIDTH
from rows.outcome import BatchOutcome
from rows.parse import parse_batch
from rows.split.splitter import BatchSpan, RecordSplitter
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS
from schemas.limits import Limits

_RECORDS = 100
_BLANK = b" \t"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_DAMAGE = ("bad_quote", "quote_not_closed")


@dataclass(frozen=True, slots=True)
class Head:
    """A file's first bytes, and whether they are all of it."""

    data: bytes
    complete: bool
    limits: Limits


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the head: bytes [start, end) with its line end; `text` is without."""

    start: int
    end: int
    first_line: int
    next_line: int
    text: bytes

    @property
    def is_known(self) -> bool:
        """Whether it begins as a comment would."""
        return self.text.startswith(b"#")


def records_of(head: Head, dialect: DialectSpec, count: int = _RECORDS) -> list[Record]:
    """The first records from the dialect's `data_start` on; the columns are not known yet."""
    unknown = dialect.model_copy(
        update={"columns": (-1, -1, -1), "width": UNKNOWN_WIDTH, "header_text": None}
    )
    cutter = RecordSplitter(unknown, head.limits, 1)
    spans: list[BatchSpan] = []
    # Chunks grow, so that a long head is not cut to its end for the sake of a few records.
    at, size = dialect.data_start, 512
    while at < len(head.data) and len(spans) < count:
        spans += cutter.feed(head.data[at : at + size])
        at, size = at + size, 4 * size
    if head.complete and at >= len(head.data):
        spans += cutter.finish()
    found = []
    for span in spans[:count]:
        end = span.end
        if end - span.start > cutter.max_record_bytes:
            # The span of a line that is too long ends before the line does.
            line_end = _LINE_END.search(head.data, span.start)
            end = line_end.end() if line_end else len(head.data)
        text = head.data[span.start : end]
        text = text.removesuffix(b"\n").removesuffix(b"\r") if text.endswith(b"\n") else text
        text = text.removesuffix(b"\r")
        line = span.first_line
        found.append(Record(span.start, end, line, line + span.lines, text))
    return found


class Candidate:
    """A combination's records, its header among them, and how well it does.

    Args:
        dialect: the combination; `data_start` and `data_line` say where reading begins.
        may_have_header: whether a header is looked for.
        header_known: whether the first record is known to be the header.
    """

    def __init__(
        self, head: Head, dialect: DialectSpec, *, may_have_header: bool, header_known: bool = False
    ) -> None:
        self.head = head
        self.dialect = dialect
        if header_known:
            self.header: Record | None = records_of(head, dialect, 1)[0]
        else:
            self.header = self._header() if may_have_header else None

    @cached_property
    def records(self) -> list[Record]:
        """The sample."""
        return records_of(self.head, self.dialect)

    def _header(self) -> Record | None:
        for number, record in enumerate(self.records):
            if COLUMNS[0].encode() not in record.text.lower():
                continue
            if set(COLUMNS) <= set(names_of(record.text, self.dialect, self.head.limits)):
                before = self.records[:number]
                return None if any(self.is_valid(r, self.dialect) for r in before) else record
        return None

    def _read(self, data: bytes, dialect: DialectSpec) -> BatchOutcome:
        return parse_batch(data, dialect, self.head.limits, first_row=1, first_line=1)

    @cached_property
    def with_header(self) -> DialectSpec:
        """The dialect with the header's positions, and beginning after it."""
        if self.header is None:
            return self.dialect
        # On trial a header that comes again is a row like any other.
        return after_header(self, self.header).model_copy(update={"header_text": None})

    @cached_property
    def _outcome(self) -> BatchOutcome:
        end = self.records[-1].end if self.records else 0
        return self._read(self.head.data[self.with_header.data_start : end], self.with_header)

    @cached_property
    def score(self) -> tuple[bool, int, int, int]:
        """Greater is better: header, valid rows, damaged, even."""
        damaged = sum(self._outcome.codes.get(code, 0) for code in _DAMAGE)
        return self.header is not None, self.valid_count, -damaged, self._even()

    @property
    def valid_count(self) -> int:
        """Valid rows."""
        return self._outcome.row_count

    @property
    def is_faultless(self) -> bool:
        """Whether there are rows and all are valid."""
        return self.valid_count > 0 and self._outcome.invalid_count == 0

    def _even(self) -> int:
        if self.dialect.delimiter == " ":
            return 0
        most = self.head.limits.max_record_bytes
        sizes = (fields_of(r.text, self.dialect) for r in self.records if len(r.text) <= most)
        counts = Counter(len(fields) for fields in sizes if fields and len(fields) >= len(COLUMNS))
        return max(counts.values(), default=0)

    def is_valid(self, record: Record, dialect: DialectSpec) -> bool:
        """Whether a record is a valid row by the dialect's positions."""
        outcome = self._read(self.head.data[record.start : record.end], dialect)
        return (outcome.row_count, outcome.invalid_count) == (1, 0)

    def first_valid(self) -> int | None:
        """Offset of the first valid row after the header."""
        begin = self.with_header.data_start
        faulty = set(self._outcome.invalid_rows["byte_offset"].to_pylist())
        starts = (r.start for r in self.records if r.start >= begin)
        return next((start for start in starts if start - begin not in faulty), None)


def after_header(candidate: Candidate, header: Record) -> DialectSpec:
    """A candidate's dialect with the positions of a header, and beginning after it."""
    names = names_of(header.text, candidate.dialect, candidate.head.limits)
    sensor, timestamp, value = (names.index(n) if n in names else -1 for n in COLUMNS)
    return candidate.dialect.model_copy(
        update={
            "header": True,
            "header_text": text_of(header),
            "columns": (sensor, timestamp, value),
            "width": len(names),
            "data_start": header.end,
            "data_line": header.next_line,
        }
    )


def text_of(record: Record) -> str | None:
    """The text a record is known by when it comes again; None where that is no use."""
    text = record.text.strip(_BLANK)
    try:
        return text.decode() if 0 < len(text) <= 1000 else None
    except UnicodeDecodeError:
        return None


def names_of(record: bytes, dialect: DialectSpec, limits: Limits) -> list[str]:
    """The fields of a header as names: trimmed, in small letters; none of what is no whole record."""
    if len(record) > limits.max_record_bytes:
        return []
    if record.startswith(b"#"):
        record = record.lstrip(b"# \t")
    fields = fields_of(record, dialect) or []
    return [field.strip(_BLANK).lower().decode("utf-8", "replace") for field in fields]


def fields_of(record: bytes, dialect: DialectSpec) -> list[bytes] | None:
    """The fields of one record, quotes undone, plain ones trimmed; None where it is damaged.

    For a few records, not for many.
    """
    spaces = dialect.delimiter == " "
    if spaces:
        record = record.strip(_BLANK)
    mark, delimiter = dialect.quote.encode(), ord(dialect.delimiter)
    if mark not in record and not spaces:
        return [field.strip(_BLANK) for field in record.split(dialect.delimiter.encode())]
    fields: list[bytes] = []
    at = 0
    while True:
        while not spaces and record[at : at + 1] in (b" ", b"\t") and record[at] != delimiter:
            at += 1
        if record.startswith(mark, at):
            closed = _unquoted(record, at + 1, mark, b"\\" if dialect.escape else None)
            if closed is None:
                return None
            field, end = closed
        else:
            end = _plain_end(record, at, dialect.delimiter)
            field = record[at:end].strip(_BLANK)
        fields.append(field)
        rest = record[end:].lstrip(b" " if dialect.delimiter == "\t" else _BLANK)
        if not rest:
            return fields
        if spaces:
            if len(rest) == len(record) - end:
                return None
            at = len(record) - len(rest)
        elif rest.startswith(dialect.delimiter.encode()):
            at = len(record) - len(rest) + 1
        else:
            return None


def _unquoted(
    record: bytes, at: int, mark: bytes, escape: bytes | None
) -> tuple[bytes, int] | None:
    """The text of a quoted field that begins at `at`, and where its closing quote ends."""
    text = bytearray()
    while at < len(record):
        byte, pair = record[at : at + 1], record[at : at + 2]
        if pair == mark * 2 or (escape and pair in (escape + mark, escape * 2)):
            text += pair[1:]
            at += 2
        elif byte == mark:
            return bytes(text), at + 1
        else:
            text += byte
            at += 1
    return None


def _plain_end(record: bytes, at: int, delimiter: str) -> int:
    """Where the plain field that begins at `at` ends."""
    if delimiter != " ":
        end = record.find(delimiter.encode(), at)
        return len(record) if end < 0 else end
    words = record[at:].replace(b"\t", b" ").split(b" ", 2)
    size = len(words[0])
    if (
        len(words) > 1
        and record[at + size : at + size + 1] == b" "
        and _is_date_and_time(*words[:2])
    ):
        size += 1 + len(words[1])
    return at + size


def _is_date_and_time(date: bytes, time: bytes) -> bool:
    digits = date.replace(b"-", b"")
    return (
        len(date) == 10
        and (date[4:5], date[7:8]) == (b"-", b"-")
        and (len(digits), digits.isdigit()) == (8, True)
        and time[:2].isdigit()
        and time[2:3] == b":"
    )
