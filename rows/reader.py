"""Reading a file from its first byte to its last: expand, find out, decode, cut.

What workers do with compressed files, and what the dry run does with every file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rows.decode.compression import (
    MAGIC_BYTES,
    Compression,
    CorruptStream,
    Decompressor,
    compression_of,
)
from rows.outcome import BatchOutcome
from rows.sniff.head import HEAD_BYTES, find_dialect
from rows.sniff.own_profiles import NO_CANDIDATES, Candidates
from rows.split import other_header, other_part
from rows.split.encoded_splitter import (
    BatchReader,
    EncodedSplitter,
    Position,
    SourceBatch,
    parse_source,
)
from schemas.events import DialectSpec
from schemas.limits import ExpansionLimits, Limits
from schemas.read_options import ReadOptions

_KEPT = "the rows before that are kept"
ADVICE = {
    "compression_truncated": f"{_KEPT}; send the whole file for the others",
    "compression_corrupt": f"{_KEPT}; compress the file again for the others",
    "expansion_size": f"{_KEPT}; send the file in parts for the others",
    "expansion_ratio": f"{_KEPT}; send the file uncompressed for the others",
    "other_header": other_header.ADVICE,
    "other_part": other_part.ADVICE,
}


class FileReader:
    """Batches, with their bytes, of a file that is fed as it was sent, in chunks of any size.

    Memory: what one batch can have, and a megabyte or two. Batches are those of any other reader
    of the file with the same `batch_bytes`.

    Args:
        said: how the file is said to be compressed (by its name, or in a header). The bytes tell,
            this only explains bytes that make no sense.
        begun: dialect and position of a reader that was left; the file is fed from its first byte
            again, because a compressed file cannot be entered in the middle.
        filename: for `{filename}`, `{stem}` and `filename_pattern`.
        own: profiles of users that the file can have.
    """

    def __init__(
        self,
        options: ReadOptions,
        limits: Limits,
        batch_bytes: int,
        *,
        said: Compression | None = None,
        expansion: ExpansionLimits | None = None,
        begun: tuple[DialectSpec, Position] | None = None,
        filename: str = "",
        own: Candidates = NO_CANDIDATES,
    ) -> None:
        self._own = own
        self._options, self._limits, self._batch_bytes = options, limits, batch_bytes
        self._said, self._filename = said, filename
        self._expansion = expansion or ExpansionLimits()
        self._front: bytes | None = b""  # until it is known how the file is compressed
        self._compression: Compression | None = None
        self._expander: Decompressor | None = None
        self._head = bytearray()  # until the dialect is known
        self._skip = 0
        self._reader: BatchReader | None = None
        # How the file is read; None until that was found out.
        self.dialect: DialectSpec | None = None
        # Why it could be read up to some byte only; None as long as all is well.
        self.damage: str | None = None
        if begun is not None:
            self.dialect, at = begun
            self._skip = at.byte
            self._reader = self._reader_at(self.dialect, at)

    @property
    def position(self) -> Position | None:
        """Where the next batch begins; None until the dialect is known."""
        return None if self._reader is None else self._reader.position

    def batches(self, chunks: Iterable[bytes]) -> Iterator[SourceBatch]:
        """The batches of the whole file, from its chunks.

        Raises:
            BadData: as `feed`.
        """
        for chunk in chunks:
            for found in self.feed(chunk):
                yield from found
        for found in self.finish():
            yield from found

    def parse(
        self,
        batch: SourceBatch,
        *,
        max_invalid: int | None = None,
        readings: bool = False,
        latest: int | None = None,
    ) -> BatchOutcome:
        """What `rows.parse.parse_batch` finds in a batch of this reader."""
        assert self.dialect is not None
        span = batch.span
        return parse_source(
            batch.data,
            self.dialect,
            self._limits,
            first_row=span.first_row,
            first_line=span.first_line,
            first_byte=span.start,
            max_invalid=max_invalid,
            readings=readings,
            order=span.order,
            latest=latest,
        )

    def feed(self, data: bytes) -> Iterator[list[SourceBatch]]:
        """The batches that `data`, which continues what was fed before, completes, a few at a time
        or none; `position` is after them.

        Raises:
            BadData: the file cannot be read at all; from the first batches on never.
        """
        if self._front is not None:
            self._front += data
            if len(self._front) < MAGIC_BYTES:
                return
            data = self._open(self._front)
        if self.damage is None:
            yield from self._expand(data)

    def finish(self) -> Iterator[list[SourceBatch]]:
        """The batches that are left at the end of the file.

        Raises:
            BadData: as `feed`.
        """
        if self._front is not None:
            yield from self._expand(self._open(self._front))
        if self.damage is not None:
            return
        try:
            if self._expander is not None:
                self._expander.finish()
        except CorruptStream as exc:
            yield from self._break_off(exc)
        else:
            yield from self._end(damaged=False)

    def _open(self, front: bytes) -> bytes:
        self._front = None
        self._compression = compression_of(front)
        if self._compression is not None:
            self._expander = Decompressor(self._compression, self._expansion)
        return front

    def _expand(self, data: bytes) -> Iterator[list[SourceBatch]]:
        if self._expander is None:
            yield from self._take(data)
            return
        pieces = self._expander.feed(data)
        while True:
            try:
                piece = next(pieces, None)
            except CorruptStream as exc:
                yield from self._break_off(exc)
                return
            if piece is None:
                return
            yield from self._take(piece)

    def _take(self, piece: bytes) -> Iterator[list[SourceBatch]]:
        if self._skip:
            skipped = min(self._skip, len(piece))
            self._skip -= skipped
            piece = piece[skipped:]
        if self._reader is not None:
            yield self._reader.feed(piece)
            self.damage = self._reader.damage
            return
        self._head += piece
        if len(self._head) > HEAD_BYTES:
            yield from self._begin(complete=False)

    def _begin(self, *, complete: bool) -> Iterator[list[SourceBatch]]:
        data = bytes(self._head)
        self._head.clear()
        self.dialect = find_dialect(
            data[:HEAD_BYTES],
            self._options,
            complete=complete,
            limits=self._limits,
            compression=self._compression,
            said=self._said,
            filename=self._filename,
            own=self._own,
        )
        self._reader = self._reader_at(self.dialect, None)
        yield self._reader.feed(data[self.dialect.data_start :])
        self.damage = self.damage or self._reader.damage

    def _reader_at(self, dialect: DialectSpec, at: Position | None) -> BatchReader:
        cutter = EncodedSplitter(
            dialect,
            self._limits,
            self._batch_bytes,
            at=at,
            whole_lines=dialect.compression is not None,
        )
        return BatchReader(cutter)

    def _break_off(self, damaged: CorruptStream) -> Iterator[list[SourceBatch]]:
        self.damage = f"{damaged}; {ADVICE[damaged.code]}"
        yield from self._end(damaged=True)

    def _end(self, *, damaged: bool) -> Iterator[list[SourceBatch]]:
        if self._reader is None:
            yield from self._begin(complete=not damaged)
        if self._reader is not None:
            yield self._reader.finish(damaged=damaged)
            self.damage = self.damage or self._reader.damage
