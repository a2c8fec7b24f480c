"""Which files are containers, by their first bytes."""

from __future__ import annotations

from typing import Final, Literal

from rows.decode.compression import compression_of, first_bytes

Container = Literal["zip", "tar", "workbook"]

# How many of the first bytes are needed.
HEAD_BYTES: Final = 4096
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
# The first member of Office's files is [Content_Types].xml or in the folder of the application;
# OpenDocument begins with its media type, uncompressed.
_XLSX: Final = (b"xl/", b"[Content_Types].xml", b"_rels/.rels", b"docProps/")
_ODS: Final = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_OTHER_DOCUMENTS: Final = (b"word/", b"ppt/", b"mimetypeapplication/")
# POSIX.1-1988 and later, also GNU's.
_TAR_AT: Final = 257
_TAR: Final = b"ustar"


def container_of(head: bytes) -> Container | None:
    """What kind of container a file is that begins with `head` (`HEAD_BYTES`, or all there are);
    None if it is none that can be unpacked. A compressed tar is a tar."""
    if head.startswith(_ZIP):
        name = head[30:HEAD_BYTES]
        if name.startswith((_ODS, *_XLSX)):
            return "workbook"
        if name.startswith(_OTHER_DOCUMENTS):
            return None
        return "zip"
    if compression_of(head) is not None:
        head = first_bytes(head, _TAR_AT + len(_TAR))
    return "tar" if head.startswith(_TAR, _TAR_AT) else None
