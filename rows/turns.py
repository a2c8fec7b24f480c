"""Notices about the order of readings, from the partials of all batches: exact however a file is cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from rows.arrays import arrow
from schemas.notices import NoticeCode

Counted = dict[str, tuple[int, int]]

_BACK: Final = NoticeCode.TIMES_GO_BACK.value
_REPEATED: Final = NoticeCode.REPEATED.value


def turns(merged: pa.RecordBatch) -> Counted:
    """How often times go back and are repeated in merged partials, each with the first row.

    A sensor whose times go back more often than forward is written newest first: then that is its
    order, and nothing to note.
    """
    words = {
        name: arrow.values(merged.column(name), np.int64)
        for name in ("row_count", "back_count", "back_row", "repeated_count", "repeated_row")
    }
    return _counted(**words)


def _counted(
    row_count: np.ndarray,
    back_count: np.ndarray,
    back_row: np.ndarray,
    repeated_count: np.ndarray,
    repeated_row: np.ndarray,
) -> Counted:
    forward = row_count - 1 - back_count - repeated_count
    found: Counted = {}
    back = (back_count > 0) & (back_count <= forward)
    if back.any():
        found[_BACK] = int(back_count[back].sum()), int(back_row[back].min())
    repeated = repeated_count > 0
    if repeated.any():
        found[_REPEATED] = int(repeated_count.sum()), int(repeated_row[repeated].min())
    return found


def together(parts: Iterable[Mapping[str, tuple[int, int]]]) -> Counted:
    """Notices of disjoint readings as those of all of them."""
    found: Counted = {}
    for part in parts:
        for code, (count, row) in part.items():
            before = found.get(code, (0, row))
            found[code] = before[0] + count, min(before[1], row)
    return found


class Turns:
    """As `turns` of the merged partials of batches that are added in order; 56 bytes per sensor."""

    _NAMES: Final = ("row_count", "end", "back_count", "back_row", "repeated_count", "repeated_row")

    def __init__(self) -> None:
        self._hashes = np.empty(0, np.uint64)
        self._words = np.empty((len(self._NAMES), 0), np.int64)

    def add(self, partials: pa.RecordBatch) -> None:
        """The partials of the next batch."""
        partials = partials.filter(
            pa.array(arrow.values(partials.column("row_count"), np.int64) > 0)
        )
        if not partials.num_rows:
            return
        hashes = arrow.values(partials.column("sensor_hash"), np.uint64)

        def column(name: str) -> np.ndarray:
            return arrow.values(partials.column(name), np.int64)

        rest = ("back_count", "back_row", "repeated_count", "repeated_row")
        new = np.stack([column("row_count"), column("end_timestamp"), *map(column, rest)])
        place = np.searchsorted(self._hashes, hashes)
        known = np.zeros(len(hashes), bool)
        inside = place < len(self._hashes)
        known[inside] = self._hashes[place[inside]] == hashes[inside]
        old, mine = self._words[:, place[known]], new[:, known]
        begin, row = column("begin_timestamp")[known], column("begin_row")[known]
        for k, at_boundary in ((2, begin < old[1]), (4, begin == old[1])):
            first = np.where(at_boundary, row, mine[k + 1])
            old[k + 1] = np.where(old[k] > 0, old[k + 1], first)
            old[k] += at_boundary + mine[k]
        old[0] += mine[0]
        old[1] = mine[1]
        self._words[:, place[known]] = old
        hashes = np.concatenate([self._hashes, hashes[~known]])
        words = np.concatenate([self._words, new[:, ~known]], axis=1)
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._words = hashes[order], words[:, order]

    def notices(self) -> Counted:
        """How often times go back and are repeated, each with the first row."""
        rows, _, *rest = self._words
        return _counted(rows, *rest)
