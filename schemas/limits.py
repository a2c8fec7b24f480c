"""Bounds on what a record may be, so that no file can take memory or time without end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Microseconds since 1970 in UTC that a timestamp can have: the years 1900 to 2299.
MIN_TIMESTAMP: Final = -2_208_988_800_000_000
MAX_TIMESTAMP: Final = 10_413_791_999_999_999

# Bytes of a batch, unless BATCH_BYTES says otherwise.
DEFAULT_BATCH_BYTES: Final = 8 << 20

# Code of a file that has more invalid rows than the read option `max_invalid` allows.
MAX_INVALID_EXCEEDED: Final = "max_invalid_exceeded"


@dataclass(frozen=True, slots=True)
class Limits:
    """Every one is counted without the line end."""

    # Bytes of one record; a longer line is one invalid row (`record_too_long`).
    max_record_bytes: int = 1 << 20
    # Lines of one record (line ends in quotes); more are damage (`quote_not_closed`).
    max_record_lines: int = 100
    # Columns of a header; a file with more is refused (`too_many_columns`). A spreadsheet has no more.
    max_columns: int = 16_384
    # Bytes of an invalid record that its report keeps as `raw`.
    max_raw_bytes: int = 1000

    def __post_init__(self) -> None:
        if min(self.max_record_bytes, self.max_record_lines, self.max_columns) < 1:
            raise ValueError("limits of records are at least 1")
        if self.max_raw_bytes < 0:
            raise ValueError("max_raw_bytes is at least 0")


@dataclass(frozen=True, slots=True)
class ExpansionLimits:
    """Bounds on what a compressed file may become."""

    # Bytes of the expanded file.
    max_bytes: int = 64 << 30
    # Expanded bytes per compressed byte, once there are so many: few equal lines shrink to nothing.
    max_ratio: int = 250
    ratio_from: int = 16 << 20

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_ratio) < 1:
            raise ValueError("limits of expansion are at least 1")
