"""Invalid rows as the kernel of read plans keeps them for the report."""

from __future__ import annotations

from rows.kernels import layout
from rows.kernels import plan_layout as at
from rows.kernels.intrinsics import copy, store32
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.record_fields import SOURCE_WORDS
from rows.kernels.templates import MAX_TEXT


@inner
def _note(s: int, e: int, state: Int64s, memory: Int64s) -> int:
    """Keep a text that was put together, for the report; gives its place among the notes."""
    place = int(state[at.NOTES_USED])
    copy(memory[at.NOTES_M] + place, s, e - s)
    state[at.NOTES_USED] = place + e - s
    return place


@inlined
def has_room(state: Int64s, settings: Int64s, memory: Int64s) -> int:
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
def keep(
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
    """Count an invalid row, and keep it for the report if that has room for it.

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
def seen(
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
