"""Where a record ends and what its fields are: the grammar, shared by cutting and parsing.

A quote is special only as the first byte of a field. Inside quotes a doubled quote is one quote and
line breaks belong to the field; behind the closing quote only spaces and tabs may stand before the
next delimiter or line end. Where that is broken, or the quotes are not closed within the limits,
the record is damaged: it ends at its first line end, so that damage costs one line.
"""

from __future__ import annotations

from rows.jit import Int64s, inlined, inner
from rows.kernels.words import find1, find2, load8

# How a record was found to be.
WHOLE, DAMAGED, TOO_LONG, UNDECIDED = 0, 1, 2, 3
# What a field is: its text, the text between quotes, or that with doubled quotes in it.
PLAIN, QUOTED, DOUBLED = 0, 1, 2

# Bytes behind the longest record that are looked at: its line end, and the rest of a character.
AHEAD = 4

_LF, _CR, _SPACE, _TAB = 10, 13, 32, 9

# Why looking for a record's end stopped.
_ENDED, _RAN_OUT, _IN_QUOTES, _AT_QUOTE, _GARBAGE, _GAVE_UP = 0, 1, 2, 3, 4, 5

# Memory of the last damaged record, so that many of them, each reaching far, are not each read to
# the limit again: whoever stands inside quotes at the beginning of a line in [FROM, TO] will come to
# (WHAT, AT, LINE), whatever record it belongs to.
MEMO_FROM, MEMO_TO, MEMO_WHAT, MEMO_AT, MEMO_LINE, MEMO_SIZE = 0, 1, 2, 3, 4, 5
_NOTHING, _DAMAGE, _QUOTES_AT, _FIELD_AT = 0, 1, 2, 3


@inner
def blank_line(p: int, end: int, final: int, max_bytes: int) -> int:
    """Address behind the line at p where it is blank, 0 where it is not, -1 where `end` comes first.

    A line longer than a record may be is a (too long) record even where it is blank.
    """
    i = p
    while i < end and i - p <= max_bytes:
        byte = load8(i)
        if byte not in (_SPACE, _TAB):
            break
        i += 1
    if i - p > max_bytes:
        return 0
    if i < end and load8(i) == _CR:
        if i + 1 < end and load8(i + 1) != _LF:
            return 0
        i += 1
    if i == end:
        return end if final else -1
    return i + 1 if load8(i) == _LF else 0


@inlined
def _without_cr(p: int, i: int) -> int:
    """The end of a line's content, where i is the address of its line feed or of the file's end."""
    return i - 1 if i > p and load8(i - 1) == _CR else i


@inner
def record_end(
    p: int,
    end: int,
    final: int,
    delimiter: int,
    quote: int,
    max_bytes: int,
    max_lines: int,
    line: int,
    memo: Int64s,
) -> tuple[int, int, int, int]:
    """End of the record at p: (state, end of its content, where the next line begins, its lines).

    `final` says that the file ends at `end`; otherwise UNDECIDED is possible, and more bytes are
    wanted. A record is decided by at most `max_bytes` + AHEAD of its bytes. Where a TOO_LONG line's end
    is not in sight, its number of lines is given as 0.
    """
    limit = p + max_bytes + AHEAD
    bound = min(end, limit)
    i = p
    lines = 1
    first_lf = 0
    last_quoted_line = 0
    quoted = False
    while True:
        if not quoted:
            if i < bound and load8(i) == quote:
                quoted = True
                i += 1
            else:
                j = find2(i, bound, delimiter, _LF)
                if j == bound:
                    why = _RAN_OUT
                    break
                if load8(j) == _LF:
                    i = j
                    why = _ENDED
                    break
                i = j + 1
                continue
        j = find2(i, bound, quote, _LF)
        if j == bound:
            why = _IN_QUOTES
            break
        if load8(j) == _LF:
            if first_lf == 0:
                first_lf = j
            lines += 1
            i = j + 1
            if lines > max_lines:
                why = _GAVE_UP
                break
            last_quoted_line = i
            if memo[MEMO_FROM] <= i <= memo[MEMO_TO]:
                last_quoted_line = memo[MEMO_TO]
                if memo[MEMO_WHAT] == _DAMAGE:
                    why = _GARBAGE
                    break
                quoted = memo[MEMO_WHAT] == _QUOTES_AT
                i = memo[MEMO_AT]
                lines = memo[MEMO_LINE] - line + 1
                if lines > max_lines:
                    why = _GAVE_UP
                    break
            continue
        if j + 1 < bound and load8(j + 1) == quote:
            i = j + 2
            continue
        k = j + 1
        while k < bound:
            byte = load8(k)
            if byte == delimiter or byte not in (_SPACE, _TAB):
                break
            k += 1
        if k < bound and load8(k) == _CR and (k + 1 == bound or load8(k + 1) == _LF):
            k += 1
        if k == bound:
            i = j
            why = _AT_QUOTE
            break
        byte = load8(k)
        if byte == delimiter:
            quoted = False
            i = k + 1
            continue
        i = k
        why = _ENDED if byte == _LF else _GARBAGE
        break

    if why == _ENDED:
        content = _without_cr(p, i)
        if content - p <= max_bytes:
            return WHOLE, content, i + 1, lines
        if lines == 1:
            return TOO_LONG, content, i + 1, 1
    elif why < _GARBAGE and end < limit:
        if not final:
            return UNDECIDED, p, p, 0
        if why != _IN_QUOTES:
            content = _without_cr(p, end)
            if content - p <= max_bytes:
                return WHOLE, content, end, lines
            if lines == 1:
                return TOO_LONG, content, end, 1

    # Damaged, or too long. Either way the record is its first line.
    lf = first_lf if first_lf != 0 else find1(i, end, _LF)
    if lf == end:
        if end >= limit:
            return TOO_LONG, end, end, 0
        if not final:
            return UNDECIDED, p, p, 0
    if last_quoted_line != 0:
        memo[MEMO_FROM] = first_lf + 1
        memo[MEMO_TO] = last_quoted_line
        memo[MEMO_AT] = i
        memo[MEMO_LINE] = line + lines - 1
        if why == _GARBAGE:
            memo[MEMO_WHAT] = _DAMAGE
        elif why in (_RAN_OUT, _ENDED):
            memo[MEMO_WHAT] = _FIELD_AT
        else:
            memo[MEMO_WHAT] = _QUOTES_AT
    content = _without_cr(p, lf)
    state = TOO_LONG if content - p > max_bytes else DAMAGED
    return state, content, min(lf + 1, end), 1


@inlined
def next_field(i: int, end: int, delimiter: int, quote: int) -> tuple[int, int, int, int]:
    """The field at i of a whole record that ends at `end`: (kind, from, to, where the next begins).

    A plain field is trimmed; a quoted one is what stands between its quotes. 0 where none follows.
    """
    if i < end and load8(i) == quote:
        kind = QUOTED
        j = find1(i + 1, end, quote)
        while j + 1 < end and load8(j + 1) == quote:
            kind = DOUBLED
            j = find1(j + 2, end, quote)
        k = find1(j + 1, end, delimiter)
        return kind, i + 1, j, 0 if k == end else k + 1
    k = find1(i, end, delimiter)
    s, e = trimmed(i, k)
    return PLAIN, s, e, 0 if k == end else k + 1


@inlined
def trimmed(s: int, e: int) -> tuple[int, int]:
    """[s, e) without the spaces and tabs at either side."""
    while s < e and load8(s) in (_SPACE, _TAB):
        s += 1
    while s < e and load8(e - 1) in (_SPACE, _TAB):
        e -= 1
    return s, e
