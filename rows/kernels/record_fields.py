"""The fields of a record, all of them at once, for read plans.

Two ways lead there: `fields_of_line` for a record that is one line without doubled quotes, and
`fields_of_record` for whatever there can be. Both write where the text of each field begins and ends;
plain fields are trimmed when they are used.
"""

from __future__ import annotations

from rows.kernels import layout
from rows.kernels.grammar import (
    AHEAD,
    BAD_QUOTE,
    DOUBLED,
    NOT_CLOSED,
    PLAIN,
    WHOLE,
    next_field,
    next_word,
    no_row,
    record_end,
    trimmed,
)
from rows.kernels.intrinsics import copy, find2, load8, mask4, store8, trailing_zeros
from rows.kernels.jit import Int64s, inlined, inner

_LF, _CR, _SPACE, _TAB, _CTRL_Z = 10, 13, 32, 9, 26
_EQUAL = 61
_BLOCK = 64
# So much is left behind a line that is read by blocks.
SLACK = 2 * _BLOCK

# What is known of a record (int64).
FIELDS, EXTRA, CONTENT, FAULT, FOUND_SIZE = 0, 1, 2, 3, 4
# Per field: begin and end of its text, 1 if it was quoted; begin and end in the batch, and what kind
# of field it is, if it may have been copied.
PLACE_WORDS, SOURCE_WORDS = 3, 3


@inner
def undoubled(s: int, e: int, quote: int, escape: int, to: int) -> int:
    """Write the text of a quoted field with its doubled and escaped quotes undone; gives its end."""
    other = escape if escape >= 0 else quote
    while s < e:
        j = find2(s, e, quote, other)
        copy(to, s, j - s)
        to += j - s
        s = j
        if s < e:
            if load8(s) == quote or (s + 1 < e and load8(s + 1) in (quote, escape)):
                s += 1
            store8(to, load8(s) if s < e else quote)
            to += 1
            s += 1
    return to


@inner
def only_blanks(s: int, e: int) -> bool:
    while s < e and load8(s) in (_SPACE, _TAB):
        s += 1
    return s == e


@inlined
def fields_of_line(
    p: int,
    end: int,
    delimiter: int,
    quote: int,
    comment: int,
    escaped: bool,
    visible: bool,
    slots: int,
    width: int,
    longest: int,
    places: Int64s,
    found: Int64s,
) -> int:
    """The record at p if it is one line without doubled quotes: address of its line end.

    0 if it is anything else, a line that is no row included, and `fields_of_record` has to look at
    it. Not more than `longest` bytes are looked at. `places` has `PLACE_WORDS` for each of the first
    `slots` fields.
    """
    if load8(p) == comment:
        return 0
    extra = 0
    fields = 0
    i = p
    quoted = 0  # end of the field's text if it is quoted
    block = p
    if block + SLACK > end:
        return 0
    special = mask4(block, delimiter, quote, _LF, _CR)
    while True:
        while special == 0:
            block += _BLOCK
            if block - p >= longest or block + SLACK > end:
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
        s, e = i, k
        in_quotes = 0
        if quoted != 0:
            s, e = i + 1, quoted
            quoted = 0
            in_quotes = 1
        if fields == 0 and (ended or not visible):
            begin, stop = trimmed(s, e)
            if begin == stop or load8(begin) == _CTRL_Z:
                return 0
        if fields < slots:
            places[PLACE_WORDS * fields] = s
            places[PLACE_WORDS * fields + 1] = e
            places[PLACE_WORDS * fields + 2] = in_quotes
        if fields >= width:
            s, e = trimmed(s, e)
            if s < e:
                extra = 1
        fields += 1
        i = k + 1
        if ended:
            break
    found[FIELDS] = fields
    found[EXTRA] = extra
    return k


@inner
def without_formulas(fields: int, quote: int, places: Int64s) -> None:
    """Take the text out of each of the first fields that is written as a formula: `="007"`."""
    for k in range(fields):
        s, e = trimmed(places[PLACE_WORDS * k], places[PLACE_WORDS * k + 1])
        if e - s > 2 and load8(s) == _EQUAL and load8(s + 1) == quote and load8(e - 1) == quote:
            places[PLACE_WORDS * k] = s + 2
            places[PLACE_WORDS * k + 1] = e - 1


@inner
def whole_record(p: int, end: int, settings: Int64s) -> tuple[int, int, int, int]:
    """The record at p: (code number of what is wrong with its structure, end of its content, where
    the next line begins, its lines). A line that is no row has no content, 0."""
    after = no_row(p, end, 1, settings)
    if after != 0:
        return 0, 0, after, 1
    state, content, after, lines = record_end(p, end, 1, settings)
    if state == WHOLE:
        return 0, content, after, lines
    if state == BAD_QUOTE:
        return layout.BAD_QUOTE, content, after, 1
    if state == NOT_CLOSED:
        return layout.QUOTE_NOT_CLOSED, content, after, 1
    # Its batch may have been cut after this: the report must not depend on it.
    return layout.RECORD_TOO_LONG, min(content, p + settings[layout.MAX_BYTES] + AHEAD), after, 1


@inner
def fields_of_record(
    p: int,
    end: int,
    settings: Int64s,
    slots: int,
    places: Int64s,
    sources: Int64s,
    found: Int64s,
    scratch: int,
) -> tuple[int, int]:
    """The record at p, whatever it may be: (where the next line begins, its lines).

    A line that is no row has no content. `sources` has `SOURCE_WORDS` per field; fields with doubled
    quotes are copied to `scratch`.
    """
    delimiter, quote, escape = (
        settings[layout.DELIMITER],
        settings[layout.QUOTE],
        settings[layout.ESCAPE],
    )
    found[:] = 0
    fault, content, after, lines = whole_record(p, end, settings)
    found[CONTENT] = content
    found[FAULT] = fault
    if content == 0 or fault != 0:
        return after, lines
    width = settings[layout.WIDTH]
    to = scratch
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
        if fields >= width:
            begin, stop = trimmed(s, e)
            if begin < stop:
                found[EXTRA] = 1
        if fields < slots:
            sources[SOURCE_WORDS * fields] = s
            sources[SOURCE_WORDS * fields + 1] = e
            sources[SOURCE_WORDS * fields + 2] = kind
            if kind == DOUBLED:
                s, e = to, undoubled(s, e, quote, escape, to)
                to = e
            places[PLACE_WORDS * fields] = s
            places[PLACE_WORDS * fields + 1] = e
            places[PLACE_WORDS * fields + 2] = 1 if kind != PLAIN else 0
        fields += 1
        if i == 0:
            break
    found[FIELDS] = fields
    return after, lines
