"""The cutting kernel: finds where batches begin and end, without looking at what records say.

Where a block of 64 bytes has only whole-line records in it (no line that begins with a space, a control
character or a comment, no header again, no quotes but right around fields) its line ends are counted
and nothing else; the rest is walked through record by record, by the same functions that parsing uses.
"""

from __future__ import annotations

from rows.kernels import layout as at
from rows.kernels.grammar import (
    AHEAD,
    TOO_LONG,
    UNDECIDED,
    WHOLE,
    begins_as_header,
    behind_line_end,
    is_repeated,
    no_row,
    record_end,
)
from rows.kernels.intrinsics import (
    bit_count,
    find1,
    find2,
    leading_zeros,
    load8,
    load64,
    mask1,
    mask2,
    mask_below,
    prefix_xor,
    shr,
    signed,
    trailing_zeros,
)
from rows.kernels.jit import Int64s, inlined, inner, kernel

_LF, _CR, _SPACE, _TAB = 10, 13, 32, 9
_BLOCK = 64
_LEAD = 0xEF  # of a byte order mark
_LAST = signed(1 << 63)

# Settings of splitting besides the grammar, and its state between two calls. Offsets are in the file.
BATCH_BYTES, BATCH_ROWS = 0, 1
AT = 2  # begin of the next record, or of the next line that is no record
START, ROWS, LINES = 3, 4, 5  # the batch being gathered: offset, its records and lines so far
LAST_END, LAST_LINES = 6, 7  # end of its last record, and lines up to there
FIRST_ROW, FIRST_LINE = 8, 9  # numbers of its first record and line
SKIPPING = 10  # 1 inside the rest of a line that was too long
# The line at AT may be another header (HEADER) or begin another part of the file (PART); CHECKED:
# offset of one that does not.
LOOK_AT, CHECKED = 11, 12
HEADER, PART = 1, 2
# Which lines may begin another part, the sum of: those that begin with a letter, those with a quote
# and a letter, comments, headers that come again, lines without a delimiter, and those with one.
WATCH = 13
LETTERS, QUOTED, COMMENTS, HEADERS, ALONE, PAIRS = 1, 2, 4, 8, 16, 32
STATE_SIZE = 14

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


@inlined
def _pairs(block: int, first: int, second: int) -> int:
    """Which of the 64 bytes at `block` are followed by the second, being the first; the last one may be."""
    return mask1(block, first) & (shr(mask1(block, second), 1) | _LAST)


@inner
def _is_any(block: int, candidates: int, grammar: Int64s) -> bool:
    """Whether what begins at one of the candidates can be a repeated text or another header."""
    while candidates != 0:
        word = load64(block + trailing_zeros(candidates))
        for k in range(at.REPEATED_TEXTS):
            text = at.REPEATED + k * at.REPEATED_WORDS
            if grammar[text + at.REPEATED_SIZE] < 8 or grammar[text + at.REPEATED_WORD] == word:
                return True
        begin = grammar[at.REPEATED + at.REPEATED_WORD] ^ word
        if grammar[at.FIRST_NAME] != 0 and begin & grammar[at.FIRST_NAME_MASK] == 0:
            return True
        candidates &= candidates - 1
    return False


@inner
def _may_begin_part(p: int, content: int, grammar: Int64s, state: Int64s) -> bool:
    """Whether the record [p, content) has to be looked at: it begins with no number, or is short."""
    watch = state[WATCH]
    if watch & HEADERS and is_repeated(p, content, grammar):
        return True
    if watch & ALONE:
        delimiter = grammar[at.DELIMITER]
        first = find1(p, content, delimiter)
        if first == content or (watch & PAIRS and find1(first + 1, content, delimiter) == content):
            return True
    if watch & LETTERS == 0:
        return False
    while p < content and load8(p) in (_SPACE, _TAB):
        p += 1
    if p < content and watch & QUOTED and load8(p) == grammar[at.QUOTE]:
        p += 1
    return bool(p < content and load8(p) >= at.ABOVE_DIGITS)


@inlined
def _after(starts: int, carried: int, marks: int) -> tuple[int, int]:
    """The first mark from each start on, and whether none is left in the block for the last start.

    Between two starts there is a mark. `carried` is 1 if a start of an earlier block has none yet.
    """
    others = ~marks
    begins = starts | carried
    total = others + begins  # what is added at a start goes on up to the mark, and stays there
    over = (others & begins) | ((others | begins) & ~total)
    return total & marks, shr(over, 63)


@inner
def _whole_blocks(p: int, end: int, grammar: Int64s, state: Int64s, shift: int) -> int:
    """Count the records of as many whole blocks from p on as have nothing special in them.

    p is the begin of a record; returns the begin of the first record that was not counted.
    """
    delimiter, quote, comment = grammar[at.DELIMITER], grammar[at.QUOTE], grammar[at.COMMENT]
    header = at.REPEATED
    header1 = grammar[header + at.REPEATED_FIRST]
    header2 = grammar[header + at.REPEATED_SECOND]
    units = at.REPEATED + at.REPEATED_WORDS
    units1, units2 = grammar[units + at.REPEATED_FIRST], grammar[units + at.REPEATED_SECOND]
    # A text of one byte has no second one.
    longer = grammar[header + at.REPEATED_SIZE] != 1 and grammar[units + at.REPEATED_SIZE] != 1
    max_bytes, max_rows = grammar[at.MAX_BYTES], state[BATCH_ROWS] - _BLOCK
    end = min(end - 8, state[START] + shift + state[BATCH_BYTES] - 1)
    first = p
    block = p
    at_start = 1
    inside = 0  # 1 if a block begins inside quotes
    unusual = delimiter == _SPACE or grammar[at.ESCAPE] >= 0
    letters, quoted = state[WATCH] & LETTERS, state[WATCH] & QUOTED
    after_start = 0  # 1 if the block before this one ends with the first byte of a record
    alone, pairs = state[WATCH] & ALONE, state[WATCH] & PAIRS
    in_first = in_second = after_first = 0
    rows = state[ROWS]
    while block + _BLOCK <= end and block + _BLOCK - p <= max_bytes and rows < max_rows:
        ends = mask1(block, _LF)
        returns = mask1(block, _CR)
        if returns != 0:
            # CRLF ends with its line feed; a carriage return on its own is an end.
            ends |= returns & ~shr(ends, 1)
            if returns < 0 and load8(block + _BLOCK) == _LF:
                ends &= ~_LAST
        starts = ends << 1 | at_start
        if starts & (mask_below(block, _SPACE + 1) | mask2(block, comment, _LEAD)) != 0:
            break
        if letters != 0:
            begins = starts
            if quoted != 0:
                begins |= starts << 1 | after_start
                after_start = shr(starts, 63)
            if begins & ~mask_below(block, at.ABOVE_DIGITS) != 0:
                break
        if alone != 0:
            # Which delimiter or line end comes first in each record, and which one is the second.
            marks = mask1(block, delimiter) | ends
            found, in_first = _after(starts, in_first, marks)
            if found & ends != 0:
                break
            if pairs != 0:
                seconds = found << 1 | after_first
                after_first = shr(found, 63)
                found, in_second = _after(seconds, in_second, marks)
                if found & ends != 0:
                    break
        candidates = starts & mask2(block, header1, units1)
        if candidates != 0:
            if longer:
                candidates &= _pairs(block, header1, header2) | _pairs(block, units1, units2)
            if candidates != 0 and _is_any(block, candidates, grammar):
                break
        quotes = mask1(block, quote)
        if quotes != 0 or inside != 0:
            # Quoted fields without anything special: opened at the begin of a field, closed at its
            # end, with no line end in between.
            if unusual:
                break
            between = prefix_xor(quotes) ^ -inside
            opening, closing = quotes & between, quotes & ~between
            delimiters = mask1(block, delimiter)
            fields = starts | delimiters << 1
            if block > first and load8(block - 1) == delimiter:
                fields |= 1
            if opening & ~fields != 0 or ends & between != 0:
                break
            if closing & ~(shr(delimiters | ends | returns, 1) | _LAST) != 0:
                break
            if closing < 0 and load8(block + _BLOCK) not in (delimiter, _LF, _CR):
                break
            inside = shr(between, 63)
        at_start = shr(ends, 63)
        rows += bit_count(ends)
        block += _BLOCK
        if ends != 0:
            p = block - leading_zeros(ends)
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
    grammar: Int64s,
    state: Int64s,
    spans: Int64s,
) -> int:
    """Cut the `size` bytes at `base`, which stand at `offset` in the file; gives the batches found.

    Stops at the end of the bytes, at a record they do not decide, at one that may be another header or
    begin another part of the file, or if `spans` is full; state[AT] says where.
    """
    shift = base - offset  # makes addresses of offsets
    end = base + size
    p = state[AT] + shift
    count = 0
    while (count + 1) * SPAN_WORDS <= len(spans):
        if state[SKIPPING] != 0:
            p = find2(p, end, _LF, _CR)
            if final == 0 and (p == end or (p + 1 == end and load8(p) == _CR)):
                break
            p = p if p == end else behind_line_end(p, end)
            state[SKIPPING] = 0
            count = _close(state, spans, count, p - shift)
            continue
        p = _whole_blocks(p, end, grammar, state, shift)
        if p == end:
            break
        after = no_row(p, end, final, grammar)
        if after < 0:
            break
        lines = 1
        what = WHOLE
        if (
            after != 0
            and state[WATCH] & COMMENTS
            and load8(p) == grammar[at.COMMENT]
            and state[CHECKED] != p - shift
        ):
            state[LOOK_AT] = PART
            break
        if after == 0:
            what, content, after, lines = record_end(p, end, final, grammar)
            if what == UNDECIDED:
                break
            if (
                what == WHOLE
                and begins_as_header(p, content, grammar)
                and state[CHECKED] != p - shift
                and not is_repeated(p, content, grammar)
            ):
                state[LOOK_AT] = HEADER
                break
            if (
                what == WHOLE
                and state[WATCH] != 0
                and state[CHECKED] != p - shift
                and _may_begin_part(p, content, grammar, state)
            ):
                state[LOOK_AT] = PART
                break
            if what != WHOLE or not is_repeated(p, content, grammar):
                state[ROWS] += 1
                state[LINES] += max(1, lines)
                state[LAST_END] = after - shift
                state[LAST_LINES] = state[LINES]
                if what == TOO_LONG:
                    # No process has to keep it in memory: the batch ends as soon as it is known to be too long.
                    state[LAST_END] = min(after, p + grammar[at.MAX_BYTES] + AHEAD) - shift
                    p = after
                    if lines == 0 and final == 0:
                        state[SKIPPING] = 1
                    else:
                        count = _close(state, spans, count, p - shift)
                    continue
                lines = 0
        p = after
        if lines != 0:  # no row
            if state[ROWS] == 0:
                state[START] = p - shift
                state[FIRST_LINE] += lines
                continue
            state[LINES] += lines
        if p - shift - state[START] >= state[BATCH_BYTES] or state[ROWS] >= state[BATCH_ROWS]:
            count = _close(state, spans, count, p - shift)
    if final != 0 and p == end and state[ROWS] != 0 and (count + 1) * SPAN_WORDS <= len(spans):
        count = _close(state, spans, count, p - shift)
    state[AT] = p - shift
    return count
