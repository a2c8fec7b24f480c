"""From places in decoded text back to bytes of the file, in every encoding."""

from __future__ import annotations

from functools import cache

import numpy as np

from rows.decode.encoding import HALF_UNIT, MULTIBYTE, UTF8, UTF16_ORDERS
from schemas.encoding_labels import codec_of


def original_size(text: bytes | memoryview, encoding: str) -> int:
    """Bytes that `text`, which `to_utf8` gave, has in its file. A character counts where it begins."""
    if encoding == UTF8:
        return len(text)
    array = np.frombuffer(text, np.uint8)
    return int(_sizes(array, encoding).sum(dtype=np.int64))


def original_offsets(text: bytes, offsets: np.ndarray, encoding: str) -> np.ndarray:
    """Offsets in the file, from the beginning of `text`, of the bytes at `offsets` (int64) of `text`."""
    if encoding == UTF8 or len(offsets) == 0:
        return offsets
    sizes = _sizes(np.frombuffer(text, np.uint8), encoding)
    ends = np.cumsum(sizes, dtype=np.int64)
    found: np.ndarray = np.where(offsets > 0, ends[np.maximum(offsets, 1) - 1], 0)
    return found


def _sizes(array: np.ndarray, encoding: str) -> np.ndarray:
    """For each byte of UTF-8 the bytes of the file that the character has which begins there."""
    begins: np.ndarray = (array & 0xC0) != 0x80
    if encoding in MULTIBYTE:
        return _by_character(array, begins, encoding)
    if encoding not in UTF16_ORDERS:
        return begins
    # Two bytes, or four for what takes four in UTF-8 too; half a unit is one.
    sizes: np.ndarray = begins.astype(np.int8) * 2
    sizes[array >= 0xF0] = 4
    sizes[array == HALF_UNIT[0]] = 1
    return sizes


def _by_character(array: np.ndarray, begins: np.ndarray, encoding: str) -> np.ndarray:
    """As `_sizes`, for an encoding whose characters have one to four bytes."""
    text = array.tobytes().decode("utf-8", "surrogatepass")
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = _bytes_of_characters(encoding)
    found = np.zeros(len(array), np.int8)
    # Characters beyond the table have four bytes in GB 18030 and two in the others.
    beyond = np.int8(4 if encoding == "gb18030" else 2)
    found[begins] = np.where(points < len(table), table[np.minimum(points, len(table) - 1)], beyond)
    return found


@cache
def _bytes_of_characters(encoding: str) -> np.ndarray:
    """Bytes of each character of the basic plane; none for accents that Big5 joins to a letter."""
    codec = codec_of(encoding)
    found = np.zeros(1 << 16, np.int8)
    for point in range(1 << 16):
        try:
            found[point] = len(chr(point).encode(codec, "surrogateescape"))
        except UnicodeEncodeError:
            continue
    return found
