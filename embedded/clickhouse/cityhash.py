"""CityHash128 of version 1.0.2, the checksum of ClickHouse's compressed blocks.

The algorithm is Google's (Geoff Pike and Jyrki Alakuijala, 2011); later versions of it give other
values. Plain Python: about 10 MB a second, enough for what people look at in a SQL tool.
"""

from __future__ import annotations

from typing import Final

_M: Final = (1 << 64) - 1
_K0: Final = 0xC3A5C85C97CB3127
_K1: Final = 0xB492B66FBE98F273
_K2: Final = 0x9AE16A3B2F90404F
_K3: Final = 0xC949D7C7509E6557
_MUL: Final = 0x9DDFEA08EB382D69

_Pair = tuple[int, int]


def _at(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 8], "little")


def _rotate(value: int, by: int) -> int:
    return (value >> by | value << (64 - by)) & _M


def _mix(value: int) -> int:
    return value ^ value >> 47


def _both(low: int, high: int) -> int:
    """Two words to one."""
    a = _mix((low ^ high) * _MUL & _M)
    b = _mix((high ^ a) * _MUL & _M)
    return b * _MUL & _M


def _up_to_16(data: bytes) -> int:
    size = len(data)
    if size > 8:
        a, b = _at(data, 0), _at(data, size - 8)
        return _both(a, _rotate(b + size & _M, size)) ^ b
    if size >= 4:
        a = int.from_bytes(data[:4], "little")
        return _both(size + (a << 3) & _M, int.from_bytes(data[-4:], "little"))
    if size > 0:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[-1] << 2)
        return _mix((y * _K2 ^ z * _K3) & _M) * _K2 & _M
    return _K2


def _weak(w: int, x: int, y: int, z: int, a: int, b: int) -> _Pair:
    a = a + w & _M
    b = _rotate(b + a + z & _M, 21)
    c = a
    a = a + x + y & _M
    b += _rotate(a, 44)
    return a + z & _M, b + c & _M


def _short(data: bytes, seed: _Pair) -> _Pair:
    """Less than 128 bytes."""
    a, b = seed
    size = len(data)
    if size <= 16:
        a = _mix(a * _K1 & _M) * _K1 & _M
        c = b * _K1 + _up_to_16(data) & _M
        d = _mix(a + (_at(data, 0) if size >= 8 else c) & _M)
    else:
        c = _both(_at(data, size - 8) + _K1 & _M, a)
        d = _both(b + size & _M, c + _at(data, size - 16) & _M)
        a = a + d & _M
        for place in range(0, size - 16, 16):
            a = (a ^ _mix(_at(data, place) * _K1 & _M) * _K1 & _M) * _K1 & _M
            b ^= a
            c = (c ^ _mix(_at(data, place + 8) * _K1 & _M) * _K1 & _M) * _K1 & _M
            d ^= c
    a, b = _both(a, c), _both(d, b)
    return a ^ b, _both(b, a)


def _long(data: bytes, seed: _Pair) -> _Pair:
    """128 bytes and more: a state of seven words, turned twice for each 128 bytes."""
    size = len(data)
    x, y = seed
    z = size * _K1 & _M
    words = memoryview(data)[: size & ~127].cast("Q")
    v1 = _rotate(y ^ _K1, 49) * _K1 + words[0] & _M
    v2 = _rotate(v1, 42) * _K1 + words[1] & _M
    w1 = _rotate(y + z & _M, 35) * _K1 + x & _M
    w2 = _rotate(x + words[11] & _M, 53) * _K1 & _M
    for at in range(0, len(words), 8):
        d0, d1, d2, d3, d4, d5, d6, d7 = words[at : at + 8]
        x = (_rotate(x + y + v1 + d2 & _M, 37) * _K1 & _M) ^ w2
        y = (_rotate(y + v2 + d6 & _M, 42) * _K1 & _M) ^ v1
        z = _rotate(z ^ w1, 33)
        v1, v2 = _weak(d0, d1, d2, d3, v2 * _K1 & _M, x + w1 & _M)
        w1, w2 = _weak(d4, d5, d6, d7, z + w2 & _M, y)
        z, x = x, z
    y = y + _rotate(w1, 37) * _K0 + z & _M
    x = x + _rotate(v1 + z & _M, 49) * _K0 & _M
    # What is left is read from its end in steps of 32 bytes, the last one into what is done.
    left = size & 127
    for done in range(32, left + 32, 32):
        place = size - done
        y = _rotate(y - x & _M, 42) * _K0 + v2 & _M
        w1 = w1 + _at(data, place + 16) & _M
        x = _rotate(x, 49) * _K0 + w1 & _M
        w1 = w1 + v1 & _M
        d0, d1, d2, d3 = (_at(data, place + n) for n in (0, 8, 16, 24))
        v1, v2 = _weak(d0, d1, d2, d3, v1, v2)
    x, y = _both(x, v1), _both(y, w1)
    return _both(x + v2 & _M, w2) + y & _M, _both(x + w2 & _M, y + v2 & _M)


def city_hash_128(data: bytes) -> bytes:
    """The hash of `data`, 16 bytes as ClickHouse writes them."""
    size = len(data)
    if size >= 16:
        seed = _at(data, 0) ^ _K3, _at(data, 8)
        data = data[16:]
    elif size >= 8:
        seed = _at(data, 0) ^ (size * _K0 & _M), _at(data, size - 8) ^ _K1
        data = b""
    else:
        seed = _K0, _K1
    low, high = _long(data, seed) if len(data) >= 128 else _short(data, seed)
    return low.to_bytes(8, "little") + high.to_bytes(8, "little")
