"""Timestamps that a strptime format writes out, read by a program; `rows.instants` makes it.

A program is a row of words: bytes below 256 are themselves, what is above is a directive. A run of
numbers with nothing between them is one step with its own words.
"""

from __future__ import annotations

from rows.kernels import plan_layout as at
from rows.kernels.instants import ABBREVIATED, ABSOLUTE, LOCAL, fraction_at, offset_at
from rows.kernels.intrinsics import load8, load64, signed
from rows.kernels.jit import inlined, inner
from rows.kernels.timestamp import DAY_US, MOMENT, NO_FORMAT, OUT_OF_RANGE, day_start

BLANKS = 256
# Numbers, in the order of `schemas.timestamp_format.DIRECTIVES`.
YEAR, YEAR2, MONTH, DAY, HOUR, HOUR12, MINUTE, SECOND = range(257, 265)
FRACTION, HALF, MONTH_NAME, WEEKDAY_NAME, DAY_OF_YEAR, OFFSET, ZONE_NAME, ANY = range(265, 273)
HOURS = 273
# A run of numbers: [RUN, digits of all, 1 if all must be there, numbers, (directive, digits) ...].
RUN = 300

_ZERO, _DOT, _COMMA, _SPACE, _TAB, _SMALL = 48, 46, 44, 32, 9, 0x20
_MAX_DECIMALS = 9
_NBSP, _NARROW = (0xC2, 0xA0), (0xE2, 0x80, 0xAF)
MIXED = _MIX1, _MIX2, _MIX3 = (
    signed(0xA0761D6478BD642F),
    signed(0xE7037ED1A0B428DB),
    signed(0x8EBC6AF09C88C6E3),
)
_MAX_NAME = 24


# The halves of the day as words of up to six bytes: 上午 下午, 午前 午後, 오전 오후, π.μ. μ.μ., πμ μμ, ص م.
_ZH_AM, _ZH_PM = 0x888DE58AB8E4, 0x888DE58BB8E4
_JA_AM, _JA_PM = 0x8D89E5888DE5, 0x8CBEE5888DE5
_KO_AM, _KO_PM = 0x84A0ECA498EC, 0x849BEDA498EC
_EL_AM_DOTS, _EL_PM_DOTS = 0x2EBCCE2E80CF, 0x2EBCCE2EBCCE
_EL_AM, _EL_PM = 0xBCCE80CF, 0xBCCEBCCE
_AR_AM, _AR_PM = 0xB5D8, 0x85D9


@inlined
def _is_digit(p: int) -> bool:
    return 0 <= load8(p) - _ZERO <= 9


@inner
def _digits(i: int, e: int, most: int) -> tuple[int, int]:
    """The digits at i, `most` at most: (their number, how many they are)."""
    number = 0
    count = 0
    while count < most and i + count < e and _is_digit(i + count):
        number = number * 10 + load8(i + count) - _ZERO
        count += 1
    return number, count


@inlined
def name_slot(first: int, second: int, third: int) -> int:
    """Where a name is looked for first."""
    h = (first ^ _MIX1) * _MIX2 ^ (second ^ _MIX2) * _MIX3 ^ (third ^ _MIX3) * _MIX1
    return ((h >> 32) ^ h) & (at.NAME_SLOTS - 1)


@inner
def _token(i: int, e: int) -> tuple[int, int, int, int]:
    """The letters at i, ASCII ones made small: (three words, bytes); 0 bytes if there are none or
    too many."""
    first = second = third = 0
    count = 0
    while i + count < e:
        byte = load8(i + count)
        if byte < 128:
            byte |= _SMALL
            if not 97 <= byte <= 122:
                break
        elif byte == _NBSP[0] and i + count + 1 < e and load8(i + count + 1) == _NBSP[1]:
            break
        if count == _MAX_NAME:
            return 0, 0, 0, 0
        if count < 8:
            first |= byte << (8 * count)
        elif count < 16:
            second |= byte << (8 * (count - 8))
        else:
            third |= byte << (8 * (count - 16))
        count += 1
    return first, second, third, count


@inner
def _named(i: int, e: int, table: int) -> tuple[int, int]:
    """The number of the name at i, 0 if it is not in the table; and the bytes of the name."""
    first, second, third, count = _token(i, e)
    if count == 0:
        return 0, 0
    k = name_slot(first, second, third)
    while True:
        entry = table + 8 * at.NAME_WORDS * k
        number = load64(entry + 24)
        if number == 0:
            return 0, 0
        if load64(entry) == first and load64(entry + 8) == second and load64(entry + 16) == third:
            return number, count
        k = (k + 1) & (at.NAME_SLOTS - 1)


@inlined
def _blank_size(i: int, e: int) -> int:
    """Bytes of the blank at i, a no-break space among them; 0 if there is none."""
    if i >= e:
        return 0
    byte = load8(i)
    if byte in (_SPACE, _TAB):
        return 1
    if byte == _NBSP[0] and i + 1 < e and load8(i + 1) == _NBSP[1]:
        return 2
    if (
        byte == _NARROW[0]
        and i + 2 < e
        and load8(i + 1) == _NARROW[1]
        and load8(i + 2) == _NARROW[2]
    ):
        return 3
    return 0


@inner
def _hours(i: int, e: int) -> tuple[int, int, int]:
    """The hour with decimals at i: (hour, microseconds after it to the nearest millisecond, bytes);
    0 bytes if none."""
    hour, count = _digits(i, e, 2)
    if count == 0:
        return 0, 0, 0
    part, unit = 0, 1
    if i + count + 1 < e and load8(i + count) in (_DOT, _COMMA) and _is_digit(i + count + 1):
        count += 1
        first = count
        while i + count < e and _is_digit(i + count):
            if count - first < _MAX_DECIMALS:
                part = part * 10 + load8(i + count) - _ZERO
                unit *= 10
            count += 1
    millis = (part * 7_200_000 + unit) // (2 * unit)
    if millis == 3_600_000:
        hour += 1
        millis = 0
    return hour, millis * 1000, count


@inner
def _half_in_words(i: int, e: int) -> tuple[int, int]:
    """As `_half`, of languages with other letters: `schemas.calendar_names.HALVES`."""
    text = 0
    for k in range(min(e - i, 6)):
        text |= load8(i + k) << (8 * k)
    if text in (_ZH_AM, _JA_AM, _KO_AM, _EL_AM_DOTS):
        return 0, 6
    if text in (_ZH_PM, _JA_PM, _KO_PM, _EL_PM_DOTS):
        return 1, 6
    text &= 0xFFFF_FFFF
    if text in (_EL_AM, _EL_PM):
        return 1 if text == _EL_PM else 0, 4
    text &= 0xFFFF
    if text in (_AR_AM, _AR_PM):
        return 1 if text == _AR_PM else 0, 2
    return 0, 0


@inner
def _half(i: int, e: int) -> tuple[int, int]:
    """The half of the day at i, `am`, `a.m.`, `p. m.`, `fm`, `a`, `p`: (0 or 1, bytes); 0 bytes if
    none."""
    if i >= e:
        return 0, 0
    if load8(i) >= 128:
        return _half_in_words(i, e)
    letter = load8(i) | _SMALL
    if letter not in (97, 102, 112, 101):  # a, f before noon; p, e after it
        return 0, 0
    k = i + 1
    if k < e and load8(k) == _DOT:
        k += 1
    k += _blank_size(k, e)
    if k >= e or load8(k) | _SMALL != 109:  # m
        # One letter alone is the half too, unless a word begins with it.
        is_word = i + 1 < e and 97 <= load8(i + 1) | _SMALL <= 122
        if is_word or letter not in (97, 112):
            return 0, 0
        return 1 if letter == 112 else 0, 1
    k += 1
    if k < e and load8(k) == _DOT:
        k += 1
    return 1 if letter in (112, 101) else 0, k - i


@inner
def _abbreviation(i: int, e: int, zone: int) -> tuple[int, int]:
    """Which abbreviation of the zone is at i, from 0; and its bytes, 0 if it is none."""
    first, second, _, count = _token(i, e)
    if count == 0 or second != 0:
        return 0, 0
    table = load64(zone + 8 * at.ZONE_ABBREVIATIONS_AT)
    for k in range(load64(zone + 8 * at.ZONE_ABBREVIATIONS)):
        if load64(table + 8 * at.ABBREVIATION_WORDS * k) == first:
            return k, count
    return 0, 0


@inner
def _skipped(i: int, e: int, step: int) -> int:
    """Address of the first place from i on at which a step can begin; e if there is none."""
    while i < e:
        byte = load8(i)
        if step < BLANKS:
            if byte == step:
                break
        elif step == BLANKS:
            if byte in (_SPACE, _TAB):
                break
        elif 0 <= byte - _ZERO <= 9:
            break
        i += 1
    return i


@inner
def written(
    s: int, e: int, program: int, size: int, settings: int, zone: int
) -> tuple[int, int, int, int]:
    """What [s, e) says by the `size` words at `program`; see `rows.kernels.instants`.

    `settings` and `zone` are addresses: of the plan's settings, and of the zone of the record.
    """
    year = -1
    month = day = 1
    day_of_year = -1
    hour = minute = second = micros = offset = 0
    half = -1
    kind = LOCAL
    which = 0
    possible = 1
    i = s
    k = 0
    while k < size:
        step = load64(program + 8 * k)
        k += 1
        count = 0
        if step < BLANKS:
            if i < e and load8(i) == step:
                count = 1
        elif step == BLANKS:
            count = _blank_size(i, e)
            more = count
            while more != 0:
                more = _blank_size(i + count, e)
                count += more
        elif step in (RUN, DAY_OF_YEAR) or step < FRACTION:
            numbers = 1
            complete = 0
            total = 0
            words = program + 8 * k
            digits = 0
            if step == RUN:
                total = load64(words)
                complete = load64(words + 8)
                numbers = load64(words + 16)
                words += 24
                k += 3 + 2 * numbers
                while digits <= total and i + digits < e and _is_digit(i + digits):
                    digits += 1
                if complete == 2:  # digits of a fraction follow
                    digits = min(digits, total)
                if digits == 0 or digits > total or (complete != 0 and digits < total):
                    return NO_FORMAT, 0, 0, 0
            else:
                total = 4 if step == YEAR else 3 if step == DAY_OF_YEAR else 2
                _, digits = _digits(i, e, total)
                if digits == 0 or (step == YEAR and digits != 4):
                    return NO_FORMAT, 0, 0, 0
            count = digits
            # From the right, so that it is the first number whose leading zeros are missing.
            to = i + digits
            for n in range(numbers - 1, -1, -1):
                which_number = step
                most = total
                if step == RUN:
                    which_number = load64(words + 16 * n)
                    most = load64(words + 16 * n + 8)
                begin = max(i, to - most)
                number, _ = _digits(begin, to, most)
                if which_number == YEAR and to - begin != 4:
                    return NO_FORMAT, 0, 0, 0
                to = begin
                if which_number == YEAR:
                    year = number
                elif which_number == YEAR2:
                    year = number + (1900 if number >= 69 else 2000)
                elif which_number == MONTH:
                    month = number
                elif which_number == DAY:
                    day = number
                elif which_number in (HOUR, HOUR12):
                    hour = number
                elif which_number == MINUTE:
                    minute = number
                elif which_number == SECOND:
                    second = number
                else:
                    day_of_year = number
        elif step == FRACTION:
            count, micros = fraction_at(i, e)
            if count > 9:
                return NO_FORMAT, 0, 0, 0
        elif step == HALF:
            half, count = _half(i, e)
        elif step == HOURS:
            hour, micros, count = _hours(i, e)
        elif step in (MONTH_NAME, WEEKDAY_NAME):
            table = load64(settings + 8 * at.MONTHS_AT)
            if step == WEEKDAY_NAME:
                table = load64(settings + 8 * at.WEEKDAYS_AT)
            number, count = _named(i, e, table)
            if number == 0:
                return NO_FORMAT, 0, 0, 0
            if step == MONTH_NAME:
                month = number
            # The full stop of a short name, unless the format has one itself.
            has_stop = i + count < e and load8(i + count) == _DOT
            if has_stop and not (k < size and load64(program + 8 * k) == _DOT):
                count += 1
        elif step == OFFSET:
            count, offset, possible_offset = offset_at(i, e)
            if count != 0:
                kind = ABSOLUTE
                possible &= possible_offset
        elif step == ZONE_NAME:
            which, count = _abbreviation(i, e, zone)
            if count != 0:
                kind = ABBREVIATED
        else:
            if k == size:
                i = e
            else:
                after = load64(program + 8 * k)
                i = _skipped(i, e, after)
            continue
        if count == 0:
            return NO_FORMAT, 0, 0, 0
        i += count
    if i != e:
        return NO_FORMAT, 0, 0, 0
    if half != -1:
        if not 1 <= hour <= 12:
            return OUT_OF_RANGE, 0, 0, 0
        hour = hour % 12 + 12 * half
    start = load64(settings + 8 * at.START_DAY) if year == -1 else day_start(year, month, day)
    if start != -1 and day_of_year >= 0:
        start += (day_of_year - 1) * DAY_US
        if day_of_year == 0 or start > day_start(year, 12, 31):
            return OUT_OF_RANGE, 0, 0, 0
    if start == -1 or possible == 0 or minute > 59 or second > 59:
        return OUT_OF_RANGE, 0, 0, 0
    if hour > 24 or (hour == 24 and (half != -1 or minute != 0 or second != 0 or micros != 0)):
        return OUT_OF_RANGE, 0, 0, 0
    local = start + ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + micros
    return MOMENT, local, kind, which


@inlined
def _two(p: int, place: int) -> int:
    """The two digits at a place, both known to be digits."""
    return (load8(p + place) - _ZERO) * 10 + load8(p + place + 1) - _ZERO


@inlined
def laid_out(s: int, e: int, form: int) -> tuple[int, int]:
    """As `written` for a local time whose numbers have all their digits: (1, microseconds), or
    (0, 0) if that is not certain and `written` has to look at it."""
    size = load64(form + 8 * at.LAYOUT_SIZE)
    fraction = load64(form + 8 * at.LAYOUT_FRACTION)
    if size == 0:
        return 0, 0
    if e - s != size if fraction == 0 else not size < e - s <= size + 9:
        return 0, 0
    bad = 0
    for k in range(4):
        if 8 * k < size:
            word = load64(s + 8 * k) ^ load64(form + 8 * (at.LAYOUT_XOR + k))
            carry = load64(form + 8 * (at.LAYOUT_CARRY + k))
            bad |= (word | (word + carry)) & load64(form + 8 * (at.LAYOUT_MASK + k))
    return (0, 0) if bad != 0 else _places(s, e, form, size)


@inlined
def _places(s: int, e: int, form: int, size: int) -> tuple[int, int]:
    places = form + 8 * at.LAYOUT_PLACES
    year_at = load64(places)
    if load64(form + 8 * at.LAYOUT_SHORT_YEAR) != 0:
        year = _two(s, year_at)
        year += 1900 if year >= 69 else 2000
    else:
        year = _two(s, year_at) * 100 + _two(s, year_at + 2)
    start = day_start(year, _two(s, load64(places + 8)), _two(s, load64(places + 16)))
    hour = minute = second = 0
    if load64(places + 24) >= 0:
        hour = _two(s, load64(places + 24))
    if load64(places + 32) >= 0:
        minute = _two(s, load64(places + 32))
    if load64(places + 40) >= 0:
        second = _two(s, load64(places + 40))
    micros = 0
    if e - s > size:
        count, micros = fraction_at(s + size, e)
        if s + size + count != e:
            return 0, 0
    if start == -1 or hour > 23 or minute > 59 or second > 59:
        return 0, 0
    return 1, start + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
