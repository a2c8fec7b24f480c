"""Time zones that a file names: in the header of a timestamp, in its cells, in a column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from schemas.zone_names import fixed_offset, is_zone

_OFFSET: Final = re.compile(r"(?:UTC|GMT)\s*([+-]\s?\d{1,2}(?::?\d{2})?)(?!\d)", re.IGNORECASE)
_BARE_OFFSET: Final = re.compile(r"[(\[,]\s*([+-]\d{2}:?\d{2})\s*[)\]]?")
_UTC: Final = re.compile(r"(?<![A-Za-z])(?:UTC|GMT|Zulu)(?![A-Za-z])", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_+-]+(?:/[A-Z][A-Za-z_]+)?")


def zone_in(text: str) -> str | None:
    """The zone that a header's text names: an offset, an IANA name or UTC; None if it names none."""
    found = _OFFSET.search(text) or _BARE_OFFSET.search(text)
    if found is not None:
        minutes = fixed_offset(found[1].replace(" ", ""))
        return None if minutes is None else offset_text(minutes)
    for name in _NAME.findall(text):
        if is_zone(name):
            return str(name)
    return "UTC" if _UTC.search(text) else None


def offset_text(minutes: int) -> str:
    """`+01:00` for 60 minutes east of Greenwich."""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def are_zones(cells: Sequence[str]) -> bool:
    """Whether all cells are offsets or IANA names."""
    distinct = {cell for cell in cells if cell}
    return 0 < len(distinct) <= 100 and all(is_zone(cell) for cell in distinct)
