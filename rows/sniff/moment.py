"""One set of columns that can be the timestamp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rows.sniff.timestamps import Way


@dataclass(frozen=True, slots=True)
class Moment:
    """One set of columns that can be the timestamp.

    Attributes:
        parts: their positions, in the order in which their cells are joined.
        ways: how the joined cells can be read; empty if in no known way.
        qualifiers: of their names.
        numeric: whether the ways are those of numbers.
        cells: joined, of the head.
    """

    parts: tuple[int, ...]
    ways: tuple[Way, ...]
    qualifiers: frozenset[str] = frozenset()
    numeric: bool = False
    cells: Sequence[str] = field(default=(), repr=False)
