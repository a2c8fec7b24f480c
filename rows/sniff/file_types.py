"""Kinds of files by their first bytes: text in columns, or something else that is often sent.

The one place that knows, for uploads, workers and the dry run. Light: it needs no kernels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rows.containers.kinds import container_of
from rows.decode.compression import compression_of, first_bytes
from schemas.errors import BadData

# How many of the first bytes are looked at.
HEAD_BYTES: Final = 4096

_COLUMNS: Final = "UTF-8 text with the columns sensor_id, timestamp and value"
_EXPORT: Final = "export its table as CSV and send that"
_CONVERT: Final = "convert it to CSV, one reading per line, and send that"
_UNPACK: Final = "unpack it and send the CSV files in it, each by itself (compressed by gzip or zstd) or in a ZIP"
_TEXT: Final = f"send {_COLUMNS}"
_MEMBERS: Final = (
    "upload it, and each file or sheet in it becomes a file; "
    "`csv-processor inspect`, `validate` and `convert` read it offline"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file seems to be, and what to send instead."""

    name: str
    send: str

    @property
    def reason(self) -> str:
        """The sentence that refuses the file."""
        return f"the file looks like {self.name}; {self.send}"


class NotCsv(BadData):
    """The file is not text in columns at all."""

    def __init__(self, reason: str) -> None:
        super().__init__("not_csv", reason)


# Offset, bytes, what it is, what to send. The first that fits is meant.
_SIGNATURES: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", _TEXT),
    (0, b"\xff\xd8\xff", "a JPEG image", _TEXT),
    (0, b"GIF87a", "a GIF image", _TEXT),
    (0, b"GIF89a", "a GIF image", _TEXT),
    (0, b"II*\0", "a TIFF image", _TEXT),
    (0, b"MM\0*", "a TIFF image", _TEXT),
    (8, b"WEBP", "a WebP image", _TEXT),
    (8, b"WAVE", "a WAV recording", _TEXT),
    (4, b"ftyp", "a video or photograph (MP4, HEIC)", _TEXT),
    (0, b"%PDF-", "a PDF document", _EXPORT),
    (0, b"%!PS", "a PostScript document", _EXPORT),
    (0, b"{\\rtf", "an RTF document", _EXPORT),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (XLS, DOC)", _EXPORT),
    (0, b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (4, b"1AY&SY", "bzip2-compressed data", _UNPACK),
    (0, b"\xfd7zXZ\0", "xz-compressed data", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "lz4-compressed data", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (257, b"ustar", "a tar archive", _MEMBERS),
    (0, b"PAR1", "a Parquet file", _CONVERT),
    (0, b"ARROW1", "an Arrow (Feather) file", _CONVERT),
    (0, b"ORC", "an ORC file", _CONVERT),
    (0, b"Obj\x01", "an Avro file", _CONVERT),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", _CONVERT),
    (0, b"CDF\x01", "a NetCDF file", _CONVERT),
    (0, b"CDF\x02", "a NetCDF file", _CONVERT),
    (0, b"SQLite format 3\0", "an SQLite database", _EXPORT),
    (0, b"\x7fELF", "a program", _TEXT),
    (0, b"MZ\x90", "a program", _TEXT),
    (0, b"\xff\xfe\0\0", "UTF-32 text", _TEXT),
    (0, b"\0\0\xfe\xff", "UTF-32 text", _TEXT),
)
# These may be followed by text alone. Others may not: a sensor can be called PAR1.
_DOCUMENTS: Final = (b"%PDF-", b"%!PS", b"{\\rtf")
_ZIP: Final = b"PK\x03\x04"
# What is in the first entries of archives that are documents.
_IN_ZIP: Final = (
    (b"xl/", "an Excel workbook (XLSX)", _MEMBERS),
    (b"word/", "a Word document (DOCX)", _EXPORT),
    (b"[Content_Types].xml", "an Office document (XLSX, DOCX)", _EXPORT),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (ODS)", _MEMBERS),
    (b"opendocument", "an OpenDocument file", _EXPORT),
)
# Text that is no text in columns.
_MARKED_UP: Final = (
    (re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body)", re.I), "a web page (HTML)", _EXPORT),
    (re.compile(rb"\s*<svg", re.I), "an SVG image", _TEXT),
    (re.compile(rb"\s*<(?:\?xml|!doctype)\b", re.I), "an XML file", _CONVERT),
    (re.compile(rb'\s*(?:\{\s*(?:"(?:[^"\\\n]|\\.)*"\s*:|\})|\[\s*(?:[{\[]|\]\s*$))'), "a JSON file", _CONVERT),
)  # fmt: skip
_TWICE: Final = {
    name: Kind(f"{name}-compressed data inside of compressed data", "compress it once only")
    for name in ("gzip", "zstd")
}
_BOM8: Final = b"\xef\xbb\xbf"
_BINARY: Final = Kind("binary data", _TEXT)
_CONTROLS: Final = bytes(b for b in (*range(32), 127) if b not in b"\t\n\r\f\x1a\x1b")
# The share of control characters from which bytes are no text: random bytes have about a tenth.
_BINARY_SHARE: Final = 0.05
# So many can be damage, however short the file is.
_FEW_CONTROLS: Final = 4

_SUFFIXES: Final = (".csv", ".tsv", ".tab", ".txt", ".psv")
_PACKED: Final = (".gz", ".zst")
_TYPES: Final = frozenset(
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
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
# No text has these. Tab, line feed, form feed and carriage return may be in one.
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_DELIMITER: Final = re.compile(rb"[,;\t|]")


def kind_of(head: bytes) -> Kind | None:
    """What plainly is no text in columns, by its first bytes (expanded, where it is compressed)."""
    packed = compression_of(head)
    if packed is not None:
        return _TWICE[packed]
    if head.startswith(_ZIP):
        for mark, name, send in _IN_ZIP:
            if mark in head[:HEAD_BYTES]:
                return Kind(name, send)
        return Kind("a ZIP archive", _MEMBERS)
    binary = _NO_TEXT.search(head, 0, HEAD_BYTES) is not None
    for at, signature, name, send in _SIGNATURES:
        if head.startswith(signature, at) and (binary or signature in _DOCUMENTS):
            return Kind(name, send)
    for pattern, name, send in _MARKED_UP:
        if pattern.match(head.removeprefix(_BOM8)[:HEAD_BYTES]):
            return Kind(name, send)
    return None


def refuse_binary(head: bytes) -> None:
    """Raise `NotCsv` where a file's first bytes, as UTF-8, are plainly no text in columns."""
    kind = kind_of(head)
    if kind is None:
        controls = len(head) - len(head.translate(None, _CONTROLS))
        if controls > max(_FEW_CONTROLS, len(head) * _BINARY_SHARE):
            kind = _BINARY
    if kind is not None:
        raise NotCsv(kind.reason)


def looks_like_columns(filename: str, content_type: str | None, head: bytes) -> bool:
    """Whether name, content type or first bytes say so; `head` has `HEAD_BYTES`, or all there are."""
    name = filename.lower().rstrip()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    if name.endswith(_SUFFIXES):
        return True
    kind = (content_type or "").split(";", 1)[0].strip().lower()
    return kind in _TYPES or is_text_in_columns(head)


def can_be_read(filename: str, content_type: str | None, head: bytes) -> bool:
    """Whether a file may be text in columns, or is a container that is unpacked."""
    return looks_like_columns(filename, content_type, head) or container_of(head) is not None


def is_text_in_columns(head: bytes) -> bool:
    """Whether the first bytes are text with a delimiter in it; compressed text is expanded."""
    if compression_of(head) == "zstd" and not first_bytes(head, 1):
        return True  # its first block is longer than the head
    head = first_bytes(head, HEAD_BYTES)
    if kind_of(head) is not None:
        return False
    if head.startswith(_UTF16_BOMS):
        head = head[2 : 2 + (len(head) - 2) // 2 * 2]
        # The high byte of every character that can be a delimiter or a digit is 0.
        return b"\0" in head and _DELIMITER.search(head) is not None
    return _NO_TEXT.search(head) is None and _DELIMITER.search(head) is not None


def seems(head: bytes) -> Kind:
    """What first bytes that are no text in columns seem to be."""
    head = first_bytes(head, HEAD_BYTES)
    kind = kind_of(head)
    if kind is not None:
        return kind
    return _BINARY if _NO_TEXT.search(head) is not None else Kind("text without columns", _TEXT)
