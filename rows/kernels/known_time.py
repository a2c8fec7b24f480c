"""Timestamps of one shape: what the last one was is known, and the next differs in its time of day.

A timestamp whose format was found is kept as its text without the digits of the time of day. Of the
next one that is the same besides only these digits are read. The same goes for its zone: the stretch
of local time without a change of the clocks is kept, with its offset.
"""

from __future__ import annotations

from rows.kernels import plan_layout as at
from rows.kernels.clock import laid_out
from rows.kernels.instants import ABSOLUTE, iso
from rows.kernels.intrinsics import copy, load8, load64, shr, signed, store8
from rows.kernels.jit import Int64s, inlined, inner
from rows.kernels.timestamp import MOMENT, date_and_time
from rows.kernels.zoning import segment_of

# What is known (int64): bytes of the text (0: nothing is known), and of its first cell if there are
# two; the text with zeros for the digits of the time of day, and the mask that makes it; places of
# hour, minute, second and of the fraction (-1: none), and digits of the fraction; microseconds of
# the text with midnight in it; the local times [from, to) that the offset is for.
_SIZE, _FIRST_SIZE, _TEXT, _MASK = 0, 1, 2, 6
_HOUR, _MINUTE, _SECOND, _FRACTION, _FRACTION_DIGITS = 10, 11, 12, 13, 14
_BASE, _FROM, _TO, _OFFSET, _ABSOLUTE = 15, 16, 17, 18, 19
# Whether hour, minute and second are two digits each with one byte between them.
_CLOCK = 20
KNOWN_SIZE = 21

_MAX_TEXT = 32  # bytes, four words
_MAX_FRACTION = 9
_DATE = 10  # bytes of an ISO date
_ZERO, _COLON, _DOT, _SPACE = 48, 58, 46, 32
_COMMON = 19  # bytes of an ISO date and time without a zone
# `hh?mm?ss` as a word: its digits, their zeros, and what carries into the high bit of a byte over 9.
_DIGITS = signed(0xFFFF00FFFF00FFFF)
_ZEROS, _DIGIT_CARRY = 0x3030003030003030, 0x7676007676007676
_HIGH_BITS = signed(0x8080808080808080)
_ALWAYS = 1 << 62


@inlined
def _digits(p: int) -> int:
    """The two digits at p as a number, or -1."""
    tens, ones = load8(p) - _ZERO, load8(p + 1) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@inner
def _seconds_of_day(s: int, known: Int64s) -> int:
    """Seconds since midnight of the text at s, wherever its digits are; -1 if it is no time of day."""
    seconds = 0
    if known[_HOUR] >= 0:
        hour = _digits(s + known[_HOUR])
        if not 0 <= hour <= 23:
            return -1
        seconds = hour * 3600
    if known[_MINUTE] >= 0:
        minute = _digits(s + known[_MINUTE])
        if not 0 <= minute <= 59:
            return -1
        seconds += minute * 60
    if known[_SECOND] >= 0:
        second = _digits(s + known[_SECOND])
        if not 0 <= second <= 59:
            return -1
        seconds += second
    return seconds


@inlined
def _time_of_day(s: int, known: Int64s) -> int:
    """Microseconds since midnight of the text at s, -1 if it is no time of day as it is known."""
    if known[_CLOCK] != 0:
        word = (load64(s + known[_HOUR]) & _DIGITS) ^ _ZEROS
        if (word | (word + _DIGIT_CARRY)) & _HIGH_BITS:
            return -1
        word = word * 10 + shr(word, 8)
        hour, minute, second = word & 0xFF, shr(word, 24) & 0xFF, shr(word, 48) & 0xFF
        if hour > 23 or minute > 59 or second > 59:
            return -1
        micros = hour * 3600 + minute * 60 + second
    else:
        micros = _seconds_of_day(s, known)
        if micros < 0:
            return -1
    micros *= 1_000_000
    if known[_FRACTION] >= 0:
        i = s + known[_FRACTION]
        unit = 100_000
        for k in range(known[_FRACTION_DIGITS]):
            digit = load8(i + k) - _ZERO
            if not 0 <= digit <= 9:
                return -1
            micros += digit * unit
            unit //= 10
    return micros


@inlined
def _is_known(s: int, size: int, first_size: int, known: Int64s) -> bool:
    """Whether the text at s is as it is known, but for its time of day. 32 bytes are read."""
    return bool(
        size == known[_SIZE]
        and first_size == known[_FIRST_SIZE]
        and (load64(s) & known[_MASK]) == known[_TEXT]
        and (load64(s + 8) & known[_MASK + 1]) == known[_TEXT + 1]
        and (load64(s + 16) & known[_MASK + 2]) == known[_TEXT + 2]
        and (load64(s + 24) & known[_MASK + 3]) == known[_TEXT + 3]
    )


@inner
def _mask_out(place: int, count: int, known: Int64s) -> None:
    for i in range(place, place + count):
        known[_MASK + (i >> 3)] &= ~(0xFF << (8 * (i & 7)))


@inner
def _get_to_know(s: int, e: int, first_size: int, form: int, area: int, known: Int64s) -> bool:
    """Read the timestamp [s, e) by the format at `form`, and keep its shape; False if it has none."""
    known[_SIZE] = 0
    size = e - s
    if size > _MAX_TEXT:
        return False
    text = s
    if first_size >= 0 and s != area:
        # Two cells are joined by a space, whatever is between them.
        copy(area, s, size)
        store8(area + first_size, _SPACE)
        text = area
    stop = text + size
    known[_HOUR] = known[_MINUTE] = known[_SECOND] = known[_FRACTION] = -1
    known[_FRACTION_DIGITS] = 0
    absolute = 0
    if load64(form) == at.ISO:
        outcome, local, kind, _ = iso(text, stop)
        if outcome != MOMENT:
            return False
        absolute = 1 if kind == ABSOLUTE else 0
        if size > _DATE:
            known[_HOUR], known[_MINUTE] = _DATE + 1, _DATE + 4
            if size > _DATE + 8 and load8(text + _DATE + 6) == _COLON:
                known[_SECOND] = _DATE + 7
                if size > _DATE + 10 and load8(text + _DATE + 9) == _DOT:
                    known[_FRACTION] = _DATE + 10
    else:
        done, local = laid_out(text, stop, form)
        if done == 0:
            return False
        places = form + 8 * (at.LAYOUT_PLACES + 3)
        for k in range(3):
            known[_HOUR + k] = load64(places + 8 * k)
        if load64(form + 8 * at.LAYOUT_FRACTION) != 0:
            known[_FRACTION] = load64(form + 8 * at.LAYOUT_SIZE)
    for k in range(4):
        count = min(max(size - 8 * k, 0), 8)
        known[_MASK + k] = shr(-1, 64 - 8 * count) if count > 0 else 0
    for k in range(3):
        if known[_HOUR + k] >= 0:
            _mask_out(known[_HOUR + k], 2, known)
    if known[_FRACTION] >= 0:
        i = known[_FRACTION]
        count = 0
        while (
            i + count < size and count < _MAX_FRACTION and 0 <= load8(text + i + count) - _ZERO <= 9
        ):
            count += 1
        known[_FRACTION_DIGITS] = count
        _mask_out(i, count, known)
    for k in range(4):
        known[_TEXT + k] = load64(s + 8 * k) & known[_MASK + k]
    hour = known[_HOUR]
    clock = hour >= 0 and known[_MINUTE] == hour + 3 and known[_SECOND] == hour + 6
    # The clock is read as a word of eight bytes, which must not reach beyond the longest text.
    known[_CLOCK] = 1 if clock and hour + 8 <= _MAX_TEXT else 0
    known[_BASE] = local - _time_of_day(text, known)
    known[_ABSOLUTE] = absolute
    known[_FROM] = known[_TO] = known[_OFFSET] = 0
    if absolute != 0:
        known[_FROM], known[_TO] = -_ALWAYS, _ALWAYS
    known[_FIRST_SIZE] = first_size
    known[_SIZE] = size
    return True


@inner
def _has_one_offset(local: int, zone: int, known: Int64s) -> bool:
    """Whether clocks show a local time once; its stretch of local times is kept."""
    segment = segment_of(local, zone)
    bounds = load64(zone + 8 * at.ZONE_BOUNDS) + 8 * segment
    first = load64(load64(zone + 8 * at.ZONE_FIRST) + 8 * segment)
    if first != load64(load64(zone + 8 * at.ZONE_SECOND) + 8 * segment):
        return False
    known[_FROM], known[_TO], known[_OFFSET] = load64(bounds), load64(bounds + 8), first
    return True


@inlined
def known_instant(
    s: int, e: int, first_size: int, form: int, zone: int, area: int, known: Int64s
) -> tuple[bool, int]:
    """The instant that [s, e) names, by the format at `form` alone and not shifted; False if it has
    to be looked at otherwise, as have times that clocks do not show exactly once.

    `first_size` is the size of the first cell if there are two with one byte between them, else -1;
    what that byte is does not count. 32 bytes at s are read.
    """
    if not _is_known(s, e - s, first_size, known) and not _get_to_know(
        s, e, first_size, form, area, known
    ):
        return False, 0
    time = _time_of_day(s, known)
    if time < 0:
        return False, 0
    local = known[_BASE] + time
    if not known[_FROM] <= local < known[_TO] and not _has_one_offset(local, zone, known):
        return False, 0
    return True, local - known[_OFFSET]


@inlined
def common_instant(s: int, e: int, first_size: int, known: Int64s) -> tuple[bool, int, bool]:
    """As `known_instant`, of the most common ISO timestamps: (whether it is one, the instant, whether it
    is local time). They have seconds, no fraction, and Z or nothing behind them."""
    size = e - s
    if first_size >= 0:
        if first_size != _DATE or size != _COMMON:
            return False, 0, False
    elif (size != _COMMON and (size != _COMMON + 1 or load8(s + _COMMON) not in (90, 122))) or (
        load8(s + _DATE) not in (84, 32, 116)
    ):
        return False, 0, False
    local = date_and_time(s)
    if local == -1:
        return False, 0, False
    if size != _COMMON:
        return True, local, False
    # Its stretch of local time is known from one like it.
    if known[_SIZE] != _COMMON or known[_ABSOLUTE] != 0:
        return False, 0, False
    if not known[_FROM] <= local < known[_TO]:
        return False, 0, False
    return True, local - known[_OFFSET], True


@inlined
def is_local(known: Int64s) -> bool:
    """Whether the last instant was local time."""
    return bool(known[_ABSOLUTE] == 0)
