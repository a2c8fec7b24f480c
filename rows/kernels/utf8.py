"""UTF-8 as Python decodes it, and which characters are control characters."""

from __future__ import annotations

from rows.kernels.intrinsics import load8
from rows.kernels.jit import inner

REPLACEMENT = 0xBDBFEF  # U+FFFD in UTF-8, its three bytes as a little-endian word


@inner
def character(p: int, end: int) -> int:
    """Bytes of the character at p; if it is not a character, minus the bytes that one U+FFFD replaces.

    What one U+FFFD replaces is the longest beginning of a character, as Unicode recommends
    (chapter 3.9, "substitution of maximal subparts") and Python does.
    """
    lead = load8(p)
    if lead < 0x80:
        return 1
    if lead < 0xC2 or lead > 0xF4:
        return -1
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    lowest, highest = 0x80, 0xBF
    if lead == 0xE0:
        lowest = 0xA0
    elif lead == 0xED:
        highest = 0x9F
    elif lead == 0xF0:
        lowest = 0x90
    elif lead == 0xF4:
        highest = 0x8F
    for k in range(1, size):
        if p + k >= end or not lowest <= load8(p + k) <= highest:
            return -k
        lowest, highest = 0x80, 0xBF
    return size


@inner
def is_control(p: int, size: int) -> bool:
    """Whether the valid character of `size` bytes at p is one of U+0000-1F, U+007F-9F."""
    lead = load8(p)
    if size == 1:
        return lead < 0x20 or lead == 0x7F
    return size == 2 and lead == 0xC2 and load8(p + 1) < 0xA0
