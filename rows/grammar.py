"""A dialect with its limits in the form kernels are told of it."""

from __future__ import annotations

import numpy as np

from rows.kernels import layout as at
from schemas.events import DialectSpec
from schemas.limits import Limits

# More fields than any record has: what a header that is still looked for allows.
UNKNOWN_WIDTH = 1 << 30


class Grammar:
    """How text becomes records: `words` are for kernels, which may use them as long as this lives.

    The limits of records are the file's own, where it carries some; the worker's otherwise.
    """

    def __init__(self, dialect: DialectSpec, limits: Limits) -> None:
        self.max_record_bytes = dialect.max_record_bytes or limits.max_record_bytes
        self.max_record_lines = dialect.max_record_lines or limits.max_record_lines
        texts = [(text or "").encode() for text in (dialect.header_text, dialect.units_text)]
        self._texts = np.frombuffer(b"".join(text + bytes(8) for text in texts), np.uint8)
        words = np.zeros(at.GRAMMAR_SIZE, np.int64)
        words[at.DELIMITER] = ord(dialect.delimiter)
        words[at.QUOTE] = ord(dialect.quote)
        words[at.ESCAPE] = ord(dialect.escape) if dialect.escape else -1
        words[at.COMMENT] = ord(dialect.comment) if dialect.comment else -1
        words[at.SENSOR : at.VALUE + 1] = dialect.columns
        words[at.WIDTH] = dialect.width
        words[at.NEEDED] = max(dialect.columns) + 1
        words[at.MAX_BYTES] = self.max_record_bytes
        words[at.MAX_LINES] = self.max_record_lines
        address = self._texts.ctypes.data
        for k, text in enumerate(texts):
            one = words[at.REPEATED + k * at.REPEATED_WORDS :]
            one[at.REPEATED_AT] = address
            one[at.REPEATED_SIZE] = len(text)
            padded = text + bytes(8)
            one[at.REPEATED_FIRST], one[at.REPEATED_SECOND] = padded[0], padded[1]
            one[at.REPEATED_WORD] = int.from_bytes(padded[:8], "little", signed=True)
            address += len(padded)
        self.words = words
