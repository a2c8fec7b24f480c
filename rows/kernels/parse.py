"""The parsing kernel: one pass over the records of a batch.

Three ways lead to a record's fields, the later ones slower and for more: `parse` itself for three
fields in 64 bytes, `one_line` for any fields of one line of moderate length, `careful_record` for
whatever there can be. What fields are worth is decided in one place for all of them.
"""

from __future__ import annotations

import numpy as np

from rows.kernels import decimal as d
from rows.kernels import layout as at
from rows.kernels import timestamp as m
from rows.kernels.grammar import behind_line_end, is_repeated, trimmed
from rows.kernels.intrinsics import (
    load8,
    mask1,
    mask2,
    mask3,
    prefix_xor,
    trailing_zeros,
)
from rows.kernels.jit import Floats, Int32s, Int64s, inner, kernel
from rows.kernels.notices import is_sentinel
from rows.kernels.record_fields import SLACK
from rows.kernels.sensors import (
    add_reading,
    add_sensor,
    find_sensor,
    id_fault,
    list_reading,
    sensor_hash,
)
from rows.kernels.strptime import written_moment
from rows.kernels.three_columns import MODERATE, careful_record, one_line, without_quotes

_LF, _CR, _SPACE, _TAB = 10, 13, 32, 9
_BLOCK = 64


@inner
def _keep(
    bad: Int32s,
    settings: Int64s,
    state: Int64s,
    base: int,
    start: int,
    content: int,
    row: int,
    line: int,
    fields: int,
    faults: int,
    kinds: int,
    s0: int,
    e0: int,
    s1: int,
    e1: int,
    s2: int,
    e2: int,
) -> None:
    """Count an invalid row, and keep it for the report if that has room for it."""
    first = faults
    while first & 0xFF == 0:
        first >>= 8
    state[at.CODES + (first & 0xFF)] += 1
    state[at.INVALID] += 1
    if state[at.KEPT] < settings[at.MAX_INVALID]:
        k = state[at.KEPT] * at.BAD_WORDS
        state[at.KEPT] += 1
        bad[k + at.BAD_START] = start - base
        bad[k + at.BAD_END] = content - base
        bad[k + at.BAD_LINE] = line
        bad[k + at.BAD_ROW] = row
        bad[k + at.BAD_FIELDS] = fields
        bad[k + at.BAD_FAULTS] = faults
        bad[k + at.BAD_KINDS] = kinds
        bad[k + at.BAD_TEXT] = s0 - base
        bad[k + at.BAD_TEXT + 1] = e0 - base
        bad[k + at.BAD_TEXT + 2] = s1 - base
        bad[k + at.BAD_TEXT + 3] = e1 - base
        bad[k + at.BAD_TEXT + 4] = s2 - base
        bad[k + at.BAD_TEXT + 5] = e2 - base


@kernel(
    "int64(int64, int64, int64[::1], int64[::1], float64[::1], int64, int64, int64, int64, int64, int64,"
    " int32[::1], int64, int64, int64)"
)
def parse(
    base: int,
    size: int,
    settings: Int64s,
    state: Int64s,
    floats: Floats,
    slots: int,
    slot_count: int,
    sensors: int,
    sensor_room: int,
    keys: int,
    keys_size: int,
    bad: Int32s,
    scratch: int,
    scratch_size: int,
    noted: int,
) -> int:
    """Read the batch of `size` bytes at `base` on from `state`; gives why it returned.

    `sensors` has room for `sensor_room` of them, `keys` for `keys_size` bytes of their ids; there
    are `slot_count` (a power of two) `slots` to find them by, and `noted` is as `layout` says. After a return for room, or with a
    question, the kernel is called again with more room, or with the answer, and goes on at the same
    record.
    """
    end = base + size
    p = base + state[at.AT]
    row = state[at.ROW]
    line = state[at.LINE]
    first_row = settings[at.FIRST_ROW]
    readings, readings_room = settings[at.READINGS], settings[at.READINGS_ROOM]
    delimiter, quote, comma = settings[at.DELIMITER], settings[at.QUOTE], settings[at.COMMA]
    steps = settings[at.FORMAT_SIZE]
    usual = steps == 0
    comment, escaped = settings[at.COMMENT], settings[at.ESCAPE] >= 0
    needed, latest = settings[at.NEEDED], settings[at.LATEST]
    lacking = settings[at.SENSOR] < 0 or settings[at.TIMESTAMP] < 0 or settings[at.VALUE] < 0
    visible = delimiter not in (_SPACE, _TAB)  # a line with such a delimiter is not blank
    moderate = settings[at.MAX_BYTES] >= MODERATE + _BLOCK and delimiter != _SPACE
    three = (
        moderate
        and visible
        and settings[at.SENSOR] == 0
        and settings[at.TIMESTAMP] == 1
        and settings[at.VALUE] == 2
        and settings[at.WIDTH] == 3
    )
    mask = slot_count - 1
    lowest, highest = floats[at.MIN], floats[at.MAX]
    found = np.zeros(at.FOUND_SIZE, np.int64)
    reason = at.DONE
    while p < end:
        structure = 0
        lines = 1
        kinds = 0
        limit = end
        short = False
        if three and p + SLACK <= end:
            special = mask2(p, delimiter, _LF)
            odd = mask3(p, quote, _CR, comment)
            quotes = 0
            if odd != 0:
                quotes = mask1(p, quote)
                if quotes != 0:
                    special &= ~prefix_xor(quotes)
            k0 = p + trailing_zeros(special)
            special &= special - 1
            k1 = p + trailing_zeros(special)
            special &= special - 1
            k2 = p + trailing_zeros(special)
            if (
                special != 0
                and load8(k0) == delimiter
                and load8(k1) == delimiter
                and load8(k2) == _LF
            ):
                fields = 3
                after = k2 + 1
                content = k2 - (load8(k2 - 1) == _CR)
                before = (special & -special) - 1  # the record's bytes
                quotes &= before
                alone = False
                if odd & before != 0:
                    # Carriage returns, but the one before the line feed, end lines: not here.
                    returns = mask1(p, _CR) & before
                    alone = returns & ~(1 << (k2 - 1 - p)) != 0
                    short = quotes == 0 and not alone and load8(p) != comment
                else:
                    short = True
                if short:
                    s0, e0 = trimmed(p, k0)
                    s1, e1 = trimmed(k0 + 1, k1)
                    s2, e2 = trimmed(k1 + 1, content)
                elif quotes != 0 and not escaped and not alone and load8(p) != comment:
                    s0, e0, quotes = without_quotes(p, k0, p, quotes)
                    s1, e1, quotes = without_quotes(k0 + 1, k1, p, quotes)
                    s2, e2, quotes = without_quotes(k1 + 1, content, p, quotes)
                    short = quotes == 0 and mask1(p, _LF) & before == 0
        roomy = short
        if not short:
            k2 = 0
            if moderate and p + SLACK <= end:
                k2 = one_line(p, end, delimiter, quote, visible, settings, found)
            roomy = k2 != 0
            if roomy:
                after = behind_line_end(k2, end)
                content = k2
            else:
                after, lines = careful_record(
                    p, end, settings, found, scratch, scratch + scratch_size
                )
                content = found[at.FOUND_END]
                if content == 0:
                    p = after
                    line += 1
                    continue
                structure = found[at.FOUND_FAULT]
                kinds = found[at.FOUND_KINDS]
                limit = found[at.TEXT_LIMIT]
            s0, e0 = found[at.TEXT], found[at.TEXT + 1]
            s1, e1 = found[at.TEXT + 2], found[at.TEXT + 3]
            s2, e2 = found[at.TEXT + 4], found[at.TEXT + 5]
            fields = found[at.FOUND_FIELDS]
            if structure == 0:
                if fields < needed or lacking:
                    structure = at.MISSING_FIELDS
                elif found[at.FOUND_EXTRA] != 0:
                    structure = at.EXTRA_FIELDS

        faults = structure
        h = 0
        sensor = 0
        if s0 != 0:
            if s0 < e0 and e0 - s0 <= at.MAX_ID_BYTES:
                h = sensor_hash(s0, e0, limit)
                sensor = find_sensor(s0, e0, limit, h, slots, mask, sensors, keys)
            if sensor == 0:
                faults |= id_fault(s0, e0) << 8
        moment = 0
        if s1 != 0:
            moment = m.common_moment(s1, e1) if roomy and usual else -1
            if moment == -1:
                if usual:
                    outcome, moment = m.moment(s1, e1)
                else:
                    outcome, moment = written_moment(s1, e1, settings[at.FORMAT_AT], steps)
                if outcome != m.MOMENT:
                    faults |= (at.TIMESTAMP_EMPTY - 1 + outcome) << 16
        value = 0.0
        if s2 != 0:
            done = False
            if roomy:
                done, value = d.short_decimal(s2, e2)
            if not done:
                outcome, value = d.decimal(s2, e2, comma)
                if outcome == d.ASK:
                    if state[at.ANSWERED] == 0:
                        state[at.ASKED_AT] = s2
                        state[at.ASKED_SIZE] = e2 - s2
                        reason = at.QUESTION
                        break
                    state[at.ANSWERED] = 0
                    value = floats[at.ANSWER]
                    outcome = d.NUMBER if value - value == 0.0 else d.NOT_FINITE
                if outcome != d.NUMBER:
                    faults |= (at.VALUE_EMPTY - 1 + outcome) << 24

        if faults == 0:
            if sensor == 0:
                number = state[at.SENSORS]
                used = state[at.KEYS_USED]
                if number == sensor_room or 2 * number > mask or used + at.MAX_ID_BYTES > keys_size:
                    reason = at.ROOM_FOR_SENSORS
                    break
                state[at.KEYS_USED] += add_sensor(
                    s0, e0, limit, h, slots, mask, sensors, number, keys, used, noted
                )
                state[at.SENSORS] += 1
                sensor = sensors + number * at.SENSOR_BYTES
            if value < lowest:
                lowest = value
            if value > highest:
                highest = value
            add_reading(sensor, moment, first_row + row, value, sensors, noted)
            if moment > latest:
                if state[at.FUTURE] == 0:
                    state[at.FUTURE_ROW] = first_row + row
                state[at.FUTURE] += 1
            if is_sentinel(value):
                if state[at.SENTINEL] == 0:
                    state[at.SENTINEL_ROW] = first_row + row
                state[at.SENTINEL] += 1
            if readings != 0:
                list_reading(
                    readings, readings_room, row - state[at.INVALID], moment, value,
                    first_row + row, (sensor - sensors) // at.SENSOR_BYTES,
                )  # fmt: skip
        else:
            if structure <= at.EXTRA_FIELDS and is_repeated(p, content, settings):
                p = after
                line += lines
                continue
            kept = state[at.KEPT]
            if kept < settings[at.MAX_INVALID] and (kept + 1) * at.BAD_WORDS > len(bad):
                reason = at.ROOM_FOR_INVALID
                break
            if kinds != 0:
                s0, e0 = found[at.SOURCE], found[at.SOURCE + 1]
                s1, e1 = found[at.SOURCE + 2], found[at.SOURCE + 3]
                s2, e2 = found[at.SOURCE + 4], found[at.SOURCE + 5]
            _keep(
                bad, settings, state, base, p, content, row, line, fields, faults, kinds,
                s0, e0, s1, e1, s2, e2,
            )  # fmt: skip
        p = after
        row += 1
        line += lines
    state[at.AT] = p - base
    state[at.ROW] = row
    state[at.LINE] = line
    floats[at.MIN] = lowest
    floats[at.MAX] = highest
    return reason
