"""The report kernel: a sentence and the raw text of every invalid row, straight into Arrow's memory."""

from __future__ import annotations

from rows.kernels import layout as at
from rows.kernels.grammar import DOUBLED
from rows.kernels.intrinsics import copy, load8, load64, signed, store8, store64
from rows.kernels.jit import Int8s, Int32s, Int64s, inlined, inner, kernel
from rows.kernels.utf8 import REPLACEMENT, character, is_control

# The phrases sentences are put together from; `rows.invalid.report` writes them for a dialect.
FIELDS, MISSING, LACKS, EXTRA = 0, 1, 2, 3
BAD_QUOTE, TOO_LONG, AND, SAW, CUT, CLOSE = 4, 5, 6, 7, 8, 9
# Per column, from sensor_id: how its part begins, and what was expected.
BEGIN, EXPECTED = 10, 13
CHARACTERS, ONE_FIELD, EXPECTED_QUOTE, EMPTY = 16, 17, 18, 19
EXPECTED_RANGE, EXPECTED_CLOSED = 20, 21
EXPECTED_SKIPPED, EXPECTED_REPEATED, EXPECTED_ZONE = 22, 23, 24
PHRASES = 25  # behind these, the beginnings of the parts about value columns

MAX_SEEN = 60  # characters of a field that a sentence shows
SENTENCE_ROOM = 4096  # more than any sentence can take

# What the kernel knows when it returns, so that it can go on.
NEXT, ERRORS_USED, RAW_USED, OBSERVED_USED, REPORT_STATE = 0, 1, 2, 3, 4
DONE, ROOM_FOR_ERRORS, ROOM_FOR_RAW, ROOM_FOR_OBSERVED = 0, 1, 2, 3
# What is reported beside the text (rows of int32): the column (0 to 2 a role, 3 none, from 4 on a value
# column), begin and end of the observed text in `raw` in characters (-1: it is not in it), cells.
COLUMN, SPAN_START, SPAN_END, CELLS, FACTS = 0, 1, 2, 3, 4
NO_COLUMN = 3
MAX_OBSERVED = 1000  # bytes of an observed text

_HIGH_BITS = signed(0x8080808080808080)
_SPACES, _ONES = 0x2020202020202020, 0x0101010101010101
_BACKSLASH, _X, _N, _R, _T = 92, 120, 110, 114, 116


@inlined
def _put_phrase(to: int, phrases: int, offsets: Int64s, which: int) -> int:
    """Words are copied whole: there is room behind the phrases, and behind any sentence."""
    source = phrases + offsets[which]
    size = int(offsets[which + 1] - offsets[which])
    for k in range(0, size, 8):
        store64(to + k, load64(source + k))
    return to + size


@inner
def _put_number(to: int, number: int) -> int:
    size = 1
    rest = number
    while rest >= 10:
        rest //= 10
        size += 1
    for k in range(size - 1, -1, -1):
        store8(to + k, 48 + number % 10)
        number //= 10
    return to + size


@inlined
def _put_hex_digit(to: int, digit: int) -> int:
    store8(to, 48 + digit if digit < 10 else 87 + digit)
    return to + 1


@inner
def _put_control(to: int, code: int) -> int:
    """A control character as `\\n`, `\\r`, `\\t` or `\\x..`."""
    store8(to, _BACKSLASH)
    if code in (10, 13, 9):
        store8(to + 1, _N if code == 10 else _R if code == 13 else _T)
        return to + 2
    store8(to + 1, _X)
    to = _put_hex_digit(to + 2, code >> 4)
    return _put_hex_digit(to, code & 15)


@inlined
def _is_plain(word: int) -> bool:
    """Whether all eight bytes are printable ASCII."""
    return (word | (word - _SPACES) | (word + _ONES)) & _HIGH_BITS == 0


@inlined
def _meant(s: int, e: int, quote: int, escape: int) -> int:
    """Address of the character that is meant by what begins at s, inside quotes."""
    byte = load8(s)
    if s + 1 < e and (byte == quote or (byte == escape and load8(s + 1) in (quote, escape))):
        return s + 1
    return s


@inner
def _put_seen(
    to: int, s: int, e: int, doubled: bool, quote: int, escape: int, phrases: int, offsets: Int64s
) -> int:
    """`saw "..."`: the first characters of [s, e), fit to stand in a sentence."""
    to = _put_phrase(to, phrases, offsets, SAW)
    left = MAX_SEEN
    while left >= 8 and e - s >= 8 and not doubled and _is_plain(load64(s)):
        store64(to, load64(s))
        s += 8
        to += 8
        left -= 8
    for _ in range(left):
        if s >= e:
            break
        if doubled:
            s = _meant(s, e, quote, escape)
        lead = load8(s)
        if 0x20 <= lead < 0x7F:
            store8(to, lead)
            to += 1
            s += 1
            continue
        size = character(s, e)
        if size < 0:
            store64(to, REPLACEMENT)
            to += 3
            s -= size
        elif is_control(s, size):
            to = _put_control(to, lead if size == 1 else load8(s + 1))
            s += size
        else:
            copy(to, s, size)
            to += size
            s += size
    if s < e:
        to = _put_phrase(to, phrases, offsets, CUT)
    return _put_phrase(to, phrases, offsets, CLOSE)


@inner
def _characters(s: int, e: int, doubled: bool, quote: int, escape: int) -> int:
    """Number of characters of valid UTF-8."""
    count = 0
    while s < e:
        if doubled:
            s = _meant(s, e, quote, escape)
        s += max(1, character(s, e))
        count += 1
    return count


@inner
def _put_decoded(to: int, s: int, e: int) -> int:
    """Copy text with U+FFFD for what is not UTF-8; up to 8 bytes behind the result are touched."""
    while s < e:
        if e - s >= 8 and load64(s) & _HIGH_BITS == 0:
            store64(to, load64(s))
            s += 8
            to += 8
            continue
        size = character(s, e)
        if size < 0:
            store64(to, REPLACEMENT)
            to += 3
            s -= size
        else:
            for k in range(size):
                store8(to + k, load8(s + k))
            to += size
            s += size
    return to


@inner
def _cut_between_characters(s: int, e: int, size: int) -> int:
    """The end of the longest beginning of [s, e) that has at most `size` bytes and ends no
    character in its middle."""
    if e - s <= size:
        return e
    cut = s + size
    for k in range(1, 4):
        if cut - k < s or load8(cut - k + 1) & 0xC0 != 0x80:
            break
        if character(cut - k, e) > k:
            return cut - k
    return cut


@inner
def _put_structure(
    to: int,
    base: int,
    bad: Int32s,
    k: int,
    settings: Int64s,
    phrases: int,
    offsets: Int64s,
) -> int:
    """What is wrong with the record as a whole."""
    fault = bad[k + at.BAD_FAULTS] & 0xFF
    fields = bad[k + at.BAD_FIELDS]
    if fault == at.RECORD_TOO_LONG:
        return _put_phrase(to, phrases, offsets, TOO_LONG)
    if fault in (at.BAD_QUOTE, at.QUOTE_NOT_CLOSED):
        to = _put_phrase(to, phrases, offsets, BAD_QUOTE)
        s, e = base + bad[k + at.BAD_START], base + bad[k + at.BAD_END]
        to = _put_seen(to, s, e, False, 0, 0, phrases, offsets)
        which = EXPECTED_QUOTE if fault == at.BAD_QUOTE else EXPECTED_CLOSED
        return _put_phrase(to, phrases, offsets, which)
    if fault == at.EXTRA_FIELDS or fields < settings[at.NEEDED]:
        to = _put_number(to, fields)
        to = _put_phrase(to, phrases, offsets, ONE_FIELD if fields == 1 else FIELDS)
        to = _put_phrase(to, phrases, offsets, EXTRA if fault == at.EXTRA_FIELDS else MISSING)
        if fault == at.EXTRA_FIELDS:
            return to
        if offsets[LACKS] < offsets[LACKS + 1]:
            to = _put_phrase(to, phrases, offsets, AND)
    return _put_phrase(to, phrases, offsets, LACKS)


@inlined
def _address(base: int, notes: int, place: int) -> int:
    """Where a text is: in the batch, or among the notes (-1 minus its place there)."""
    return base + place if place >= 0 else notes - 1 - place


@inner
def _put_sentence(
    to: int,
    base: int,
    notes: int,
    bad: Int32s,
    k: int,
    value: int,
    settings: Int64s,
    phrases: int,
    offsets: Int64s,
    expected: Int64s,
) -> int:
    """Every fault of a row, in order."""
    begin = to
    faults = bad[k + at.BAD_FAULTS]
    quote, escape = settings[at.QUOTE], settings[at.ESCAPE]
    if faults & 0xFF != 0:
        to = _put_structure(to, base, bad, k, settings, phrases, offsets)
    for c in range(3):
        fault = (faults >> (8 * c + 8)) & 0xFF
        if fault == 0:
            continue
        if to != begin:
            to = _put_phrase(to, phrases, offsets, AND)
        to = _put_phrase(
            to, phrases, offsets, PHRASES + value if c == 2 and value >= 0 else BEGIN + c
        )
        s = _address(base, notes, bad[k + at.BAD_TEXT + 2 * c])
        e = _address(base, notes, bad[k + at.BAD_TEXT + 2 * c + 1])
        doubled = (bad[k + at.BAD_KINDS] >> (2 * c)) & 3 == DOUBLED
        if s == e:
            to = _put_phrase(to, phrases, offsets, EMPTY)
        else:
            to = _put_seen(to, s, e, doubled, quote, escape, phrases, offsets)
            if fault == at.SENSOR_ID_TOO_LONG:
                store8(to, 32)
                store8(to + 1, 40)
                to = _put_number(to + 2, _characters(s, e, doubled, quote, escape))
                to = _put_phrase(to, phrases, offsets, CHARACTERS)
        to = _put_phrase(to, phrases, offsets, expected[fault])
    return to


@inner
def _decoded_characters(s: int, e: int) -> int:
    """Number of characters that text has once what is not UTF-8 is U+FFFD."""
    count = 0
    while s < e:
        size = character(s, e)
        s += -size if size < 0 else size
        count += 1
    return count


@kernel(
    "int64(int64, int64, int32[::1], int64, int64, int64[::1], int64[::1], int64, int64[::1],"
    " int64[::1], int64, int64, int64, int64, int64, int64, int32[::1], int32[::1], int32[::1],"
    " int8[::1], int8[::1], int8[::1], int64[:, ::1], int32[:, ::1])"
)
def report(
    base: int,
    notes: int,
    bad: Int32s,
    stride: int,
    count: int,
    settings: Int64s,
    state: Int64s,
    phrases: int,
    offsets: Int64s,
    expected: Int64s,
    errors: int,
    errors_size: int,
    raw: int,
    raw_size: int,
    observed: int,
    observed_size: int,
    error_ends: Int32s,
    raw_ends: Int32s,
    observed_ends: Int32s,
    truncated: Int8s,
    codes: Int8s,
    seen: Int8s,
    numbers: Int64s,
    facts: Int32s,
) -> int:
    """Report `count` invalid rows from `state` on; gives why it returned.

    Called again with more room it goes on. A row is `stride` words of `bad`, those of a read plan
    with value column and cells behind the others. `codes` are code numbers, `expected` the phrase
    of each; `seen` is 1 if there is an observed text; `numbers` are row, line and byte offset,
    counted from the number in the last place of each.
    """
    first_row, first_line, first_byte = numbers[0, count], numbers[1, count], numbers[2, count]
    for number in range(state[NEXT], count):
        k = number * stride
        value, cells = -1, 1
        if stride > at.BAD_WORDS:
            value, cells = bad[k + at.BAD_WORDS], bad[k + at.BAD_WORDS + 1]
        s, e = base + bad[k + at.BAD_START], base + bad[k + at.BAD_END]
        too_long = bad[k + at.BAD_FAULTS] & 0xFF == at.RECORD_TOO_LONG
        size = settings[at.MAX_RAW]
        if too_long:
            size = min(size, settings[at.MAX_BYTES])
        cut = _cut_between_characters(s, e, size)
        state[NEXT] = number
        if errors_size - state[ERRORS_USED] < SENTENCE_ROOM:
            return ROOM_FOR_ERRORS
        if raw_size - state[RAW_USED] < 3 * (cut - s) + 8:
            return ROOM_FOR_RAW
        if observed_size - state[OBSERVED_USED] < 3 * MAX_OBSERVED + 8:
            return ROOM_FOR_OBSERVED
        to = errors + state[ERRORS_USED]
        to = _put_sentence(to, base, notes, bad, k, value, settings, phrases, offsets, expected)
        state[ERRORS_USED] = to - errors
        error_ends[number + 1] = state[ERRORS_USED]
        to = _put_decoded(raw + state[RAW_USED], s, cut)
        state[RAW_USED] = to - raw
        raw_ends[number + 1] = state[RAW_USED]
        truncated[number] = too_long or cut < e
        faults = bad[k + at.BAD_FAULTS]
        column = NO_COLUMN
        while faults & 0xFF == 0:
            faults >>= 8
            column = (column + 1) & 3
        numbers[0, number] = first_row + bad[k + at.BAD_ROW]
        numbers[1, number] = first_line + bad[k + at.BAD_LINE]
        numbers[2, number] = first_byte + bad[k + at.BAD_START]
        codes[number] = faults & 0xFF
        facts[COLUMN, number] = NO_COLUMN + 1 + value if column == 2 and value >= 0 else column
        facts[CELLS, number] = cells
        facts[SPAN_START, number] = facts[SPAN_END, number] = -1
        seen[number] = column != NO_COLUMN
        if column != NO_COLUMN:
            place = bad[k + at.BAD_TEXT + 2 * column]
            s1 = _address(base, notes, place)
            e1 = _address(base, notes, bad[k + at.BAD_TEXT + 2 * column + 1])
            if place >= 0 and s1 >= s and e1 <= cut:
                start = _decoded_characters(s, s1)
                facts[SPAN_START, number] = start
                facts[SPAN_END, number] = start + _decoded_characters(s1, e1)
            e1 = _cut_between_characters(s1, e1, MAX_OBSERVED)
            to = _put_decoded(observed + state[OBSERVED_USED], s1, e1)
            state[OBSERVED_USED] = to - observed
        observed_ends[number + 1] = state[OBSERVED_USED]
    state[NEXT] = count
    return DONE
