"""Files that are cut into batches again and again."""

from __future__ import annotations

from rows.order import Order
from rows.outcome import BatchOutcome
from rows.parse import parse_batch
from rows.split.splitter import BatchSpan, RecordSplitter
from schemas.events import DialectSpec
from schemas.limits import Limits


class Cut:
    """A file that is cut again and again, and parsed as the workers do it.

    The outcome of a batch follows from its bytes, the numbers of its first row and line and the order
    of the records before it; a batch that was there before is not parsed again.
    """

    def __init__(self, data: bytes, dialect: DialectSpec, limits: Limits) -> None:
        self._data, self._dialect, self._limits = data, dialect, limits
        self._known: dict[tuple[int, int, int, int, Order], BatchOutcome] = {}

    def spans(self, batch_bytes: int, chunk: int) -> list[BatchSpan]:
        """The batches of the file, fed in chunks."""
        cutter = RecordSplitter(self._dialect, self._limits, batch_bytes)
        rest = self._data[self._dialect.data_start :]
        spans = []
        for at in range(0, len(rest), chunk):
            spans += cutter.feed(rest[at : at + chunk])
        return spans + cutter.finish()

    def outcomes(self, spans: list[BatchSpan]) -> list[BatchOutcome]:
        """Each batch, parsed."""
        return [self._outcome(span) for span in spans]

    def _outcome(self, span: BatchSpan) -> BatchOutcome:
        key = span.start, span.end, span.first_row, span.first_line, span.order
        if key not in self._known:
            self._known[key] = parse_batch(
                self._data[span.start : span.end],
                self._dialect,
                self._limits,
                first_row=span.first_row,
                first_line=span.first_line,
                first_byte=span.start,
                readings=True,
                order=span.order,
            )
        outcome = self._known[key]
        assert outcome.record_count == span.rows
        return outcome
