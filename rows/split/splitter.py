"""Cutting: a file's bytes, as they stream by, to batches of whole records."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from rows.grammar import Grammar, columns_read
from rows.kernels import split as c
from rows.order import NOTHING, Order
from rows.split.end_of_data import EndOfData
from rows.split.other_header import other_header
from rows.split.other_part import fewest_fields, other_part
from schemas.events import DialectSpec
from schemas.limits import Limits

_SPANS = 1024  # batches one call of the kernel can give
# A batch ends earlier if its records are tiny: their results take memory per record.
_BYTES_PER_ROW = 16
_BYTES_PER_SENSOR = 8
# Where the end of a line is looked for, at the beginning of a chunk.
_LINE_BYTES = 4 << 10
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True, slots=True)
class BatchSpan:
    """Some whole records: bytes [start, end) of the file.

    Spans lie in order and do not overlap. Between two of them there can be blank lines, and the
    rest of a line that was too long: the span of such a line ends where that is certain.
    """

    batch_no: int  # from 0
    start: int
    end: int
    rows: int  # data records, at least 1
    lines: int  # physical lines from start to end
    first_row: int  # from 1
    first_line: int  # from 1
    order: Order = NOTHING  # of the records before it


class RecordSplitter:
    """Finds the batches of a file that is fed to it in chunks of any sizes.

    Where a batch ends follows from the file's bytes, the dialect, the limits and `batch_bytes`
    alone: at the first record that makes it `batch_bytes` long, or gives it one row per 16 of them.
    It can therefore be left at any batch, and be gone on with by another cutter that is given
    `next_byte`, `next_row`, `next_line`, `next_batch` and `next_order` and is fed from `next_byte`
    on.

    Holds at most one undecided record (up to `limits.max_record_bytes`) and the chunk.
    """

    def __init__(
        self,
        dialect: DialectSpec,
        limits: Limits,
        batch_bytes: int,
        *,
        next_byte: int | None = None,
        next_row: int = 1,
        next_line: int | None = None,
        next_batch: int = 0,
        next_order: Order = NOTHING,
    ) -> None:
        start = dialect.data_start if next_byte is None else next_byte
        self._state = np.zeros(c.STATE_SIZE, np.int64)
        self._state[c.CHECKED] = -1
        self._state[c.WATCH] = _watched(dialect)
        self._state[c.BATCH_BYTES] = max(1, batch_bytes)
        self._state[c.BATCH_ROWS] = max(1, batch_bytes // _bytes_per_row(dialect))
        self._state[c.AT] = self._state[c.START] = start
        self._state[c.FIRST_ROW] = next_row
        self._state[c.FIRST_LINE] = dialect.data_line if next_line is None else next_line
        self._grammar = Grammar(dialect, limits)
        self._dialect = dialect
        # Why the file is not read to its end: another header or part. None as long as all is well.
        self.damage: str | None = None
        self._next_batch = next_batch
        self._carry = b""
        self._enough = 0
        self._follower = _follower(dialect, limits, start, next_order)
        self._end: EndOfData | None = None
        if dialect.plan is not None and dialect.plan.end_pattern is not None:
            self._end = EndOfData(
                dialect.plan.end_pattern,
                self.max_record_bytes,
                begun=next_row > 1,
                comment=dialect.comment,
            )

    @property
    def max_record_bytes(self) -> int:
        """The longest record that is looked into."""
        return self._grammar.max_record_bytes

    @property
    def next_byte(self) -> int:
        """Offset at which the next batch begins (blank lines can come first)."""
        return int(self._state[c.START])

    @property
    def next_row(self) -> int:
        """Number of the next batch's first row."""
        return int(self._state[c.FIRST_ROW])

    @property
    def next_line(self) -> int:
        """Number of the physical line at `next_byte`."""
        return int(self._state[c.FIRST_LINE])

    @property
    def next_batch(self) -> int:
        """Number of the next batch."""
        return self._next_batch

    @property
    def next_order(self) -> Order:
        """What is known of sensors in a repeated hour where the next batch begins."""
        return NOTHING if self._follower is None else self._follower.at_batch

    def feed(self, data: bytes | memoryview) -> list[BatchSpan]:
        """The batches that `data`, which continues what was fed before, completes."""
        if self.damage is not None:
            return []
        if self._end is not None:
            data = self._end.feed(data)
        line = bytes(data[:_LINE_BYTES]).find(b"\n") + 1 if self._carry else 0
        if not 0 < line < len(data):
            return self._feed(data)
        # Of a large chunk only the line is copied that completes the record carried over.
        return self._feed(data[:line]) + self._feed(data[line:])

    def _feed(self, data: bytes | memoryview) -> list[BatchSpan]:
        text = self._carry + data if self._carry else data
        if len(text) < self._enough:
            self._carry = bytes(text)
            return []
        spans = self._cut(text, final=False)
        # What is undecided is looked at again from its beginning, so not for every few bytes more.
        self._enough = len(self._carry) * 3 // 2
        return spans

    def finish(self) -> list[BatchSpan]:
        """The batches that are left at the end of the file."""
        spans = self._feed(self._end.finish()) if self._end is not None else []
        return spans + ([] if self.damage else self._cut(self._without_padding(), final=True))

    def _without_padding(self) -> bytes:
        """What is left, without the Ctrl-Z and NUL bytes a file may end with."""
        if self._state[c.SKIPPING]:
            return self._carry
        size = len(self._carry)
        begin = max(self._carry.rfind(b"\n"), self._carry.rfind(b"\r")) + 1
        if size - begin > self._grammar.max_record_bytes:
            return self._carry
        return self._carry[:begin] + self._carry[begin:].rstrip(b"\0\x1a")

    def _cut(self, text: bytes | memoryview, *, final: bool) -> list[BatchSpan]:
        """The batches of `text`; what is left of it is carried over."""
        view = np.frombuffer(text, np.uint8)
        offset = int(self._state[c.AT])
        found: list[BatchSpan] = []
        while True:
            spans = np.empty(_SPANS * c.SPAN_WORDS, np.int64)
            count = c.cut(
                view.ctypes.data, len(view), offset, final, self._grammar.words, self._state, spans
            )
            for words in spans[: count * c.SPAN_WORDS].reshape(count, c.SPAN_WORDS).tolist():
                start, end, rows, lines, first_row, first_line = words
                found.append(
                    BatchSpan(self._next_batch, start, end, rows, lines, first_row, first_line)
                )
                self._next_batch += 1
            if look_at := self._state[c.LOOK_AT]:
                self._state[c.LOOK_AT] = 0
                begin = int(self._state[c.AT]) - offset
                ends = self._ends_at(text, begin, is_header=look_at == c.HEADER, final=final)
                if ends is None:
                    break
                if ends:
                    text, final = text[:begin], True
                    view = view[:begin]
                continue
            if count < _SPANS:
                break
        if self._follower is not None:
            found = self._follower.follow(text, offset, found, self._state)
        self._carry = bytes(text[int(self._state[c.AT]) - offset :])
        return found

    def _ends_at(
        self, text: bytes | memoryview, begin: int, *, is_header: bool, final: bool
    ) -> bool | None:
        """Whether the line that begins there is another header, or begins another part of the file;
        if not, that is kept. None if what follows the text decides."""
        state = self._state
        line = int(state[c.FIRST_LINE] + state[c.LINES])
        if is_header:
            end = _LINE_END.search(text, begin)
            record = bytes(text[begin : end.start() if end else len(text)])
            self.damage = other_header(record, line, self._dialect)
        if self.damage is None:
            found = other_part(text, begin, line, self._dialect, final=final)
            if found is True:
                return None
            self.damage = found or None
        if self.damage is None:
            state[c.CHECKED] = state[c.AT]
        return self.damage is not None


def _watched(dialect: DialectSpec) -> int:
    """Which lines may begin another part of the file, as the kernel gets it."""
    parts = dialect.plan.parts if dialect.plan is not None else None
    if parts is None:
        return 0
    header = dialect.header_text or ""
    is_comment = dialect.comment is not None and header.startswith(dialect.comment)
    in_comments = dialect.comment is not None and (parts.named or parts.patterns or is_comment)
    short = fewest_fields(dialect)
    return (
        (c.LETTERS if parts.numbers_first else 0)
        | (c.QUOTED if parts.quotes_first else 0)
        | (c.ALONE if short > 1 else 0)
        | (c.PAIRS if short > 2 else 0)
        | (c.COMMENTS if in_comments else 0)
        | (c.HEADERS if parts.units and header else 0)
    )


class _Follower:
    """Follows the order of records while batches are cut, for times in a repeated hour.

    `at_batch`: what is known where the batch begins that is being gathered.
    """

    def __init__(self, dialect: DialectSpec, limits: Limits, start: int, order: Order) -> None:
        self._dialect, self._limits = dialect, limits
        self._to = start  # offset up to which records were followed
        self._order = self.at_batch = order

    def follow(
        self, text: bytes | memoryview, offset: int, spans: list[BatchSpan], state: np.ndarray
    ) -> list[BatchSpan]:
        """The spans, with the order before each; `text` is at `offset`, and decided by `state`."""
        found = []
        for span in spans:
            found.append(replace(span, order=self.at_batch))
            self._read(text, offset, span.start, span.end)
            self.at_batch = self._order
        if state[c.ROWS]:
            self._read(text, offset, int(state[c.START]), int(state[c.LAST_END]))
        return found

    def _read(self, text: bytes | memoryview, offset: int, start: int, end: int) -> None:
        """Follow the records of [start, end) that were not followed yet."""
        from rows.plan_batch import follow

        start = max(start, self._to)
        if start < end:
            records = memoryview(text)[start - offset : end - offset]
            self._order = follow(records, self._dialect, self._limits, self._order)
            self._to = end


def _follower(dialect: DialectSpec, limits: Limits, start: int, order: Order) -> _Follower | None:
    """One, if the file can have times in a repeated hour whose order counts."""
    plan = dialect.plan
    if plan is None or plan.time.ambiguous != "order":
        return None
    from rows.compiled_plan import compiled

    if not compiled(plan).has_repeated_hours:
        return None
    return _Follower(dialect, limits, start, order)


def _bytes_per_row(dialect: DialectSpec) -> int:
    """A batch has at most one record for so many of its bytes."""
    plan = dialect.plan
    if plan is None or len(plan.values) == 1 or not columns_read(plan)[0]:
        return _BYTES_PER_ROW
    # Each record can be that many new sensors.
    return max(_BYTES_PER_ROW, _BYTES_PER_SENSOR * len(plan.values))
