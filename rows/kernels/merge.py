"""The merging kernel: partials of many batches to one row per sensor."""

from __future__ import annotations

from rows.kernels.intrinsics import load64, tail_word
from rows.kernels.jit import Floats, Int32s, Int64s, inner, kernel

# Columns of the words that are about the order of readings.
_END, _BEGIN, _BEGIN_ROW, _BACK, _REPEATED = 7, 8, 9, 10, 12


@inner
def _same(x: int, y: int, size: int) -> bool:
    """Whether the `size` bytes at x and y are equal."""
    while size >= 8:
        if load64(x) != load64(y):
            return False
        x += 8
        y += 8
        size -= 8
    return size == 0 or tail_word(x, size, x + size) == tail_word(y, size, y + size)


@inner
def _turn(words: Int64s, g: int, column: int, count: int, row: int) -> None:
    if words[g, column] == 0:
        words[g, column + 1] = row
    words[g, column] += count


@inner
def _merge_turns(words: Int64s, g: int, r: int) -> None:
    """Add to sensor g the readings of r, later records, that go back in time or repeat one."""
    if words[r, 0] == 0:
        return
    if words[g, 0] == 0:
        for column in range(_END, _END + 7):
            words[g, column] = words[r, column]
        return
    # Row 0: of a version that did not know.
    if words[g, _BEGIN_ROW] != 0 and words[r, _BEGIN_ROW] != 0:
        if words[r, _BEGIN] < words[g, _END]:
            _turn(words, g, _BACK, 1, words[r, _BEGIN_ROW])
        elif words[r, _BEGIN] == words[g, _END]:
            _turn(words, g, _REPEATED, 1, words[r, _BEGIN_ROW])
    for column in (_BACK, _REPEATED):
        if words[r, column] != 0:
            _turn(words, g, column, words[r, column], words[r, column + 1])
    words[g, _END] = words[r, _END]


@kernel(
    "int64(int64[::1], int64[::1], int32[::1], int64, int64[:, ::1], float64[:, ::1], int64[::1])"
)
def merge(
    order: Int64s,
    hashes: Int64s,
    offsets: Int32s,
    text: int,
    words: Int64s,
    floats: Floats,
    group: Int64s,
) -> int:
    """Merge rows of one sensor into the first of them; gives the number of sensors.

    `order` puts equal hashes side by side, rows of earlier batches first. `words` are the rows'
    columns in the order of `rows.merge`, `floats` their (min, max, sum_hi, sum_lo, first_value,
    last_value). `group` receives the row that represents each sensor.
    """
    count = 0
    i = 0
    while i < len(order):
        run = count  # the sensors of this hash are group[run:count]
        h = hashes[order[i]]
        while i < len(order) and hashes[order[i]] == h:
            r = order[i]
            size = offsets[r + 1] - offsets[r]
            g = -1
            for k in range(run, count):
                other = group[k]
                if offsets[other + 1] - offsets[other] == size and _same(
                    text + offsets[other], text + offsets[r], size
                ):
                    g = other
                    break
            i += 1
            if g < 0:
                group[count] = r
                count += 1
                continue
            _merge_turns(words, g, r)
            words[g, 0] += words[r, 0]
            words[g, 5] += words[r, 5]
            words[g, 6] += words[r, 6]
            if floats[r, 0] < floats[g, 0]:
                floats[g, 0] = floats[r, 0]
            if floats[r, 1] > floats[g, 1]:
                floats[g, 1] = floats[r, 1]
            high, value = floats[g, 2], floats[r, 2]
            total = high + value
            part = total - high
            floats[g, 2] = total
            floats[g, 3] += ((high - (total - part)) + (value - part)) + floats[r, 3]
            if words[r, 1] < words[g, 1]:
                words[g, 1] = words[r, 1]
                words[g, 2] = words[r, 2]
                floats[g, 4] = floats[r, 4]
            if words[r, 3] >= words[g, 3]:
                words[g, 3] = words[r, 3]
                words[g, 4] = words[r, 4]
                floats[g, 5] = floats[r, 5]
    return count
