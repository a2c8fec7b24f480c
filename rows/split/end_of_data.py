"""The option `end_pattern`: where the data of a file end, found as the file streams by."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_NO_ROW: Final = b" \t\x1a"


class EndOfData:
    """Lets the text of a file pass up to the line that ends the data.

    That is the first line after the one the first record begins on that the pattern (RE2) is found
    in. A line of more than `longest` bytes is not looked into.

    Args:
        begun: whether the first record was seen already.
        comment: what lines begin with that are no records, or None.
    """

    def __init__(self, pattern: str, longest: int, *, begun: bool, comment: str | None) -> None:
        self._pattern = pattern
        self._longest = longest
        self._begun = begun
        self._comment = comment.encode() if comment else None
        self._held = b""  # the beginning of a line
        self._passing = False  # within a line that is too long
        self.ended = False

    def feed(self, data: bytes | memoryview) -> bytes:
        """What of `data`, which continues what was fed before, is certain to be before the end."""
        if self.ended:
            return b""
        text = self._held + bytes(data)
        self._held = b""
        passed = b""
        if self._passing:
            end = _LINE_END.search(text)
            # A CR that is last can be half of a line end.
            if end is None or (end[0] == b"\r" and end.end() == len(text)):
                return text
            passed, text = text[: end.end()], text[end.end() :]
            self._passing = False
        size = _complete(text)
        self._held = text[size:]
        lines = self._before_end(text[:size])
        if not self.ended and len(self._held) > self._longest:
            self._passing = True
            self._begun = True
            lines, self._held = lines + self._held, b""
        return passed + lines

    def finish(self) -> bytes:
        """What is left at the end of the file."""
        if self.ended:
            return b""
        text, self._held = self._held, b""
        return self._before_end(text)

    def _before_end(self, text: bytes) -> bytes:
        """Whole lines up to the one that ends the data."""
        if not text:
            return text
        starts, ends = _lines(text)
        first = 0
        while not self._begun and first < len(starts):
            line = text[starts[first] : ends[first]]
            self._begun = bool(line.strip(_NO_ROW)) and not (
                self._comment is not None and line.startswith(self._comment)
            )
            first += 1
        found = self._first_match(text, starts[first:], ends[first:])
        if found is None:
            return text
        self.ended = True
        self._held = b""
        return text[:found]

    def _first_match(self, text: bytes, starts: np.ndarray, ends: np.ndarray) -> int | None:
        """Where the first line begins that the pattern is found in."""
        short = ends - starts <= self._longest
        starts, ends = starts[short], ends[short]
        if not len(starts):
            return None
        # Lines and what is between them by turns, so that they share the memory of the text.
        offsets = np.empty(2 * len(starts) + 1, np.int32)
        offsets[:-1:2], offsets[1::2], offsets[-1] = starts, ends, ends[-1]
        pieces = pa.Array.from_buffers(
            pa.string(), 2 * len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(text)]
        )
        matched = pc.match_substring_regex(pieces.take(_evens(len(starts))), self._pattern)
        place = pc.index(matched, pa.scalar(value=True)).as_py()
        return None if place < 0 else int(starts[place])


def _evens(count: int) -> pa.Array:
    numbers = np.arange(0, 2 * count, 2, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(numbers)])


def _complete(text: bytes) -> int:
    """Bytes of the lines of `text` whose end is certain."""
    end = max(text.rfind(b"\n"), text.rfind(b"\r", 0, max(0, len(text) - 1)))
    return end + 1


def _lines(text: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Beginnings and ends of lines, without their line ends."""
    view = np.frombuffer(text, np.uint8)
    if text.count(b"\r") in (0, text.count(b"\r\n")):
        stops = np.flatnonzero(view == ord("\n"))
        starts = np.concatenate([[0], stops + 1])
        ends = stops - ((view[stops - 1] == ord("\r")) & (stops > 0))
    else:
        found = [(m.start(), m.end()) for m in _LINE_END.finditer(text)]
        starts = np.array([0, *(end for _, end in found)], np.int64)
        ends = np.array([start for start, _ in found], np.int64)
    if starts[-1] == len(text):
        return starts[:-1], ends
    return starts, np.append(ends, len(text))
