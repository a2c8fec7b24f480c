"""Whether something looks like text in columns: by its name, content type, or first bytes."""

from __future__ import annotations

import re
import zlib

# How many of the first bytes are looked at.
HEAD_BYTES = 4096

_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".psv")
_PACKED = (".gz", ".zst")
_TYPES = frozenset(
    {
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
        "text/comma-separated-values",
        "text/x-csv",
        "application/csv",
        "application/x-csv",
    }
)
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# No text has these. Tab, line feed, form feed and carriage return may be in one.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Documents whose first bytes are printable although they are no text in columns.
_OTHER = re.compile(rb"\s*(?:%PDF-|%!PS|<\?xml|<!DOCTYPE|<html|<svg|\{\\rtf)", re.IGNORECASE)
_DELIMITER = re.compile(rb"[,;\t|]")


def looks_like_columns(filename: str, content_type: str | None, head: bytes) -> bool:
    """Whether any of the three says so; `head` are the first `HEAD_BYTES` or all there are."""
    name = filename.lower().rstrip()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    if name.endswith(_SUFFIXES):
        return True
    kind = (content_type or "").split(";", 1)[0].strip().lower()
    return kind in _TYPES or is_text_in_columns(head)


def is_text_in_columns(head: bytes) -> bool:
    """Whether the first bytes are text with a delimiter in it; packed text is unpacked."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        except zlib.error:
            return False
    elif head.startswith(_ZSTD):
        return True  # its frames need not begin with anything that a few bytes would show
    if head.startswith(_UTF16_BOMS):
        head = head[2 : 2 + (len(head) - 2) // 2 * 2]
        # The high byte of every character that can be a delimiter or a digit is 0.
        return b"\0" in head and _DELIMITER.search(head) is not None
    return (
        _CONTROL.search(head) is None
        and _OTHER.match(head) is None
        and _DELIMITER.search(head) is not None
    )
