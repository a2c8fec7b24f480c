"""Whether two columns of timestamps say the same instants, as a number and as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL: Final = datetime(1899, 12, 30, tzinfo=UTC)
_DIVISORS: Final = ((11, 1), (14, 10**3), (17, 10**6))
_UNITS: Final = {"epoch_s": 1, "epoch_ms": 10**3, "epoch_us": 10**6, "epoch_ns": 10**9}
_NANO: Final = 10**9
# Records that are compared, and how far apart the same instant can be: one of them may be rounded.
_SAMPLE: Final = 200
_ROUNDED: Final = 1.0


def are_same(one: Sequence[str], form: str, other: Sequence[str], other_form: str) -> bool:
    """Whether cells that are read by two formats are the same instants, to the second.

    Times without an offset count as UTC. Formats that Python does not read are never the same.
    """
    step = max(1, len(one) // _SAMPLE)
    compared = 0
    for a, b in zip(one[::step], other[::step], strict=True):
        if not a and not b:
            continue
        first, second = seconds_of(a, form), seconds_of(b, other_form)
        if first is None or second is None or abs(first - second) >= _ROUNDED:
            return False
        compared += 1
    return compared > 0


def is_finer(one: Sequence[str], form: str, other: Sequence[str], other_form: str) -> bool:
    """Whether the first column has parts of a second, and the other none, or only rounded ones."""
    if form == "excel" or other_form == "excel":
        return other_form == "excel" and form != "excel"
    return _has_parts(one, form) and not _has_parts(other, other_form)


def _has_parts(cells: Sequence[str], form: str) -> bool:
    step = max(1, len(cells) // _SAMPLE)
    found = (seconds_of(cell, form) for cell in cells[::step] if cell)
    return any(seconds is not None and seconds % 1 for seconds in found)


def seconds_of(cell: str, form: str) -> float | None:
    """Seconds since 1970 of a timestamp; None if it is none in this format."""
    try:
        if form == "iso":
            return _since(datetime.fromisoformat(cell))
        if form == "excel":
            return (_EXCEL + timedelta(days=float(cell)) - _EPOCH).total_seconds()
        if form == "epoch":
            digits = len(cell.lstrip("-").partition(".")[0])
            return float(cell) / next((unit for most, unit in _DIVISORS if digits <= most), _NANO)
        if form in _UNITS:
            return float(cell) / _UNITS[form]
        return _since(datetime.strptime(cell, form))
    except (ValueError, OverflowError):
        return None


def _since(moment: datetime) -> float:
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (zoned - _EPOCH).total_seconds()
