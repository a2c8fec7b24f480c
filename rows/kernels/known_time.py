"""Timestamps of one shape: what the last one was is known, and the next differs in its time of day.

A timestamp whose format was found is kept as its text without the digits of the time of day. Of the
next one that is the same besides only these digits are read; of one on another day the date too. The
same goes for its zone: the stretch of local time without a change of the clocks is kept, with its
offset.

What is known is in memory and passed by its address: numba counts references to an array that is
passed, which costs more than reading the timestamp.
"""

from __future__ import annotations

from rows.kernels import plan_layout as at
from rows.kernels.clock import laid_out
from rows.kernels.instants import ABSOLUTE, iso
from rows.kernels.intrinsics import copy, load8, load64, shr, signed, store8, store64
from rows.kernels.jit import inlined, inner
from rows.kernels.timestamp import DAY_US, MOMENT, day_start
from rows.kernels.zoning import segment_of

# What is known (int64): bytes of the text (-1: nothing is known), and of its first cell if there are
# two; the text with zeros for the digits of the time of day, and the mask that makes it; places of
# hour, minute, second and of the fraction (-1: none), and digits of the fraction; microseconds of
# the text with midnight in it; the local times [from, to) that the offset is for.
_SIZE, _FIRST_SIZE, _TEXT, _MASK = 0, 1, 2, 6
_HOUR, _MINUTE, _SECOND, _FRACTION, _FRACTION_DIGITS = 10, 11, 12, 13, 14
_BASE, _FROM, _TO, _OFFSET, _ABSOLUTE = 15, 16, 17, 18, 19
# Whether hour, minute and second are two digits each with one byte between them.
_CLOCK = 20
# Places of year, month and day, whether the year has four digits, and the mask that takes the
# digits of all three out; what _BASE is more than the beginning of that day.
_YEAR, _MONTH, _DAY, _LONG_YEAR, _OTHER_DATE, _AFTER_DAY = 21, 22, 23, 24, 25, 29
KNOWN_SIZE = 30

_WORDS = 4
_MAX_TEXT = 8 * _WORDS  # bytes
_MAX_FRACTION = 9
_DATE = 10  # bytes of an ISO date
_ZERO, _COLON, _DOT, _SPACE = 48, 58, 46, 32
# `hh?mm?ss` as a word: its digits, their zeros, and what carries into the high bit of a byte over 9.
_DIGITS = signed(0xFFFF00FFFF00FFFF)
_ZEROS, _DIGIT_CARRY = 0x3030003030003030, 0x7676007676007676
_HIGH_BITS = signed(0x8080808080808080)
_ALWAYS = 1 << 62


@inlined
def _get(known: int, k: int) -> int:
    return load64(known + 8 * k)


@inlined
def _put(known: int, k: int, word: int) -> None:
    store64(known + 8 * k, word)


@inlined
def _digits(p: int) -> int:
    """The two digits at p as a number, or -1."""
    tens, ones = load8(p) - _ZERO, load8(p + 1) - _ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@inner
def _seconds_of_day(s: int, known: int) -> int:
    """Seconds since midnight of the text at s, wherever its digits are; -1 if it is no time of day."""
    seconds = 0
    if _get(known, _HOUR) >= 0:
        hour = _digits(s + _get(known, _HOUR))
        if not 0 <= hour <= 23:
            return -1
        seconds = hour * 3600
    if _get(known, _MINUTE) >= 0:
        minute = _digits(s + _get(known, _MINUTE))
        if not 0 <= minute <= 59:
            return -1
        seconds += minute * 60
    if _get(known, _SECOND) >= 0:
        second = _digits(s + _get(known, _SECOND))
        if not 0 <= second <= 59:
            return -1
        seconds += second
    return seconds


@inlined
def _time_of_day(s: int, known: int) -> int:
    """Microseconds since midnight of the text at s, -1 if it is no time of day as it is known."""
    if _get(known, _CLOCK) != 0:
        word = (load64(s + _get(known, _HOUR)) & _DIGITS) ^ _ZEROS
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
    if _get(known, _FRACTION) >= 0:
        i = s + _get(known, _FRACTION)
        unit = 100_000
        for k in range(_get(known, _FRACTION_DIGITS)):
            digit = load8(i + k) - _ZERO
            if not 0 <= digit <= 9:
                return -1
            micros += digit * unit
            unit //= 10
    return micros


@inlined
def _is_known(s: int, size: int, first_size: int, known: int) -> bool:
    """Whether the text at s is as it is known, but for its time of day. 32 bytes are read."""
    return bool(
        size == _get(known, _SIZE)
        and first_size == _get(known, _FIRST_SIZE)
        and (load64(s) & _get(known, _MASK)) == _get(known, _TEXT)
        and (load64(s + 8) & _get(known, _MASK + 1)) == _get(known, _TEXT + 1)
        and (load64(s + 16) & _get(known, _MASK + 2)) == _get(known, _TEXT + 2)
        and (load64(s + 24) & _get(known, _MASK + 3)) == _get(known, _TEXT + 3)
    )


@inner
def _mask_out(place: int, count: int, mask: int) -> None:
    """Take bytes out of the mask at an address."""
    for i in range(place, place + count):
        store8(mask + i, 0)


@inner
def _day_of(s: int, known: int) -> int:
    """The beginning of the day that the date in the text at s names, -1 if it names none."""
    year = _digits(s + _get(known, _YEAR))
    if _get(known, _LONG_YEAR) != 0:
        rest = _digits(s + _get(known, _YEAR) + 2)
        year = year * 100 + rest if year >= 0 and rest >= 0 else -1
    elif year >= 0:
        year += 1900 if year >= 69 else 2000
    if year < 0:
        return -1
    return day_start(year, _digits(s + _get(known, _MONTH)), _digits(s + _get(known, _DAY)))


@inner
def _has_other_date(s: int, size: int, first_size: int, known: int) -> bool:
    """Whether the text at s differs from what is known in the digits of its date too, and not
    otherwise: then its date is known."""
    if size != _get(known, _SIZE) or first_size != _get(known, _FIRST_SIZE):
        return False
    for k in range(_WORDS):
        if (load64(s + 8 * k) ^ _get(known, _TEXT + k)) & _get(known, _OTHER_DATE + k) != 0:
            return False
    day = _day_of(s, known)
    if day == -1:
        return False
    for k in range(_WORDS):
        _put(known, _TEXT + k, load64(s + 8 * k) & _get(known, _MASK + k))
    _put(known, _BASE, day + _get(known, _AFTER_DAY))
    return True


@inner
def _get_to_know(s: int, e: int, first_size: int, form: int, area: int, known: int) -> bool:
    """Read the timestamp [s, e) by the format at `form`, and keep its shape; False if it has none."""
    size = e - s
    if _has_other_date(s, size, first_size, known):
        return True
    _put(known, _SIZE, -1)
    if size > _MAX_TEXT:
        return False
    text = s
    if first_size >= 0 and s != area:
        # Two cells are joined by a space, whatever is between them.
        copy(area, s, size)
        store8(area + first_size, _SPACE)
        text = area
    stop = text + size
    for k in range(_HOUR, _FRACTION + 1):
        _put(known, k, -1)
    _put(known, _FRACTION_DIGITS, 0)
    absolute = 0
    if load64(form) == at.ISO:
        outcome, local, kind, _ = iso(text, stop)
        if outcome != MOMENT:
            return False
        absolute = 1 if kind == ABSOLUTE else 0
        _put(known, _YEAR, 0)
        _put(known, _MONTH, 5)
        _put(known, _DAY, 8)
        _put(known, _LONG_YEAR, 1)
        if size > _DATE:
            _put(known, _HOUR, _DATE + 1)
            _put(known, _MINUTE, _DATE + 4)
            if size > _DATE + 8 and load8(text + _DATE + 6) == _COLON:
                _put(known, _SECOND, _DATE + 7)
                if size > _DATE + 10 and load8(text + _DATE + 9) == _DOT:
                    _put(known, _FRACTION, _DATE + 10)
    else:
        done, local = laid_out(text, stop, form)
        if done == 0:
            return False
        places = form + 8 * at.LAYOUT_PLACES
        for k in range(3):
            _put(known, _YEAR + k, load64(places + 8 * k))
            _put(known, _HOUR + k, load64(places + 8 * (3 + k)))
        _put(known, _LONG_YEAR, 1 - load64(form + 8 * at.LAYOUT_SHORT_YEAR))
        if load64(form + 8 * at.LAYOUT_FRACTION) != 0:
            _put(known, _FRACTION, load64(form + 8 * at.LAYOUT_SIZE))
    mask = known + 8 * _MASK
    for k in range(_WORDS):
        count = min(max(size - 8 * k, 0), 8)
        _put(known, _MASK + k, shr(-1, 64 - 8 * count) if count > 0 else 0)
    for k in range(3):
        if _get(known, _HOUR + k) >= 0:
            _mask_out(_get(known, _HOUR + k), 2, mask)
    i = _get(known, _FRACTION)
    if i >= 0:
        count = 0
        while (
            i + count < size and count < _MAX_FRACTION and 0 <= load8(text + i + count) - _ZERO <= 9
        ):
            count += 1
        _put(known, _FRACTION_DIGITS, count)
        _mask_out(i, count, mask)
    for k in range(_WORDS):
        _put(known, _TEXT + k, load64(s + 8 * k) & _get(known, _MASK + k))
        _put(known, _OTHER_DATE + k, _get(known, _MASK + k))
    mask = known + 8 * _OTHER_DATE
    _mask_out(_get(known, _YEAR), 2 + 2 * _get(known, _LONG_YEAR), mask)
    _mask_out(_get(known, _MONTH), 2, mask)
    _mask_out(_get(known, _DAY), 2, mask)
    hour = _get(known, _HOUR)
    clock = hour >= 0 and _get(known, _MINUTE) == hour + 3 and _get(known, _SECOND) == hour + 6
    # The clock is read as a word of eight bytes, which must not reach beyond the longest text.
    _put(known, _CLOCK, 1 if clock and hour + 8 <= _MAX_TEXT else 0)
    base = local - _time_of_day(text, known)
    _put(known, _BASE, base)
    _put(known, _AFTER_DAY, base - _day_of(text, known))
    _put(known, _ABSOLUTE, absolute)
    _put(known, _FROM, -_ALWAYS if absolute != 0 else 0)
    _put(known, _TO, _ALWAYS if absolute != 0 else 0)
    _put(known, _OFFSET, 0)
    _put(known, _FIRST_SIZE, first_size)
    _put(known, _SIZE, size)
    return True


@inner
def _has_one_offset(local: int, zone: int, known: int) -> bool:
    """Whether clocks show a local time once, and nothing follows from it for others; its stretch of
    local times is kept."""
    segment = segment_of(local, zone)
    bounds = load64(zone + 8 * at.ZONE_BOUNDS) + 8 * segment
    first = load64(load64(zone + 8 * at.ZONE_FIRST) + 8 * segment)
    if first != load64(load64(zone + 8 * at.ZONE_SECOND) + 8 * segment):
        return False
    near = load64(zone + 8 * at.ZONE_NEAR)
    if near != 0 and load64(near + 8 * segment) != 0:
        return False
    _put(known, _FROM, load64(bounds))
    _put(known, _TO, load64(bounds + 8))
    _put(known, _OFFSET, first)
    return True


@inlined
def known_instant(
    s: int, e: int, first_size: int, form: int, zone: int, area: int, known: int
) -> tuple[bool, int]:
    """The instant that [s, e) names, by the format at `form` alone and not shifted; False if it has
    to be looked at otherwise, as have times that clocks do not show exactly once.

    `first_size` is the size of the first cell if there are two with one byte between them, else -1;
    what that byte is does not count. 32 bytes at s are read. `known` is the address of
    `KNOWN_SIZE` words, -1 at first.
    """
    if not _is_known(s, e - s, first_size, known) and not _get_to_know(
        s, e, first_size, form, area, known
    ):
        return False, 0
    time = _time_of_day(s, known)
    if time < 0:
        return False, 0
    local = _get(known, _BASE) + time
    if not _get(known, _FROM) <= local < _get(known, _TO) and not _has_one_offset(
        local, zone, known
    ):
        return False, 0
    return True, local - _get(known, _OFFSET)


@inner
def _is_shown_once(
    s: int, e: int, first_size: int, form: int, zone: int, area: int, known: int
) -> bool:
    done, _ = known_instant(s, e, first_size, form, zone, area, known)
    return done


@inlined
def is_passed_over(
    s: int, e: int, first_size: int, form: int, zone: int, area: int, known: int
) -> bool:
    """Whether the timestamp [s, e) is none that clocks show twice, whatever its time of day is.

    Arguments as of `known_instant`. False if that has to be looked at otherwise.
    """
    base = _get(known, _BASE)
    if (
        _is_known(s, e - s, first_size, known)
        and _get(known, _FROM) <= base
        # A time of day can be 24:00.
        and base + DAY_US < _get(known, _TO)
    ):
        return True
    return _is_shown_once(s, e, first_size, form, zone, area, known)


@inlined
def is_local(known: int) -> bool:
    """Whether the last instant was local time."""
    return bool(_get(known, _ABSOLUTE) == 0)
