"""The kernel of read plans: one pass over the records of a batch, long or wide.

Files whose three columns are sensor_id, timestamp and value are read by `rows.kernels.parse`.
"""

from __future__ import annotations

import numpy as np

from rows.kernels import decimal as d
from rows.kernels import layout
from rows.kernels import plan_layout as at
from rows.kernels.cells import (
    in_texts,
    is_missing_number,
    mapped,
    number_slow,
    short_number,
    word_at,
)
from rows.kernels.clock import laid_out, written
from rows.kernels.grammar import behind_line_end, is_repeated
from rows.kernels.instants import ABSOLUTE, NO_ZONE, iso, numbered
from rows.kernels.intrinsics import (
    copy,
    load8,
    load32,
    load64,
    load_float,
    store32,
    store64,
    store_float,
)
from rows.kernels.jit import Floats, Int64s, inlined, inner, kernel
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
)
from rows.kernels.sensors import add_reading, add_sensor, find_sensor, id_fault, sensor_hash
from rows.kernels.templates import (
    MAX_TEXT,
    cell,
    cell_fault,
    composed,
    offset_named,
    record_key,
    trimmed_cell,
    zone_named,
)
from rows.kernels.timestamp import EMPTY, MOMENT, NO_FORMAT, OUT_OF_RANGE, in_years
from rows.kernels.zoning import FULL, instant_of

_SPACE, _TAB, _DOT, _COMMA = 32, 9, 46, 44
_MINUTE = 60_000_000
# What a cell is.
_READING, _MISSING, _EXCLUDED, _INVALID, _ASK = 0, 1, 2, 3, 4


@inner
def _readable(s: int, e: int, base: int, end: int, to: int, room: int) -> tuple[int, int]:
    """The same text somewhere behind which 64 bytes can be read; cut if it is too long for `to`."""
    if s < base or e > end or e + 64 <= end:
        return s, e
    size = min(e - s, room - 64)
    copy(to, s, size)
    return to, to + size


@inner
def _local(s: int, e: int, settings: Int64s, zone: int) -> tuple[int, int, int, int]:
    """What the first format that fits makes of a timestamp; see `rows.kernels.instants`."""
    where = settings.ctypes.data
    comma = 0 if settings[at.SIGNS] == at.POINT else 1
    worst = NO_FORMAT
    for k in range(settings[at.FORMATS]):
        form = settings[at.FORMATS_AT] + 8 * at.FORMAT_WORDS * k
        what = load64(form)
        if what == at.WRITTEN:
            done, local = laid_out(s, e, form)
            if done != 0:
                return MOMENT, local, 0, 0
            outcome, local, kind, which = written(
                s,
                e,
                load64(form + 8 * at.PROGRAM_AT),
                load64(form + 8 * at.PROGRAM_SIZE),
                where,
                zone,
            )
        elif what == at.ISO:
            outcome, local, kind, which = iso(s, e)
        else:
            outcome, local, kind, which = numbered(s, e, form, comma)
        if outcome == MOMENT:
            return outcome, local, kind, which
        if outcome == OUT_OF_RANGE:
            worst = outcome
    return worst, 0, 0, 0


@inner
def _zone_of_record(
    places: Int64s, settings: Int64s, state: Int64s, scratch: int
) -> tuple[int, int, int]:
    """The zone of a record: (address, minutes of a fixed offset if that is 0, what is wrong:
    0, NO_ZONE, or -1: the zone is not made ready)."""
    s = scratch
    e, _ = composed(
        settings[at.ZONE_PARTS_AT], settings[at.ZONE_PARTS], False, 0, 0, places, scratch
    )
    while s < e and load8(s) in (_SPACE, _TAB):
        s += 1
    while s < e and load8(e - 1) in (_SPACE, _TAB):
        e -= 1
    fixed, minutes = offset_named(s, e)
    if fixed:
        return 0, minutes, 0
    number = zone_named(s, e, scratch + MAX_TEXT, settings[at.ZONE_NAMES_AT])
    if number < 0:
        return 0, 0, NO_ZONE
    zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * number
    if load64(zone + 8 * at.ZONE_SEGMENTS) == 0:
        state[at.ZONE_ASKED] = number
        return 0, 0, -1
    return zone, 0, 0


@inner
def _zoned_slow(
    s: int,
    e: int,
    key: int,
    places: Int64s,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    scratch: int,
) -> tuple[int, int]:
    """The instant of a timestamp whose zone is in the record."""
    zone, minutes, wrong = _zone_of_record(places, settings, state, scratch)
    if wrong == -1:
        return -1, 0
    any_zone = settings[at.ZONES_AT] + 8 * at.ZONE_WORDS * settings[at.ZONE]
    outcome, local, kind, which = _local(s, e, settings, zone if zone != 0 else any_zone)
    if outcome != MOMENT:
        return outcome, 0
    if kind == ABSOLUTE:
        return MOMENT, local
    if wrong != 0:
        return wrong, 0
    if zone == 0:
        return MOMENT, local - minutes * _MINUTE
    return instant_of(local, kind, which, zone, key, settings, state, memory)


@inlined
def _instant(
    s: int,
    e: int,
    key: int,
    places: Int64s,
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    scratch: int,
    zone: int,
) -> tuple[int, int]:
    """The instant that a timestamp names: (what became of it, microseconds).

    More than `rows.kernels.timestamp` and `instants` say: FULL, and -1 if a zone is asked for.
    """
    if settings[at.ZONE_PARTS] != 0:
        outcome, instant = _zoned_slow(s, e, key, places, settings, state, memory, scratch)
    else:
        outcome, instant, kind, which = _local(s, e, settings, zone)
        if outcome == MOMENT and kind != ABSOLUTE:
            outcome, instant = instant_of(instant, kind, which, zone, key, settings, state, memory)
    if outcome == MOMENT:
        instant += settings[at.SHIFT]
        if not in_years(instant):
            outcome = OUT_OF_RANGE
    return outcome, instant


@inner
def _flag_accepts(k: int, places: Int64s, settings: Int64s) -> bool:
    """Whether the flag in a field lets the reading be taken."""
    s, e = trimmed_cell(k, places)
    if settings[at.ACCEPT] != 0 and not in_texts(s, e, settings[at.ACCEPT_AT], settings[at.ACCEPT]):
        return False
    return not in_texts(s, e, settings[at.REJECT_AT], settings[at.REJECT])


@inner
def _cell_slow(
    s: int, e: int, settings: Int64s, scratch: int, state: Int64s, floats: int
) -> tuple[int, int, float]:
    """A cell that is no short number: (what it is, what is wrong with it, its value)."""
    if s == e and settings[at.WIDE] != 0:
        return _MISSING, 0, 0.0
    outcome, value = number_slow(s, e, settings, scratch, state, floats)
    if outcome == d.ASK:
        return _ASK, 0, 0.0
    if outcome == d.NUMBER:
        if is_missing_number(value, settings):
            return _MISSING, 0, 0.0
        return _READING, 0, mapped(value, settings)
    if in_texts(s, e, settings[at.MISSING_AT], settings[at.MISSING]):
        return _MISSING, 0, 0.0
    word = word_at(s, e, settings[at.WORDS_AT], settings[at.WORDS])
    if word >= 0:
        return _READING, 0, load_float(settings[at.WORD_VALUES_AT] + 8 * word)
    return _INVALID, outcome, 0.0


@inner
def _note(s: int, e: int, state: Int64s, memory: Int64s) -> int:
    """Keep a text that was put together, for the report; gives its place among the notes."""
    place = int(state[at.NOTES_USED])
    copy(memory[at.NOTES_M] + place, s, e - s)
    state[at.NOTES_USED] = place + e - s
    return place


@inlined
def _has_room(state: Int64s, settings: Int64s, memory: Int64s) -> int:
    """Why an invalid row cannot be kept now: a reason to return, or DONE."""
    kept = state[at.KEPT]
    if kept >= settings[at.MAX_INVALID]:
        return at.DONE
    if kept + 1 > memory[at.BAD_ROOM_M]:
        return at.ROOM_FOR_INVALID
    if memory[at.NOTES_SIZE_M] - state[at.NOTES_USED] < 2 * MAX_TEXT:
        return at.ROOM_FOR_NOTES
    return at.DONE


@inner
def _keep(
    settings: Int64s,
    state: Int64s,
    memory: Int64s,
    base: int,
    size: int,
    start: int,
    content: int,
    row: int,
    line: int,
    fields: int,
    faults: int,
    kinds: int,
    value: int,
    cells: int,
    texts: Int64s,
) -> None:
    """Count an invalid row, and keep it for the report where it still belongs there.

    `texts` has begin and end of what was seen in the three roles.
    """
    first = faults
    while first & 0xFF == 0:
        first >>= 8
    state[at.CODES + (first & 0xFF)] += 1
    state[at.ENTRIES] += 1
    state[at.CELLS_INVALID] += cells
    if state[at.KEPT] >= settings[at.MAX_INVALID]:
        return
    to = memory[at.BAD_M] + 4 * at.BAD_WORDS * state[at.KEPT]
    state[at.KEPT] += 1
    store32(to + 4 * layout.BAD_START, start - base)
    store32(to + 4 * layout.BAD_END, content - base)
    store32(to + 4 * layout.BAD_LINE, line)
    store32(to + 4 * layout.BAD_ROW, row)
    store32(to + 4 * layout.BAD_FIELDS, fields)
    store32(to + 4 * layout.BAD_FAULTS, faults)
    store32(to + 4 * layout.BAD_KINDS, kinds)
    for c in range(3):
        s, e = texts[2 * c], texts[2 * c + 1]
        if (faults >> (8 * c + 8)) & 0xFF == 0:
            s = e = base
        if base <= s and e <= base + size:
            s, e = s - base, e - base
        else:
            e = min(e, s + MAX_TEXT)
            place = _note(s, e, state, memory)
            s, e = -1 - place, -1 - (place + e - s)
        store32(to + 4 * (layout.BAD_TEXT + 2 * c), s)
        store32(to + 4 * (layout.BAD_TEXT + 2 * c) + 4, e)
    store32(to + 4 * at.BAD_VALUE, value)
    store32(to + 4 * at.BAD_CELLS, cells)


@inlined
def _list(
    readings: int, room: int, number: int, moment: int, value: float, row: int, sensor: int
) -> None:
    """List a reading as the one of that number, from 0; see `layout.READING_BYTES`."""
    to = readings + 8 * number
    store64(to, moment)
    store_float(to + 8 * room, value)
    store64(to + 16 * room, row)
    store32(readings + 24 * room + 4 * number, sensor)


@inlined
def _seen(
    c: int,
    k: int,
    s: int,
    e: int,
    careful: bool,
    sources: Int64s,
    texts: Int64s,
) -> int:
    """Note what was seen in the role c, field k; gives what kind of field it is, in its two bits."""
    kind = 0
    if careful and k >= 0 and s != 0:
        s, e = sources[SOURCE_WORDS * k], sources[SOURCE_WORDS * k + 1]
        kind = sources[SOURCE_WORDS * k + 2] << (2 * c)
    texts[2 * c] = s
    texts[2 * c + 1] = e
    return kind


@inner
def _record_block(
    s: int, e: int, end: int, places: Int64s, settings: Int64s, state: Int64s, memory: Int64s
) -> tuple[int, int, int]:
    """The block of a wide record with the key [s, e): (its number, hash of the key, what is wrong:
    a code number, or -1 if there is no room)."""
    h = sensor_hash(s, e, end)
    table, slots = memory[at.RECORD_TABLE_M], memory[at.RECORD_SLOTS_M]
    mask = memory[at.RECORD_SLOT_COUNT_M] - 1
    texts = memory[at.RECORD_TEXT_M]
    record = find_sensor(s, e, end, h, slots, mask, table, texts)
    if record != 0:
        return (record - table) // layout.SENSOR_BYTES, h, 0
    code = cell_fault(settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], places)
    if code != 0:
        return 0, h, code
    number, used = state[at.RECORD_KEYS], state[at.RECORD_KEYS_USED]
    if (
        number == memory[at.RECORD_ROOM_M]
        or 2 * number > mask
        or used + e - s + 16 > memory[at.RECORD_TEXT_SIZE_M]
    ):
        return 0, h, -1
    state[at.RECORD_KEYS_USED] += add_sensor(s, e, end, h, slots, mask, table, number, texts, used)
    state[at.RECORD_KEYS] += 1
    return number, h, 0


@inner
def _new_sensor(s: int, e: int, end: int, h: int, state: Int64s, memory: Int64s) -> int:
    """Take a sensor in; gives its number, -1 if there is no room."""
    number, used = int(state[at.SENSORS]), state[at.KEYS_USED]
    mask = memory[at.SLOT_COUNT_M] - 1
    if (
        number == memory[at.SENSOR_ROOM_M]
        or 2 * number > mask
        or used + layout.MAX_ID_BYTES > memory[at.KEYS_SIZE_M]
    ):
        return -1
    state[at.KEYS_USED] += add_sensor(
        s,
        e,
        end,
        h,
        memory[at.SLOTS_M],
        mask,
        memory[at.SENSORS_M],
        number,
        memory[at.KEYS_M],
        used,
    )
    state[at.SENSORS] += 1
    store64(memory[at.EXTRAS_M] + at.EXTRA_BYTES * number, 0)
    store64(memory[at.EXTRAS_M] + at.EXTRA_BYTES * number + 8, 0)
    return number


@inner
def _keyed_sensor(
    v: int, block: int, places: Int64s, settings: Int64s, state: Int64s, memory: Int64s, end: int
) -> int:
    """The sensor of value column v for a record's block: its number, -1 if there is no room, or
    BLOCK_FAULT and a code number."""
    entry = int(settings[at.BLOCKS_AT] + 4 * (block * settings[at.VALUES] + v))
    known = int(load32(entry))
    if known != 0:
        return known if known >= at.BLOCK_FAULT else known - 1
    to = memory[at.SCRATCH_M] + 2 * memory[at.SCRATCH_SIZE_M]
    name = settings[at.NAMES_AT] + 16 * v
    e, _ = composed(
        settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False, load64(name),
        load64(name + 8), places, to,
    )  # fmt: skip
    fault = id_fault(to, e)
    if fault != 0:
        store32(entry, at.BLOCK_FAULT | fault)
        return int(at.BLOCK_FAULT | fault)
    h = sensor_hash(to, e, end)
    sensors = memory[at.SENSORS_M]
    sensor = find_sensor(
        to, e, end, h, memory[at.SLOTS_M], memory[at.SLOT_COUNT_M] - 1, sensors, memory[at.KEYS_M]
    )
    if sensor != 0:
        number = (sensor - sensors) // layout.SENSOR_BYTES
    else:
        number = _new_sensor(to, e, end, h, state, memory)
        if number < 0:
            return -1
    store32(entry, number + 1)
    return int(number)


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
    area = memory[at.SCRATCH_SIZE_M]
    scratch = memory[at.SCRATCH_M]
    time_area, text_area = scratch + area, scratch + 2 * area
    number_area, copy_area = scratch + 3 * area, scratch + 4 * area
    sensors, mask = memory[at.SENSORS_M], memory[at.SLOT_COUNT_M] - 1
    extras = memory[at.EXTRAS_M]
    answer = floats.ctypes.data + 8 * layout.ANSWER
    lowest, highest = floats[layout.MIN], floats[layout.MAX]
    places = np.zeros(PLACE_WORDS * slots, np.int64)
    sources = np.zeros(SOURCE_WORDS * slots, np.int64)
    texts = np.zeros(6, np.int64)
    found = np.zeros(FOUND_SIZE, np.int64)
    reason = at.DONE
    while p < end:
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

        # The sensor of the record, and what its order goes by.
        h = 1
        number = 0
        sensor = 0
        block = 0
        sensor_fault = 0
        s0, e0 = 0, 0
        looked_into = structure == 0 or (not wide and structure <= layout.EXTRA_FIELDS)
        if mode != at.FIXED and looked_into:
            there = 2
            if mode == at.CELL:
                s0, e0 = cell(sensor_cell, places)
                if s0 == 0:
                    there = 0
            elif mode == at.COMPOSED:
                name = settings[at.NAMES_AT]
                s0 = text_area
                e0, there = composed(
                    settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False,
                    load64(name), load64(name + 8), places, text_area,
                )  # fmt: skip
            else:
                s0 = text_area
                e0, sensor_fault = record_key(
                    settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], places, text_area
                )
                if sensor_fault == 0:
                    block, h, sensor_fault = _record_block(
                        s0, e0, end, places, settings, state, memory
                    )
                    if sensor_fault == -1:
                        reason = at.ROOM_FOR_KEYS
                        break
                if sensor_fault != 0:
                    e0, _ = composed(
                        settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False, 0, 0,
                        places, text_area,
                    )  # fmt: skip
            if mode != at.KEYED:
                if there == 1:
                    sensor_fault = layout.SENSOR_ID_EMPTY
                elif there == 2:
                    if s0 < e0 and e0 - s0 <= layout.MAX_ID_BYTES:
                        h = sensor_hash(s0, e0, end)
                        sensor = find_sensor(
                            s0, e0, end, h, memory[at.SLOTS_M], mask, sensors, memory[at.KEYS_M]
                        )
                    if sensor == 0:
                        sensor_fault = id_fault(s0, e0)

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
                    s1, e1 = _readable(s1, e1, base, end, time_area, area)
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
                outcome, instant = _instant(
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
            p = after
            row += 1
            line += lines
            continue
        faults = structure | sensor_fault << 8
        if time_fault != 0:
            faults |= (layout.TIMESTAMP_EMPTY - 1 + time_fault) << 16
        if faults != 0 and structure <= layout.EXTRA_FIELDS and is_repeated(p, content, settings):
            p = after
            line += lines
            continue
        if faults != 0 and (wide or not looked_into):
            reason = _has_room(state, settings, memory)
            if reason != at.DONE:
                break
            kinds = 0
            if mode == at.CELL:
                kinds |= _seen(0, sensor_cell, s0, e0, careful, sources, texts)
            else:
                _seen(0, -1, s0, e0, careful, sources, texts)
            kinds |= _seen(1, time_cell, s1, e1, careful, sources, texts)
            _keep(
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
            what = _READING
            wrong = 0
            value = 0.0
            if quality != 0:
                flag = load64(quality_at + (8 * v if quality == 2 else 0))
                if flag >= 0 and not _flag_accepts(flag, places, settings):
                    what = _EXCLUDED
            position = load64(values_at + 8 * v)
            s2, e2 = trimmed_cell(position, places)
            if what == _READING and s2 != 0:
                begin, stop = s2, e2
                if careful:
                    begin, stop = _readable(s2, e2, base, end, number_area, area)
                done = False
                if not thousands:
                    done, value = short_number(begin, stop, point)
                if done:
                    if compared:
                        if is_missing_number(value, settings):
                            what = _MISSING
                        else:
                            value = mapped(value, settings)
                else:
                    what, wrong, value = _cell_slow(begin, stop, settings, copy_area, state, answer)
                    if what == _ASK:
                        if faults == 0:
                            reason = at.NUMBER_ASKED
                            break
                        what = _READING
            all_faults = faults
            if what == _INVALID:
                all_faults |= (layout.VALUE_EMPTY - 1 + wrong) << 24

            # The sensor of the cell.
            if all_faults == 0:
                if mode == at.FIXED:
                    number = load64(settings[at.FIXED_AT] + 8 * v)
                    if number < 0:
                        all_faults = -number << 8
                elif mode == at.KEYED:
                    number = _keyed_sensor(v, block, places, settings, state, memory, end)
                    if number == -1:
                        reason = at.ROOM_FOR_SENSORS
                        break
                    if number >= at.BLOCK_FAULT:
                        all_faults = (number - at.BLOCK_FAULT) << 8
                elif sensor != 0:
                    number = (sensor - sensors) // layout.SENSOR_BYTES
                else:
                    number = _new_sensor(s0, e0, end, h, state, memory)
                    if number == -1:
                        reason = at.ROOM_FOR_SENSORS
                        break
                if all_faults != 0:
                    # Only the name of the column is at fault: a cell without a reading is no loss.
                    if what != _READING:
                        all_faults = 0
                    number = -1
            if all_faults != 0:
                reason = _has_room(state, settings, memory)
                if reason != at.DONE:
                    break
                kinds = 0
                if mode == at.CELL:
                    kinds |= _seen(0, sensor_cell, s0, e0, careful, sources, texts)
                elif mode == at.COMPOSED:
                    _seen(0, -1, s0, e0, careful, sources, texts)
                elif faults == 0 and all_faults & 0xFF00 != 0:
                    name = settings[at.NAMES_AT] + 16 * v
                    s0 = text_area
                    e0, _ = composed(
                        settings[at.SENSOR_PARTS_AT], settings[at.SENSOR_PARTS], False,
                        load64(name), load64(name + 8), places, text_area,
                    )  # fmt: skip
                    _seen(0, -1, s0, e0, careful, sources, texts)
                kinds |= _seen(1, time_cell, s1, e1, careful, sources, texts)
                kinds |= _seen(2, position, s2, e2, careful, sources, texts)
                _keep(
                    settings, state, memory, base, size, p, content, row, line, fields,
                    all_faults, kinds, v, 1, texts,
                )  # fmt: skip
            elif what == _READING:
                if value < lowest:
                    lowest = value
                if value > highest:
                    highest = value
                add_reading(sensors + number * layout.SENSOR_BYTES, instant, first_row + row, value)
                if instant > latest:
                    if state[at.FUTURE] == 0:
                        state[at.FUTURE_ROW] = first_row + row
                    state[at.FUTURE] += 1
                if readings != 0:
                    _list(
                        readings, readings_room, state[at.READ], instant, value,
                        first_row + row, number,
                    )  # fmt: skip
                state[at.READ] += 1
            elif what == _MISSING:
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
