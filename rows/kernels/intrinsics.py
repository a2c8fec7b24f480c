"""Instructions on bytes in memory and 64-bit words, emitted as LLVM.

Every one takes and gives int64. Loads and stores are little-endian and need no alignment.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from rows.kernels.jit import inlined, instruction

_I8, _I32, _I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BLOCK = 64  # bytes per vector: one AVX-512 register, two of AVX2, four of NEON
_I = types.int64


def _load(builder: Any, address: Any, bits: int) -> Any:
    kind = ir.IntType(bits)
    value = builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)
    return value if bits == 64 else builder.zext(value, _I64)


@instruction
def load8(_ctx: Any, _p: int) -> Any:
    """The byte at p."""
    return _I(_I), lambda _c, b, _s, a: _load(b, a[0], 8)


@instruction
def load32(_ctx: Any, _p: int) -> Any:
    """The four bytes at p."""
    return _I(_I), lambda _c, b, _s, a: _load(b, a[0], 32)


@instruction
def load64(_ctx: Any, _p: int) -> Any:
    """The eight bytes at p."""
    return _I(_I), lambda _c, b, _s, a: _load(b, a[0], 64)


@instruction
def store8(_ctx: Any, _p: int, _value: int) -> Any:
    """Write the low byte of a word to p."""

    def emit(ctx: Any, b: Any, _s: Any, a: Any) -> Any:
        b.store(b.trunc(a[1], _I8), b.inttoptr(a[0], _I8.as_pointer()), align=1)
        return ctx.get_dummy_value()

    return types.none(_I, _I), emit


@instruction
def store64(_ctx: Any, _p: int, _value: int) -> Any:
    """Write a word to p."""

    def emit(ctx: Any, b: Any, _s: Any, a: Any) -> Any:
        b.store(a[1], b.inttoptr(a[0], _I64.as_pointer()), align=1)
        return ctx.get_dummy_value()

    return types.none(_I, _I), emit


@instruction
def store32(_ctx: Any, _p: int, _value: int) -> Any:
    """Write the lower half of a word to p."""

    def emit(ctx: Any, b: Any, _s: Any, a: Any) -> Any:
        b.store(b.trunc(a[1], _I32), b.inttoptr(a[0], _I32.as_pointer()), align=1)
        return ctx.get_dummy_value()

    return types.none(_I, _I), emit


@instruction
def load_float(_ctx: Any, _p: int) -> Any:
    """The float64 at p."""
    return types.float64(_I), lambda _c, b, _s, a: b.bitcast(_load(b, a[0], 64), ir.DoubleType())


@instruction
def store_float(_ctx: Any, _p: int, _value: float) -> Any:
    """Write a float64 to p."""

    def emit(ctx: Any, b: Any, _s: Any, a: Any) -> Any:
        b.store(a[1], b.inttoptr(a[0], ir.DoubleType().as_pointer()), align=1)
        return ctx.get_dummy_value()

    return types.none(_I, types.float64), emit


@instruction
def copy(_ctx: Any, _to: int, _source: int, _count: int) -> Any:
    """Copy count bytes; the two must not overlap."""

    def emit(ctx: Any, b: Any, _s: Any, a: Any) -> Any:
        to, source = (b.inttoptr(x, _I8.as_pointer()) for x in a[:2])
        cgutils.raw_memcpy(b, to, source, a[2], 1)  # type: ignore[no-untyped-call]
        return ctx.get_dummy_value()

    return types.none(_I, _I, _I), emit


@instruction
def shr(_ctx: Any, _word: int, _count: int) -> Any:
    """Shift right, zeros coming in from the left."""
    return _I(_I, _I), lambda _c, b, _s, a: b.lshr(a[0], a[1])


@instruction
def below(_ctx: Any, _x: int, _y: int) -> Any:
    """x < y as unsigned words."""
    return types.boolean(_I, _I), lambda _c, b, _s, a: b.icmp_unsigned("<", a[0], a[1])


@instruction
def high_product(_ctx: Any, _x: int, _y: int) -> Any:
    """The upper 64 of the 128 bits of x * y as unsigned words."""

    def emit(_c: Any, b: Any, _s: Any, a: Any) -> Any:
        wide = ir.IntType(128)
        product = b.mul(b.zext(a[0], wide), b.zext(a[1], wide))
        return b.trunc(b.lshr(product, ir.Constant(wide, 64)), _I64)

    return _I(_I, _I), emit


@instruction
def ones(_ctx: Any, _word: int) -> Any:
    """Number of set bits."""
    return _I(_I), lambda _c, b, _s, a: b.ctpop(a[0])


@instruction
def trailing_zeros(_ctx: Any, _word: int) -> Any:
    """Number of zero bits below the lowest set bit; 64 for 0."""
    return _I(_I), lambda _c, b, _s, a: b.cttz(a[0], ir.Constant(ir.IntType(1), 0))


@instruction
def leading_zeros(_ctx: Any, _word: int) -> Any:
    """Number of zero bits above the highest set bit; 64 for 0."""
    return _I(_I), lambda _c, b, _s, a: b.ctlz(a[0], ir.Constant(ir.IntType(1), 0))


@instruction
def bit_count(_ctx: Any, _word: int) -> Any:
    """Number of set bits."""
    return _I(_I), lambda _c, b, _s, a: b.ctpop(a[0])


@instruction
def float_of_bits(_ctx: Any, _word: int) -> Any:
    """The float64 whose bits are the word's."""
    return types.float64(_I), lambda _c, b, _s, a: b.bitcast(a[0], ir.DoubleType())


def _splat(builder: Any, byte: Any) -> Any:
    """A block that has the low byte of a word everywhere."""
    undefined = ir.Constant(ir.VectorType(_I8, _BLOCK), ir.Undefined)
    zeros = ir.Constant(ir.VectorType(_I32, _BLOCK), [0] * _BLOCK)
    one = builder.insert_element(undefined, builder.trunc(byte, _I8), ir.Constant(_I32, 0))
    return builder.shuffle_vector(one, undefined, zeros)


def _equal_mask(builder: Any, address: Any, wanted: Any) -> Any:
    """Bit i is set where byte i of the block at `address` is one of `wanted`."""
    vector = ir.VectorType(_I8, _BLOCK)
    block = builder.load(builder.inttoptr(address, vector.as_pointer()), align=1)
    found = None
    for byte in wanted:
        equal = builder.icmp_unsigned("==", block, _splat(builder, byte))
        found = equal if found is None else builder.or_(found, equal)
    return builder.bitcast(found, _I64)


@instruction
def mask1(_ctx: Any, _p: int, _a: int) -> Any:
    """Which of the 64 bytes at p are a."""
    return _I(_I, _I), lambda _c, b, _s, a: _equal_mask(b, a[0], a[1:])


@instruction
def mask2(_ctx: Any, _p: int, _a: int, _b: int) -> Any:
    """Which of the 64 bytes at p are a or b."""
    return _I(_I, _I, _I), lambda _c, b, _s, a: _equal_mask(b, a[0], a[1:])


@instruction
def mask3(_ctx: Any, _p: int, _a: int, _b: int, _c: int) -> Any:
    """Which of the 64 bytes at p are a, b or c."""
    return _I(_I, _I, _I, _I), lambda _c, b, _s, a: _equal_mask(b, a[0], a[1:])


@instruction
def mask4(_ctx: Any, _p: int, _a: int, _b: int, _c: int, _d: int) -> Any:
    """Which of the 64 bytes at p are a, b, c or d."""
    return _I(_I, _I, _I, _I, _I), lambda _c, b, _s, a: _equal_mask(b, a[0], a[1:])


@instruction
def mask_below(_ctx: Any, _p: int, _bound: int) -> Any:
    """Which of the 64 bytes at p are smaller than a bound."""

    def emit(_c: Any, b: Any, _s: Any, a: Any) -> Any:
        vector = ir.VectorType(_I8, _BLOCK)
        block = b.load(b.inttoptr(a[0], vector.as_pointer()), align=1)
        return b.bitcast(b.icmp_unsigned("<", block, _splat(b, a[1])), _I64)

    return _I(_I, _I), emit


@inlined
def prefix_xor(word: int) -> int:
    """Which bits have an odd number of set bits at and below them: of a mask of quotes, what stands
    between an opening one (with it) and a closing one."""
    word ^= word << 1
    word ^= word << 2
    word ^= word << 4
    word ^= word << 8
    word ^= word << 16
    return word ^ word << 32


@inlined
def tail_word(p: int, count: int, end: int) -> int:
    """The `count` (1 to 8) bytes at p as a word, zeros above them; nothing behind `end` is read."""
    if p + 8 <= end:
        return load64(p) & shr(-1, 64 - 8 * count)
    word = 0
    for k in range(count):
        word |= load8(p + k) << (8 * k)
    return word


@inlined
def find1(p: int, end: int, a: int) -> int:
    """Address of the first byte that is a, or `end`."""
    while p + 64 <= end:
        found = mask1(p, a)
        if found != 0:
            return p + trailing_zeros(found)
        p += 64
    while p < end and load8(p) != a:
        p += 1
    return p


@inlined
def find2(p: int, end: int, a: int, b: int) -> int:
    """Address of the first byte that is a or b, or `end`."""
    while p + 64 <= end:
        found = mask2(p, a, b)
        if found != 0:
            return p + trailing_zeros(found)
        p += 64
    while p < end:
        byte = load8(p)
        if byte in (a, b):
            break
        p += 1
    return p


@inlined
def find4(p: int, end: int, a: int, b: int, c: int, d: int) -> int:
    """Address of the first byte that is a, b, c or d, or `end`."""
    while p + 64 <= end:
        found = mask4(p, a, b, c, d)
        if found != 0:
            return p + trailing_zeros(found)
        p += 64
    while p < end:
        byte = load8(p)
        if byte in (a, b, c, d):
            break
        p += 1
    return p


@inlined
def same_bytes(p: int, q: int, count: int) -> bool:
    """Whether count bytes are the same at both."""
    k = 0
    while k + 8 <= count:
        if load64(p + k) != load64(q + k):
            return False
        k += 8
    while k < count:
        if load8(p + k) != load8(q + k):
            return False
        k += 1
    return True


def signed(word: int) -> int:
    """The int64 with the bits of an unsigned word: how constants above 2**63 are written."""
    return word - (1 << 64) if word >> 63 else word
