"""Encodings: found out from a file's first bytes, and decoded to UTF-8.

The kernels see UTF-8 only. What cannot be decoded becomes bytes that are no UTF-8, or a control
character, so that it costs the record it is in and nothing else. Light: it needs no NumPy.
"""

from __future__ import annotations

import codecs
from typing import Final

from schemas.errors import BadData

UTF8: Final = "utf-8"
_UTF16: Final = "utf-16"  # as told: the byte order is found out
_LITTLE, _BIG = UTF16_ORDERS = ("utf-16-le", "utf-16-be")
_LATIN, _WINDOWS = "latin-1", "windows-1252"
# By the names of Python's codecs.
_KNOWN: Final = {
    "utf-8": UTF8,
    "utf-8-sig": UTF8,
    "ascii": UTF8,
    "utf-16": _UTF16,
    "utf-16-le": _LITTLE,
    "utf-16-be": _BIG,
    "iso8859-1": _LATIN,
    "cp1252": _WINDOWS,
}
EXPECTED: Final = "utf-8, utf-16, utf-16-le, utf-16-be, latin-1 or windows-1252"
_BOMS: Final = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, _LITTLE),
    (codecs.BOM_UTF16_BE, _BIG),
)
# Of every two bytes of UTF-16 one is mostly zero, and the other hardly ever.
_SAMPLE: Final = 4096
_MOSTLY, _HARDLY = 0.4, 0.02
# Bytes that windows-1252 has no character for; there they stand for control characters.
_UNDEFINED: Final = bytes.fromhex("81 8d 8f 90 9d")
_FROM_WINDOWS: Final = "".join(
    chr(b) if b in _UNDEFINED else bytes([b]).decode("cp1252") for b in range(256)
)
# High bytes that are seen in Western text. Those that damaged UTF-8 shows first are not among them.
_ASCII: Final = bytes(range(128))
_WESTERN: Final = bytes(b for b in range(128, 256) if b not in b"\xc2\xc3\xd7\xf7\xfe\xff")
_LIKELY: Final = 0.9
# UTF-16 that ends within a unit ends with this: no UTF-8 has it, and one byte stands for it.
HALF_UNIT: Final = b"\xff"


def encoding_named(name: str) -> str:
    """The encoding that a person means by `name`.

    Raises:
        BadData: `bad_option`, where it is none that is taken.
    """
    try:
        return _KNOWN[codecs.lookup(name).name]
    except (LookupError, ValueError):
        raise BadData("bad_option", f"encoding {name[:80]!r}: expected {EXPECTED}") from None


def find_encoding(head: bytes, told: str | None = None) -> tuple[str, int]:
    """The encoding of the file that begins with `head`, and the size of its byte order mark.

    Args:
        told: the name of an encoding that holds whatever the bytes look like.

    Without a mark: UTF-16 where nearly every other byte is zero; UTF-8 where that is what the bytes
    are, damage apart; else windows-1252, or latin-1 where there are bytes that windows-1252 lacks.
    A single byte that is no UTF-8 is taken for damage.

    Raises:
        BadData: `bad_option`.
    """
    wanted = None if told is None else encoding_named(told)
    for mark, encoding in _BOMS:
        if head.startswith(mark) and wanted in (None, encoding, encoding[:6]):
            return encoding, len(mark)
    if wanted == _UTF16:
        return _utf16(head) or _LITTLE, 0
    if wanted is not None:
        return wanted, 0
    return _utf16(head) or _utf8_or_bytes(head), 0


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark, told by where the zeros are."""
    units = min(len(head), _SAMPLE) // 2
    first, second = head[0 : 2 * units : 2].count(0), head[1 : 2 * units : 2].count(0)
    if second > units * _MOSTLY and first <= units * _HARDLY:
        return _LITTLE
    if first > units * _MOSTLY and second <= units * _HARDLY:
        return _BIG
    return None


def _utf8_or_bytes(head: bytes) -> str:
    # What the head cuts off in the middle of a character is not counted.
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    bad = text.count("\ufffd") - head.count(b"\xef\xbf\xbd")
    if bad <= 0:
        return UTF8
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    high = head.translate(None, _ASCII)
    western = len(high) - len(high.translate(None, _WESTERN))
    if bad <= good or western < 2 or western < _LIKELY * len(high):
        return UTF8
    return _LATIN if len(high.translate(None, _UNDEFINED)) < len(high) else _WINDOWS


class Decoder:
    """Decodes a file that is fed to it in chunks of any size."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._utf16 = (
            codecs.getincrementaldecoder(encoding)("surrogatepass")
            if encoding in UTF16_ORDERS
            else None
        )

    def feed(self, data: bytes | memoryview) -> bytes | memoryview:
        """`data`, which continues what was fed before, as UTF-8; itself where it is that already."""
        if self._utf16 is None:
            return to_utf8(data, self._encoding)
        return self._utf16.decode(data).encode("utf-8", "surrogatepass")

    def finish(self) -> bytes | memoryview:
        """What is left at the end of the file."""
        if self._utf16 is None:
            return b""
        left = self._utf16.getstate()[0]
        return to_utf8(left, self._encoding)


def to_utf8(data: bytes | memoryview, encoding: str) -> bytes | memoryview:
    """A range of a file, which begins and ends with whole characters, as UTF-8; `data` itself where
    it is that already.

    Lone surrogates become what UTF-8 does not allow; half a unit of UTF-16 at the end too.
    """
    if encoding == UTF8:
        return data
    data = bytes(data)
    if encoding in UTF16_ORDERS:
        whole = len(data) // 2 * 2
        text = data[:whole].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        return text + HALF_UNIT if whole < len(data) else text
    if data.isascii():
        return data
    if encoding == _LATIN:
        return data.decode("latin-1").encode()
    return codecs.charmap_decode(data, "strict", _FROM_WINDOWS)[0].encode()
