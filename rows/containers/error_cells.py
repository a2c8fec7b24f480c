"""Cells of workbooks whose formula failed: `#DIV/0!` and the like are text, and not nothing."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

# The library gives such cells as empty ones. As cells with a text they come with what is in them.
# XLSX (ECMA-376, 18.18.11): the type `e`, here as `str`, a text that a formula gave.
_XLSX: Final = re.compile(rb"(<(?:\w+:)?c\b[^<>]*?\st=)(?:\"e\"|'e')")
# ODS: a text value that is empty, with the error as the paragraph that is shown.
_ODS: Final = re.compile(rb"<table:table-cell\b[^<>]*\scalcext:value-type=[\"']error[\"'][^<>]*>")
_ODS_VALUE: Final = re.compile(rb"\soffice:string-value=(?:\"[^\"]*\"|'[^']*')")


# Bytes of a part that are looked at together.
PIECE = 1 << 20
_LONGEST_TAG: Final = 64 << 10


def with_error_cells(file: BinaryIO, folder: Path | None = None) -> BinaryIO:
    """The workbook with its error cells as text: the same file if it has none, else a copy on disk.

    Args:
        folder: for the copy; None: that of the system.

    Raises:
        zipfile.BadZipFile: it is damaged.
    """
    file.seek(0)
    with zipfile.ZipFile(file) as book:
        changed = {part.filename for part in book.infolist() if _has_errors(part.filename, book)}
        if not changed:
            file.seek(0)
            return file
        found = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller reads it
        with zipfile.ZipFile(found, "w") as copy:
            for part in book.infolist():
                name = part.filename
                change = _change_of(name) if name in changed else None
                with copy.open(name, "w", force_zip64=True) as to:
                    for text in _tags(name, book):
                        to.write(text if change is None else change(text))
    found.seek(0)
    return found


def _has_errors(name: str, book: zipfile.ZipFile) -> bool:
    change = _change_of(name)
    if change is None:
        return False
    return any(_may_have(text) and change(text) != text for text in _tags(name, book))


def _may_have(text: bytes) -> bool:
    return b't="e"' in text or b"t='e'" in text or b"error" in text


def _change_of(name: str) -> Callable[[bytes], bytes] | None:
    """What makes the error cells of a part texts; None if it has no cells."""
    small = name.lower()
    if "worksheets/" in small and small.endswith(".xml"):
        return _of_xlsx
    return _of_ods if small == "content.xml" else None


def _of_xlsx(text: bytes) -> bytes:
    return _XLSX.sub(rb'\1"str"', text)


def _of_ods(text: bytes) -> bytes:
    return _ODS.sub(lambda cell: _ODS_VALUE.sub(b"", cell[0]), text)


def _tags(name: str, book: zipfile.ZipFile) -> Iterator[bytes]:
    """The text of a part in pieces, none of which ends within a tag."""
    held = b""
    with book.open(name) as part:
        while chunk := part.read(PIECE):
            text = held + chunk
            cut = max(text.rfind(b"<"), 0)
            if len(text) - cut > _LONGEST_TAG:  # it is none
                cut = len(text)
            held = text[cut:]
            yield text[:cut]
    yield held
