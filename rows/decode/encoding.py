"""Encodings: found out from a file's first bytes, and decoded to UTF-8.

The kernels see UTF-8 only. What cannot be decoded becomes bytes that are no UTF-8, or a control
character, so that it costs the record it is in and nothing else. Light: it needs no NumPy.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import Final

from schemas.encoding_labels import (
    EXPECTED,
    LATIN,
    MULTIBYTE,
    UTF8,
    UTF16,
    UTF16_ORDERS,
    WINDOWS,
    codec_of,
    encoding_of_label,
)
from schemas.errors import BadData

__all__ = ["EXPECTED", "MULTIBYTE", "UTF8", "UTF16_ORDERS", "Decoder", "find_encoding", "to_utf8"]

_LITTLE, _BIG = UTF16_ORDERS
_BOMS: Final = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, _LITTLE),
    (codecs.BOM_UTF16_BE, _BIG),
)
# Of every two bytes of UTF-16 one is mostly zero, and the other hardly ever.
_SAMPLE: Final = 4096
_MOSTLY, _HARDLY = 0.4, 0.02
# A unit in a header has the only byte beyond ASCII: `Temp (°C)`.
_DEGREES: Final = re.compile(rb"\xb0[CF](?![0-9A-Za-z])")
# Bytes that windows-1252 has no character for; there they stand for control characters.
_UNDEFINED: Final = bytes.fromhex("81 8d 8f 90 9d")
# High bytes that are seen in Western text. Those that damaged UTF-8 shows first are not among them.
_ASCII: Final = bytes(range(128))
_WESTERN: Final = bytes(b for b in range(128, 256) if b not in b"\xc2\xc3\xd7\xf7\xfe\xff")
_LIKELY: Final = 0.9
# Bytes that are one character in all encodings of Latin letters.
_LATIN_ENCODINGS: Final = ("cp1250", "cp1252", "cp1254", "cp1257", "iso8859_15")
_SAME: Final = bytes(
    b
    for b in range(0x80, 0x100)
    if len({bytes([b]).decode(codec, "replace") for codec in _LATIN_ENCODINGS}) == 1
)
# Runs of bytes beyond ASCII as Western text hardly has them; and signs that it hardly has.
_RUNS: Final = re.compile(rb"[\x80-\xff]{3,}")
_SIGNS: Final = bytes(
    b for b in range(0x80, 0xA0) if b not in b"\x80\x85\x8c\x92\x93\x94\x96\x97\x99\x9c"
)
_OFTEN: Final = 0.3
_OTHERS: Final = (
    *("shift_jis", "gb18030", "big5", "euc-kr", "euc-jp", "windows-1251", "koi8-r"),
    *("windows-1250", "windows-1253", "windows-1255", "windows-1256", "ibm866"),
)
# Signs that stand beside letters in names of columns.
_UNIT_SIGNS: Final = "°℃℉％±²³µΩ㎡㎥㎎㎏㎜㎝・（）［］／：№"
# UTF-16 that ends within a unit ends with this: no UTF-8 has it, and one byte stands for it.
HALF_UNIT: Final = b"\xff"


def encoding_named(name: str) -> str:
    """The encoding that a label means.

    Raises:
        BadData: `bad_option`, if it is none that is taken.
    """
    found = encoding_of_label(name)
    if found is None:
        raise BadData("bad_option", f"encoding {name[:80]!r}: expected {EXPECTED}")
    return found


def find_encoding(head: bytes, declared: str | None = None) -> tuple[str, int]:
    """The encoding of the file that begins with `head`, and the size of its byte order mark.

    Args:
        configured: the name of an encoding, which overrides detection.

    Without a mark: UTF-16 where nearly every other byte is zero; UTF-8 where that is what the bytes
    are, damage apart; else windows-1252, or latin-1 where there are bytes that windows-1252 lacks.
    A single byte that is no UTF-8 is taken for damage, unless it is the sign of degrees before `C` or
    `F`.

    Raises:
        BadData: `bad_option`.
    """
    wanted = None if declared is None else encoding_named(declared)
    for mark, encoding in _BOMS:
        if head.startswith(mark) and wanted in (None, encoding, encoding[:6]):
            return encoding, len(mark)
    if wanted == UTF16:
        return _utf16(head) or _LITTLE, 0
    if wanted is not None:
        return wanted, 0
    return _utf16(head) or _utf8_or_bytes(head), 0


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark, recognised by the places of zeros."""
    units = min(len(head), _SAMPLE) // 2
    first, second = head[0 : 2 * units : 2].count(0), head[1 : 2 * units : 2].count(0)
    if second > units * _MOSTLY and first <= units * _HARDLY:
        return _LITTLE
    if first > units * _MOSTLY and second <= units * _HARDLY:
        return _BIG
    return None


def _is_broken_utf8(head: bytes) -> bool:
    """Whether there are more bytes that are no UTF-8 than characters beyond ASCII."""
    if head.isascii():
        return False
    # What the head cuts off in the middle of a character is not counted.
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    bad = text.count("\ufffd") - head.count(b"\xef\xbf\xbd")
    decoded = len(text) - len(text.encode("ascii", "ignore")) - bad
    return bad > max(decoded, 0)


def _utf8_or_bytes(head: bytes) -> str:
    if not _is_broken_utf8(head):
        return UTF8
    high = head.translate(None, _ASCII)
    western = len(high) - len(high.translate(None, _WESTERN))
    if len(high) == 1 and _DEGREES.search(head):
        return WINDOWS
    if western < 2 or western < _LIKELY * len(high):
        return UTF8
    return LATIN if len(high.translate(None, _UNDEFINED)) < len(high) else WINDOWS


def other_encodings(head: bytes) -> tuple[str, ...]:
    """Encodings that a file may be in which is neither UTF-8 nor plainly Western, likely ones first;
    none if it is one of these.

    Bytes beyond ASCII stand alone or in pairs in Western text, and those from 80 to 9F (signs of
    punctuation) are rare. If that is so, no other encoding is named.
    """
    if not _is_broken_utf8(head):
        return ()
    high = head.translate(None, _ASCII)
    together = sum(len(run) for run in _RUNS.findall(head))
    signs = len(high) - len(high.translate(None, _SIGNS))
    if together <= _OFTEN * len(high) and signs <= _OFTEN * len(high):
        return ()
    return tuple(encoding for encoding in _OTHERS if _is_whole(head, encoding))


def may_be_another(head: bytes) -> bool:
    """Whether Western text has letters that other encodings read as other letters."""
    return len(head.translate(None, _ASCII + _SAME)) > 0


def _is_whole(head: bytes, encoding: str) -> bool:
    """Whether all bytes are characters, and most of those beyond ASCII are letters."""
    decoder = codecs.getincrementaldecoder(codec_of(encoding))("strict")
    try:
        text = decoder.decode(head)  # the head may break off in a character
    except UnicodeDecodeError:
        return False
    beyond = [character for character in text if ord(character) > 127]
    letters = sum(character.isalpha() or character in _UNIT_SIGNS for character in beyond)
    return letters >= _LIKELY * len(beyond)


class Decoder:
    """Decodes a file that is fed to it in chunks of any size."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._kept: codecs.IncrementalDecoder | None = None
        if encoding in UTF16_ORDERS:
            self._kept = codecs.getincrementaldecoder(encoding)("surrogatepass")
        elif encoding in MULTIBYTE:
            self._kept = codecs.getincrementaldecoder(codec_of(encoding))("surrogateescape")

    def feed(self, data: bytes | memoryview) -> bytes | memoryview:
        """`data`, which continues what was fed before, as UTF-8; itself if it is that already."""
        if self._kept is None:
            return to_utf8(data, self._encoding)
        return self._kept.decode(bytes(data)).encode("utf-8", "surrogatepass")

    def finish(self) -> bytes | memoryview:
        """What is left at the end of the file."""
        if self._kept is None:
            return b""
        left = self._kept.getstate()[0]
        return to_utf8(left, self._encoding)


def to_utf8(data: bytes | memoryview, encoding: str) -> bytes | memoryview:
    """A range of a file, which begins and ends with whole characters, as UTF-8; `data` itself if it
    is that already.

    Lone surrogates become what UTF-8 does not allow; half a unit of UTF-16 at the end too, and so
    does a byte that is no part of a character of several bytes.
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
    if encoding in MULTIBYTE:
        characters = data.decode(codec_of(encoding), "surrogateescape")
        return characters.encode("utf-8", "surrogatepass")
    return codecs.charmap_decode(data, "strict", _characters(encoding))[0].encode()


@cache
def _characters(encoding: str) -> str:
    """The characters of the 256 bytes; a control character for a byte that has none."""
    found = []
    for byte in range(256):
        try:
            found.append(bytes([byte]).decode(codec_of(encoding)))
        except UnicodeDecodeError:
            found.append(chr(0x80 | byte & 0x1F))
    return "".join(found)
