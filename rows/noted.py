"""What kernels note of the sensors of a batch for notices, as arrays.

`Noted` has 8 words for the batch and as many for each sensor; see `kernels.layout.NOTED_BYTES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rows.arrays.buffers import zeros
from rows.kernels import layout as at
from schemas.notices import NoticeCode

Noted: TypeAlias = "NDArray[np.int64]"

_WORDS: Final = at.NOTED_BYTES // 8
_LARGE: Final = 1 << 20


def noted_of(table: np.ndarray, before: Noted | None = None) -> Noted:
    """Room for what is noted of the sensors that a table has room for, `before` kept."""
    count = (len(table) // at.SENSOR_BYTES + 1) * _WORDS
    # Small ones from calloc: most of it is never looked at.
    found = zeros(count, np.int64) if 8 * count >= _LARGE else np.zeros(count, np.int64)
    if before is not None:
        found[: len(before)] = before
    return found


def mark_ids(noted: Noted, numbers: Iterable[int]) -> None:
    """Mark sensors whose ids are in E-notation, by their numbers."""
    for number in numbers:
        noted[(number + 1) * _WORDS + at.E_NOTATION // 8] = 1
        noted[at.NOTED_IDS // 8] += 1


def turns_of(
    noted: Noted, order: np.ndarray, first_timestamp: np.ndarray, first_row: np.ndarray
) -> list[np.ndarray]:
    """The columns of `schema.PARTIALS` from begin_timestamp to repeated_row, for the sensors of
    these numbers, whose first readings in time are given."""
    if noted[at.NOTED_TURNS // 8] == 0:
        return [first_timestamp, first_row, *(zeros(len(order), np.int64) for _ in range(4))]
    entries = noted.reshape(-1, _WORDS)[1:][order]
    other = entries[:, at.BEGIN_ROW // 8] != 0
    begin = np.where(other, entries[:, at.BEGIN_TIMESTAMP // 8], first_timestamp)
    row = np.where(other, entries[:, at.BEGIN_ROW // 8], first_row)
    counts = (at.BACK_COUNT, at.BACK_ROW, at.REPEATED_COUNT, at.REPEATED_ROW)
    return [begin, row, *(entries[:, word // 8].copy() for word in counts)]


def notices_of(
    counted: Mapping[NoticeCode, np.ndarray], table: np.ndarray, noted: Noted
) -> dict[str, tuple[int, int]]:
    """The notices of a batch that need no other batch: how often, and the first row.

    Args:
        counted: what the kernel counted: how often, the first row.
        table: the sensors, as kernels keep them.
    """
    found = {code.value: (int(n), int(row)) for code, (n, row) in counted.items() if n}
    if noted[at.NOTED_IDS // 8]:
        entries = noted.reshape(-1, _WORDS)[1:]
        numbers = np.flatnonzero(entries[:, at.E_NOTATION // 8])
        sensors = table.view(np.int64).reshape(-1, at.SENSOR_BYTES // 8)[numbers]
        read = sensors[:, at.COUNT // 8] > 0
        if read.any():
            other = entries[numbers, at.BEGIN_ROW // 8]
            rows = np.where(other != 0, other, sensors[:, at.FIRST_ROW_OF // 8])
            count = int(sensors[read, at.COUNT // 8].sum())
            found[NoticeCode.ID_E_NOTATION.value] = count, int(rows[read].min())
    return found
