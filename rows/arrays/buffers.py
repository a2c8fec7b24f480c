"""Memory for arrays that are large for a moment.

What malloc once had of that size it keeps, in pieces that the next array often does not fit into; two
threads that parse batches of very many sensors would hold half as much again as they use. So large
arrays come from the system directly, and are returned to it as soon as they are unused.
"""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np

_LARGE = 1 << 20
# From here on pages of 2 MB, if the system has them, cost less than they waste.
_HUGE = 4 << 20


def room(count: int, kind: type[np.generic] = np.uint8) -> np.ndarray[Any, Any]:
    """An array of `count` numbers that nothing was written to; what is not touched takes no memory."""
    size = count * np.dtype(kind).itemsize
    if size < _LARGE:
        return np.empty(count, kind)
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if size >= _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, kind, count)


def zeros(count: int, kind: type[np.generic]) -> np.ndarray[Any, Any]:
    """As `room`, filled with zeros."""
    found = room(count, kind)
    if found.nbytes < _LARGE:
        found[:] = 0
    return found
