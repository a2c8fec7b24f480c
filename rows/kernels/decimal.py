"""Decimal text to float64, correctly rounded.

The method is that of D. Lemire, "Number Parsing at a Gigabyte per Second" (2021): Clinger's exact
case, else the upper half of the product with a 128-bit approximation of the power of five; that
this needs no fallback for up to 19 digits is shown by N. Mushtak and D. Lemire, "Fast Number Parsing
Without Fallback" (2022). Of longer numbers the first 19 digits decide where they and their successor
round to the same float; the caller asks an exact parser for the rest.
"""

from __future__ import annotations

import numpy as np

from rows.kernels.intrinsics import (
    below,
    float_of_bits,
    high_product,
    leading_zeros,
    load8,
    load64,
    shr,
    signed,
    trailing_zeros,
)
from rows.kernels.jit import inlined, inner

# What became of a value.
NUMBER, EMPTY, NOT_A_NUMBER, NOT_FINITE, ASK = 0, 1, 2, 3, 4

_DOT, _COMMA, _PLUS, _MINUS, _ZERO = 46, 44, 43, 45, 48
_MAX_DIGITS = 19
_SMALLEST, _LARGEST = -342, 308  # powers of ten beyond which every 19 digits are 0 or infinite
_EXPONENT_BOUND = 100_000_000


def _powers_of_five() -> tuple[np.ndarray, np.ndarray]:
    """128-bit approximations of 5**q, normalised, as in the table of the paper: (high, low)."""
    high, low = [], []
    for q in range(_SMALLEST, _LARGEST + 1):
        power = 5 ** abs(q)
        if q < 0:
            bits = (power - 1).bit_length()
            shift = bits + 127 if q >= -27 else 2 * bits + 128
            value = (1 << shift) // power + 1
        else:
            value = power << max(0, 128 - power.bit_length())
        value >>= max(0, value.bit_length() - 128)
        high.append(signed(value >> 64))
        low.append(signed(value & ((1 << 64) - 1)))
    return np.array(high, np.int64), np.array(low, np.int64)


_FIVE_HIGH, _FIVE_LOW = _powers_of_five()
_TEN = np.array([float(10**k) for k in range(23)])
_INFINITE_BITS = 0x7FF << 52

_HIGH_BITS = signed(0x8080808080808080)
_ONES, _POINTS, _ZEROS = 0x0101010101010101, 0x2E2E2E2E2E2E2E2E, 0x3030303030303030
_DIGIT_CARRY = 0x7676767676767676  # what sets the high bit of every byte over 9
_PAIRS = 0x000000FF000000FF
_LEFT, _RIGHT = 100 + (1_000_000 << 32), 1 + (10_000 << 32)


@inner
def _rounded_bits(w: int, q: int) -> int:
    """Bits of the float64 nearest to w * 10**q, for an unsigned word w; infinity where too large."""
    if w == 0 or q < _SMALLEST:
        return 0
    if q > _LARGEST:
        return _INFINITE_BITS
    zeros = leading_zeros(w)
    w <<= zeros
    lower = w * _FIVE_HIGH[q - _SMALLEST]
    upper = high_product(w, _FIVE_HIGH[q - _SMALLEST])
    if upper & 0x1FF == 0x1FF:
        more = high_product(w, _FIVE_LOW[q - _SMALLEST])
        lower += more
        if below(lower, more):
            upper += 1
    top = shr(upper, 63)
    shift = top + 64 - 52 - 3
    mantissa = shr(upper, shift)
    exponent = (((152170 + 65536) * q) >> 16) + 63 + top - zeros + 1023
    if exponent <= 0:
        if 1 - exponent >= 64:
            return 0
        mantissa = shr(mantissa, 1 - exponent)
        mantissa += mantissa & 1
        mantissa >>= 1
        return mantissa  # if it reached 2**52 the bit has moved into the exponent: just right
    # Exactly between two floats: to the even one.
    if below(lower, 2) and -4 <= q <= 23 and mantissa & 3 == 1 and mantissa << shift == upper:
        mantissa &= ~1
    mantissa += mantissa & 1
    mantissa >>= 1
    if mantissa >= 2 << 52:
        mantissa = 1 << 52
        exponent += 1
    if exponent >= 0x7FF:
        return _INFINITE_BITS
    return (mantissa & ~(1 << 52)) | exponent << 52


@inlined
def scaled(w: int, q: int, negative: int) -> float:
    """±w * 10**q, correctly rounded; w is an unsigned word."""
    if not below(1 << 53, w) and -22 <= q <= 22:
        value = float(w)
        value = value / _TEN[-q] if q < 0 else value * _TEN[q]
    else:
        value = float_of_bits(_rounded_bits(w, q))
    return -value if negative else value


@inlined
def short_decimal(s: int, e: int) -> tuple[bool, float]:
    """The number that [s, e) is, if it is an optional minus, up to 8 digits and a point among
    them; else (False, 0), and `decimal` has to look at it. Eight bytes from s + 1 on are read."""
    negative = load8(s) == _MINUS
    s += negative
    size = e - s
    if not 1 <= size <= 8:
        return False, 0.0
    word = load64(s)
    # The lowest byte that is a point gets its high bit set (others may, but only above it).
    points = word ^ _POINTS
    points = (points - _ONES) & ~points & _HIGH_BITS
    before = trailing_zeros(points) & 0x78  # digits before the point, in bits; 64 if there is none
    digits = 8 * size
    word ^= _ZEROS
    decimals = 0
    if before < digits:
        low = (1 << before) - 1
        word = (word & low) | (shr(word, 8) & ~low)
        digits -= 8
        decimals = (digits - before) >> 3
    if digits == 0:
        return False, 0.0
    # Right-aligned: zeros come in where digits of a longer number would stand.
    word <<= 64 - digits
    if (word | (word + _DIGIT_CARRY)) & _HIGH_BITS:
        return False, 0.0
    # Pairs of digits, then pairs of pairs, then both halves.
    word = word * 10 + shr(word, 8)
    number = (word & _PAIRS) * _LEFT + (shr(word, 16) & _PAIRS) * _RIGHT
    value = float(shr(number, 32)) / _TEN[decimals]
    return True, -value if negative else value


@inner
def _names_no_number(s: int, e: int) -> int:
    """NOT_FINITE for `nan`, `inf`, `infinity` in any case, else NOT_A_NUMBER."""
    if e - s == 3:
        word = (load8(s) | load8(s + 1) << 8 | load8(s + 2) << 16) | 0x202020
        if word in (0x6E616E, 0x666E69):  # "nan", "inf"
            return NOT_FINITE
    if e - s == 8 and load64(s) | 0x2020202020202020 == 0x7974696E69666E69:  # "infinity"
        return NOT_FINITE
    return NOT_A_NUMBER


@inner
def decimal(s: int, e: int, comma: int) -> tuple[int, float]:
    """The number that [s, e) is: (what became of it, its value). `comma`: a decimal comma is taken.

    Taken: an optional sign, digits with at most one decimal point among or around them, and an
    optional exponent. ASK: a well-formed number whose 19 first digits do not decide.
    """
    if s == e:
        return EMPTY, 0.0
    i = s
    negative = load8(i) == _MINUS
    if negative or load8(i) == _PLUS:
        i += 1
    begin = i
    w = 0
    digits = 0
    q = 0
    some = False
    cut = False
    behind_point = False
    while i < e:
        digit = load8(i) - _ZERO
        if 0 <= digit <= 9:
            some = True
            if digits < _MAX_DIGITS:
                w = w * 10 + digit
                digits += w != 0
                q -= behind_point
            else:
                cut |= digit != 0
                q += not behind_point
        elif not behind_point and (
            digit == _DOT - _ZERO or (comma != 0 and digit == _COMMA - _ZERO)
        ):
            behind_point = True
        else:
            break
        i += 1
    if not some:
        return _names_no_number(begin, e), 0.0
    if i < e:
        if load8(i) | 0x20 != 0x65 or i + 1 == e:
            return NOT_A_NUMBER, 0.0
        i += 1
        smaller = load8(i) == _MINUS
        if smaller or load8(i) == _PLUS:
            i += 1
        if i == e:
            return NOT_A_NUMBER, 0.0
        exponent = 0
        while i < e:
            digit = load8(i) - _ZERO
            if not 0 <= digit <= 9:
                return NOT_A_NUMBER, 0.0
            if exponent < _EXPONENT_BOUND:
                exponent = exponent * 10 + digit
            i += 1
        q += -exponent if smaller else exponent
    value = scaled(w, q, negative)
    if cut and value != scaled(w + 1, q, negative):
        return ASK, 0.0
    if value - value != 0.0:
        return NOT_FINITE, value
    return NUMBER, value
