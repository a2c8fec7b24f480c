"""A dialect with its limits in the form that kernels get."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rows.kernels import layout as at
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_plan import COLUMN, ReadPlan

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
        if dialect.plan is not None:
            self._roles = column_roles(dialect.plan)
            words[at.ROLES_AT], words[at.ROLES_SIZE] = self._roles.ctypes.data, len(self._roles)
            # Positions of no column: the plan says what columns are for.
            words[at.SENSOR : at.VALUE + 1] = at.ABSENT
            words[at.NEEDED] = needed_fields(dialect.plan)
            name = _first_name(dialect)
            words[at.FIRST_NAME] = len(name)
            mask = b"\xff" * min(len(name), 8)
            words[at.FIRST_NAME_MASK] = int.from_bytes(mask.ljust(8, b"\0"), "little", signed=True)
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


def _first_name(dialect: DialectSpec) -> bytes:
    """The first name of the header and its delimiter, as written; nothing without a name."""
    text, quote = dialect.header_text or "", dialect.quote
    quoted = text.startswith(quote)
    end = text.find((quote if quoted else "") + dialect.delimiter, 1) + 1 + quoted
    name = text[:end]
    return name.encode() if any(letter.isalpha() for letter in name) else b""


def columns_read(plan: ReadPlan) -> tuple[frozenset[int], frozenset[int]]:
    """Positions of the columns that a plan takes the sensor from, and of the others that it reads."""
    sensors = frozenset(part for part in plan.sensor if isinstance(part, int) and part != COLUMN)
    parts = (*plan.time.parts, *plan.time.zone_parts, *plan.values, *plan.quality)
    return sensors, frozenset(part for part in parts if isinstance(part, int))


def needed_fields(plan: ReadPlan) -> int:
    """Fields a record must have so that all columns of a plan are there."""
    sensors, others = columns_read(plan)
    return max(sensors | others) + 1


def column_roles(plan: ReadPlan) -> NDArray[np.int8]:
    """Per column whether a line end in quotes may be in it; see `kernels.layout.ROLES_AT`."""
    sensors, others = columns_read(plan)
    roles = np.zeros(needed_fields(plan), np.int8)
    for k in sensors:
        roles[k] = at.ONE_ID
    for k in others:
        roles[k] = at.NONE
    return roles
