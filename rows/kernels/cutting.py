"""The cutting kernel: finds where batches begin and end, without looking at what records say.

Where a block of 64 bytes has only whole-line records in it (no line that begins with a space, tab or
line end, no quote at the beginning of a field) its line feeds are counted and nothing else; the rest
is walked through record by record, by the same functions that parsing uses.
"""

from __future__ import annotations

from rows.jit import Int64s, inner, kernel
from rows.kernels.records import (
    AHEAD,
    MEMO_AT,
    MEMO_FROM,
    MEMO_TO,
    TOO_LONG,
    UNDECIDED,
    blank_line,
    record_end,
)
from rows.kernels.words import bit_count, find1, leading_zeros, load8, mask1, mask3, shr

_LF, _CR, _SPACE, _TAB = 10, 13, 32, 9
_BLOCK = 64

# What cutting is told and what it knows between two calls. Offsets are in the file.
DELIMITER, QUOTE, MAX_BYTES, MAX_LINES, BATCH_BYTES, BATCH_ROWS = 0, 1, 2, 3, 4, 5
AT = 6  # where the next record, or blank line, begins
START, ROWS, LINES = 7, 8, 9  # the batch being gathered: offset, its records and lines so far
LAST_END, LAST_LINES = 10, 11  # end of its last record, and lines up to there
FIRST_ROW, FIRST_LINE = 12, 13  # numbers of its first record and line
SKIPPING = 14  # 1 inside the rest of a line that was too long
STATE_SIZE = 15

# A batch in the output: offsets, then numbers.
SPAN_START, SPAN_END, SPAN_ROWS, SPAN_LINES, SPAN_ROW, SPAN_LINE, SPAN_WORDS = 0, 1, 2, 3, 4, 5, 6


@inner
def _close(state: Int64s, spans: Int64s, count: int, after: int) -> int:
    """End the batch behind its last record; the next one begins at `after`, at the latest."""
    k = count * SPAN_WORDS
    spans[k + SPAN_START] = state[START]
    spans[k + SPAN_END] = state[LAST_END]
    spans[k + SPAN_ROWS] = state[ROWS]
    spans[k + SPAN_LINES] = state[LAST_LINES]
    spans[k + SPAN_ROW] = state[FIRST_ROW]
    spans[k + SPAN_LINE] = state[FIRST_LINE]
    state[FIRST_ROW] += state[ROWS]
    state[FIRST_LINE] += state[LINES]
    state[START] = after
    state[ROWS] = 0
    state[LINES] = 0
    return count + 1


@inner
def _whole_blocks(p: int, end: int, state: Int64s, shift: int) -> int:
    """Count the records of as many whole blocks from p on as have nothing special in them.

    p is where a record begins; gives where the first one begins that was not counted.
    """
    delimiter, quote = state[DELIMITER], state[QUOTE]
    max_bytes, max_rows = state[MAX_BYTES], state[BATCH_ROWS] - _BLOCK
    end = min(end, state[START] + shift + state[BATCH_BYTES] - 1)
    first = p
    block = p
    at_start = 1
    rows = state[ROWS]
    while block + _BLOCK <= end and block + _BLOCK - p <= max_bytes and rows < max_rows:
        feeds = mask1(block, _LF)
        starts = feeds << 1 | at_start
        if starts & (feeds | mask3(block, _SPACE, _TAB, _CR)) != 0:
            break
        quotes = mask1(block, quote)
        if quotes != 0:
            fields = starts | mask1(block, delimiter) << 1
            if quotes & fields != 0:
                break
            if quotes & 1 and block > first and load8(block - 1) == delimiter:
                break
        at_start = shr(feeds, 63)
        rows += bit_count(feeds)
        block += _BLOCK
        if feeds != 0:
            p = block - leading_zeros(feeds)
    if rows != state[ROWS]:
        state[LINES] += rows - state[ROWS]
        state[ROWS] = rows
        state[LAST_END] = p - shift
        state[LAST_LINES] = state[LINES]
    return p


@kernel("int64(int64, int64, int64, int64, int64[::1], int64[::1], int64[::1])")
def cut(
    base: int,
    size: int,
    offset: int,
    final: int,
    state: Int64s,
    memo: Int64s,
    spans: Int64s,
) -> int:
    """Cut the `size` bytes at `base`, which stand at `offset` in the file; gives the batches found.

    Stops at the end of the bytes, at a record they do not decide, or where `spans` is full;
    state[AT] says where.
    """
    shift = base - offset  # makes addresses of offsets
    end = base + size
    p = state[AT] + shift
    count = 0
    memo[MEMO_FROM] += shift
    memo[MEMO_TO] += shift
    memo[MEMO_AT] += shift
    while (count + 1) * SPAN_WORDS <= len(spans):
        if state[SKIPPING] != 0:
            lf = find1(p, end, _LF)
            p = min(lf + 1, end)
            if lf == end and final == 0:
                break
            state[SKIPPING] = 0
            count = _close(state, spans, count, p - shift)
            continue
        p = _whole_blocks(p, end, state, shift)
        if p == end:
            break
        after = blank_line(p, end, final, state[MAX_BYTES])
        if after < 0:
            break
        if after > 0:
            p = after
            if state[ROWS] == 0:
                state[START] = p - shift
                state[FIRST_LINE] += 1
                continue
            state[LINES] += 1
        else:
            what, _, after, lines = record_end(
                p, end, final, state[DELIMITER], state[QUOTE], state[MAX_BYTES], state[MAX_LINES],
                state[FIRST_LINE] + state[LINES], memo,
            )  # fmt: skip
            if what == UNDECIDED:
                break
            state[ROWS] += 1
            state[LINES] += max(1, lines)
            state[LAST_END] = after - shift
            state[LAST_LINES] = state[LINES]
            if what == TOO_LONG:
                # Nobody shall have to hold it: the batch ends where it is known to be too long.
                state[LAST_END] = min(after, p + state[MAX_BYTES] + AHEAD) - shift
                p = after
                if lines == 0 and final == 0:
                    state[SKIPPING] = 1
                else:
                    count = _close(state, spans, count, p - shift)
                continue
            p = after
        if p - shift - state[START] >= state[BATCH_BYTES] or state[ROWS] >= state[BATCH_ROWS]:
            count = _close(state, spans, count, p - shift)
    if final != 0 and p == end and state[ROWS] != 0 and (count + 1) * SPAN_WORDS <= len(spans):
        count = _close(state, spans, count, p - shift)
    memo[MEMO_FROM] -= shift
    memo[MEMO_TO] -= shift
    memo[MEMO_AT] -= shift
    state[AT] = p - shift
    return count
