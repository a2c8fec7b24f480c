"""What is counted of readings and not acted on: sentinel values, times that go back, ids in E-notation.

None of it costs the usual reading more than a comparison.
"""

from __future__ import annotations

import numpy as np

from rows.kernels.intrinsics import load8, load64, store64
from rows.kernels.jit import inlined, inner
from rows.kernels.layout import (
    BACK_COUNT,
    BACK_ROW,
    BEGIN_ROW,
    BEGIN_TIMESTAMP,
    E_NOTATION,
    FIRST_ROW_OF,
    FIRST_TIMESTAMP,
    NOTED_BYTES,
    NOTED_IDS,
    NOTED_TURNS,
    REPEATED_COUNT,
    REPEATED_ROW,
    SENSOR_BYTES,
)
from schemas.notices import SENTINELS

_SENTINELS = np.array(SENTINELS)
# Between these there is no sentinel.
_LOW = max(value for value in SENTINELS if value < 0)
_HIGH = min(value for value in SENTINELS if value > 0)
_MINUS, _PLUS, _DOT, _COMMA, _ZERO, _E = 45, 43, 46, 44, 48, 69


@inner
def _is_listed(value: float) -> bool:
    for k in range(len(_SENTINELS)):  # noqa: SIM110 - numba has no any()
        if _SENTINELS[k] == value:
            return True
    return False


@inlined
def is_sentinel(value: float) -> bool:
    """Whether a value is one that often means: no reading."""
    return (value <= _LOW or value >= _HIGH) and _is_listed(value)


@inner
def note_turn(sensor: int, sensors: int, noted: int, before: int, now: int, row: int) -> None:
    """A reading is not later than the one before it of the same sensor.

    `noted` is the address of `layout.NOTED_BYTES` for the batch, and as many for each sensor.
    """
    store64(noted + NOTED_TURNS, load64(noted + NOTED_TURNS) + 1)
    entry = noted + NOTED_BYTES + (sensor - sensors) // SENSOR_BYTES * NOTED_BYTES
    if now == before:
        if load64(entry + REPEATED_COUNT) == 0:
            store64(entry + REPEATED_ROW, row)
        store64(entry + REPEATED_COUNT, load64(entry + REPEATED_COUNT) + 1)
        return
    if load64(entry + BACK_COUNT) == 0:
        store64(entry + BACK_ROW, row)
    store64(entry + BACK_COUNT, load64(entry + BACK_COUNT) + 1)
    # The first reading in the order of records is also the first in time, up to here.
    if load64(entry + BEGIN_ROW) == 0:
        store64(entry + BEGIN_ROW, load64(sensor + FIRST_ROW_OF))
        store64(entry + BEGIN_TIMESTAMP, load64(sensor + FIRST_TIMESTAMP))


@inner
def _is_e_notation(s: int, e: int) -> bool:
    """Whether an id is a number such as 1.39E+12: digits, decimals or none, `E+` and digits."""
    if load8(s) == _MINUS:
        s += 1
    digits = exponent = 0
    signs = 0
    while s < e and (0 <= load8(s) - _ZERO <= 9 or load8(s) in (_DOT, _COMMA)):
        if load8(s) in (_DOT, _COMMA):
            signs += 1
        else:
            digits += 1
        s += 1
    if digits == 0 or signs > 1 or s + 2 >= e or load8(s) != _E or load8(s + 1) != _PLUS:
        return False
    s += 2
    while s < e and 0 <= load8(s) - _ZERO <= 9:
        exponent += 1
        s += 1
    return exponent > 0 and s == e


@inlined
def note_id(s: int, e: int, number: int, noted: int) -> None:
    """Mark a new sensor whose id is in E-notation."""
    if load8(s) <= _ZERO + 9 and load8(e - 1) <= _ZERO + 9 and _is_e_notation(s, e):
        store64(noted + NOTED_IDS, load64(noted + NOTED_IDS) + 1)
        store64(noted + NOTED_BYTES * (number + 1) + E_NOTATION, 1)
