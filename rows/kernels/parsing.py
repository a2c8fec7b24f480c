"""The parsing kernel: one pass over the records of a batch.

Ordinary records (one line, fields without quotes, nothing wrong) take a short path. Whatever that
path does not know, it leaves to `_careful`, which starts again at the record's first byte and knows
everything; both call the same functions for what they have in common.
"""

from __future__ import annotations

from rows.jit import Floats, Int32s, Int64s, inner, kernel
from rows.kernels import decimal as d
from rows.kernels import layout as at
from rows.kernels import moment as m
from rows.kernels.records import (
    AHEAD,
    DAMAGED,
    DOUBLED,
    WHOLE,
    blank_line,
    next_field,
    record_end,
    trimmed,
)
from rows.kernels.sensors import add_reading, add_sensor, find_sensor, id_fault, sensor_hash
from rows.kernels.words import (
    copy,
    find1,
    load8,
    mask3,
    store8,
    trailing_zeros,
)

_LF, _CR = 10, 13
# What `_careful` found at an address.
_BLANK, _VALID, _INVALID, _NO_ROOM, _QUESTION = 0, 1, 2, 3, 4


@inner
def _undoubled(s: int, e: int, quote: int, to: int) -> int:
    """Write the text of a quoted field with its doubled quotes undone; gives its end."""
    while s < e:
        j = find1(s, e, quote)
        copy(to, s, j - s)
        to += j - s
        s = j
        if s < e:
            store8(to, quote)
            to += 1
            s += 2
    return to


@inner
def _sensor_fault(s: int, e: int, end: int, slots: Int64s, sensors: Int64s, keys: int) -> int:
    """Code number of what is wrong with a sensor_id, 0 where nothing is."""
    if s == e:
        return at.SENSOR_ID_EMPTY
    if e - s <= at.MAX_ID_BYTES:
        h = sensor_hash(s, e, end)
        if find_sensor(s, e, end, h, slots, len(slots) - 1, sensors, keys) >= 0:
            return 0
    return id_fault(s, e)


@inner
def _keep(
    bad: Int32s,
    settings: Int64s,
    state: Int64s,
    start: int,
    content: int,
    lines: int,
    rows: int,
    fields: int,
    faults: int,
) -> None:
    """Count an invalid row, and keep it for the report where it still belongs there."""
    first = faults
    while first & 0xFF == 0:
        first >>= 8
    state[at.CODES + (first & 0xFF)] += 1
    state[at.INVALID] += 1
    if state[at.KEPT] < settings[at.MAX_INVALID]:
        k = state[at.KEPT] * at.BAD_WORDS
        bad[k + at.BAD_START] = start
        bad[k + at.BAD_END] = content
        bad[k + at.BAD_LINE] = lines
        bad[k + at.BAD_ROW] = rows
        bad[k + at.BAD_FIELDS] = fields
        bad[k + at.BAD_FAULTS] = faults
        state[at.KEPT] += 1


@inner
def _careful(
    base: int,
    p: int,
    end: int,
    settings: Int64s,
    state: Int64s,
    floats: Floats,
    memo: Int64s,
    slots: Int64s,
    sensors: Int64s,
    sensor_floats: Floats,
    keys: int,
    keys_size: int,
    bad: Int32s,
    scratch: int,
    scratch_end: int,
    row: int,
    line: int,
) -> tuple[int, int, int]:
    """The record at p, whatever it may be: (what it is, where the next line begins, its lines)."""
    delimiter, quote = settings[at.DELIMITER], settings[at.QUOTE]
    after = blank_line(p, end, 1, settings[at.MAX_BYTES])
    if after != 0:
        return _BLANK, after, 1
    if state[at.KEPT] < settings[at.MAX_INVALID] and (state[at.KEPT] + 1) * at.BAD_WORDS > len(bad):
        return _NO_ROOM, p, at.ROOM_FOR_INVALID
    whole, content, after, lines = record_end(
        p, end, 1, delimiter, quote, settings[at.MAX_BYTES], settings[at.MAX_LINES], line, memo
    )
    if whole != WHOLE:
        fault = at.BAD_QUOTE if whole == DAMAGED else at.RECORD_TOO_LONG
        if fault == at.RECORD_TOO_LONG:
            # Its batch may have been cut behind this: the report must not depend on it.
            content = min(content, p + settings[at.MAX_BYTES] + AHEAD)
        _keep(bad, settings, state, p - base, content - base, line, row, 0, fault)
        return _INVALID, after, 1

    # Where the three columns are. Text with doubled quotes goes to the scratch memory.
    starts = (0, 0, 0)
    ends = (0, 0, 0)
    where = state[at.KEPT] * at.BAD_WORDS  # there is room for one more, as was seen above
    noted = state[at.KEPT] < settings[at.MAX_INVALID]
    fields = 0
    extra = False
    kinds = 0
    free = scratch
    limits = (end, end, end)
    i = p
    while True:
        kind, s, e, i = next_field(i, content, delimiter, quote)
        if fields >= settings[at.WIDTH]:
            s, e = trimmed(s, e)
            extra = extra or s < e
        for c in range(3):
            if fields == settings[at.SENSOR + c]:
                if noted:
                    bad[where + at.BAD_TEXT + 2 * c] = s - base
                    bad[where + at.BAD_TEXT + 2 * c + 1] = e - base
                limit = end
                if kind == DOUBLED:
                    kinds |= kind << (2 * c)
                    to = _undoubled(s, e, quote, free)
                    s, e, limit = free, to, scratch_end
                    free = to
                if c == 0:
                    starts = (s, starts[1], starts[2])
                    ends = (e, ends[1], ends[2])
                    limits = (limit, limits[1], limits[2])
                elif c == 1:
                    starts = (starts[0], s, starts[2])
                    ends = (ends[0], e, ends[2])
                else:
                    starts = (starts[0], starts[1], s)
                    ends = (ends[0], ends[1], e)
        fields += 1
        if i == 0:
            break

    faults = 0
    if (
        fields < settings[at.NEEDED]
        or settings[at.SENSOR] < 0
        or settings[at.TIMESTAMP] < 0
        or settings[at.VALUE] < 0
    ):
        faults = at.MISSING_FIELDS
    elif extra:
        faults = at.EXTRA_FIELDS
    if starts[0] != 0:
        faults |= _sensor_fault(starts[0], ends[0], limits[0], slots, sensors, keys) << 8
    moment = 0
    if starts[1] != 0:
        outcome, moment = m.moment(starts[1], ends[1])
        if outcome != m.MOMENT:
            faults |= (at.TIMESTAMP_EMPTY - 1 + outcome) << 16
    value = 0.0
    if starts[2] != 0:
        outcome, value = d.decimal(starts[2], ends[2], settings[at.COMMA])
        if outcome == d.ASK:
            if state[at.ANSWERED] == 0:
                state[at.ASKED_AT] = starts[2]
                state[at.ASKED_SIZE] = ends[2] - starts[2]
                return _QUESTION, p, 0
            value = floats[at.ANSWER]
            state[at.ANSWERED] = 0
            outcome = d.NUMBER if value - value == 0.0 else d.NOT_FINITE
        if outcome != d.NUMBER:
            faults |= (at.VALUE_EMPTY - 1 + outcome) << 24
    if faults != 0:
        if noted:
            bad[where + at.BAD_KINDS] = kinds
            for c in range(3):
                if starts[c] == 0:
                    bad[where + at.BAD_TEXT + 2 * c] = 0
                    bad[where + at.BAD_TEXT + 2 * c + 1] = 0
        _keep(bad, settings, state, p - base, content - base, line, row, fields, faults)
        return _INVALID, after, lines

    s, e = starts[0], ends[0]
    h = sensor_hash(s, e, limits[0])
    mask = len(slots) - 1
    number = find_sensor(s, e, limits[0], h, slots, mask, sensors, keys)
    if number < 0:
        number = state[at.SENSORS]
        if number * 2 > mask or state[at.KEYS_USED] + at.MAX_ID_BYTES > keys_size:
            return _NO_ROOM, p, at.ROOM_FOR_SENSORS
        state[at.KEYS_USED] += add_sensor(
            s,
            e,
            limits[0],
            h,
            slots,
            mask,
            sensors,
            sensor_floats,
            number,
            keys,
            state[at.KEYS_USED],
        )
        state[at.SENSORS] += 1
    add_reading(sensors, sensor_floats, number, moment, settings[at.FIRST_ROW] + row, value, floats)
    return _VALID, after, lines


@kernel(
    "int64(int64, int64, int64[::1], int64[::1], float64[::1], int64[::1], int64[::1], int64[::1],"
    " float64[::1], int64, int64, int32[::1], int64, int64)"
)
def parse(
    base: int,
    size: int,
    settings: Int64s,
    state: Int64s,
    floats: Floats,
    memo: Int64s,
    slots: Int64s,
    sensors: Int64s,
    sensor_floats: Floats,
    keys: int,
    keys_size: int,
    bad: Int32s,
    scratch: int,
    scratch_size: int,
) -> int:
    """Read the batch of `size` bytes at `base` on from `state`; gives why it returned.

    `sensors` and `sensor_floats` are one memory seen as words and as floats; it has room for half as
    many sensors as there are `slots`. After a return for room, or with a question, the kernel is
    called again with more room, or with the answer, and goes on at the same record.
    """
    end = base + size
    p = base + state[at.AT]
    row = state[at.ROW]
    line = state[at.LINE]
    delimiter, quote, comma = settings[at.DELIMITER], settings[at.QUOTE], settings[at.COMMA]
    first_row = settings[at.FIRST_ROW]
    simple = (
        settings[at.SENSOR] == 0
        and settings[at.TIMESTAMP] == 1
        and settings[at.VALUE] == 2
        and settings[at.WIDTH] == 3
        and settings[at.MAX_BYTES] >= 64
    )
    mask = len(slots) - 1
    reason = at.DONE
    while p < end:
        if simple and p + 80 <= end:
            found = mask3(p, delimiter, quote, _LF)
            first = p + trailing_zeros(found)
            found &= found - 1
            second = p + trailing_zeros(found)
            found &= found - 1
            third = p + trailing_zeros(found)
            if (
                found != 0
                and load8(first) == delimiter
                and load8(second) == delimiter
                and load8(third) == _LF
            ):
                after = third + 1
                if load8(third - 1) == _CR:
                    third -= 1
                s, e = trimmed(p, first)
                if s < e:
                    h = sensor_hash(s, e, end)
                    number = find_sensor(s, e, end, h, slots, mask, sensors, keys)
                    if number >= 0:
                        s, e = trimmed(first + 1, second)
                        outcome, moment = m.moment(s, e)
                        if outcome == m.MOMENT:
                            s, e = trimmed(second + 1, third)
                            outcome, value = d.decimal(s, e, comma)
                            if outcome == d.NUMBER:
                                add_reading(
                                    sensors,
                                    sensor_floats,
                                    number,
                                    moment,
                                    first_row + row,
                                    value,
                                    floats,
                                )
                                p = after
                                row += 1
                                line += 1
                                continue
        what, after, lines = _careful(
            base, p, end, settings, state, floats, memo, slots, sensors, sensor_floats,
            keys, keys_size, bad, scratch, scratch + scratch_size, row, line,
        )  # fmt: skip
        if what == _NO_ROOM:
            reason = lines
            break
        if what == _QUESTION:
            reason = at.QUESTION
            break
        p = after
        line += lines
        if what != _BLANK:
            row += 1
    state[at.AT] = p - base
    state[at.ROW] = row
    state[at.LINE] = line
    return reason
