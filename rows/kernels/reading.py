"""The kernel of read plans: one pass over the records of a batch, long or wide.

Files whose three columns are sensor_id, timestamp and value are read by `rows.kernels.parse`.
"""

from __future__ import annotations

import numpy as np

from rows.kernels import cells, layout
from rows.kernels import plan_layout as at
from rows.kernels.cells import cell_slow, flag_accepts, is_missing_number, mapped, short_number
from rows.kernels.grammar import behind_line_end, is_repeated, may_repeat
from rows.kernels.intrinsics import load64, store64
from rows.kernels.invalid_entries import has_room, keep, seen
from rows.kernels.jit import Floats, Int64s, kernel
from rows.kernels.notices import is_sentinel
from rows.kernels.ordinary import MODERATE, ordinary_records, ordinary_times
from rows.kernels.record_fields import (
    CONTENT,
    EXTRA,
    FAULT,
    FIELDS,
    FOUND_SIZE,
    PLACE_WORDS,
    SLACK,
    SOURCE_WORDS,
    fields_of_line,
    fields_of_record,
    without_formulas,
)
from rows.kernels.record_sensors import keyed_sensor, new_sensor, sensor_of_record
from rows.kernels.record_time import readable, record_instant
from rows.kernels.sensors import add_reading, list_reading
from rows.kernels.short_records import MOST_FIELDS, short_moments, short_records, short_times
from rows.kernels.templates import composed, trimmed_cell
from rows.kernels.timestamp import EMPTY, MOMENT
from rows.kernels.zoning import FULL

_SPACE, _TAB, _DOT, _COMMA = 32, 9, 46, 44


@kernel("int64(int64, int64, int64[::1], int64[::1], int64[::1], float64[::1])")
def read(
    base: int, size: int, settings: Int64s, state: Int64s, memory: Int64s, floats: Floats
) -> int:
    """Read the batch of `size` bytes at `base` on from `state`; gives why it returned.

    After a return for room, or with a question, the kernel is called again with more room, or with
    the answer, and goes on at the same record and cell.
    """
    end = base + size
    p = base + state[at.POSITION]
    row, line = state[at.ROW], state[at.LINE]
    first_row = settings[at.FIRST_ROW]
    readings, readings_room = settings[at.READINGS], settings[at.READINGS_SIZE]
    delimiter, quote = settings[layout.DELIMITER], settings[layout.QUOTE]
    comment, escaped = settings[layout.COMMENT], settings[layout.ESCAPE] >= 0
    width, needed = settings[layout.WIDTH], settings[layout.NEEDED]
    visible = delimiter not in (_SPACE, _TAB)
    longest = settings[layout.MAX_BYTES] - SLACK
    by_lines = longest > 0 and delimiter != _SPACE
    slots = settings[at.SLOTS]
    values, values_at = settings[at.VALUES], settings[at.VALUES_AT]
    wide, fill, cut = settings[at.WIDE] != 0, settings[at.FILL] != 0, settings[at.CUT] != 0
    mode, sensor_cell = settings[at.SENSOR_MODE], settings[at.SENSOR_CELL]
    time_cell = settings[at.TIME_CELL]
    quality, quality_at = settings[at.QUALITY], settings[at.QUALITY_AT]
    thousands = settings[at.THOUSANDS] != 0
    point = _COMMA if settings[at.SIGNS] == at.COMMA_ONLY else _DOT
    compared = settings[at.MISSING_NUMBERS] != 0 or settings[at.MAPPED] != 0
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    latest = settings[at.LATEST]
    scan = settings[at.SCAN] != 0
    formulas = settings[at.FORMULAS] != 0
    area = memory[at.SCRATCH_SIZE_M]
    scratch = memory[at.SCRATCH_M]
    time_area, text_area = scratch + area, scratch + 2 * area
    number_area, copy_area = scratch + 3 * area, scratch + 4 * area
    sensors = memory[at.SENSORS_M]
    extras, noted = memory[at.EXTRAS_M], memory[at.NOTED_M]
    answer = floats.ctypes.data + 8 * layout.ANSWER
    lowest, highest = floats[layout.MIN], floats[layout.MAX]
    places = np.zeros(PLACE_WORDS * slots, np.int64)
    sources = np.zeros(SOURCE_WORDS * slots, np.int64)
    texts = np.zeros(6, np.int64)
    found = np.zeros(FOUND_SIZE, np.int64)
    ends, known = memory[at.ENDS_M], memory[at.KNOWN_M]
    ordinary = 0
    if by_lines and longest > MODERATE and visible and slots <= width:
        ordinary = settings[at.ORDINARY]
    passed = ordinary != 0 and scan and readings == 0
    short = width <= MOST_FIELDS
    by_cell = settings[at.SENSOR_MODE] == at.CELL
    listed = ordinary != 0 and scan and readings != 0 and short and by_cell
    if scan or ordinary == at.ONLY_ORDER:
        ordinary = 0
    reason = at.DONE
    while p < end:
        if ordinary != 0 and state[at.RESUMED] == 0 and state[at.ANSWERED] == 0:
            floats[layout.MIN], floats[layout.MAX] = lowest, highest
            count = 0
            if short and by_cell:
                p, count = short_records(
                    p, end, first_row + row, settings, state, memory, floats, known, ends
                )
                row += count
                line += count
            if count == 0:
                p, count = ordinary_records(
                    p, end, first_row + row, settings, state, memory, floats, ends, known
                )
                row += count
                line += count
            lowest, highest = floats[layout.MIN], floats[layout.MAX]
            if p == end:
                break
        elif passed:
            if short and state[at.ORDER_LIVE] == 0:
                p = short_times(p, end, settings, memory, known, ends)
            p = ordinary_times(p, end, settings, state, memory, ends, known)
            if p == end:
                break
        elif listed and state[at.ORDER_LIVE] == 0:
            p = short_moments(p, end, settings, state, memory, known, ends)
        structure = 0
        lines = 1
        k2 = 0
        if by_lines:
            k2 = fields_of_line(
                p, end, delimiter, quote, comment, escaped, visible, slots, width, longest,
                places, found,
            )  # fmt: skip
        careful = k2 == 0
        if careful:
            after, lines = fields_of_record(
                p, end, settings, slots, places, sources, found, scratch
            )
            content = found[CONTENT]
            if content == 0:
                p = after
                line += 1
                continue
            structure = found[FAULT]
        else:
            after = behind_line_end(k2, end)
            content = k2
        fields = found[FIELDS]
        if structure == 0 and may_repeat(p, settings) and is_repeated(p, content, settings):
            p = after
            line += lines
            continue
        if structure == 0:
            if fields < needed and not fill:
                structure = layout.MISSING_FIELDS
            elif found[EXTRA] != 0 and not cut:
                structure = layout.EXTRA_FIELDS
            for k in range(fields, slots):
                # A field that is not there: empty if it is to be filled in, else 0.
                places[PLACE_WORDS * k] = p if fill else 0
                places[PLACE_WORDS * k + 1] = p if fill else 0
                places[PLACE_WORDS * k + 2] = 1
                sources[SOURCE_WORDS * k] = p
                sources[SOURCE_WORDS * k + 1] = p
                sources[SOURCE_WORDS * k + 2] = 0

        if formulas:
            without_formulas(min(fields, slots), quote, places)

        # The sensor of the record, and what its order goes by.
        h = 1
        number = sensor = block = sensor_fault = 0
        s0, e0 = 0, 0
        looked_into = structure == 0 or (not wide and structure <= layout.EXTRA_FIELDS)
        if mode != at.FIXED and looked_into:
            s0, e0, h, sensor, block, sensor_fault = sensor_of_record(
                mode, places, settings, state, memory, text_area, end
            )
            if sensor_fault == -1:
                reason = at.ROOM_FOR_KEYS
                break

        # The instant.
        instant = 0
        time_fault = 0
        s1, e1 = 0, 0
        if state[at.RESUMED] != 0:
            instant, time_fault = state[at.RESUME_INSTANT], state[at.RESUME_FAULT]
        elif looked_into:
            there = 2
            if time_cell >= 0:
                s1, e1 = trimmed_cell(time_cell, places)
                there = 0 if s1 == 0 else 1 if s1 == e1 else 2
                if careful and there == 2:
                    s1, e1 = readable(s1, e1, base, end, time_area, area)
            else:
                s1 = time_area
                e1, there = composed(
                    settings[at.TIME_PARTS_AT], settings[at.TIME_PARTS], True, 0, 0, places,
                    time_area,
                )  # fmt: skip
            if there == 1:
                time_fault = EMPTY
            elif there == 2:
                # What is wrong with the sensor keeps a record out of the order of records.
                outcome, instant = record_instant(
                    s1, e1, 0 if sensor_fault != 0 else h if h != 0 else 1, places, settings, state, memory,
                    copy_area, zone,
                )  # fmt: skip
                if outcome == FULL:
                    reason = at.ROOM_FOR_ORDER
                    break
                if outcome == -1:
                    reason = at.ZONE_NEEDED
                    break
                if outcome != MOMENT:
                    time_fault = outcome
        if scan:
            if readings != 0 and s1 != 0 and time_fault == 0 and sensor_fault == 0:
                # For who wants to know the order of records: the sensor's hash in place of a value.
                to = readings + 8 * state[at.READ]
                store64(to, instant)
                store64(to + 8 * readings_room, h)
                state[at.READ] += 1
            p = after
            row += 1
            line += lines
            continue
        faults = structure | sensor_fault << 8
        if time_fault != 0:
            faults |= (layout.TIMESTAMP_EMPTY - 1 + time_fault) << 16
        if faults != 0 and (wide or not looked_into):
            reason = has_room(state, settings, memory)
            if reason != at.DONE:
                break
            kinds = 0
            if mode == at.CELL:
                kinds |= seen(0, sensor_cell, s0, e0, careful, sources, texts)
            else:
                seen(0, -1, s0, e0, careful, sources, texts)
            kinds |= seen(1, time_cell, s1, e1, careful, sources, texts)
            keep(
                settings, state, memory, base, size, p, content, row, line, fields, faults,
                kinds, -1, values, texts,
            )  # fmt: skip
            p = after
            row += 1
            line += lines
            continue

        # The cells.
        v = 0
        if state[at.RESUMED] != 0:
            v = state[at.RESUME_CELL]
            state[at.RESUMED] = 0
        while v < values:
            what = cells.READING
            wrong = 0
            value = 0.0
            if quality != 0:
                flag = load64(quality_at + (8 * v if quality == 2 else 0))
                if flag >= 0 and not flag_accepts(flag, places, settings):
                    what = cells.EXCLUDED
            position = load64(values_at + 8 * v)
            s2, e2 = trimmed_cell(position, places)
            if what == cells.READING and s2 != 0:
                begin, stop = s2, e2
                if careful:
                    begin, stop = readable(s2, e2, base, end, number_area, area)
                done = False
                if not thousands:
                    done, value = short_number(begin, stop, point)
                if done:
                    if compared:
                        if is_missing_number(value, settings):
                            what = cells.MISSING
                        else:
                            value = mapped(value, settings)
                else:
                    what, wrong, value = cell_slow(begin, stop, settings, copy_area, state, answer)
                    if what == cells.ASK:
                        if faults == 0:
                            reason = at.NUMBER_ASKED
                            break
                        what = cells.READING
            all_faults = faults
            if what == cells.INVALID:
                all_faults |= (layout.VALUE_EMPTY - 1 + wrong) << 24

            # The sensor of the cell.
            if all_faults == 0:
                if mode == at.FIXED:
                    number = load64(settings[at.FIXED_AT] + 8 * v)
                    if number < 0:
                        all_faults = -number << 8
                elif mode == at.KEYED:
                    number = keyed_sensor(v, block, places, settings, state, memory, end)
                    if number == -1:
                        reason = at.ROOM_FOR_SENSORS
                        break
                    if number >= at.BLOCK_FAULT:
                        all_faults = (number - at.BLOCK_FAULT) << 8
                elif sensor != 0:
                    number = (sensor - sensors) // layout.SENSOR_BYTES
                else:
                    number = new_sensor(s0, e0, end, h, state, memory)
                    if number == -1:
                        reason = at.ROOM_FOR_SENSORS
                        break
                if all_faults != 0:
                    # Only the name of the column is at fault: a cell without a reading is no loss.
                    if what != cells.READING:
                        all_faults = 0
                    number = -1
            if all_faults != 0:
                reason = has_room(state, settings, memory)
                if reason != at.DONE:
                    break
                kinds = 0
                if mode == at.CELL:
                    kinds |= seen(0, sensor_cell, s0, e0, careful, sources, texts)
                elif mode == at.COMPOSED:
                    seen(0, -1, s0, e0, careful, sources, texts)
                elif faults == 0 and all_faults & 0xFF00 != 0:
                    name = settings[at.NAMES_AT] + 16 * v
                    s0 = text_area
                    e0, _ = composed(
                        settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False,
                        load64(name), load64(name + 8), places, text_area,
                    )  # fmt: skip
                    seen(0, -1, s0, e0, careful, sources, texts)
                kinds |= seen(1, time_cell, s1, e1, careful, sources, texts)
                kinds |= seen(2, position, s2, e2, careful, sources, texts)
                keep(
                    settings, state, memory, base, size, p, content, row, line, fields,
                    all_faults, kinds, v, 1, texts,
                )  # fmt: skip
            elif what == cells.READING:
                if value < lowest:
                    lowest = value
                if value > highest:
                    highest = value
                add_reading(
                    sensors + number * layout.SENSOR_BYTES, instant, first_row + row, value,
                    sensors, noted,
                )  # fmt: skip
                if is_sentinel(value):
                    if state[at.SENTINEL] == 0:
                        state[at.SENTINEL_ROW] = first_row + row
                    state[at.SENTINEL] += 1
                if instant > latest:
                    if state[at.FUTURE] == 0:
                        state[at.FUTURE_ROW] = first_row + row
                    state[at.FUTURE] += 1
                if readings != 0:
                    list_reading(
                        readings, readings_room, state[at.READ], instant, value,
                        first_row + row, number,
                    )  # fmt: skip
                state[at.READ] += 1
            elif what == cells.MISSING:
                state[at.MISSED] += 1
                if number >= 0:
                    extra = extras + at.EXTRA_BYTES * number
                    store64(extra, load64(extra) + 1)
            else:
                state[at.EXCLUDED] += 1
                if number >= 0:
                    extra = extras + at.EXTRA_BYTES * number + 8
                    store64(extra, load64(extra) + 1)
            v += 1
        if v < values:
            state[at.RESUMED] = 1
            state[at.RESUME_CELL] = v
            state[at.RESUME_INSTANT], state[at.RESUME_FAULT] = instant, time_fault
            break
        p = after
        row += 1
        line += lines
    state[at.POSITION] = p - base
    state[at.ROW] = row
    state[at.LINE] = line
    floats[layout.MIN] = lowest
    floats[layout.MAX] = highest
    return reason
