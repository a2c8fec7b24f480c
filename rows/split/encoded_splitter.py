"""From the bytes of a file, in its encoding, to batches: dialect, cutting, parsing.

Offsets are those of the file (of the decompressed file, if it is compressed), in every encoding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from rows.decode.encoding import UTF8, Decoder, to_utf8
from rows.decode.offsets import original_offsets, original_size
from rows.grammar import Grammar
from rows.order import NOTHING, Order
from rows.outcome import BatchOutcome
from rows.parse import parse_batch
from rows.schema import INVALID
from rows.split.splitter import BatchSpan, RecordSplitter
from schemas.events import DialectSpec
from schemas.limits import Limits

# What is kept of a file beyond what a batch can have.
_SLACK = 1 << 20


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a file the next batch begins."""

    byte: int
    row: int
    line: int
    batch: int
    order: Order = NOTHING  # of the records before it


def start_of(dialect: DialectSpec) -> Position:
    """Where the first batch begins."""
    return Position(dialect.data_start, 1, dialect.data_line, 0)


@dataclass(slots=True)
class _Piece:
    """Some text with its sizes in UTF-8 and in the file. Text that no batch can end in is let go."""

    text: bytes
    size: int
    original: int


class EncodedSplitter:
    """`RecordSplitter` for a file in its encoding: spans are byte ranges of the file.

    Args:
        at: where to go on; what is fed begins there.
        whole_lines: give the cutter lines only as they are complete, so that what a damaged file
            breaks off in can be left out.
    """

    def __init__(
        self,
        dialect: DialectSpec,
        limits: Limits,
        batch_bytes: int,
        *,
        at: Position | None = None,
        whole_lines: bool = False,
    ) -> None:
        at = at or start_of(dialect)
        self._cutter = RecordSplitter(
            dialect,
            limits,
            batch_bytes,
            next_byte=at.byte,
            next_row=at.row,
            next_line=at.line,
            next_batch=at.batch,
            next_order=at.order,
        )
        self._encoding = dialect.encoding
        self._decoder = Decoder(dialect.encoding)
        self._whole_lines = whole_lines
        longest = Grammar(dialect, limits).max_record_bytes
        self._longest_line = longest + _SLACK
        self._held = b""
        # Where in the text, and where in the file, the pieces begin that are kept for counting.
        self._text_at = self._file_at = self._fed_to = at.byte
        self._pieces: deque[_Piece] = deque()
        # No batch ends further than this after its beginning.
        self.reach = batch_bytes + longest + _SLACK

    @property
    def position(self) -> Position:
        """Where the next batch begins: another cutter can go on there."""
        cutter = self._cutter
        byte = self._in_file(cutter.next_byte)
        return Position(
            byte, cutter.next_row, cutter.next_line, cutter.next_batch, cutter.next_order
        )

    @property
    def damage(self) -> str | None:
        """Why the file is not read to its end; see `RecordSplitter.damage`."""
        return self._cutter.damage

    def feed(self, data: bytes | memoryview) -> list[BatchSpan]:
        """The batches that `data`, which continues what was fed before, completes."""
        return self._cut(self._decoder.feed(data))

    def finish(self, *, damaged: bool = False) -> list[BatchSpan]:
        """The batches that are left at the end of the file, or before the line it is damaged in."""
        spans = []
        if not damaged:
            self._whole_lines = False
            spans = self._cut(self._decoder.finish())
        return spans + self._mapped(self._cutter.finish())

    def _cut(self, text: bytes | memoryview) -> list[BatchSpan]:
        if self._whole_lines:
            text, self._held = _lines(self._held + bytes(text))
            if len(self._held) > self._longest_line:
                text, self._held = text + self._held, b""
        elif self._held:
            text, self._held = self._held + text, b""
        if not text:
            return []
        if self._encoding == UTF8:
            return self._cutter.feed(text)
        newest = _Piece(bytes(text), len(text), original_size(text, self._encoding))
        self._pieces.append(newest)
        spans = self._mapped(self._cutter.feed(text))
        if self._fed_to > self._cutter.next_byte + self.reach:
            newest.text = b""  # of a line that is too long: no batch can end in it
        self._fed_to += len(text)
        return spans

    def _mapped(self, spans: list[BatchSpan]) -> list[BatchSpan]:
        if self._encoding == UTF8:
            return spans
        return [
            replace(span, start=self._in_file(span.start), end=self._in_file(span.end))
            for span in spans
        ]

    def _in_file(self, text_at: int) -> int:
        """Offset in the file of an offset in the text; they are asked for in order."""
        if self._encoding == UTF8:
            return text_at
        while self._text_at < text_at:
            piece = self._pieces[0]
            count = text_at - self._text_at
            if count >= piece.size:
                self._text_at += piece.size
                self._file_at += piece.original
                self._pieces.popleft()
                continue
            original = original_size(memoryview(piece.text)[:count], self._encoding)
            self._text_at += count
            self._file_at += original
            self._pieces[0] = _Piece(
                piece.text[count:], piece.size - count, piece.original - original
            )
        return self._file_at


def _lines(text: bytes) -> tuple[bytes, bytes]:
    """The complete lines of `text`, and the rest."""
    end = text.rfind(b"\n") + 1 or text.rfind(b"\r") + 1
    return text[:end], text[end:]


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """A batch with its bytes, as they are in the file."""

    span: BatchSpan
    data: bytes


class BatchReader:
    """Batches with their bytes, of a file that is fed in chunks. Holds what one batch can have."""

    def __init__(self, cutter: EncodedSplitter) -> None:
        self._cutter = cutter
        self._kept: deque[tuple[int, bytes]] = deque()  # with their offsets, in order
        self._at = cutter.position.byte

    @property
    def position(self) -> Position:
        """Where the next batch begins."""
        return self._cutter.position

    @property
    def damage(self) -> str | None:
        """Why the file is not read to its end; see `RecordSplitter.damage`."""
        return self._cutter.damage

    def feed(self, data: bytes) -> list[SourceBatch]:
        """The batches that `data`, which continues what was fed before, completes."""
        self._kept.append((self._at, data))
        self._at += len(data)
        found = self._with_bytes(self._cutter.feed(data))
        self._let_go()
        return found

    def finish(self, *, damaged: bool = False) -> list[SourceBatch]:
        """See `EncodedSplitter.finish`."""
        return self._with_bytes(self._cutter.finish(damaged=damaged))

    def _with_bytes(self, spans: Iterable[BatchSpan]) -> list[SourceBatch]:
        found = []
        for span in spans:
            while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= span.start:
                self._kept.popleft()
            parts = []
            for at, data in self._kept:
                if at >= span.end:
                    break
                parts.append(data[max(0, span.start - at) : span.end - at])
            found.append(SourceBatch(span, b"".join(parts)))
        return found

    def _let_go(self) -> None:
        """Forget what is before the next batch, and what is too far back to be of it."""
        begin = self.position.byte
        while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= begin:
            self._kept.popleft()
        # A character has at most twice as many bytes in the file as in UTF-8.
        while self._kept and self._kept[-1][0] > begin + 2 * self._cutter.reach:
            self._kept.pop()


def parse_source(
    data: bytes | memoryview,
    dialect: DialectSpec,
    limits: Limits,
    *,
    first_row: int,
    first_line: int,
    first_byte: int = 0,
    max_invalid: int | None = None,
    readings: bool = False,
    order: Order = NOTHING,
    latest: int | None = None,
) -> BatchOutcome:
    """`parse_batch` for a batch in the encoding of its file, byte offsets being those of the file."""
    text = to_utf8(data, dialect.encoding)
    outcome = parse_batch(
        text,
        dialect,
        limits,
        first_row=first_row,
        first_line=first_line,
        first_byte=first_byte if text is data else 0,
        max_invalid=max_invalid,
        readings=readings,
        order=order,
        latest=latest,
    )
    invalid = outcome.invalid_rows
    if text is data or invalid.num_rows == 0:
        return outcome
    place = INVALID.get_field_index("byte_offset")
    offsets = arrow.values(invalid.column(place), np.int64)
    moved = original_offsets(bytes(text), offsets, dialect.encoding) + first_byte
    arrays = invalid.columns
    arrays[place] = arrow.numbers(moved, pa.int64())
    return replace(outcome, invalid_rows=pa.RecordBatch.from_arrays(arrays, schema=INVALID))
