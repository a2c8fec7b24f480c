"""Where a record ends and what its fields are: the grammar, shared by cutting and parsing.

What it has to be stands in docs/rows.md. Every function gets the part of its array of settings that
`layout` calls the grammar.
"""

from __future__ import annotations

from rows.kernels import layout as at
from rows.kernels.intrinsics import find1, find2, find4, load8, same_bytes
from rows.kernels.jit import Int64s, inlined, inner

# How a record was found to be. A damaged one, and one that is too long, is its first line.
WHOLE, BAD_QUOTE, NOT_CLOSED, TOO_LONG, UNDECIDED = 0, 1, 2, 3, 4
# What a field is: its text, the text between quotes, or that with doubled or escaped ones in it.
PLAIN, QUOTED, DOUBLED = 0, 1, 2

# Bytes behind the longest record that are looked at: its line end, and the rest of a character.
AHEAD = 4

_LF, _CR, _SPACE, _TAB, _CTRL_Z = 10, 13, 32, 9, 26
_ZERO, _DASH, _COLON = 48, 45, 58
_BOM = (0xEF, 0xBB, 0xBF)

# Why looking for a record's end stopped.
_ENDED, _RAN_OUT, _IN_QUOTES, _AT_QUOTE, _GARBAGE, _BROKEN = 0, 1, 2, 3, 4, 5


@inlined
def behind_line_end(i: int, end: int) -> int:
    """Address behind the line end at i."""
    return i + 2 if load8(i) == _CR and i + 1 < end and load8(i + 1) == _LF else i + 1


@inlined
def _half_line_end(i: int, end: int, final: int) -> bool:
    """Whether the line end at i is a CR that nobody knows yet to be whole."""
    return final == 0 and i + 1 == end and load8(i) == _CR


@inner
def no_row(p: int, end: int, final: int, grammar: Int64s) -> int:
    """Address after the line at p if it is blank or a comment, 0 if it is not, -1 if `end` comes first.

    A line longer than a record may be is a (too long) record whatever it says.
    """
    bound = min(end, p + grammar[at.MAX_BYTES] + 1)
    i = p
    if load8(p) == grammar[at.COMMENT]:
        i = find2(p, bound, _LF, _CR)
    else:
        while i < bound:
            byte = load8(i)
            if byte not in (_SPACE, _TAB, _CTRL_Z):
                break
            i += 1
    if i == bound:
        if i == end and i - p <= grammar[at.MAX_BYTES]:
            return end if final else -1
        return 0
    if load8(i) not in (_LF, _CR):
        return 0
    return -1 if _half_line_end(i, end, final) else behind_line_end(i, end)


@inlined
def may_repeat(p: int, grammar: Int64s) -> bool:
    """Whether the record at p begins as a repeated header or units line can."""
    byte = load8(p)
    return (
        byte == grammar[at.REPEATED + at.REPEATED_FIRST]
        or byte == grammar[at.REPEATED + at.REPEATED_WORDS + at.REPEATED_FIRST]
        or byte in (_SPACE, _TAB, _BOM[0])
    )


@inner
def is_repeated(p: int, content: int, grammar: Int64s) -> bool:
    """Whether the whole record [p, content) is the header again, or the units line."""
    s, e = trimmed(p, content)
    if e - s > 3 and load8(s) == _BOM[0] and load8(s + 1) == _BOM[1] and load8(s + 2) == _BOM[2]:
        size = grammar[at.REPEATED + at.REPEATED_SIZE]
        if e - s - 3 == size and same_bytes(s + 3, grammar[at.REPEATED + at.REPEATED_AT], size):
            return True
    for k in range(at.REPEATED_TEXTS):
        text = at.REPEATED + k * at.REPEATED_WORDS
        size = grammar[text + at.REPEATED_SIZE]
        if (
            e - s == size
            and size != 0
            and load8(s) == grammar[text + at.REPEATED_FIRST]
            and same_bytes(s, grammar[text + at.REPEATED_AT], size)
        ):
            return True
    return False


@inlined
def begins_as_header(p: int, content: int, grammar: Int64s) -> bool:
    """Whether the record [p, content) begins with the first name of the header."""
    size = grammar[at.FIRST_NAME]
    return bool(
        size != 0
        and content - p >= size
        and same_bytes(p, grammar[at.REPEATED + at.REPEATED_AT], size)
    )


@inner
def _may_break(fields: int, opened: int, i: int, grammar: Int64s) -> bool:
    """Whether the field of that number, whose text begins at `opened`, may have a line end at i."""
    if fields >= grammar[at.WIDTH]:
        return False
    role = at.FREE
    if grammar[at.ROLES_AT] != 0:
        if fields < grammar[at.ROLES_SIZE]:
            role = load8(grammar[at.ROLES_AT] + fields)
    elif fields in (grammar[at.TIMESTAMP], grammar[at.VALUE]):
        role = at.NONE
    elif fields == grammar[at.SENSOR]:
        role = at.ONE_ID
    if role == at.NONE:
        return False
    delimiter = grammar[at.DELIMITER]
    other = _TAB if delimiter == _SPACE else delimiter
    return role == at.FREE or find2(opened, i, delimiter, other) == i


@inlined
def _is_digit(p: int) -> bool:
    return 0 <= load8(p) - _ZERO <= 9


@inner
def _is_date(p: int) -> bool:
    """Whether ten bytes are dddd-dd-dd."""
    for k in range(10):
        if k in (4, 7):
            if load8(p + k) != _DASH:
                return False
        elif not _is_digit(p + k):
            return False
    return True


@inlined
def _is_date_and_time(s: int, e: int, end: int) -> bool:
    """Whether the plain field [s, e) is a date, and behind one space a time begins."""
    return (
        e - s == 10
        and e + 4 <= end
        and load8(e) == _SPACE
        and _is_digit(e + 1)
        and _is_digit(e + 2)
        and load8(e + 3) == _COLON
        and _is_date(s)
    )


@inner
def record_end(p: int, end: int, final: int, grammar: Int64s) -> tuple[int, int, int, int]:
    """End of the record at p: (state, end of its content, where the next line begins, its lines).

    `final` says that the file ends at `end`; otherwise UNDECIDED is possible, and more bytes are
    wanted. A record is decided by at most `max_bytes` + AHEAD of its bytes. Where a TOO_LONG line's end
    is not in sight, its number of lines is given as 0.
    """
    delimiter, quote, escape = grammar[at.DELIMITER], grammar[at.QUOTE], grammar[at.ESCAPE]
    max_bytes, max_lines = grammar[at.MAX_BYTES], grammar[at.MAX_LINES]
    spaces = delimiter == _SPACE
    other = _TAB if spaces else delimiter
    escaped = escape if escape >= 0 else quote
    limit = p + max_bytes + AHEAD
    ahead = min(end, limit)
    bound = min(end, p + max_bytes + 1)
    i = p
    fields = 0
    lines = 1
    first = 0  # the first line end inside quotes
    why = _RAN_OUT
    while True:
        while i < bound and load8(i) in (_SPACE, _TAB) and (spaces or load8(i) != delimiter):
            i += 1
        if i >= bound:
            i = bound
            break
        if load8(i) != quote:
            begin = i
            i = find4(i, bound, delimiter, other, _LF, _CR)
            if i == bound:
                break
            if load8(i) in (_LF, _CR):
                why = _ENDED
                break
            if not (spaces and _is_date_and_time(begin, i, ahead)):
                fields += 1
            i += 1
            continue
        i += 1
        opened = i
        closed = 0
        while closed == 0:
            i = find4(min(i, bound), bound, quote, escaped, _LF, _CR)
            if i == bound or i + 1 == end:
                # The next byte decides what this one is; at the file's end it can only close.
                why = _AT_QUOTE if i != bound and load8(i) == quote else _IN_QUOTES
                break
            byte = load8(i)
            if byte in (_LF, _CR):
                if first == 0:
                    first = i
                lines += 1
                if lines > max_lines or not _may_break(fields, opened, i, grammar):
                    why = _BROKEN
                    break
                i = behind_line_end(i, end)
            elif byte == quote:
                if load8(i + 1) == quote:
                    i += 2
                else:
                    closed = i
            else:
                after = load8(i + 1)
                i += 2 if after in (quote, escape) else 1
        if closed == 0:
            if why == _AT_QUOTE:
                i += 1
            elif why == _IN_QUOTES and i != bound and first == 0 and load8(i) in (_LF, _CR):
                first = i
            break
        i += 1
        while i < ahead and load8(i) in (_SPACE, _TAB) and (spaces or load8(i) != delimiter):
            i += 1
        if i == ahead:
            why = _AT_QUOTE
            break
        byte = load8(i)
        if byte in (_LF, _CR):
            why = _ENDED
            break
        if spaces:
            if i == closed + 1:
                why = _GARBAGE
                break
        elif byte == delimiter:
            i += 1
        else:
            why = _GARBAGE
            break
        fields += 1

    if why == _ENDED and i - p <= max_bytes:
        if _half_line_end(i, end, final):
            return UNDECIDED, p, p, 0
        return WHOLE, i, behind_line_end(i, end), lines
    if why in (_RAN_OUT, _IN_QUOTES, _AT_QUOTE) and end < limit:
        if final == 0:
            return UNDECIDED, p, p, 0
        if why != _IN_QUOTES and i == end and i - p <= max_bytes:
            return WHOLE, end, end, lines

    # Damaged, or too long. Either way the record is its first line.
    line_end = first if first != 0 else find2(i, end, _LF, _CR)
    if line_end == end or _half_line_end(line_end, end, final):
        if end >= limit:
            return TOO_LONG, line_end, line_end, 0
        if final == 0:
            return UNDECIDED, p, p, 0
    after = end if line_end == end else behind_line_end(line_end, end)
    if line_end - p > max_bytes:
        return TOO_LONG, line_end, after, 1
    return BAD_QUOTE if why == _GARBAGE and first == 0 else NOT_CLOSED, line_end, after, 1


@inlined
def _closing(i: int, end: int, quote: int, escape: int) -> tuple[int, int]:
    """Address of the quote that closes the field whose text begins at i, and what kind it is."""
    kind = QUOTED
    other = escape if escape >= 0 else quote
    while True:
        j = find2(i, end, quote, other)
        if j == end:
            return end, kind
        if load8(j) == quote:
            if j + 1 == end or load8(j + 1) != quote:
                return j, kind
            kind = DOUBLED
            i = j + 2
        elif j + 1 < end and load8(j + 1) in (quote, escape):
            kind = DOUBLED
            i = j + 2
        else:
            i = j + 1


@inlined
def next_field(
    i: int, end: int, delimiter: int, quote: int, escape: int
) -> tuple[int, int, int, int]:
    """The field at i of a whole record that ends at `end`: (kind, from, to, where the next begins).

    A plain field is trimmed; a quoted one is what stands between its quotes. 0 where none follows.
    """
    while i < end and load8(i) in (_SPACE, _TAB) and load8(i) != delimiter:
        i += 1
    if i < end and load8(i) == quote:
        j, kind = _closing(i + 1, end, quote, escape)
        k = find1(min(j + 1, end), end, delimiter)
        return kind, i + 1, j, 0 if k == end else k + 1
    k = find1(i, end, delimiter)
    s, e = trimmed(i, k)
    return PLAIN, s, e, 0 if k == end else k + 1


@inner
def next_word(i: int, end: int, quote: int, escape: int) -> tuple[int, int, int, int]:
    """As `next_field`, where fields are separated by runs of spaces; i is no blank."""
    if load8(i) == quote:
        s = i + 1
        e, kind = _closing(s, end, quote, escape)
        k = min(e + 1, end)
    else:
        kind = PLAIN
        s = i
        e = find2(i, end, _SPACE, _TAB)
        # A date and a time with one space between them are one field.
        if _is_date_and_time(s, e, end):
            e = find2(e + 1, end, _SPACE, _TAB)
        k = e
    while k < end and load8(k) in (_SPACE, _TAB):
        k += 1
    return kind, s, e, 0 if k == end else k


@inlined
def trimmed(s: int, e: int) -> tuple[int, int]:
    """[s, e) without the spaces and tabs at either side."""
    while s < e and load8(s) in (_SPACE, _TAB):
        s += 1
    while s < e and load8(e - 1) in (_SPACE, _TAB):
        e -= 1
    return s, e
