"""The fields of a record that has a sensor_id, a timestamp and a value, in any column.

`one_line` is for any fields of one line of moderate length, `careful_record` for whatever there can be.
"""

from __future__ import annotations

from rows.kernels import layout as at
from rows.kernels.grammar import DOUBLED, next_field, next_word, trimmed
from rows.kernels.intrinsics import load8, mask4, shr, trailing_zeros
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.record_fields import SLACK, only_blanks, undoubled, whole_record

_LF, _CR, _SPACE, _TAB, _CTRL_Z = 10, 13, 32, 9, 26
_BLOCK = 64
# How far `one_line` looks; it is not used if a record may be no longer than this.
MODERATE = 1024


@inlined
def without_quotes(s: int, e: int, p: int, quotes: int) -> tuple[int, int, int]:
    """The text of the field [s, e), and the quotes of the record at p without those around it."""
    if shr(quotes, s - p) & 1 and e - s >= 2:
        return s + 1, e - 1, quotes & ~(1 << (s - p)) ^ (1 << (e - 1 - p))
    s, e = trimmed(s, e)
    return s, e, quotes


@inner
def careful_record(
    p: int,
    end: int,
    settings: Int64s,
    found: Int64s,
    scratch: int,
    scratch_end: int,
) -> tuple[int, int]:
    """The record at p, whatever it may be: (where the next line begins, its lines).

    What it is goes to `found`; a line that is no row is a record without an end.
    """
    delimiter, quote, escape = settings[at.DELIMITER], settings[at.QUOTE], settings[at.ESCAPE]
    found[:] = 0
    fault, content, after, lines = whole_record(p, end, settings)
    found[at.FOUND_END] = content
    found[at.FOUND_FAULT] = fault
    if content == 0 or fault != 0:
        return after, lines
    fields = 0
    i = p
    spaces = delimiter == _SPACE
    if spaces:
        while load8(i) in (_SPACE, _TAB):
            i += 1
    while True:
        if spaces:
            kind, s, e, i = next_word(i, content, quote, escape)
        else:
            kind, s, e, i = next_field(i, content, delimiter, quote, escape)
        if fields >= settings[at.WIDTH]:
            s, e = trimmed(s, e)
            found[at.FOUND_EXTRA] |= s < e
        for c in range(3):
            if fields == settings[at.SENSOR + c]:
                found[at.SOURCE + 2 * c] = s
                found[at.SOURCE + 2 * c + 1] = e
                found[at.FOUND_KINDS] |= kind << (2 * c)
                limit = end
                if kind == DOUBLED:
                    to = undoubled(s, e, quote, escape, scratch)
                    s, e, limit = scratch, to, scratch_end
                    scratch = to
                found[at.TEXT + 2 * c] = s
                found[at.TEXT + 2 * c + 1] = e
                if c == 0:
                    found[at.TEXT_LIMIT] = limit
        fields += 1
        if i == 0:
            break
    found[at.FOUND_FIELDS] = fields
    return after, lines


@inlined
def one_line(
    p: int, end: int, delimiter: int, quote: int, visible: bool, settings: Int64s, found: Int64s
) -> int:
    """The record at p if it is one line without doubled quotes: address of its line end.

    0 if it is anything else, a line that is no row included: `careful_record` reads it.
    """
    wanted0, wanted1, wanted2 = settings[at.SENSOR], settings[at.TIMESTAMP], settings[at.VALUE]
    width = settings[at.WIDTH]
    if load8(p) == settings[at.COMMENT]:
        return 0
    found[at.TEXT] = found[at.TEXT + 2] = found[at.TEXT + 4] = 0
    extra = False
    fields = 0
    escaped = settings[at.ESCAPE] >= 0
    i = p  # begin of the field
    quoted = 0  # end of its text if it is quoted
    block = p
    special = mask4(block, delimiter, quote, _LF, _CR)
    while True:
        while special == 0:
            block += _BLOCK
            if block - p >= MODERATE or block + SLACK > end:
                return 0
            special = mask4(block, delimiter, quote, _LF, _CR)
        k = block + trailing_zeros(special)
        special &= special - 1
        byte = load8(k)
        if byte == quote:
            if k == i:
                if escaped:
                    return 0
                quoted = -1
            elif quoted == -1:
                quoted = k
                if load8(k + 1) not in (delimiter, _LF, _CR):
                    return 0
            elif only_blanks(i, k):
                return 0  # a quoted field after blanks
            continue
        ended = byte in (_LF, _CR)
        if quoted == -1:
            if ended:
                return 0
            continue
        if quoted != 0:
            s, e = i + 1, quoted
            quoted = 0
        else:
            s, e = trimmed(i, k)
        if fields == 0 and (s == e or load8(s) == _CTRL_Z) and (ended or not visible):
            return 0
        if fields == wanted0:
            found[at.TEXT] = s
            found[at.TEXT + 1] = e
        elif fields == wanted1:
            found[at.TEXT + 2] = s
            found[at.TEXT + 3] = e
        elif fields == wanted2:
            found[at.TEXT + 4] = s
            found[at.TEXT + 5] = e
        elif fields >= width:
            s, e = trimmed(s, e)
            extra = extra or s < e
        fields += 1
        i = k + 1
        if ended:
            break
    found[at.FOUND_FIELDS] = fields
    found[at.FOUND_EXTRA] = extra
    return k
